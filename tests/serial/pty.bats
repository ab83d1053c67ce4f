# mbus-read on a real pty: bytes, locks, line settings, errors at the start.
load helper
setup() { serial_setup; }
teardown() { serial_teardown; }

@test "bytes that trickle in: one record per frame, stamped with the first byte" {
  plug
  before=$(date +%s%N)
  start mbus-read -v --line "$SLOW" -p "$TTY" -n 2
  wait_for is_open
  for byte in 68 06 06 68 53 ff 00 01 67 aa 64; do feed "\\x$byte"; nap 10; done
  [ ! -s out ]
  feed '\x16'
  wait_for lines 1
  feed "$FRAME"
  finish
  after=$(date +%s%N)
  [ "$STATUS" -eq 0 ]
  [ "$(wc -l <out)" -eq 2 ]
  jq -se --arg first "$FIRST_HEX" --arg second "$FRAME_HEX" '
    .[0].hex == $first and .[1].hex == $second and ([.[].seq] == [1, 2]) and
    all(.[]; .v == 1 and .t == "bytes" and .src == "meter" and .line == "50-8E1"
             and .why == "frame" and (has("marked") | not)) and
    .[0].ms >= 100 and .[1].ms < .[0].ms' out
  [ "$(head -n 1 out | sed 's/"ts":"[^"]*"/TS/; s/"ms":[0-9]*/MS/')" = \
    '{"v":1,"t":"bytes",TS,"src":"meter","seq":1,MS,"line":"50-8E1","why":"frame","hex":"'$FIRST_HEX'"}' ]
  ts=$(jq -r .ts out | head -n 1)
  [[ $ts =~ ^20[0-9-]{8}T[0-9:]{8}\.[0-9]{6}Z$ ]]
  [ "$(date -d "$ts" +%s%N)" -ge "$before" ]
  [ "$(date -d "$ts" +%s%N)" -le "$((after - 100000000))" ]
}

@test "bytes that a pty held before the reader came are whole" {
  plug
  fed "$FIRST$FRAME"
  start mbus-read -p "$TTY" -n 2
  finish
  jq -se --arg first "$FIRST_HEX" --arg second "$FRAME_HEX" '[.[].hex] == [$first, $second]' out
}

@test "HDLC: a record per frame, with its last byte" {
  plug
  start mbus-read -v -p "$TTY" -n 2
  wait_for is_open
  local hex=7ea01acf0223137c98e6e7000f00000001000202110512abcd3a067e
  feed "$(sed 's/../\\x&/g' <<<"$hex")"
  wait_for lines 1
  feed "$(sed 's/../\\x&/g' <<<"${hex#7e}")" # the flag is shared
  finish
  jq -se --arg hex $hex '[.[].hex] == [$hex, $hex[2:]] and all(.[]; .why == "frame")' out
}

@test "what belongs to no frame goes out at the gap" {
  plug
  start mbus-read -v -p "$TTY" -n 2
  wait_for is_open
  feed '\x01\x02\xff\x00\xff\xff'
  wait_for lines 1
  feed "$FRAME"
  finish
  jq -se '.[0].hex == "0102ff00ffff" and .[0].why == "gap" and .[1].why == "frame"' out
}

@test "the line is set raw, 8E1, with marks, and locked" {
  [ -z "${METERPIPE_SANITIZED-}" ] || skip "the leak sanitizer does not work under strace"
  plug
  feed "$FRAME"
  strace -o trace -e trace=ioctl,flock,openat mbus-read -p "$TTY" -n 1 >out 2>err
  grep -q "openat(.*meter\".*O_RDWR|O_NOCTTY|O_NONBLOCK|O_CLOEXEC" trace
  grep -q 'flock(.*LOCK_EX|LOCK_NB) *= 0' trace
  # The mark would stay on a pty when a signal ends its reader.
  run grep -cE 'TIOCEXCL|TIOCNXCL' trace
  [ "$output" = 0 ]
  grep -qE 'TCSETS2, \{c_iflag=PARMRK\|INPCK, c_oflag=[A-Z0|]*, c_cflag=B2400\|CS8\|CREAD\|PARENB\|CLOCAL, c_lflag=,' trace ||
    { grep TCSETS trace >&2; false; }
  said "line 2400-8E1 not taken in full: no parity instead of even (a pseudo terminal"
  [ "$(wc -l <err)" -eq 1 ]
}

@test "--line: 7E1 and an odd baud rate reach the kernel" {
  [ -z "${METERPIPE_SANITIZED-}" ] || skip "the leak sanitizer does not work under strace"
  plug
  feed '\xe5'
  strace -o trace -e trace=ioctl mbus-read -q --line 300-7E1 -p "$TTY" -n 1 >out 2>err
  grep -qE 'TCSETS2.*B300\|CS7\|CREAD\|PARENB\|CLOCAL' trace
  jq -e '.line == "300-7E1"' out
  feed '\xe5'
  strace -o trace -e trace=ioctl mbus-read -q --line 12345-8O2 -p "$TTY" -n 1 >out 2>err
  grep -qE 'TCSETS2.*BOTHER\|.*CS8\|CSTOPB\|CREAD\|PARENB\|PARODD' trace
  [ ! -s err ]
}

@test "a second reader is told who holds the port" {
  plug
  start mbus-read -v -p "$TTY"
  wait_for is_open
  run mbus-read -p "$TTY"
  [ "$status" -eq 74 ]
  [[ $output == "mbus-read: error: $TTY: locked by mbus-read (pid $PID): stop it, or read another port" ]]
  stop
  feed "$FRAME"
  run mbus-read -q -p "$TTY" -n 1
  [ "$status" -eq 0 ]
}

@test "a reader that a signal ends leaves a pty to the next one, whoever runs it" {
  plug
  as_user=()
  # TIOCEXCL does not stop root.
  [ "$(id -u)" -ne 0 ] || as_user=(setpriv --reuid=65534 --clear-groups)
  path=$(readlink "$TTY")
  chmod 666 "$path"
  chmod 755 "$BATS_TEST_TMPDIR"
  for signal in PIPE KILL TERM; do
    if [ $signal = PIPE ]; then # its own reader ends after the first record
      fed "$FRAME$FRAME$FRAME"
      "${as_user[@]}" "$METERPIPE_BIN/mbus-read" -q -p "$path" | head -n 1 >out
      [ "$(wc -l <out)" -eq 1 ]
    else
      start "${as_user[@]}" "$METERPIPE_BIN/mbus-read" -v -p "$path"
      wait_for is_open
      kill -$signal "$PID"
      finish
    fi
    feed "$FRAME"
    run "${as_user[@]}" "$METERPIPE_BIN/mbus-read" -q -p "$path" -n 1
    echo "$signal: $output"
    [ "$status" -eq 0 ]
  done
}

@test "a port in exclusive use by a program without a lock: its holder is named too" {
  plug
  : >holder.err
  socat -d -d -u "OPEN:$TTY,ioctl-void=0x540c" OPEN:/dev/null 2>holder.err 3>&- 7>&- &  # TIOCEXCL
  holder=$!
  JOBS+=("$holder")
  wait_for grep -q 'starting data transfer loop' holder.err
  # TIOCEXCL does not stop root.
  [ "$(id -u)" -ne 0 ] || { chmod 666 "$(readlink "$TTY")"; as_user="setpriv --reuid=65534 --clear-groups"; }
  chmod 755 "$BATS_TEST_TMPDIR"
  path=$(readlink "$TTY")
  run $as_user "$METERPIPE_BIN/mbus-read" -p "$path"
  [ "$status" -eq 74 ]
  [[ $output == "mbus-read: error: $path: in exclusive use by "* ]]
  # A user does not see into root's processes and is told how to.
  [[ $output == *"(pid $holder)"* || $output == *"sudo fuser -v"* ]]
}

@test "a port without permission: 77 and what to do" {
  plug
  path=$(readlink "$TTY")
  if [ "$(id -u)" -eq 0 ]; then
    chgrp dialout "$path" && chmod 660 "$path"
    as_user="setpriv --reuid=65534 --regid=65534 --clear-groups"
    advice='it belongs to the group dialout: sudo usermod -aG dialout $USER, then log in again'
  else
    chmod 000 "$path"
    advice="its mode is 0000"
  fi
  run $as_user "$METERPIPE_BIN/mbus-read" -p "$path"
  [ "$status" -eq 77 ]
  [[ $output == "mbus-read: error: $path: permission denied: $advice"* ]]
}

@test "a missing port: 66, and the way out" {
  run mbus-read -p ./nowhere
  [ "$status" -eq 66 ]
  [[ $output == "mbus-read: error: ./nowhere: no such port (No such file or directory): "*--list*--wait* ]]
}

@test "a file is no port: 66, and the way to read it" {
  echo 68 >file
  run mbus-read -p file
  [ "$status" -eq 66 ]
  [[ $output == *"is no serial port; to read a file use mbus-read --replay"* ]]
  run mbus-read -p .
  [ "$status" -eq 66 ]
  [[ $output == *"is a folder"* ]]
}

@test "usage errors: one line, 64" {
  for arguments in "--line 2400-8E1.5 -p x" "--line 2400-9E1 -p x" "" "-p x --replay y" \
    "-p tcp://x" "-p udp://x:1" "-p x -n 0" "-p x --speed 2" "--replay x --speed fast" \
    "-p x --silence soon" "--nonsense" "-p"; do
    run mbus-read $arguments
    [ "$status" -eq 64 ] || { echo "'$arguments' gave $status"; false; }
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == "mbus-read: error: "* ]]
  done
  run mbus-read --line 2400-8E1.5 -p x
  [[ $output == *"1.5 stop bits cannot be set on Linux"* ]]
}

@test "SIGTERM and SIGINT: what is there goes out, then the signal" {
  plug
  for signal in TERM INT; do
    start env --default-signal=INT mbus-read -v --line "$SLOW" -p "$TTY"
    wait_for is_open
    feed "$FRAME"
    wait_for lines 1
    taken '\x68\x06\x06'
    stop "$signal"
    [ "$STATUS" -eq $((128 + $(kill -l "$signal"))) ]
    jq -se '[.[].why] == ["frame", "eof"] and .[1].hex == "680606"' out
  done
}

@test "-o hex and -o bin" {
  plug
  fed "$FIRST$FRAME"
  mbus-read -q -p "$TTY" -n 1 -o hex >out
  [[ $(head -n 1 out) =~ ^"#@ ts="20.*Z" src=meter"$ ]]
  [ "$(tail -n 1 out)" = "$FIRST_HEX" ]
  fed "$FRAME$FIRST"
  mbus-read -q -p "$TTY" --max-bytes 24 -o bin >out
  [ "$(od -An -v -tx1 -N12 out | tr -d ' \n')" = "$FRAME_HEX" ]
  [ "$(wc -c <out)" -eq 24 ]
}
