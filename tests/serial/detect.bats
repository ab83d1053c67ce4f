# mbus-read --detect on a real pty, whose other end looks at the speed that is set: the speeds are
# all that a pty can show. Parity and marks: tests/unit/serial/detect.cpp.
load helper
setup() { serial_setup; }
teardown() { serial_teardown; }

# meter BAUD HEX
meter() {
  "$METERPIPE_SUPPORT/pty-at-speed" "$TTY" "$1" 400 "$2" 3>&- 7>&- 8>&- &
  JOBS+=("$!")
  wait_for test -e "$TTY"
}
MBUS=681d1d6853ff100167000102030405060708090a0b0c0d0e0f1011121314151617de16
HDLC=7ea01acf0223137c98e6e7000f00000001000202110512abcd3a067e

# The checksum of $MBUS is right: what the tests stand on.
@test "the frames that the tests send verify" {
  mbus-frame --frames <<<"$MBUS" | jq -se 'any(.[]; .t == "frame" and .link == "mbus")'
  mbus-frame --frames <<<"$HDLC" | jq -se 'any(.[]; .t == "frame" and .link == "hdlc")'
}

@test "--detect finds the speed, row by row, and ends with the setting" {
  meter 9600 "$HDLC"
  mbus-read --detect -p "$TTY" --detect-time 20s >out 2>err
  cat out
  [ ! -s err ]
  [ "$(tail -n 1 out)" = LINE=9600-8N1 ]
  [ "$(tail -n 2 out | head -n 1)" = "mbus-read -p $TTY --line 9600-8N1" ]
  [[ $(head -n 1 out) == "LINE "*BYTES*MARKED*FRAMES* ]]
  grep -qE '^2400-8E1 +[1-9][0-9]* +0 +- +0  no frame$' out
  grep -qE '^9600-8N1 +[1-9][0-9]* +0 +- +[1-9]  HDLC, no errors: found$' out
  grep -q 'does not check parity' out
  # In the form of the service's settings, which a shell takes, too.
  ( . <(tail -n 1 out); [ "$LINE" = 9600-8N1 ] )
}

@test "M-Bus at 2400 is found at the first try" {
  meter 2400 "$MBUS"
  mbus-read --detect -p "$TTY" --detect-time 20s >out 2>err
  cat out
  [ "$(tail -n 1 out)" = LINE=2400-8E1 ]
  [ "$(grep -cE '^[0-9]+-[78][NEO]1' out)" -eq 1 ]
}

@test "--line is tried first; an odd baud rate is found with it" {
  meter 12345 "$MBUS"
  mbus-read --detect --line 12345-8E1 -p "$TTY" --detect-time 20s >out
  [ "$(tail -n 1 out)" = LINE=12345-8E1 ]
  [ "$(grep -cE '^[0-9]+-[78][NEO]1' out)" -eq 1 ]
}

@test "nothing comes: status 1, each rate listened to once, and what to look at" {
  meter 0 00
  run mbus-read --detect -p "$TTY" --detect-time 100ms
  echo "$output"
  [ "$status" -eq 1 ]
  [ "$(grep -c 'nothing came$' <<<"$output")" -eq 10 ]
  [[ $output == *"Nothing was received at any setting."*activated* ]]
  [[ $output != *LINE=* ]]
}

@test "SIGINT: what is known, then the signal" {
  meter 0 00
  start env --default-signal=INT mbus-read --detect -p "$TTY" --detect-time 500ms
  wait_for lines 2
  stop INT
  cat out
  [ "$STATUS" -eq 130 ]
  grep -q '^Stopped before anything was found.$' out
}

@test "a port that goes away: 74" {
  meter 0 00
  start mbus-read --detect -p "$TTY"
  wait_for lines 1 # it listens
  kill -KILL "${JOBS[0]}"
  finish
  [ "$STATUS" -eq 74 ]
  said "gone ("
}

@test "usage errors: one line, 64; a port that is not there: 66" {
  for arguments in "--detect" "--detect -p -" "--detect -p tcp://host:1" "--detect -p x -o hex" \
    "--detect -p x -n 1" "--detect -p x --list" "--detect -p x --replay y" "--detect -p x --wait" \
    "--detect -p x --detect-time 0" "--detect -p x --detect-time soon" "-p x --detect-time 5s" \
    "--detect -p x --line 2400" "--detect -p x --stats" "--detect -p x --stats=1s"; do
    run mbus-read $arguments
    [ "$status" -eq 64 ] || { echo "'$arguments' gave $status"; false; }
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == "mbus-read: error: "* ]]
  done
  run mbus-read --detect -p tcp://host:1
  [[ $output == *ser2net* ]]
  run mbus-read --detect -p ./nowhere
  [ "$status" -eq 66 ]
  [[ $output == "mbus-read: error: ./nowhere: no such port"* ]]
}
