# mbus-poll on a real pty, whose other end is meter-sim --bus.
bats_require_minimum_version 1.5.0
load helper
setup() { serial_setup; }
# A bus hears that it is to end.
teardown() {
  local pid status
  for pid in "${JOBS[@]}"; do
    kill -CONT "$pid" 2>/dev/null && kill -TERM "$pid" && ends "$pid"
  done
  serial_teardown
}

# bus METERS…: a simulated bus at $TTY
bus() {
  meter-sim --bus "$1" --pty "$TTY" "${@:2}" 2>sim.err 3>&- &
  JOBS+=("$!")
  wait_for test -e "$TTY"
}
ask() { mbus-poll -p "$TTY" "$@"; }
codes() { jq -r 'if .t == "error" then .code else .t end' | sort | uniq -c | awk '{ printf "%s %s ", $2, $1 }'; }

@test "a pass: records as mbus-read writes them, three telegrams, a rate of its own, errors that name the meter" {
  bus 1@38400,3@38400,4@38400/wrong-fcb,5@38400/collision,7@9600,echo
  run -0 --separate-stderr ask --line 38400-8E1 --timeout 150ms -m 1 -m 60030045 -m 7@9600
  echo "$output" >records
  [ "$(codes <records)" = "bytes 5 " ]
  [ "$(jq -r .line records | uniq | tr '\n' ' ')" = "38400-8E1 9600-8E1 " ]
  [ "$(jq -r .seq records | tr -d '\n')" = 12345 ]
  [ "$(mbus-frame -q records | jq -r '.t + " " + .id' | uniq -c | awk '{ printf "%s ", $0 }' | tr -s ' ')" = \
    " 1 mbus 60010043 3 mbus 60030045 1 mbus 60070049 " ]
  run -1 --separate-stderr ask --line 38400-8E1 --timeout 150ms -m 1 -m 9 -m 5 -m 4 --stats
  echo "$output" >records
  [ "$(codes <records)" = "bytes 2 collision 1 no-answer 1 segment-lost 1 " ]
  [[ $(jq -r 'select(.code == "no-answer").text' records) == "meter 9: no answer to 3 requests within 150 ms each"* ]]
  [[ $(jq -r 'select(.code == "collision").text' records) == "meter 5: several meters answer at a time"* ]]
  [[ $(jq -r 'select(.code == "segment-lost").text' records) == "meter 4: telegram 2 never came"* ]]
  [ "$(jq -r 'select(.t == "error") | .by + .src' records | sort -u)" = mbus-pollmeter ]
  [ "$(tail -n 1 <<<"$stderr" | jq -c '[.tool, .passes, .readings, .telegrams, .failures, .errors["no-answer"], .stray > 0, .echoed > 0]')" = \
    '["mbus-poll",1,1,2,3,1,true,true]' ]
}

@test "late and deaf meters are read, on a line with noise" {
  [ -n "${METERPIPE_THOROUGH-}" ] || skip "METERPIPE_THOROUGH; in short: unit.poll"
  bus 1@38400/late,2@38400/deaf,noise
  run -0 --separate-stderr ask --line 38400-8E1 -m 1
  [ "$(codes <<<"$output")" = "bytes 1 " ]
  run -0 --separate-stderr ask --line 38400-8E1 --timeout 100ms --tries 6 -m 2
  [ "$(codes <<<"$output")" = "bytes 1 " ]
}

@test "for ever: passes on time, the budget is said and kept, a signal ends it" {
  bus 1
  start mbus-poll -p "$TTY" -m 1 --every 1500ms --budget 2 --stats
  wait_for said 'its 2 readings of a day are used up'
  said 'every 1 s would be 57600 readings in 24 hours, and 2 are allowed'
  stop
  [ "$(grep -c '"t":"bytes"' out)" -eq 2 ]
  [ "$(sed -n '/^{/p' err | jq -c '[.readings, .spared >= 1]')" = '[2,true]' ]
  start mbus-poll -p "$TTY" -m 1 --every
  wait_for said '1 meters every 900 s, 96 readings of each in 24 hours of 96'
  wait_for lines 1
  stop
}

@test "scans: a table of who is there; answers behind the time are counted where they belong" {
  bus 1@38400,3@38400,250@38400/collision
  # The meters need 60 ms.
  run -0 --separate-stderr ask --line 38400-8E1 --timeout 20ms --tries 1 --scan primary
  echo "$output"
  [ "$(head -n 3 <<<"$output" | awk '{ print $1, $2 }')" = "PRIMARY METER
1 60010043-ZRI-10-07
3 60030045-ABB-20-02" ]
  [[ $output == *"answered late: a longer --timeout"* ]]
  [[ $stderr == *"readings were asked of them"* ]]
}

@test "a scan by numbers tells two meters at one address apart; where nobody is the status is 1" {
  [ -n "${METERPIPE_THOROUGH-}" ] || skip "METERPIPE_THOROUGH; in short: unit.poll"
  bus 5@9600/collision
  run -0 --separate-stderr ask --line 9600-8E1 --timeout 100ms --tries 1 --scan secondary
  [ "$(tail -n +2 <<<"$output" | tr -s ' ')" = "5 60050047-ZRI-10-07
5 70051047-ZRI-10-07" ]
  run -1 --separate-stderr ask --line 4800-8E1 --timeout 20ms --tries 1 --scan secondary
  [ -z "$output" ]
  [[ $stderr == *"no meter found"* ]]
}

@test "a new address: only behind its option and a yes, and proved" {
  bus 1@38400,2@38400
  fast=(--line 38400-8E1 --timeout 400ms --tries 2)
  patient=(--line 38400-8E1 --timeout 5s) # of who answers
  run -64 ask --set-address 1 9 </dev/null
  [[ $output == *"without a terminal it needs --yes"* ]]
  run -1 ask "${fast[@]}" --set-address 1 2 --yes
  [[ $output == *"address 2 is taken by 60020044-ELS-52-03"* ]]
  # A terminal, and another answer than y.
  run -1 script -qec "mbus-poll -p $TTY ${fast[*]} --set-address 1 9" /dev/null <<<"n"
  [[ $output == *"meter 60010043-ZRI-10-07 (1): give it the primary address 9? [y/N]"* ]]
  [[ $output == *"nothing was changed"* ]]
  run -0 --separate-stderr ask "${patient[@]}" -m 1
  run -0 script -qec "mbus-poll -p $TTY ${fast[*]} --set-address 1 9" /dev/null <<<"y"
  [[ $output == *"meter 60010043-ZRI-10-07 has the primary address 9 now"* ]]
  run -0 ask "${fast[@]}" --set-address 60010043 1 --yes
  run -0 --separate-stderr ask "${patient[@]}" -m 1
}

@test "by a connection: the same, and no rate of its own" {
  [ -n "${METERPIPE_THOROUGH-}" ] || skip "METERPIPE_THOROUGH; in short: unit.poll"
  bus 1,3
  socat -d -d TCP-LISTEN:0,bind=127.0.0.1,reuseaddr "OPEN:$TTY,rawer,b2400" 2>socat.err 3>&- &
  JOBS+=("$!")
  listens() { grep -q 'listening on' socat.err; }
  wait_for listens
  local port
  port=$(sed -n 's/.*listening on.*:\([0-9]*\)$/\1/p' socat.err)
  run -0 --separate-stderr mbus-poll -p "tcp://127.0.0.1:$port" -m 3
  [ "$(codes <<<"$output")" = "bytes 3 " ]
  [ "$(jq -r '.line // "none"' <<<"$output" | sort -u)" = none ]
  run -64 mbus-poll -p tcp://127.0.0.1:9 -m 3@300
  [[ $output == *"the rate of a connection is set at its other end"* ]]
}

@test "--wait: a port that comes later is waited for" {
  start mbus-poll -p "$TTY" --line 38400-8E1 --wait -m 1
  wait_for said 'waiting for it'
  bus 1@38400
  wait_for lines 1
  run -66 mbus-poll -p "$BATS_TEST_TMPDIR/none" -m 5
  run -64 mbus-poll -p x --wait --scan primary
}

@test "a scan that finds nobody or is stopped says so" {
  bus 5@9600
  run -1 --separate-stderr ask --line 4800-8E1 --timeout 20ms --tries 1 --scan secondary
  [ -z "$output" ]
  [[ $stderr == *"no meter found: "* ]]
  start mbus-poll -p "$TTY" --timeout 1s --scan primary
  wait_for sleeps "$PID"
  stop
  said 'stopped before its end: there may be more meters'
}

@test "a scan that hears parts of answers whatever it asks gives up" {
  [ -n "${METERPIPE_THOROUGH-}" ] || skip "METERPIPE_THOROUGH; in short: unit.poll"
  printf '%s\n' '#!/bin/sh' 'while dd bs=64 count=1 2>/dev/null | grep -q .; do printf 0123456789abcdefghijklmnopqrstuvwxyz; done' >half
  chmod +x half
  rm -f "$TTY"
  socat "PTY,link=$TTY,rawer" EXEC:./half 2>socat.err 3>&- &
  JOBS+=("$!")
  wait_for test -e "$TTY"
  run -1 --separate-stderr ask --line 38400-8E1 --timeout 20ms --tries 1 --scan secondary
  [[ $stderr == *"given up: parts of answers came whatever was asked"* ]]
}

@test "a meter that falls silent behind the question gets no new address" {
  bus 1@38400
  mkfifo answers
  script -qec "mbus-poll -p $TTY --line 38400-8E1 --timeout 100ms --tries 2 --set-address 1 9" /dev/null <answers >out 2>&1 3>&- &
  PID=$!
  exec 8>answers
  wait_for grep -q 'give it the primary address 9' out
  kill -STOP "${JOBS[0]}"
  echo y >&8
  finish
  [ "$STATUS" -eq 1 ]
  grep -q 'error: meter 1: no answer' out
}

@test "records that nobody takes are counted at the end" {
  bus 1@38400
  mkfifo full
  exec 8<>full
  dd if=/dev/zero of=full bs=65536 count=1 oflag=nonblock status=none
  mbus-poll -v -p "$TTY" --line 38400-8E1 -m 1 --every 1h >full 2>err 3>&- 8>&- &
  PID=$!
  JOBS+=("$PID")
  wait_for said 'debug: meter 1: 1 telegrams'
  wait_for sleeps "$PID"
  stop
  said 'records not written: the next program in the pipe does not take them'
}

@test "contained as mbus-read is, and still at another rate" {
  [ -z "${METERPIPE_SANITIZED-}" ] || skip "a build with sanitizers is not contained"
  bus 1,7@9600
  start mbus-poll -v -p "$TTY" -m 1 -m 7@9600 --every 1h --timeout 400ms
  wait_for lines 2
  [ "$(sed -n 's/^Seccomp:\s*//p' "/proc/$PID/status")" = 2 ]
  ! grep -q 'not permitted' err
  stop
}

@test "wrong usage" {
  for wrong in "" "-m 5" "-p x" "-p - -m 5" "-p x -m 251" "-p x -m 5 -m 5" "-p x -m 5 --scan primary" \
    "-p x -m 5 --tries 0" "-p x -m 5 --timeout 0" "-p x 7" "-p x --set-address 5" "-p x --set-address 5 251 --yes" \
    "-p x -m 5 --yes" "-p x -m 5 7" "-p tcp://127.0.0.1:9 -m 3@300" "-p x --scan all" "-p x --scan primary --every"; do
    echo "mbus-poll $wrong"
    run -64 mbus-poll $wrong </dev/null
    [ "$(wc -l <<<"$output")" -eq 1 ]
  done
  run -66 mbus-poll -p "$BATS_TEST_TMPDIR/none" -m 5
}
