#!/usr/bin/env bats
# A day of three meters on which everything goes wrong that meter-sim can make go wrong, through the whole
# pipe, while brokers die, programs are stopped and go on, and obis-mqtt is killed. The ledger must add up:
# what was sent, decoded, flagged and lost. The day is the one on which summer time ends; the clock of the
# reader begins in the past, as one without a battery does. Here in short; METERPIPE_THOROUGH: all of it.
load support

broker_lines=("allow_anonymous true" "persistence true" "persistence_location ./" "max_inflight_messages 20")
meters=(kaifa-salzburg e450-burgenland t210d-steiermark)
day=2026-10-24T22:00:00Z

# Faults that leave the messages beside the touched ones as they are. Each has an hour of its own; of the
# meter's own number is what a stranger sends.
faults=(checksum bitflip cut drop-byte clock clock-zone bad-apdu wrong-tag wrong-ak wrong-key suite compressed
  lost-segment duplicate replay wrong-title noise parity=marked parity inverted zeros ones silence swap-keys)

# make_day MESSAGES: the bytes of all meters in the order of their times to "day", what was sent to
# METER.truth, keys to "keys"
make_day() {
  local meter fault n from to each=$(($1 / ${#faults[@]})) start
  start=$(date -u -d "$day" +%s)
  (umask 077 && : >keys)
  for meter in "${meters[@]}"; do
    "$METERPIPE_BIN/meter-sim" --meter "$meter" --print-keys >>keys
    n=0
    : >"$meter.truth"
    for fault in "${faults[@]}"; do
      # The same house each time, so that one hour goes on where the one before ended.
      "$METERPIPE_BIN/meter-sim" --meter "$meter" --seed 5 --start "$day" -n $((each * (n + 1))) \
        --fault "$fault" --fault-share 0.08 -o json --truth truth >bytes 2>refused || {
        # What this meter cannot do it does well.
        "$METERPIPE_BIN/meter-sim" --meter "$meter" --seed 5 --start "$day" -n $((each * (n + 1))) \
          -o json --truth truth >bytes
      }
      TZ=UTC printf -v from '%(%Y-%m-%dT%H:%M:%S)T' $((start + 5 * each * n))
      TZ=UTC printf -v to '%(%Y-%m-%dT%H:%M:%S)T' $((start + 5 * each * (n + 1)))
      awk -F'"ts":"' -v from="$from" -v to="$to" '{ ts = substr($2, 1, 19) } ts >= from && ts < to' bytes >>"$meter.bytes"
      sed -n "$((each * n + 1)),$((each * (n + 1)))p" truth >>"$meter.truth"
      n=$((n + 1))
    done
  done
  sent=$((${#meters[@]} * each * ${#faults[@]}))
  cat "${meters[@]/%/.bytes}" | LC_ALL=C sort -s -t '"' -k 10,10 |
    sed '1,200s/"ts":"2026-10-24/"ts":"2026-01-02/' >day
}

# The identity of each message that was sent: of good ones, and of all.
ids_sent() { # JQ-CONDITION
  jq -r "select($1) | \"\\(.title):\\(.counter)\"" "${meters[@]/%/.truth}" | sort
}

highest() { sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$1/status"; }

@test "a day with every fault: nothing is believed that was not sent, nothing good is lost, the ledger adds up" {
  local messages=1440 pid n=0 stopped=0 killed=0 brokers=0 since
  [ -z "${METERPIPE_THOROUGH-}" ] || messages=17280
  make_day $messages
  start_broker "${broker_lines[@]}"
  "$MOSQUITTO_SUB" -h $host -p "$port" -c -i keeper -q 1 -F '%t %p' -t 'meterpipe/+/json' -t 'meterpipe/+/quarantine' \
    >sub 2>/dev/null 3>&- &
  children+=($!)
  wait_for said 'SUBACK to keeper' broker.log
  mkfifo 1 2 3
  "$METERPIPE_BIN/mbus-frame" <day >1 2>err.1 3>&- &
  stages=($!)
  "$METERPIPE_BIN/dlms-decrypt" -k keys --counter-state counters --replay refuse <1 >2 2>err.2 3>&- &
  stages+=($!)
  "$METERPIPE_BIN/cosem-decode" <2 2>err.3 3>&- >3 &
  stages+=($!)
  # What comes out is read by a file that obis-mqtt follows: it may be killed.
  cat 3 >readings 3>&- &
  stages+=($!)
  children+=("${stages[@]}")
  wait_for test -e readings
  follow() {
    "$OBIS_MQTT" --broker "mqtt://$host:$port" --spool spool.db --follow --allow-old --no-values readings 2>>err 3>&- &
    publisher=$!
    children+=("$publisher")
  }
  follow
  RANDOM=${METERPIPE_SEED:-1}
  since=$SECONDS
  until ! kill -0 "${stages[3]}" 2>/dev/null && [ $n -ge 12 ]; do
    n=$((n + 1))
    pid=${stages[RANDOM % 3]}
    if kill -STOP "$pid" 2>/dev/null; then
      stopped=$((stopped + 1))
      nap $((RANDOM % 200))
      kill -CONT "$pid"
    fi
    if [ $((n % 3)) -eq 0 ]; then
      stop_broker TERM # or it forgets what it has acknowledged
      brokers=$((brokers + 1))
      nap $((RANDOM % 100))
      start_broker "${broker_lines[@]}"
    fi
    if [ $((n % 4)) -eq 0 ]; then
      kill -KILL "$publisher"
      ends "$publisher" 2>/dev/null
      killed=$((killed + 1))
      follow
    fi
    if kill -0 "${stages[1]}" 2>/dev/null; then
      for pid in "${stages[@]:0:3}"; do highest "$pid" >>memory 2>/dev/null || true; done
    fi
  done
  for pid in "${stages[@]:0:3}"; do
    ends "$pid"
    [ "$status" -eq 0 ]
  done
  # Decoded: each reading is of a message that was sent, with its values.
  jq -r 'select(.t == "reading") | .id' readings | sort >decoded
  ids_sent true >all
  ids_sent '.fault == null' >good
  [ "$(sort -u decoded | comm -23 - <(sort -u all) | wc -l)" -eq 0 ] || comm -23 <(sort -u decoded) <(sort -u all) | head
  [ "$(wc -l <all)" -eq "$sent" ]
  comm -23 <(sort -u good) <(sort -u decoded) >lost
  # Of each meter the readings that there are, against the truth of the same messages.
  local meter title
  for meter in "${meters[@]}"; do
    title=$(jq -r .title "$meter.truth" | head -n 1)
    jq -c --arg title "$title" 'select(.t == "reading" and (.id | startswith($title)))' readings | awk '!seen[$0]++' >"$meter.readings"
    jq -r .id "$meter.readings" >ids
    jq -c . "$meter.truth" | awk 'NR == FNR { want[$0] = 1; next }
      { match($0, /"title":"[0-9a-f]*"/); t = substr($0, RSTART + 9, RLENGTH - 10)
        match($0, /"counter":[0-9]*/); id = t ":" substr($0, RSTART + 10, RLENGTH - 10)
        if (id in want && !seen[id]++) print }' ids - >"$meter.matching"
    "$METERPIPE_BIN/tests/truth-check" "$meter.matching" "$meter.readings"
  done
  # Published or in quarantine: all of them, whatever was killed.
  last() { tail -n 3000 sub | grep -qF "\"id\":\"$(jq -r 'select(.t == "reading") | .id' readings | tail -n 1)\""; }
  wait_for last
  kill -TERM "$publisher"
  ends "$publisher"
  awk 'match($0, /"id":"[^"]*/) { print substr($0, RSTART + 6, RLENGTH - 6) }' sub | sort -u >arrived
  comm -3 <(sort -u decoded) arrived >missing
  local flagged
  flagged=$(jq -r 'select(.t == "error") | .code' readings | sort | uniq -c | awk '{ printf "%s%s %s", (NR > 1 ? ", " : ""), $1, $2 }')
  echo "counted: $sent messages sent, $(wc -l <good) of them untouched; $(sort -u decoded | wc -l) decoded, $(wc -l <lost) untouched ones lost, $(wc -l <missing) not at the broker; $(grep -c /quarantine sub) refused" >&3
  echo "counted: flagged $flagged" >&3
  echo "counted: $stopped stops, $brokers brokers ended, $killed times obis-mqtt, $((SECONDS - since)) s; highest memory of a filter $(sort -n memory | tail -n 1) kB" >&3
  [ ! -s lost ] || { head lost; return 1; }
  [ ! -s missing ] || { head missing; return 1; }
  [ "$(sort -n memory | tail -n 1)" -lt $((METERPIPE_SANITIZED ? 4000000 : 16384)) ]
  [ "$brokers" -ge 4 ]
}

@test "a meter that is unplugged in the middle of its messages: each that came whole is published, nothing else" {
  local n=0 cycles=2 each=6
  [ -z "${METERPIPE_THOROUGH-}" ] || cycles=60
  start_broker "${broker_lines[@]}"
  "$MOSQUITTO_SUB" -h $host -p "$port" -c -i keeper -q 1 -F '%p' -t 'meterpipe/+/json' >sub 2>/dev/null 3>&- &
  children+=($!)
  wait_for said 'SUBACK to keeper' broker.log
  (umask 077 && "$METERPIPE_BIN/meter-sim" --print-keys >keys)
  mkfifo 1 2 3
  "$METERPIPE_BIN/mbus-read" --wait --line 115200-8E1 -p "$PWD/line" >1 2>err.0 3>&- &
  local reader=$!
  children+=("$reader")
  tee bytes <1 2>/dev/null 3>&- | "$METERPIPE_BIN/mbus-frame" >2 2>err.1 3>&- &
  "$METERPIPE_BIN/dlms-decrypt" -k keys <2 2>err.2 3>&- | "$METERPIPE_BIN/cosem-decode" 2>err.3 3>&- >3 &
  tee readings <3 3>&- | "$OBIS_MQTT" --broker "mqtt://$host:$port" --spool spool.db --allow-old --no-values 2>err 3>&- &
  publisher=$!
  local simulator began
  : >truth
  whole() { [ "$(grep -c '"t":"reading"' readings)" -ge "$1" ]; }
  while [ $((n += 1)) -le $cycles ]; do
    # The last message of each turn is cut: it is not asked for.
    began=$(date -u -d @$((1772431200 + 5000 * n)) +%FT%TZ)
    "$METERPIPE_BIN/meter-sim" --pty "$PWD/line" --line 115200-8E1 --interval 60ms --start "$began" -n 1000 --truth part \
      2>/dev/null 3>&- &
    simulator=$!
    children+=("$simulator")
    local seen
    seen=$(grep -c '"t":"reading"' readings || true)
    wait_for whole $((seen + each))
    nap $((n * 17 % 50))
    kill -KILL "$simulator"
    ends "$simulator" 2>/dev/null || true
    cat part >>truth
    # It notes a message once it is out: when it was killed, one more may have been under way.
    "$METERPIPE_BIN/meter-sim" --start "$began" -n $(($(wc -l <part) + 1)) --truth begun >/dev/null
    cat begun >>all.truth
    rm -f line part
  done
  kill -TERM "$reader"
  ends "$reader"
  ends "$publisher"
  jq -r 'select(.t == "reading") | .id' readings | sort >decoded
  jq -r '"\(.title):\(.counter)"' truth | sort >noted
  jq -r '"\(.title):\(.counter)"' all.truth | sort >all
  [ "$(comm -23 noted all | wc -l)" -eq 0 ]
  [ "$(comm -23 decoded all | wc -l)" -eq 0 ]
  [ "$(uniq -d decoded | wc -l)" -eq 0 ]
  # All but the one at each end that was under way, or on its way through the pty.
  [ "$(comm -13 decoded noted | wc -l)" -le $((2 * cycles)) ]
  all_arrived() { [ "$(wc -l <sub)" -ge "$(wc -l <decoded)" ]; }
  wait_for all_arrived
  [ "$(jq -r .id sub | sort -u | comm -3 - decoded | wc -l)" -eq 0 ]
  echo "counted: $cycles times unplugged, $(wc -l <noted) messages sent, $(wc -l <decoded) whole and published, $(jq -r 'select(.t == "error") | .code' readings | wc -l) errors" >&3
}

@test "a disk that is full while the broker is away: of a file that is followed nothing is lost" {
  local count=700
  [ -z "${METERPIPE_THOROUGH-}" ] || count=15000
  unshare -Urm true 2>/dev/null || skip "no file system of its own can be mounted here"
  (umask 077 && "$METERPIPE_BIN/meter-sim" --print-keys >keys)
  "$METERPIPE_BIN/meter-sim" -n $count | "$METERPIPE_BIN/mbus-frame" | "$METERPIPE_BIN/dlms-decrypt" -k keys |
    "$METERPIPE_BIN/cosem-decode" >readings
  mkdir small
  unshare -Urm bash -c 'mount -t tmpfs -o size=300k none small && exec "$@"' _ \
    "$OBIS_MQTT" --broker "mqtt://$host:$port" --spool small/spool.db --follow --allow-old --no-values readings 2>err 3>&- &
  publisher=$!
  children+=("$publisher")
  wait_for said 'disk is full'
  start_broker "${broker_lines[@]}"
  "$MOSQUITTO_SUB" -h $host -p "$port" -c -i keeper -q 1 -F '%p' -t "meterpipe/+/json" -t "meterpipe/+/history" >sub 2>/dev/null 3>&- &
  children+=($!)
  arrived() { [ "$(jq -r '.id // empty' sub | sort -u | wc -l)" -eq $count ]; }
  wait_for arrived
  kill -TERM "$publisher"
  ends "$publisher"
  echo "counted: $count readings through a disk of 300 kB, $(jq -r .id sub | sort -u | wc -l) arrived; $(grep -c 'full\|No space' err) lines about the disk" >&3
}
