source "${BASH_SOURCE[0]%/*}/../support/wait.bash"

# A pty at $TTY: what is written to descriptor 7 arrives there. The files are in the test's folder.
# 68 L L 68 C A CI …: a whole message in one frame, FF and 00 inside.
FRAME='\x68\x06\x06\x68\x53\xff\x10\x01\x67\xaa\x74\x16'
FRAME_HEX=6806066853ff100167aa7416
# The first segment of two, FF 00 in its head.
FIRST='\x68\x06\x06\x68\x53\xff\x00\x01\x67\xaa\x64\x16'
FIRST_HEX=6806066853ff000167aa6416
# The gap that ends a record is 0.9 s at this rate: where it must not come, a test is quicker.
SLOW=50-8E1

serial_setup() {
  cd "$BATS_TEST_TMPDIR"
  PATH="$METERPIPE_BIN:$PATH"
  TTY="$BATS_TEST_TMPDIR/meter"
  JOBS=()
}

serial_teardown() {
  exec 7>&- 8>&-
  local pid
  for pid in "${JOBS[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
}

# Starts a command in the background as $PID; out, err: its output, without that of one before it.
start() {
  : >out
  : >err
  "$@" >out 2>err 3>&- 7>&- 8>&- &
  PID=$!
  JOBS+=("$PID")
}

# plug: makes the pty (again); SOCAT is its other end.
plug() {
  [ -p feed ] || mkfifo feed
  exec 7<>feed
  socat -u PIPE:feed,rdonly "PTY,link=$TTY,rawer" 2>socat.err 3>&- 7>&- 8>&- &
  SOCAT=$!
  JOBS+=("$SOCAT")
  wait_for test -e "$TTY"
}

unplug() {
  kill -KILL "$SOCAT"
  wait "$SOCAT" 2>/dev/null || true
  rm -f "$TTY"
}

feed() { printf "$1" >&7; }

# fed BYTES: the same, and all of it is in the pty when this returns
fed() {
  local before
  before=$(count_of "$SOCAT" wchar)
  feed "$1"
  wait_for has_counted "$SOCAT" wchar $((before + $(printf "$1" | wc -c)))
}
# taken BYTES: the same, and $PID has read it
taken() {
  local before
  before=$(count_of "$PID" rchar)
  feed "$1"
  wait_for has_counted "$PID" rchar $((before + $(printf "$1" | wc -c)))
}

lines() { has_lines out "$1"; }
said() { grep -qF -- "$1" err; }
# The program has the port open and set, and waits for what comes.
is_open() { grep -q 'debug: .*: open' err && sleeps "$PID"; }

# Ends $PID, whose handlers are there, and leaves its status in STATUS.
stop() {
  wait_for hears "$PID" "${1:-TERM}"
  kill "-${1:-TERM}" "$PID"
  finish
}
finish() {
  local status
  ends "$PID" || { tail -n 5 out err >&2; return 1; }
  STATUS=$status
}
