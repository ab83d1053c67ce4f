# mbus-read on TCP connections, standard input and logs.
load helper
setup() { serial_setup; }
teardown() { serial_teardown; }

# serve: a TCP server on $PORT that gives what is written to descriptor 7 to whoever connects.
serve() {
  [ -p feed ] || mkfifo feed
  exec 7<>feed
  : >socat.err
  socat -d -d -u PIPE:feed,rdonly "TCP4-LISTEN:${PORT:-0},bind=127.0.0.1,reuseaddr" 2>socat.err \
    3>&- 7>&- &
  SOCAT=$!
  JOBS+=("$SOCAT")
  wait_for grep -q 'listening on' socat.err
  PORT=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' socat.err | head -n 1)
}

@test "tcp://: stamped and framed alike, read on after the connection broke" {
  serve
  start mbus-read -v -p "tcp://localhost:$PORT" -n 2
  wait_for is_open
  feed "$FIRST"
  wait_for lines 1
  # It sleeps while nothing comes, but for a look or two at the clock.
  local awake=0 n
  for n in {1..30}; do
    nap 10
    sleeps "$PID" || awake=$((awake + 1))
  done
  [ $awake -le 3 ]
  kill -KILL "$SOCAT"
  wait "$SOCAT" 2>/dev/null || true
  wait_for said "connection lost (closed by the other side): waiting for it to come back"
  serve
  feed "$FRAME"
  finish
  [ "$STATUS" -eq 0 ]
  jq -se --arg src "tcp:localhost:$PORT" --arg first "$FIRST_HEX" --arg second "$FRAME_HEX" '
    all(.[]; .src == $src and .why == "frame" and (has("line") | not) and (.ts | length) == 27) and
    [.[].hex] == [$first, $second]' out
  [ "$(grep -c 'back after' err)" -eq 1 ]
}

@test "a server that hangs up at once is named once, not at every attempt" {
  socat -d -d TCP4-LISTEN:0,bind=127.0.0.1,fork EXEC:true 2>socat.err 3>&- &
  JOBS+=("$!")
  wait_for grep -q 'listening on' socat.err
  PORT=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' socat.err | head -n 1)
  start mbus-read -v -p "tcp://127.0.0.1:$PORT"
  wait_for eval '[ "$(grep -c "debug: .*: open" err)" -ge 4 ]'
  stop
  [ "$(grep -c 'connection lost' err)" -eq 1 ]
  [ "$(grep -c 'back after' err)" -eq 0 ]
}

@test "tcp:// nobody listens: 66; --wait waits" {
  run mbus-read -p tcp://127.0.0.1:1
  [ "$status" -eq 66 ]
  [[ $output == "mbus-read: error: tcp://127.0.0.1:1: cannot connect: Connection refused"* ]]
  run mbus-read -p tcp://nowhere.invalid:1
  [ "$status" -eq 66 ]
  [[ $output == *"name nowhere.invalid: "* ]]
  serve
  kill -KILL "$SOCAT"
  wait "$SOCAT" 2>/dev/null || true
  start mbus-read --wait -p "tcp://127.0.0.1:$PORT" -n 1
  wait_for said "not there yet"
  serve
  feed "$FRAME"
  finish
  jq -e '.why == "frame"' out
}

@test "standard input: stamped, framed, ended" {
  printf "$FIRST$FRAME"'\xe5\x68\x06' | mbus-read -p - >out
  jq -se --arg first "$FIRST_HEX" --arg second "$FRAME_HEX" '
    [.[].hex] == [$first, $second, "e5", "6806"] and
    [.[].why] == ["frame", "frame", "frame", "eof"] and all(.[]; .src == "stdin" and has("ts"))' out
  : | mbus-read -p - >out
  [ ! -s out ]
  printf "$FRAME" | mbus-read -p - --line 2400-8N1 | jq -e '.line == "2400-8N1"'
}

@test "a file on standard input waits for a slow reader, a pipe does not" {
  yes $'\xe5' 2>/dev/null | head -n 30000 | tr -d '\n' >acks
  mkfifo slow
  exec 8<>slow
  mbus-read -p - <acks >slow 3>&- 8>&- &
  PID=$!
  JOBS+=("$PID")
  is_stopped() { hears "$PID" && sleeps "$PID"; }
  wait_for is_stopped
  read_the_rest
  [ "$(grep -c '"hex":"e5"' out)" -eq 30000 ]
  exec 8<>slow
  mkfifo acks.pipe
  mbus-read -p - <acks.pipe >slow 3>&- 8>&- &
  PID=$!
  JOBS+=("$PID")
  exec 9<>acks.pipe
  wait_for is_stopped
  local before # what it has read to start, which is much with a sanitizer
  before=$(sed -n 's/^rchar: //p' "/proc/$PID/io")
  cat acks >&9
  exec 9>&-
  wait_for has_counted "$PID" rchar $((before + 30000))
  read_the_rest
  grep -q '"code":"overrun"' out
  [ "$(tail -n 1 out | jq .seq)" -eq 30000 ]
}

# read_the_rest: what $PID has for the pipe "slow", of which descriptor 8 has read nothing yet
read_the_rest() {
  cat slow >out 3>&- 8>&- &
  local reader=$!
  JOBS+=("$reader")
  finish
  [ "$STATUS" -eq 0 ]
  exec 8>&-
  local status
  ends "$reader"
}

@test "noise without end goes out at the size limit" {
  head -c 40000 /dev/zero | mbus-read -p - >out
  jq -se '[.[].why] == ["size", "size", "eof"] and ([.[].hex | length] | add) == 80000' out
}

log() {
  cat <<'EOF'
{"v":1,"t":"bytes","ts":"2026-11-22T17:00:00.000000Z","src":"ttyUSB0","seq":1,"ms":50,"line":"2400-8E1","why":"frame","hex":"e5"}
{"v":1,"t":"later","x":1}
{"v":1,"t":"bytes","ts":"2026-11-22T17:00:00.550000Z","src":"ttyUSB0","seq":2,"ms":100,"why":"frame","extra":[1,{"a":2}],"hex":"1040014116"}
EOF
}

# Milliseconds that a command takes. None that waits for hours comes to its end.
took() {
  local ms
  now_ms
  TOOK=$ms
  in_time "$@" >out
  now_ms
  TOOK=$((ms - TOOK))
}

@test "--replay keeps the log's pace and its every byte" {
  log >log.jsonl
  took mbus-read --replay log.jsonl
  cmp out log.jsonl
  [ "$TOOK" -ge 600 ]
  # An hour in 360 ms, then without waiting.
  log | sed '3s/17:00:00.55/18:00:00.00/' >hour.jsonl
  took mbus-read --replay hour.jsonl --speed 10000
  cmp out hour.jsonl
  [ "$TOOK" -ge 360 ]
  took mbus-read --replay - --speed max <hour.jsonl
  cmp out hour.jsonl
}

@test "--replay gives each record out when it is due" {
  log | sed '3s/17:00:00.55/18:00:00.00/' >hour.jsonl
  start mbus-read --replay hour.jsonl
  wait_for lines 2
  [ "$(wc -l <out)" -eq 2 ]
  stop
  [ "$STATUS" -eq 143 ]
  [ "$(wc -l <out)" -eq 2 ]
}

@test "--replay of hex: one record per frame, at the line's pace" {
  printf '68 06 06 68 53 FF 10 01\n67 aa 74 16 e5\n' >dump.hex
  took mbus-read --replay dump.hex --line 300-8E1 # 13 characters of 11 bits: 477 ms
  [ "$TOOK" -ge 470 ]
  jq -se --arg frame "$FRAME_HEX" '[.[].hex] == [$frame, "e5"] and
    all(.[]; .src == "dump.hex" and .why == "frame" and (has("ts") | not)) and [.[].seq] == [1, 2]' out
  yes e5 2>/dev/null | head -n 200000 >acks.hex # a quarter of an hour of line
  took mbus-read --replay acks.hex --speed max
  [ "$(wc -l <out)" -eq 200000 ]
}

@test "--replay drops nothing for a slow reader" {
  yes e5 2>/dev/null | head -n 30000 >long.hex
  mkfifo slow
  exec 8<>slow
  mbus-read --replay long.hex --speed max >slow 3>&- 8>&- &
  PID=$!
  JOBS+=("$PID")
  is_stopped() { hears "$PID" && sleeps "$PID"; }
  wait_for is_stopped
  read_the_rest
  [ "$(wc -l <out)" -eq 30000 ]
  [ "$(tail -n 1 out | jq .seq)" -eq 30000 ]
  ! grep -q overrun out
}

@test "--replay of -o hex gives the same bytes and times again" {
  log >log.jsonl
  mbus-read --replay log.jsonl --speed max -o hex >hex
  mbus-read --replay hex --speed max >out
  diff <(jq -c 'select(.t == "bytes") | [.ts, .src, .hex]' log.jsonl) <(jq -c '[.ts, .src, .hex]' out)
}

@test "--replay, bad lines: an error record in their place, the good ones pass" {
  { log | head -n 1; echo '{"v":1,"t":"bytes"'; echo abc; log | tail -n 1; } >bad
  mbus-read --replay bad --speed max >out
  jq -se '[.[].t] == ["bytes", "error", "error", "bytes"] and .[1].code == "bad-record" and
    (.[2].text | startswith("line 3: "))' out
  run mbus-read --replay nowhere
  [ "$status" -eq 66 ]
}

@test "--replay: records of others and of a higher version pass unchanged, a key that stands twice is an error" {
  {
    log | head -n 1
    echo '{"v":3,"t":"bytes", "hex":[1]}'
    echo '{"v":3,"t":"bytes", "hex":[2]}'
    echo '{"v":1,"t":"weather" ,"n":1.0}'
    echo '{"v":1,"t":"bytes","src":"a","src":"b","hex":"00"}'
    log | tail -n 1
  } >mixed
  mbus-read --replay mixed --speed max >out 2>err
  [ "$(wc -l <out)" -eq 6 ]
  [ "$(sed -n 2,4p out)" = "$(sed -n 2,4p mixed)" ]
  jq -se '.[4].code == "bad-record" and (.[4].text | startswith("line 5: a key stands twice: ")) and
    .[0].t == "bytes" and .[5].t == "bytes"' out
  [ "$(wc -l <err)" -eq 1 ]
  said "mbus-read: warning: mixed:2: record of version 3, this program knows 1"
}

@test "--list and --help work without a port" {
  mbus-read --list >out
  mbus-read --help >out
  grep -q -- --silence out
  run mbus-read --version
  [[ $output == "mbus-read "* ]]
}
