# mbus-read over time: ports that come, go and fall silent, readers that stall or leave.
load helper
setup() { serial_setup; }
teardown() { serial_teardown; }

@test "an unplugged port is read on when it is back; said once each" {
  plug
  start mbus-read -v -p "$TTY" -n 3
  eventually is_open
  feed "$FRAME"
  eventually lines 1
  feed '\x68\x06'
  sleep 0.05
  unplug
  eventually said "gone (unplugged, or its other end closed): waiting for it to come back"
  sleep 0.4
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
  start mbus-read -v --no-reconnect -p "$TTY"
  eventually is_open
  feed "$FRAME"'\x68\x06'
  eventually lines 1
  unplug
  finish
  [ "$STATUS" -eq 74 ]
  said "error: $TTY: gone (unplugged, or its other end closed)"
  jq -se '[.[].why] == ["frame", "eof"]' out
}

@test "--wait waits for a port that is not there yet" {
  start mbus-read --wait -p "$TTY" -n 1
  eventually said "info: $TTY: not there yet, waiting for it"
  sleep 0.3
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
  eventually said "not there yet"
  stop
  [ "$STATUS" -eq 143 ]
}

@test "--silence warns once, opens anew, and says when bytes come again" {
  plug
  start strace -o trace -e trace=openat mbus-read -v --silence 300ms -p "$TTY" -n 1
  eventually said "nothing has come for 0.3 s"
  sleep 0.7
  [ "$(grep -c 'nothing has come' err)" -eq 1 ]
  feed "$FRAME"
  finish
  [ "$(grep -c 'info: .*bytes again after' err)" -eq 1 ]
  [ "$(grep -c "openat(.*$TTY" trace)" -ge 3 ]
  [ "$(wc -l <out)" -eq 1 ]
}

@test "--silence shorter than the gap: what has come goes out all the same" {
  plug
  start mbus-read -v --line 300-8N1 --silence 120ms -p "$TTY" -n 1 # the gap: 360 ms
  eventually is_open
  feed '\x68\x06\x06'
  finish
  [ "$(jq -r '.why + " " + .hex' out)" = "gap 680606" ]
  # An open input, too, which cannot be opened anew.
  { printf '\x68\x06\x06'; sleep 1.5; } | mbus-read -q --line 300-8N1 --silence 40ms -p - -n 1 >out
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
  eventually eval '[ "$(awk "/^rchar/ {print \$2}" /proc/$PID/io)" -gt 192000 ]'
  sleep 0.2
  memory=$(awk '/VmHWM/ {print $2}' "/proc/$PID/status")
  [ "$memory" -lt 12288 ] || { echo "peak memory $memory kB"; false; }
  cat <&8 >out 3>&- 7>&- 8>&- &
  JOBS+=("$!")
  eventually grep -q 1040014116 out
  stop
  [ "$STATUS" -eq 143 ]
  jq -se '
    (map(select(.t == "error"))) as $errors | (map(select(.t == "bytes"))) as $bytes |
    ($errors | length) == 1 and $errors[0].code == "overrun" and $errors[0].by == "mbus-read" and
    ($errors[0].text | capture("^(?<n>[0-9]+) records dropped").n | tonumber) as $dropped |
    $dropped > 5000 and ($bytes | length) + $dropped == 16001 and
    $bytes[-1].seq == 16001 and $bytes[-1].hex == "1040014116" and
    (map(.t) | index("error")) as $at | .[$at + 1].seq == $at + $dropped + 1' out
}

@test "SIGTERM with a stalled reader: ends within 2 s and says what is lost" {
  plug
  mkfifo pipe
  exec 8<>pipe
  printf "$FRAME%.0s" $(seq 1000) >thousand
  mbus-read -q -p "$TTY" >pipe 2>err 3>&- 7>&- 8>&- &
  PID=$!
  JOBS+=("$PID")
  cat thousand >&7
  eventually eval '[ "$(awk "/^rchar/ {print \$2}" /proc/$PID/io)" -gt 12000 ]'
  sleep 0.1
  start_s=$SECONDS
  stop
  [ "$STATUS" -eq 143 ]
  [ $((SECONDS - start_s)) -le 10 ]
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
