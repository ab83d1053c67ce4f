#!/usr/bin/env bats
# meter-doctor at work: a port, standard input, records of every stage; statuses and the JSON's form.
# Which cause is named for which fault is doctor.matrix.

bats_require_minimum_version 1.5.0

load ../support/wait

setup() {
  build=${METERPIPE_BUILD:-$BATS_TEST_DIRNAME/../../build}
  PATH=$(cd "$build" && pwd):$PATH
  work=$(mktemp -d)
  cd "$work"
  (umask 077; meter-sim --print-keys >keys)
}

teardown() {
  if [[ -n ${simulator:-} ]]; then kill -KILL "$simulator" 2>/dev/null || true; fi
  rm -rf "$work"
}

play() {
  meter-sim --pty ./tty "$@" 2>/dev/null &
  simulator=$!
  wait_for test -e ./tty
}
verdict() { jq -r '"\(.ok) \(.layer) \(.cause)"'; }

@test "a port: a meter that is in order" {
  play --interval 200ms
  run --separate-stderr meter-doctor -q -p ./tty -k keys -n 2 --time 10m --json
  [ "$status" -eq 0 ]
  [ "$(verdict <<<"$output")" = "true none none" ]
}

@test "a port: the meter's clock is judged by the time of arrival" {
  play --interval 200ms --start 2026-03-02T07:00:00+01:00
  run --separate-stderr meter-doctor -q -p ./tty -k keys -n 2 --time 10m --json
  [ "$status" -eq 1 ]
  [ "$(verdict <<<"$output")" = "false clock clock-off" ]
}

@test "a capture without times: the clock is not judged" {
  meter-sim --start 2026-03-02T07:00:00+01:00 -n 3 >log
  run meter-doctor -k keys log
  [ "$status" -eq 0 ]
  [[ $output == *"the clock is not judged"* ]]
}

@test "a port on which nothing comes" {
  mkfifo line
  exec 5<>line
  run --separate-stderr meter-doctor -q -p - --time 1s --json <&5
  [ "$status" -eq 1 ]
  [ "$(verdict <<<"$output")" = "false line nothing-received" ]
}

@test "the JSON has what its page lists, in its order" {
  meter-sim -n 3 >log
  for options in "" "-k keys"; do
    meter-doctor --json $options log >report || true
    [ "$(jq -c keys_unsorted report)" = '["v","ok","layer","cause","confidence","evidence","try","layers","remarks"]' ]
    [ "$(jq -c '[.layers[].layer]' report)" = '["line","framing","transport","cipher","key","apdu","layout","clock"]' ]
    [ "$(jq '[.layers[].state | IN("ok","suspicious","broken","not-reached")] | all' report)" = true ]
    [ "$(jq '.confidence >= 0 and .confidence <= 1 and (.evidence | type) == "object"' report)" = true ]
    [ "$(wc -l <report)" -eq 1 ]
  done
}

@test "an unknown layout is suspicious, and its profile can be used" {
  meter-sim -n 3 --fault layout -o json >log
  run meter-doctor -k keys --json log
  [ "$status" -eq 0 ]
  [ "$(verdict <<<"$output")" = "true layout unknown-layout" ]
  [ "$(jq -r '.layers[] | select(.layer == "layout").state' <<<"$output")" = suspicious ]
  jq -r .evidence.suggested_profile <<<"$output" >mine.profile
  mbus-frame log | dlms-decrypt -k keys | cosem-decode --profile mine.profile >readings
  [ "$(wc -l <readings)" -eq 3 ]
}

@test "records of every stage are examined" {
  meter-sim -n 4 -o json >log
  mbus-frame log >apdus
  dlms-decrypt <apdus >locked
  dlms-decrypt -k keys apdus >open
  cosem-decode open >readings
  for pair in log:none apdus:none locked:none open:none readings:none; do
    [ "$(meter-doctor -k keys --json "${pair%:*}" | jq -r .cause)" = "${pair#*:}" ] ||
      { echo "$pair"; return 1; }
  done
  # Errors alone: of those that have lost the bytes, too.
  [ "$(meter-doctor --json locked | verdict)" = "false key no-key" ]
  for pair in bad-checksum:framing segment-lost:transport block-lost:transport truncated:framing; do
    echo "{\"v\":1,\"t\":\"error\",\"by\":\"mbus-frame\",\"code\":\"${pair%:*}\",\"text\":\"x\"}" >errors
    [ "$(meter-doctor --json errors | jq -r .layer)" = "${pair#*:}" ] || { echo "$pair"; return 1; }
  done
}

@test "frames without a message are never in order" {
  # M-Bus frames of another service, HDLC's SNRM, calls of a master
  printf '%s\n' 6817176853ff500000000000000000000000000000000000000000a216 >other
  printf '%s\n' 7ea0070321930f017e 7ea0070321930f017e >snrm
  printf '%s\n' 107b017c16 107b017c16 >calls
  for file in other snrm calls; do
    run meter-doctor --json "$file"
    [ "$status" -eq 1 ] || { echo "$file: $output"; return 1; }
    [ "$(jq -r .ok <<<"$output")" = false ]
  done
  [ "$(meter-doctor --json other | verdict)" = "false apdu bad-apdu" ]
  [ "$(meter-doctor --json calls | verdict)" = "false framing rsp-ud" ]
  [ "$(meter-doctor --json snrm | verdict)" = "false framing needs-answer" ]
}

@test "statuses: usage, no file, no data, no key file" {
  meter-sim -n 1 >log
  check() {
    local wanted=$1
    shift
    run meter-doctor "$@"
    [ "$status" -eq "$wanted" ] || { echo "$*: $status, $output"; return 1; }
  }
  check 64 --nothing
  check 64 -p ./tty log
  check 64 --time 5s log
  check 64 -p ''
  check 64 -p - -k -
  check 64 --system-title 12 log
  check 64 -n 0 log
  check 66 nowhere
  check 66 -k nowhere log
  check 66 -p ./nowhere
  echo "this is no data" >text
  check 65 text
  cp keys open-keys
  chmod 644 open-keys
  check 77 -k open-keys log
}

@test "lines and records that cannot be read are counted, and the first is shown" {
  meter-sim -n 3 >log
  {
    echo '{"v":1,"t":"bytes","src":"a","hex":"0x"}'
    cat log
    echo '{"v":1,"t":"apdu","src":"a","hex":5}'
  } >in
  run --separate-stderr meter-doctor --json in
  [[ $stderr == *"2 lines are neither hex nor a record, the first one in: line 1: "* ]]
}

@test "lines that cannot be read: what is missing with them is no loss of the line's" {
  meter-sim -n 3 >log
  sed '2s/.//' log >lacking
  run --separate-stderr meter-doctor -q -k keys lacking --json
  jq -e '.remarks[] | select(.code == "lines-left-out") | .text | startswith("1 line of the capture")' <<<"$output"
  sed 's/\(.\{100\}\)./\1/' log >lacking
  run --separate-stderr meter-doctor -k keys lacking
  [ "$status" -eq 65 ]
  meter-sim -n 4 | sed '2s/.//; 3s/\(.\{100\}\).\{40\}/\1/' >lacking
  run --separate-stderr meter-doctor -k keys lacking --json
  [ "$status" -eq 1 ]
  jq -e '.confidence <= 0.5 and (."try" | startswith("Mend the capture first: 1 line of the capture cannot be read"))' <<<"$output"
}

@test "a log with its newest lines first is none of a meter that sends no valid message" {
  meter-sim -n 6 -o json | tac >log
  run --separate-stderr meter-doctor -q -k keys log --json
  [ "$(verdict <<<"$output")" = "false apdu bad-apdu" ]
  jq -e '.confidence <= 0.5 and (."try" | test("newest lines first"))' <<<"$output"
}

@test "messages that lack their last bytes and take them from the next one: no sure word on the key" {
  meter-sim --meter t210d-luxembourg -n 12 | sed 's/....$//' >log
  (umask 077; meter-sim --meter t210d-luxembourg --print-keys >lux)
  run --separate-stderr meter-doctor -q -k lux log --json
  [ "$status" -eq 1 ]
  jq -e '.cause != "tag-failed" or .confidence <= 0.5' <<<"$output"
}

@test "words in hex among a text are no meter's bytes at another rate" {
  for i in {1..20}; do
    printf 'This is a text.\nIt has a few words.\nDead beef cafe face feed.\n'
  done >text
  run --separate-stderr meter-doctor text --json
  [ "$status" -eq 1 ]
  jq -e '.confidence <= 0.5 and (."try" | startswith("Is it a capture? 40 lines are text"))' <<<"$output"
}

@test "a damaged byte far behind the start counts; of a telegram without a good line is told which is bad" {
  meter-sim -n 1000 -o bin >far
  printf '\125' | dd of=far bs=1 seek=290100 conv=notrunc status=none
  run --separate-stderr meter-doctor --json far
  [ "$(jq -c '[.layers[] | select(.layer == "framing") | .state, .evidence.bad_checksums]' <<<"$output")" = '["suspicious",1]' ]
  printf '%s\r\n' '/ABC5\2X' '' '1-0:1.8.0(' '!' >telegram
  run -1 --separate-stderr meter-doctor telegram
  [[ $output == *"0 of 1 APDUs are valid: line 3 of the telegram is no"* ]]
}

@test "a key file that cannot be read: 78, and a report on what the bytes show" {
  meter-sim --meter e450-burgenland -n 4 >log
  (umask 077; { echo 'my keys!'; cat keys; } >words; printf '\\1\\2\\377k\\0zz\\n' >bytes; tr 0-9a-f k-z <keys >letters)
  for file in words bytes letters; do
    run -78 --separate-stderr meter-doctor -k $file log
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr == "meter-doctor: error: $file:"* ]]
    text=$(tr -s ' \n' ' ' <<<"$output")
    [[ $text == *"framing ok 4 frames whole"* ]]
    [[ $text == *"and the key file cannot be read: $file:"* ]]
    [[ $text == *"(key-file, 100 % sure). Try: Mend the key file"* ]]
    # What is not ciphered needs none.
    meter-sim --meter e450-burgenland --security none -n 4 >plain
    run -78 --separate-stderr meter-doctor -k $file plain
    [[ $output == *"all layers are in order"* || $output == *"All layers are in order"* ]]
  done
}

@test "what is missing behind bytes that came with parity errors is the line's fault" {
  for fault in lost-block duplicate cut=0.9; do
    meter-sim --meter e450-swiss -n 8 -o json --fault $fault |
      jq -c 'if .hex then .marked = [range(0; (.hex | length) / 2; 2)] else . end' >log
    meter-doctor --json log | jq -e '.layer == "line" and .cause == "parity"' >/dev/null ||
      { echo $fault; meter-doctor log; return 1; }
  done
  meter-sim --meter e450-swiss -n 8 -o json --fault lost-block |
    meter-doctor --json | jq -e '.cause == "block-lost" and .ok == false' >/dev/null
}

@test "a wrong AK: said, and that the messages are read without one" {
  meter-sim --meter e450-burgenland -n 4 >log
  (umask 077; meter-sim --meter e450-burgenland --print-keys >both
    sed 's/ ak=[0-9a-f]*/ ak=00112233445566778899aabbccddeeff/' both >wrong
    sed 's/ ak=[0-9a-f]*//' wrong >alone)
  run -1 meter-doctor -k wrong log
  text=$(tr -s ' \n' ' ' <<<"$output")
  [[ $text == *"(tag-failed, "*"Without ak= in the key file"* ]]
  [ "$(mbus-frame log | dlms-decrypt -qk alone | cosem-decode | jq -r .auth | sort -u)" = unverified ]
}

@test "a key file taken for data is not shown by any program" {
  cp keys line
  sed 's/title=[^ ]* ek=\([0-9a-f]*\).*/4b464d1020895441 \1x/' keys >bare
  ek=$(sed 's/.* ek=\([0-9a-f]*\).*/\1/' keys)
  [ "${#ek}" -eq 32 ]
  for file in line bare; do
    for tool in meter-doctor mbus-frame dlms-decrypt "cosem-decode -o text" "obis-mqtt --dry-run"; do
      $tool "$file" >out 2>&1 || true
      [ -s out ]
      ! grep -qi "${ek:0:8}\|${ek:24}" out || { echo "$tool shows the key"; return 1; }
    done
  done
}

@test "AMIS: its messages are opened, a wrong key and none are told by 2F2F, a call alone waits for an answer" {
  (umask 077 && meter-sim --meter amis --print-keys >amis.keys
    sed 's/ek=./ek=f/' amis.keys >wrong)
  meter-sim --meter amis -n 5 -o json >log
  [ "$(meter-doctor --json -k amis.keys log | verdict)" = "true none none" ]
  [ "$(meter-doctor --json -k amis.keys log | jq -r '.layers[] | select(.layer == "layout").text')" = "5 readings, 50 values (mbus)" ]
  [ "$(meter-doctor --json -k wrong log | verdict)" = "false key wrong-key" ]
  [ "$(meter-doctor --json log | verdict)" = "false key no-key" ]
  meter-sim --meter amis -n 5 -o json --fault wrong-key >other
  [ "$(meter-doctor --json -k amis.keys other | verdict)" = "false key wrong-key" ]
  for _ in 1 2 3; do echo 1040f03016; done >calls
  [ "$(meter-doctor --json -k amis.keys calls | verdict)" = "false framing needs-answer" ]
  # One that gives up: more calls than messages.
  head -1 log | mbus-frame -q | jq -r .hex >>calls
  [ "$(meter-doctor --json -k amis.keys calls | verdict)" = "false framing needs-answer" ]
}

@test "lines of wired meters: parity, speed and check characters" {
  local row
  for row in "mbus-heat parity=seven line parity" "mbus-water parity=zeroed line parity" "mbus-gas wrong-baud line baud" \
    "sml-ebz wrong-baud line baud" "readout-asked wrong-baud line baud" "readout-push wrong-baud line baud" \
    "mbus-gas checksum framing checksum" "amis bitflip framing checksum" "sml-ebz checksum framing checksum" "readout-asked checksum framing checksum" "mbus-heat silence line nothing-received"; do
    read -r meter fault layer cause <<<"$row"
    meter-sim --meter "$meter" -n 8 --seed 3 -o json --fault "$fault" >log
    [ "$(meter-doctor --json log | verdict)" = "false $layer $cause" ] || { echo "$row"; meter-doctor log; return 1; }
  done
}

@test "what a master says of meters that it asked" {
  error() { jq -nc --arg code "$1" '{v: 1, t: "error", ts: "2026-11-22T17:00:00.000000Z", src: "bus", by: "mbus-poll", code: $code, text: "x"}'; }
  error no-answer >log
  run -1 meter-doctor log
  [[ $output == *"(no-answer, "*"8E1"* ]]
  error collision >log
  run -1 meter-doctor log
  [[ $output == *"(collision, "*"--scan secondary"* ]]
  # As it comes from a bus.
  meter-sim --bus 1@38400,5@38400/collision --pty ./tty 2>/dev/null &
  simulator=$!
  wait_for test -e ./tty
  mbus-poll -q -p ./tty --line 38400-8E1 --timeout 150ms -m 5 >log || true
  [ "$(meter-doctor --json log | verdict)" = "false framing collision" ]
}

@test "of one message it is said in the singular, of several in the plural" {
  for n in 1 2; do
    meter-sim --meter e450-burgenland --security none -n $n >plain
    run -0 --separate-stderr meter-doctor plain
    s=$([ $n = 1 ] || echo s)
    text=$(tr -s ' \n' ' ' <<<"$output")
    [[ $text == *"framing ok $n frame$s whole"* ]]
    [[ $text == *" transport ok $n message$s whole"* ]]
    [[ $text == *" layout ok $n reading$s, "+([0-9])" values ("* ]]
  done
}
