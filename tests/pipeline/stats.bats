#!/usr/bin/env bats
# --stats and SIGUSR1 end to end: the lines, what they count, and that the run is not disturbed.

bats_require_minimum_version 1.5.0
load ../support/wait

setup() {
  build=${METERPIPE_BUILD:-$BATS_TEST_DIRNAME/../../build}
  work=$(mktemp -d)
  cd "$work" || return 1
  PATH=$build:$PATH
  meter-sim --meter kaifa-salzburg --print-keys >keys
  chmod 600 keys
}

teardown() {
  local pid
  for pid in ${reader:-} ${tool:-} ${pipe:-}; do
    kill -KILL "$pid" 2>/dev/null || true
  done
  wait 2>/dev/null
  rm -rf "$work"
}

log() { meter-sim --meter kaifa-salzburg -n "$1" -o json; }

# small_pipe NAME: a pipe that is full behind 8192 bytes, some 20 lines; open as descriptor 6
small_pipe() {
  mkfifo "$1"
  exec 6<>"$1"
  perl -e 'fcntl(STDIN, 1031, 8192) == 8192 or die "F_SETPIPE_SZ: $!\n"' <&6
}

# keys_of FILE: of its last stats line, in their order, in one line
keys_of() { grep '"t":"stats"' "$1" | tail -n 1 | jq -r 'keys_unsorted | join(" ")'; }
# the last stats line of a tool in a file, through jq
stat_of() { grep "\"tool\":\"$2\"" "$1" | tail -n 1 | jq -r "$3"; }

# The errors that a tool's stats count are those in its output.
same_errors() { # TOOL OUTPUT ERR
  jq -s -c --arg by "$1" 'map(select(.t == "error" and .by == $by) | .code) | group_by(.)
    | map({(.[0]): length}) | add // {}' "$2" >records
  stat_of "$3" "$1" .errors | jq -c . >counted
  diff records counted
}

@test "each tool: all its keys, always, in one order, on one line of stderr" {
  head="v t tool ts seconds"
  log 2 >log 2>/dev/null
  { mbus-read -q --stats --replay log --speed max 2>read | mbus-frame -q --stats 2>frame |
    dlms-decrypt -q -k keys --stats 2>decrypt | cosem-decode -q --stats 2>decode; } >readings
  meter-sim -n 3 --stats 2>sim >/dev/null
  obis-mqtt -q --dry-run --stats readings 2>mqtt >/dev/null
  for file in read frame decrypt decode sim mqtt; do [ "$(wc -l <$file)" -eq 1 ]; done
  [ "$(keys_of read)" = "$head records bytes marked overruns reopenings silences away answers queue passed errors age" ]
  [ "$(keys_of frame)" = "$head records bytes frames apdus rsp_ud skipped segments_lost blocks_lost passed errors age" ]
  [ "$(keys_of decrypt)" = "$head apdus deciphered plain tag_failures wrong_keys no_keys replays passed errors age" ]
  [ "$(keys_of decode)" = "$head apdus readings values unknown_layouts passed errors age" ]
  meter-doctor -q -k keys --stats log 2>doctor >/dev/null
  [ "$(keys_of doctor)" = "$head bytes messages" ]
  [ "$(stat_of doctor meter-doctor '"\(.bytes) \(.messages)"')" = "$(stat_of frame mbus-frame '"\(.bytes) \(.apdus)"')" ]
  [ "$(keys_of sim)" = "$head messages frames bytes bytes_lost" ]
  [ "$(keys_of mqtt)" = "$head readings refused duplicates last_reading errors age publish_age bad_lines meters forgotten_meters power published delivered dropped superseded unsendable refused_by_broker reconnects queue spool" ]
  # A port that is read has the keys of a log.
  printf '\x10\x40\x01\x41\x16' | mbus-read --port - --stats 2>live >/dev/null
  [ "$(keys_of live)" = "$(keys_of read)" ]
  [ "$(stat_of live mbus-read '"\(.records) \(.bytes)"')" = "1 5" ]
}

@test "a healthy log: sums agree with the records" {
  log 20 >log
  mbus-frame --stats log 2>err >apdus
  dlms-decrypt -k keys --stats apdus 2>>err >plain
  now_ms
  began=$ms
  cosem-decode --stats plain 2>>err >readings
  now_ms
  ended=$ms
  obis-mqtt --dry-run --stats readings 2>>err >/dev/null
  bytes=$(jq -r .hex log | tr -d '\n' | wc -c)
  [ "$(stat_of err mbus-frame '"\(.records) \(.bytes) \(.frames.mbus) \(.apdus)"')" = "40 $((bytes / 2)) 40 20" ]
  [ "$(stat_of err dlms-decrypt '"\(.apdus) \(.deciphered.none)"')" = "20 20" ]
  [ "$(stat_of err cosem-decode '"\(.readings) \(.values)"')" = "20 $(jq -s 'map(.values | length) | add' readings)" ]
  [ "$(stat_of err obis-mqtt .readings)" = 20 ]
  of() { tail -n 1 readings | jq ".values[] | select(.obis == \"$1\").value"; }
  [ "$(stat_of err obis-mqtt .power)" = $(($(of 1-0:1.7.0) - $(of 1-0:2.7.0))) ]
  # In W, whatever the unit; null where there is none.
  sed '$!d; s/"value":[0-9]*,"unit":"W"/"value":1.250,"unit":"kW"/; s/1-0:1.7.0/1-0:16.7.0/' readings |
    obis-mqtt --dry-run --stats 2>&1 >/dev/null | grep -q '"power":1250,'
  sed 's/1-0:1.7.0/1-0:1.6.0/' readings | obis-mqtt --dry-run --stats 2>&1 >/dev/null | grep -q '"power":null,'
  # In a replay the age is the log's.
  first=$(date -d "$(head -n 1 log | jq -r .ts)" +%s%3N)
  max=$(stat_of err cosem-decode '.age.max | floor')
  [ "$(stat_of err cosem-decode .age.n)" = 20 ]
  [ "$max" -ge $((began - first)) ] && [ "$max" -le $((ended - first)) ]
}

@test "a damaged log: errors and skipped bytes agree with the error records" {
  # Every seventh record loses a byte, every ninth is not there, every eleventh has a bit turned.
  log 60 | awk 'NR % 9 == 0 { next }
    NR % 7 == 0 { sub(/[0-9a-f][0-9a-f]"}$/, "\"}") }
    NR % 11 == 0 { sub(/"hex":"68fa/, "\"hex\":\"68fb") }
    { print }' >log
  echo '{"v":1,"t":"bytes"}' >>log
  mbus-frame --stats log 2>err >apdus
  sed '/"t":"apdu"/ s/00"}$/11"}/; 5s/.*"hex":"/{"v":1,"t":"apdu","hex":"0f/' apdus >changed
  dlms-decrypt -k keys --stats changed 2>>err >plain
  sed 's/"hex":"0f/"hex":"0f99/' plain | cosem-decode --stats 2>>err >readings
  for tool in mbus-frame:apdus dlms-decrypt:plain cosem-decode:readings; do
    same_errors "${tool%:*}" "${tool#*:}" err
  done
  [ "$(stat_of err mbus-frame '.errors | length')" -ge 3 ]
  jq -s -c 'map(select(.t == "error" and (.code | IN("noise", "bad-checksum", "bad-fcs", "truncated"))))
    | reduce .[] as $e ({noise: 0, "bad-checksum": 0, "bad-fcs": 0, truncated: 0};
        .[$e.code] += ($e.hex | length / 2))' apdus >skipped
  stat_of err mbus-frame .skipped | jq -c . | diff skipped -
  [ "$(stat_of err mbus-frame .segments_lost)" = "$(grep -c segment-lost apdus)" ]
  # What an earlier tool complained of is handed on.
  [ "$(stat_of err dlms-decrypt .passed)" = "$(grep -c '"t":"error"' changed)" ]
}

@test "what a cipher may be: no key, wrong key, tag failed, verified" {
  meter-sim --meter e450-burgenland --print-keys >both
  sed 's/ ak=[0-9a-f]*/ ak=00112233445566778899aabbccddeeff/' both >wrong-ak
  sed 's/ ek=[0-9a-f]*/ ek=00112233445566778899aabbccddeeff/; s/ ak=[0-9a-f]*//' both >wrong-ek
  chmod 600 both wrong-ak wrong-ek
  meter-sim --meter e450-burgenland -n 3 | mbus-frame >apdus
  count() { dlms-decrypt -q --stats "$@" <apdus 2>&1 >/dev/null | jq -c 'select(.t == "stats")
    | [.apdus, .deciphered.verified, .tag_failures, .wrong_keys, .no_keys]'; }
  [ "$(count -k both)" = "[3,3,0,0,0]" ]
  [ "$(count -k wrong-ak)" = "[3,0,3,0,0]" ]
  [ "$(count -k wrong-ek)" = "[3,0,0,3,0]" ]
  [ "$(count)" = "[3,0,0,0,3]" ]
}

@test "values by place without a profile are counted" {
  meter-sim --meter kaifa-norway -n 4 -o hex | mbus-frame >apdus
  [ "$(cosem-decode --stats --profile none apdus 2>&1 >/dev/null | jq 'select(.t == "stats").unknown_layouts')" -gt 0 ]
  [ "$(cosem-decode --stats apdus 2>&1 >/dev/null | jq .unknown_layouts)" = 0 ]
}

@test "answers of other meters, and what the next program did not take" {
  echo 680f0f68080172785634122d2c1b04050000000c16 | mbus-frame --stats 2>err >out
  [ "$(stat_of err mbus-frame '"\(.rsp_ud) \(.frames.mbus) \(.age.n)"')" = "1 1 0" ]
  yes $'\xe5' 2>/dev/null | head -n 30000 | tr -d '\n' >acks
  # shellcheck disable=SC2002
  has_lost() { [ "$(stat_of err mbus-read '.overruns > 0 and .queue.bytes > 500000')" = true ]; }
  # shellcheck disable=SC2002
  cat acks | mbus-read --port - --stats=100ms 2>err | { wait_for has_lost && cat >out; }
  same_errors mbus-read out err
  [ "$(stat_of err mbus-read .errors.overrun)" -ge 1 ]
  [ "$(stat_of err mbus-read '.records - .overruns')" = "$(grep -c '"t":"bytes"' out)" ]
}

@test "a line on which nothing comes: silences and reopenings" {
  meter-sim --pty line --interval 1h >/dev/null 2>&1 &
  reader=$!
  wait_for test -e line
  mbus-read -q -p line --silence 100ms --stats >out 2>err &
  tool=$!
  wait_for hears $tool USR1
  is_reopened() {
    sends USR1 $tool
    [ "$(stat_of err mbus-read '.silences >= 1 and .reopenings >= 3')" = true ]
  }
  wait_for is_reopened
  kill $tool
  ends $tool
  [ "$status" = 143 ]
}

@test "SIGUSR1: a line at once, with and without --stats, and the pipe goes on" {
  mkfifo in
  mbus-frame <in >out 2>err &
  tool=$!
  exec 5>in
  log 1 >&5
  wait_for test -s out
  kill -USR1 $tool
  wait_for has_lines err 1
  [ "$(stat_of err mbus-frame .apdus)" = 1 ]
  [ "$(stat_of err mbus-frame .age.median)" = null ] # nobody asked a clock
  log 1 >&5
  exec 5>&-
  ends $tool
  [ "$status" = 0 ]
  [ "$(wc -l <out)" = 2 ]
  [ "$(wc -l <err)" = 1 ]
}

@test "SIGUSR1 does not end a program whose stderr nobody reads" {
  mkfifo in gone
  { exec 4<gone; } & # opens it, and goes
  mbus-frame <in >out 2>gone &
  tool=$!
  exec 5>in
  log 1 >&5
  wait_for test -s out
  sends USR1 $tool
  log 1 >&5
  exec 5>&-
  ends $tool
  [ "$status" = 0 ]
  [ "$(wc -l <out)" = 2 ]
}

@test "a stderr that nobody empties: the data goes on, at its time, and TERM ends it" {
  mkfifo in
  small_pipe full # holds it open and reads nothing
  mbus-read --port - --stats=5ms <in >out 2>full 6>&- &
  tool=$!
  exec 5>in
  wait_for hears $tool USR1
  for _ in {1..60}; do sends USR1 $tool; done
  before=$(date +%s%N)
  printf '\x10\x40\x01\x41\x16' >&5
  wait_for has_lines out 1
  ts=$(date -d "$(jq -r .ts out)" +%s%N)
  [ "$ts" -ge "$before" ] && [ "$ts" -le "$(date +%s%N)" ]
  for _ in {1..5}; do sends USR1 $tool; done
  kill -TERM $tool
  ends $tool
  [ "$status" = 143 ]
  [ "$(wc -l <out)" = 1 ]
  exec 5>&-
}

@test "a stderr that is emptied late: whole lines, and the next one counts those that are missing" {
  mkfifo in
  small_pipe late
  mbus-frame <in >out 2>late 6>&- &
  tool=$!
  exec 5>in
  wait_for hears $tool USR1
  for _ in {1..60}; do sends USR1 $tool; done
  cat late >err 5>&- 6>&- &
  reader=$!
  wait_for has_lines err 11
  sends USR1 $tool
  wait_for grep -q '"missed"' err
  exec 5>&-
  ends $tool
  [ "$status" = 0 ]
  exec 6>&-
  ends $reader
  lines=$(wc -l <err)
  [ "$(jq -c .tool err | wc -l)" = "$lines" ] # none is torn
  [ "$lines" -gt 10 ]
  [ "$(jq -s 'map(select(.missed)) | length' err)" = 1 ]
  [ "$(tail -n 1 err | jq '.missed > 10')" = true ]
  [ "$(tail -n 1 err | jq -c 'keys_unsorted[:6]')" = '["v","t","tool","ts","seconds","missed"]' ]
}

@test "SIGUSR1 is heard while the reader of the output does not read" {
  mkfifo pipe
  exec 6<>pipe
  log 4000 >log
  mbus-frame log >pipe 2>err 6>&- &
  tool=$!
  wait_for hears $tool USR1
  wait_for sleeps $tool
  for n in 1 2 3; do
    sends USR1 $tool
    wait_for has_lines err "$n"
  done
}

@test "--stats=TIME and --stats TIME: every so often" {
  for time in "--stats=50ms" "--stats 50ms"; do
    [ -p in ] || mkfifo in
    : >err
    # shellcheck disable=SC2086
    mbus-frame $time <in 2>err &
    tool=$!
    exec 5>in
    wait_for has_lines err 4
    exec 5>&-
    ends $tool
    [ "$status" = 0 ]
    # None too early, but for the clock's grain; the last line is that of the end.
    jq -s -e '[.[:-1] | to_entries[] | .value.seconds >= (.key + 1) * 0.05 - 0.02] | all' err
  done
  # Nothing but a time is one.
  log 1 >5.log
  mbus-frame --stats 5.log 2>err >out
  [ "$(stat_of err mbus-frame .apdus)" = 1 ]
  run -64 mbus-frame --stats=often
}

@test "the line comes at an end by SIGPIPE, too" {
  log 3000 >log
  for _ in 1 2 3 4 5; do
    mbus-frame --stats log 2>err | head -n 1 >/dev/null
    status=${PIPESTATUS[0]}
    [ "$status" = 141 ]
    [ "$(wc -l <err)" = 1 ]
  done
  [ "$(stat_of err mbus-frame '.apdus > 0')" = true ]
}

@test "a storm of SIGUSR1: what is written is the same, byte by byte" {
  log 5000 >log
  run_pipe() { # NAME SPEED LOG
    : >"$1.err"
    mbus-read --replay "$3" --speed "$2" --stats 2>>"$1.err" | mbus-frame 2>>"$1.err" |
      dlms-decrypt -k keys --stats=2ms 2>>"$1.err" | cosem-decode 2>>"$1.err" >"$1"
  }
  run_pipe quiet max log
  mkfifo in
  run_pipe storm 20000 in &
  pipe=$!
  exec 5>in
  is_there() { tools=$(pgrep -P $pipe) && [ "$(wc -l <<<"$tools")" = 4 ]; }
  wait_for is_there
  for tool in $tools; do wait_for hears "$tool" USR1; done
  mapfile -t log <log
  for ((at = 0; at < ${#log[@]}; at += 200)); do
    printf '%s\n' "${log[@]:at:200}" >&5
    # Each of them is heard; between them some come as they like, into whatever is being done.
    for _ in 1 2; do
      for tool in $tools; do sends USR1 "$tool"; done
      # shellcheck disable=SC2086
      kill -USR1 $tools
    done
  done
  exec 5>&-
  ends $pipe
  [ "$status" = 0 ]
  [ "$(wc -l <quiet)" = 5000 ]
  cmp quiet storm
  # Of each tool lines, whole ones, and nothing else.
  [ "$(jq -r .tool storm.err | sort | uniq -c | awk '$1 >= 20' | wc -l)" = 4 ]
}

@test "-vv: a line for each message, how old it is" {
  now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  meter-sim --meter kaifa-salzburg -n 2 -o json --start "$now" >log
  mbus-frame -vv log 2>err >apdus
  [ "$(grep -cE '^mbus-frame: debug: kaifa-salzburg [12]: message, -?[0-9]+\.[0-9]{3} ms since its last byte, [0-9]+\.[0-9]{3} ms here$' err)" = 2 ]
  dlms-decrypt -vv -k keys apdus 2>err >plain
  [ "$(grep -cE 'debug: kaifa-salzburg [12]: message, -?[0-9.]+ ms since its first byte' err)" = 2 ]
  cosem-decode -vv plain 2>err >/dev/null
  [ "$(grep -c 'since its first byte' err)" = 2 ]
  printf '\x10\x40\x01\x41\x16' | mbus-read -vv --port - 2>err >/dev/null
  grep -qE 'standard input 1: 5 bytes in 0 ms, [0-9.]+ ms since its first byte' err
  # Given once it says nothing of the kind.
  mbus-frame -v log 2>err >/dev/null
  ! grep -q 'since its' err || return 1
}
