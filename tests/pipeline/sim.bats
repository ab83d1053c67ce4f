#!/usr/bin/env bats
# meter-sim end to end: its options, its line, and what the other tools read of it.

load ../support/wait
load ../support/meters

setup() {
  build=${METERPIPE_BUILD:-$BATS_TEST_DIRNAME/../../build}
  PATH=$build:$PATH
  sim=$build/meter-sim
  work=$(mktemp -d)
  cd "$work"
}

teardown() {
  if [[ -n ${simulator:-} ]]; then kill -KILL "$simulator" 2>/dev/null || true; fi
  rm -rf "$work"
}

keys_of() { "$sim" "$@" --print-keys >keys && chmod 600 keys; }

# Values of a reading or a truth as "OBIS VALUE" lines; names and the rest left out.
values() { grep -o '"obis":"[^"]*",\("name":"[^"]*",\)\?"value":[^,]*' | sed 's/"name":"[^"]*",//'; }

@test "every meter is read as it was encoded, through all layers" {
  play_all -n 50 --period 10m
  read_all
  [ "$(cat readings/* | wc -l)" -eq $((${#meters[@]} * 50)) ]
  [ "$(grep -c '"t":"reading"' readings/* | cut -d: -f2 | sort -u)" = 50 ]
  local pairs=()
  for meter in "${meters[@]}"; do pairs+=("truth/$meter" "readings/$meter"); done
  "$build/tests/truth-check" "${pairs[@]}"
}

@test "what differs from the truth is found" {
  keys_of
  "$sim" -n 2 --truth truth | "$build/mbus-frame" | "$build/dlms-decrypt" -k keys | "$build/cosem-decode" >readings
  "$build/tests/truth-check" truth readings
  for change in 's/"raw":2/"raw":3/' 's/"unit":"V"/"unit":"A"/' 's/"obis":"1-0:1.8.0"/"obis":"1-0:1.8.1"/' \
    's/"time":"2026/"time":"2025/' 's/"invoke":[0-9]*/"invoke":7/' 's/"id":"4b/"id":"4c/' '$d'; do
    sed "$change" readings >changed
    run "$build/tests/truth-check" truth changed
    [ "$status" -eq 1 ]
    [ -n "$output" ]
  done
}

@test "the list by operator has every meter, its line and the keys it needs" {
  "$sim" --list-meters | sort >flat
  "$sim" --list | grep '^  ' | sed 's/^  //' | sort >grouped
  cmp flat grouped
  [ "$(wc -l <flat)" -ge 64 ]
  [ "$(grep -cE '\([0-9]+-[78][NE]1, (no key|EK|EK and AK)\)$' flat)" -eq "$(wc -l <flat)" ]
  "$sim" --list | grep -A 3 '^Wiener Netze$' | grep -q '^  im350-wien .*(9600-8N1, EK)'
}

@test "every meter plays, over its own link and over any other" {
  mapfile -t meters < <(dlms_meters)
  play_all -n 2
  [ "$(cat sent/* | wc -l)" -eq $((${#meters[@]} * 2)) ]
  mkdir bare {mbus,hdlc,wrapper}{,.blocks}
  for meter in "${meters[@]}"; do
    "$sim" --meter "$meter" -n 2 --link none --blocks 0 --truth "truth/$meter" >"bare/$meter"
    for link in mbus hdlc wrapper; do
      "$sim" --meter "$meter" -n 2 --link $link --blocks 0 --truth "$link/$meter" >/dev/null
      "$sim" --meter "$meter" -n 2 --link $link --blocks 99 >"$link.blocks/$meter"
    done
  done
  # The APDU and what stands behind it in a truth.
  apdus() { cat "$1"/* | sed 's/.*"apdu":"//'; }
  apdus truth >want
  [ "$(wc -l <want)" -eq $((${#meters[@]} * 2)) ]
  cat bare/* | cmp - <(sed 's/".*//' want)
  declare -A begin=([mbus]='68....6853ff..0167' [hdlc]='7ea0.*e6e700' [wrapper]='000100010001....')
  for link in mbus hdlc wrapper; do
    apdus $link | cmp - want
    [ "$(grep -l "^${begin[$link]}e0[4c]000010000" $link.blocks/* | wc -l)" -eq ${#meters[@]} ]
  done
  "$sim" --link hdlc --segment 50 -n 1 | grep -q '^7ea8'
  "$sim" --segment 100 -n 1 | grep -q '^686464'
}

@test "a broadcast key" {
  keys_of --security 70
  grep -q ' broadcast=' keys
  "$sim" -n 1 --security 70 | "$build/mbus-frame" | "$build/dlms-decrypt" -k keys --auth require | grep -q '"auth":"verified"'
}

@test "hex, bin and json carry the same bytes" {
  "$sim" -n 3 >hex
  "$sim" -n 3 -o bin >bin
  "$sim" -n 3 -o json >json
  [ "$(tr -d '\n' <hex)" = "$(od -An -v -tx1 bin | tr -d ' \n')" ]
  [ "$(tr -d '\n' <hex)" = "$(sed 's/.*"hex":"//; s/".*//' json | tr -d '\n')" ]
  [ "$(wc -l <hex)" -eq 3 ]
  [ "$(wc -l <json)" -eq 6 ]
}

@test "json records say when their bytes came: the simulated time and the time on the wire" {
  "$sim" -n 2 --start 2026-05-01T12:00:00+02:00 -o json | cut -d, -f3-7 >records
  cat records
  [ "$(sed -n 1p records)" = '"ts":"2026-05-01T10:00:00.000000Z","src":"kaifa-salzburg","seq":1,"ms":1168,"line":"2400-8E1"' ]
  [ "$(sed -n 2p records)" = '"ts":"2026-05-01T10:00:01.173333Z","src":"kaifa-salzburg","seq":2,"ms":545,"line":"2400-8E1"' ]
  [ "$(sed -n 3p records)" = '"ts":"2026-05-01T10:00:05.000000Z","src":"kaifa-salzburg","seq":3,"ms":1168,"line":"2400-8E1"' ]
}

@test "the same seed and start give the same bytes, others do not" {
  "$sim" -n 5 >a
  "$sim" -n 5 --seed 1 --start 2026-03-02T06:00:00Z --period 5s >b
  cmp a b
  "$sim" -n 5 --seed 2 >c
  run cmp -s a c
  [ "$status" -eq 1 ]
  TZ=America/New_York "$sim" -n 5 >d
  cmp a d
}

@test "--number: meters of one make with numbers, titles and keys of their own send in turn" {
  local meter
  for meter in kaifa-salzburg t210d-steiermark aidon-norway; do
    (umask 077 && meter-sim --meter $meter --number 7-106 --print-keys >keys 2>/dev/null) || rm -f keys
    meter-sim --meter $meter --number 7-106 -n 300 -o json >stream
    mbus-frame -q <stream | dlms-decrypt -q $([ -s keys ] && echo "-k keys") | cosem-decode -q >readings
    [ "$(wc -l <readings)" -eq 300 ]
    # A hundred meters, three messages each, each with a counter, a time and a source of its own.
    [ "$(jq -r .meter readings | sort -u | wc -l)" -eq 100 ]
    [ "$(jq -r .src readings | sort | uniq -c | awk '{ print $1 }' | sort -u)" = 3 ]
    [ "$(jq -r 'select(.src == "'$meter'-50") | .time' readings | sort -u | wc -l)" -eq 3 ]
    rm -f keys
  done
  # One by its number is the one of that number among many.
  meter-sim --number 50 -n 1 >one
  meter-sim --number 1-50 -n 50 | tail -n 1 | cmp - one
  [ "$(meter-sim --number 0 -n 3)" = "$(meter-sim -n 3)" ]
  [ "$(meter-sim --number 1-3 --print-keys | cut -d' ' -f2 | sort -u | wc -l)" -eq 3 ]
  local words
  for words in x 5-2 1000000 0-100000 1- -1; do
    run meter-sim --number=$words -n 1
    [ "$status" -eq 64 ]
    [[ $output == *"--number: '$words' is no number up to 999999"* ]]
  done
  for words in '--fault checksum' '--pty line'; do
    run meter-sim --number 1-2 $words -n 1
    [ "$status" -eq 64 ]
  done
}

@test "keys of a file are used: by title, else *, of the cipher's length" {
  printf '* 000102030405060708090a0b0c0d0e0f f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff\n' >any
  printf '4b464d1020895441 101112131415161718191a1b1c1d1e1f d0d1d2d3d4d5d6d7d8d9dadbdcdddedf\n' >own
  chmod 600 any own
  cat any own >both && chmod 600 both
  for security in 10 20 21 30 31 11; do
    "$sim" -n 1 -k both --security "$security" | "$build/mbus-frame" >apdu
    "$build/dlms-decrypt" -k own apdu >plain
    grep -q '"hex":"0f' plain
    "$build/dlms-decrypt" -k any <apdu >plain
    if [[ $security == 1* || $security == 3* ]]; then grep -q '"t":"error"' plain; fi
  done
  "$sim" -n 1 -k any --security 31 | "$build/mbus-frame" | "$build/dlms-decrypt" -k any --auth require | grep -q '"auth":"verified"'
  run "$sim" -n 1 -k own --security 32
  [ "$status" -eq 78 ]
  [[ $output == *"no EK and AK of 32 bytes for 4b464d1020895441 or *"* ]]
  chmod 644 own
  run "$sim" -n 1 -k own
  [ "$status" -eq 77 ]
  "$sim" -n 1 -k own --insecure-key-file >/dev/null
}

@test "--security none sends plain messages" {
  "$sim" -n 1 --security none | "$build/mbus-frame" | "$build/cosem-decode" >reading
  grep -q '"auth":"plain"' reading
}

@test "mistakes on the command line are one line and 64" {
  for wrong in "--meter kaifa" "--security 23" "--security 0" "--start yesterday" \
    "--start 1999-01-01T00:00:00Z" "--period 0s" "--period 1500ms" "--line 2400" "--seed x" \
    "-n -1" "-o xml" "--period 1s -o json" "--interval soon" "--link usb" "--blocks 70000" "--segment 5" "--link wrapper --segment 50" \
    "--link hdlc --segment 3000" "--meter amis --link hdlc" "--meter mbus-gas --security none" "--blocks x" "--pty line -o hex" "--nonsense"; do
    # shellcheck disable=SC2086
    run "$sim" -n 1 $wrong
    echo "$wrong: $status $output"
    [ "$status" -eq 64 ]
    [ "${#lines[@]}" -eq 1 ]
  done
  run "$sim" -n 1 --line 2400-9N1
  [[ $output == "meter-sim: error: --line: '2400-9N1': data bits must be 5, 6, 7 or 8"* ]]
  "$sim" -n 1 --line 9600-8n1 -o json | grep -q '"line":"9600-8N1"'
  run "$sim" -n 1 -k nothing-there
  [ "$status" -eq 66 ]
  run "$sim" -n 1 --truth no/such/folder/truth
  [ "$status" -eq 66 ]
}

@test "a reader that has enough ends it silently; a full disk is 74" {
  set -o pipefail
  run bash -c "'$sim' 2>err | head -n 3 | wc -l; exit \${PIPESTATUS[0]}"
  [ "$output" -eq 3 ]
  [ "$status" -eq 141 ]
  [ ! -s err ]
  run bash -c "'$sim' -n 1000 >/dev/full"
  [ "$status" -eq 74 ]
  run "$sim" -n 1 -o bin --truth /dev/full
  [ "$status" -eq 74 ]
}

@test "SIGTERM ends a stream that has no end" {
  "$sim" --interval 1h >out &
  simulator=$!
  wait_for test -s out
  kill -TERM "$simulator"
  ends "$simulator"
  [ "$status" -eq 143 ]
  "$sim" >/dev/null &
  simulator=$!
  wait_for hears "$simulator"
  kill -TERM "$simulator"
  ends "$simulator"
  [ "$status" -eq 143 ]
}

@test "a live meter on a pty: three messages, at the line's rate, and the link goes" {
  keys_of
  "$sim" --meter kaifa-salzburg --pty line --line 115200-8E1 --interval 300ms -n 3 -k keys --truth truth &
  simulator=$!
  wait_for test -L line
  { cat line || true; } 2>/dev/null | "$build/mbus-frame" -i bin | "$build/dlms-decrypt" -k keys | "$build/cosem-decode" >readings
  ends "$simulator"
  [ "$status" -eq 0 ]
  [ ! -L line ]
  [ "$(wc -l <readings)" -eq 3 ]
  values <readings >a
  values <truth >b
  cmp a b
  [ "$(grep -c '"sent":"20' truth)" -eq 3 ]
}

@test "9600 baud: a message of 376 bytes takes 430 ms" {
  "$sim" --pty line --line 9600-8E1 -n 1 &
  simulator=$!
  wait_for test -L line
  started=$(date +%s%N)
  { cat line || true; } 2>/dev/null >bytes
  took=$((($(date +%s%N) - started) / 1000000))
  ends "$simulator"
  [ "$status" -eq 0 ]
  echo "$took ms"
  [ "$(wc -c <bytes)" -eq 376 ]
  [ "$took" -ge 430 ]
}

@test "readers of a pty come and go; what nobody reads is lost, not kept" {
  "$sim" --pty line --line 115200-8N1 --interval 50ms --truth truth 2>said &
  simulator=$!
  wait_for test -L line
  for round in 1 2; do
    exec 5<line
    head -c 2000 <&5 | "$build/mbus-frame" -i bin >apdus
    exec 5<&-
    [ "$(grep -c '"t":"apdu"' apdus)" -ge 3 ]
    before=$(wc -l <truth)
    wait_for has_lines truth $((before + 6))
  done
  wait_for grep -q 'nobody reads' said
  kill "$simulator"
  ends "$simulator"
  [ "$status" -eq 143 ]
  [ ! -L line ]
}

@test "a link is replaced, a file is not" {
  ln -s /nowhere line
  "$sim" --pty line --line 115200-8N1 -n 1 &
  simulator=$!
  wait_for eval '[[ $(readlink line) == /dev/pts/* ]]'
  { cat line || true; } >bytes 2>/dev/null
  ends "$simulator"
  [ "$status" -eq 0 ]
  [ "$(wc -c <bytes)" -eq 376 ]
  echo precious >file
  run "$sim" --pty file -n 1
  [ "$status" -eq 74 ]
  [ "$(cat file)" = precious ]
}

@test "100,000 messages take no more of the processor than ten times 10,000, about" {
  # How the kernel parts it into user and system is a guess, the sum is not.
  local TIMEFORMAT='%3U %3S' user system
  read -r user system < <({ time "$sim" -n 10000 --period 1s >out; } 2>&1)
  [ "$(wc -l <out)" -eq 10000 ]
  few=$((10#${user/./} + 10#${system/./}))
  read -r user system < <({ time "$sim" -n 100000 --period 1s >out; } 2>&1)
  [ "$(wc -l <out)" -eq 100000 ]
  many=$((10#${user/./} + 10#${system/./}))
  echo "$few ms, $many ms"
  [ "$few" -gt 0 ]
  [ "$many" -le $((few * 40)) ] # a hundred times if it were quadratic
}

@test "help names every option of the manual, and the manual every option of the help" {
  page=$BATS_TEST_DIRNAME/../../man/meter-sim.1
  "$sim" --help | grep -oE '^ +(-[a-zA-Z], ?|-[a-zA-Z],)?--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort -u >help
  sed -n '/^\.Sh OPTIONS/,/^\.Sh [^O]/p' "$page" | grep '^\.It Fl' | grep -oE -- 'Fl -[a-z-]+' | sed 's/Fl -/--/' | sort -u >manual
  diff help manual
  [ "$(wc -l <help)" -ge 15 ]
}

@test "the manual is clean, and its examples run" {
  page=$BATS_TEST_DIRNAME/../../man/meter-sim.1
  if command -v mandoc >/dev/null; then
    run mandoc -T lint -W warning "$page"
    echo "$output"
    [ "$status" -eq 0 ] && [ -z "$output" ]
  fi
  PATH=$build:$PATH
  sed -n '/^\.Bd/,/^\.Ed/p' "$page" | grep -v '^\.' >examples
  [ "$(wc -l <examples)" -ge 6 ]
  set -e
  while read -r line; do
    if [[ $line == *--pty* ]]; then continue; fi
    echo "$line"
    bash -c "set -eo pipefail; $line" >said
    cat said
  done <examples
  [ "$(wc -l <said)" -eq 24 ]
  [ "$(wc -l <truth.jsonl)" -eq 4 ]
}
