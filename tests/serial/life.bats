# mbus-read over time: ports that come, go and fall silent, readers that stall or leave.
load helper
setup() { serial_setup; }
teardown() { serial_teardown; }

@test "an unplugged port is read on when it is back; said once each" {
  plug
  start mbus-read -v --line "$SLOW" -p "$TTY" -n 3
  wait_for is_open
  feed "$FRAME"
  wait_for lines 1
  taken '\x68\x06'
  unplug
  wait_for said "gone (unplugged, or its other end closed): waiting for it to come back"
  nap 400 # it tries on meanwhile
  plug
  feed "$FRAME"
  finish
  [ "$STATUS" -eq 0 ]
  jq -se '([.[].why] == ["frame", "eof", "frame"]) and ([.[].seq] == [1, 2, 3]) and .[1].hex == "6806"' out
  [ "$(grep -c 'waiting for it' err)" -eq 1 ]
  [ "$(grep -c 'info: .*: back after' err)" -eq 1 ]
  [ "$(grep -c 'not taken in full' err)" -eq 1 ]
}

@test "--no-reconnect: 74, what was there is not lost" {
  plug
  start mbus-read -v --line "$SLOW" --no-reconnect -p "$TTY"
  wait_for is_open
  feed "$FRAME"'\x68\x06'
  wait_for lines 1
  unplug
  finish
  [ "$STATUS" -eq 74 ]
  said "error: $TTY: gone (unplugged, or its other end closed)"
  jq -se '[.[].why] == ["frame", "eof"]' out
}

@test "--wait waits for a port that is not there yet" {
  start mbus-read --wait -p "$TTY" -n 1
  wait_for said "info: $TTY: not there yet, waiting for it"
  nap 300 # it tries on meanwhile
  plug
  feed "$FRAME"
  finish
  [ "$STATUS" -eq 0 ]
  jq -e '.why == "frame"' out
  [ "$(grep -c 'there after' err)" -eq 1 ]
  [ "$(grep -c 'not there yet' err)" -eq 1 ]
}

@test "SIGTERM ends a wait" {
  start mbus-read --wait -p "$TTY"
  wait_for said "not there yet"
  stop
  [ "$STATUS" -eq 143 ]
}

@test "--silence warns once, opens anew, and says when bytes come again" {
  plug
  start strace -o trace -e trace=openat mbus-read -v --silence 300ms -p "$TTY" -n 1
  wait_for said "nothing has come for 0.3 s"
  is_opened_again() { [ "$(grep -c "openat(.*$TTY" trace)" -ge 3 ]; }
  wait_for is_opened_again
  [ "$(grep -c 'nothing has come' err)" -eq 1 ]
  feed "$FRAME"
  finish
  [ "$(grep -c 'info: .*bytes again after' err)" -eq 1 ]
  [ "$(wc -l <out)" -eq 1 ]
}

@test "--silence shorter than the gap: what has come goes out all the same" {
  plug
  start mbus-read -v --line 300-8N1 --silence 120ms -p "$TTY" -n 1 # the gap: 360 ms
  wait_for is_open
  feed '\x68\x06\x06'
  finish
  [ "$(jq -r '.why + " " + .hex' out)" = "gap 680606" ]
  # An open input, too, which cannot be opened anew.
  mkfifo open
  exec 8<>open
  printf '\x68\x06\x06' >&8
  in_time mbus-read -q --line 300-8N1 --silence 40ms -p - -n 1 <&8 >out
  [ "$(jq -r '.why + " " + .hex' out)" = "gap 680606" ]
}

@test "a reader that stalls: bounded memory, whole records dropped and counted, the newest kept" {
  [ -z "${METERPIPE_SANITIZED-}" ] || skip "a sanitizer takes memory of its own"
  plug
  mkfifo pipe
  exec 8<>pipe
  # One frame is a record of about 160 characters; 16000 of them are 2.5 MB.
  printf "$FRAME%.0s" $(seq 1000) >thousand
  mbus-read -q -p "$TTY" >pipe 3>&- 7>&- 8>&- &
  PID=$!
  JOBS+=("$PID")
  for ((i = 0; i < 16; i++)); do cat thousand >&7; done
  printf '\x10\x40\x01\x41\x16' >&7
  # All is read although nobody reads on: the line is never blocked.
  wait_for has_counted $PID rchar 192001
  wait_for sleeps $PID
  memory=$(awk '/VmHWM/ {print $2}' "/proc/$PID/status")
  [ "$memory" -lt 12288 ] || { echo "peak memory $memory kB"; false; }
  cat <&8 >out 3>&- 7>&- 8>&- &
  JOBS+=("$!")
  wait_for grep -q 1040014116 out
  stop
  [ "$STATUS" -eq 143 ]
  # Once, or again where it was slow to read on. Each time the records behind count on.
  jq -se '
    def dropped: .text | capture("^(?<n>[0-9]+) records dropped").n | tonumber;
    . as $all | map(select(.t == "error")) as $errors | map(select(.t == "bytes")) as $bytes |
    ($errors | length) >= 1 and all($errors[]; .code == "overrun" and .by == "mbus-read") and
    ($errors | map(dropped) | add) as $dropped |
    $dropped > 5000 and ($bytes | length) + $dropped == 16001 and
    $bytes[-1].seq == 16001 and $bytes[-1].hex == "1040014116" and
    all(range(1; length - 1) | select($all[.].t == "error");
        $all[. + 1].seq == $all[. - 1].seq + ($all[.] | dropped) + 1)' out
}

@test "SIGTERM with a stalled reader: ends, and says what is lost" {
  plug
  mkfifo pipe
  exec 8<>pipe
  printf "$FRAME%.0s" $(seq 1000) >thousand
  mbus-read -q -p "$TTY" >pipe 2>err 3>&- 7>&- 8>&- &
  PID=$!
  JOBS+=("$PID")
  cat thousand >&7
  wait_for has_counted $PID rchar 12001
  wait_for sleeps $PID
  stop
  [ "$STATUS" -eq 143 ]
  grep -qE 'error: [0-9]+ records not written: the next program in the pipe does not take them' err
}

@test "a reader that has gone ends it at once, silently" {
  plug
  mkfifo pipe
  mbus-read -q -p "$TTY" >pipe 2>err 3>&- 7>&- &
  PID=$!
  JOBS+=("$PID")
  feed "$FRAME"
  head -n 1 <pipe >out
  # No further byte comes.
  finish
  [ "$STATUS" -eq 141 ]
  [ -s out ] && [ ! -s err ]
}

@test "a full disk: 74, said" {
  plug
  feed "$FRAME"
  STATUS=0
  mbus-read -q -p "$TTY" >/dev/full 2>err || STATUS=$?
  [ "$STATUS" -eq 74 ]
  said "error: cannot write to standard output: No space left on device"
}
