# A pty at $TTY: what is written to descriptor 7 arrives there. The files are in the test's folder.
# 68 L L 68 C A CI …: a whole message in one frame, FF and 00 inside.
FRAME='\x68\x06\x06\x68\x53\xff\x10\x01\x67\xaa\x74\x16'
FRAME_HEX=6806066853ff100167aa7416
# The first segment of two, FF 00 in its head.
FIRST='\x68\x06\x06\x68\x53\xff\x00\x01\x67\xaa\x64\x16'
FIRST_HEX=6806066853ff000167aa6416

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

# Starts a command in the background as $PID; out, err: its output.
start() {
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
  eventually test -e "$TTY"
}

unplug() {
  kill -KILL "$SOCAT"
  wait "$SOCAT" 2>/dev/null || true
  rm -f "$TTY"
}

feed() { printf "$1" >&7; }

# Until the command succeeds, 5 s at most.
eventually() {
  local i
  for ((i = 0; i < 250; i++)); do
    "$@" && return
    sleep 0.02
  done
  echo "never came true: $*" >&2
  tail -n 5 out err >&2 2>/dev/null
  return 1
}

lines() { [ "$(wc -l <out)" -ge "$1" ]; }
said() { grep -qF -- "$1" err; }
# The program has the port open and set.
is_open() { grep -q 'debug: .*: open' err; }

# Ends $PID and leaves its status in STATUS.
stop() {
  kill "-${1:-TERM}" "$PID"
  finish
}
finish() {
  STATUS=0
  wait "$PID" || STATUS=$?
}
