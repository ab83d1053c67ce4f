#!/usr/bin/env bats
# The whole pipe, live: a meter on a pty, the five tools, a mosquitto of our own, a subscriber. What
# the subscriber has is held against what the meter says it sent, digit by digit.
load ../mqtt/support

# Ports of our own, below those of the other tests, which may run at the same time.
free_port() {
  local p
  while :; do
    p=$((17000 + RANDOM % 3000))
    listens $p || { echo $p; return; }
  done
}

PATH=$METERPIPE_BIN:$PATH

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  ec="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
  # shellcheck disable=SC2086
  openssl req -x509 $ec -subj /CN=live-ca -keyout ca.key -out ca.crt
  # shellcheck disable=SC2086
  openssl req -x509 $ec -subj /CN=other-ca -keyout other.key -out other.crt
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost \
    -keyout broker.key -out broker.csr
  openssl x509 -req -in broker.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 \
    -extfile <(echo subjectAltName=DNS:localhost) -out broker.crt
} 2>/dev/null

# Each JSON snapshot or truth as "OBIS or place VALUE" lines, the values as they were written.
values_of() {
  grep -oE '"(obis|pos)":("[^"]*"|[0-9]+),("name":"[^"]*",)?"value":("([^"\\]|\\.)*"|[^,}]*)' |
    sed -E 's/^"(obis|pos)":"?([^",]*)"?,("name":"[^"]*",)?"value":"?/\2 /; s/"$//'
}

# marked: the same, each message's clock behind its other values, as the topics are published
marked() {
  local line
  while read -r line; do
    values_of <<<"$line" | awk -v time="$(jq -r .time <<<"$line")" '
      $2 == time && clock == "" { clock = $0; next } { print } END { if (clock != "") print clock }'
  done
}

# topics FILE: the same of the messages per value that a subscriber got, in their order
topics() {
  sed -nE 's|^[01] [012] meterpipe/([^/]+)/(pos/)?([^/ ]+) (.*)$|\1 \3 \4|p' "$1" |
    grep -vE '^bridge |^[^ ]+ (json|error) ' | cut -d' ' -f2-
}
snapshots() { sed -nE 's|^[01] [012] meterpipe/[^/]+/json ||p' "$1"; }
has_snapshots() { [ "$(snapshots "$1" | wc -l)" -ge "$2" ]; }

# same A B, shown where they differ
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | cut -c1-200 | head -n 10; return 1; }; }

# start_meter OPTION…: a meter at ./line
start_meter() {
  meter-sim --print-keys "$@" >keys
  chmod 600 keys
  meter-sim --pty line --truth truth -k keys "$@" 2>sim.err 3>&- 5>&- &
  meter=$!
  children+=("$meter")
  wait_for test -L line
}

# run_pipe URL LINE OPTION…: until the line hangs up; the records before obis-mqtt in the file "readings"
run_pipe() {
  local url=$1 baud=$2
  shift 2
  set +e
  mbus-read --no-reconnect -p line --line "$baud" 2>read.err | mbus-frame 2>frame.err |
    dlms-decrypt -k keys 2>decrypt.err | cosem-decode 2>decode.err | tee readings |
    obis-mqtt --broker "$url" "$@" 2>err
  statuses=("${PIPESTATUS[@]}")
  set -e
  echo "statuses: ${statuses[*]}"
}

# holds COUNT: what the subscriber has is what the meter sent
holds() {
  wait_for said 'meterpipe/bridge/.* offline' sub
  [ "$(wc -l <truth)" -eq "$1" ]
  [ "$(snapshots sub | wc -l)" -eq "$1" ]
  values_of <truth >want
  [ -s want ]
  # the snapshots, exactly the lines that cosem-decode wrote
  snapshots sub >got
  same got readings
  values_of <got >got.values
  same got.values want
  # the topics: a place's number or the code, and the bare value
  topics sub >got.topics
  marked <truth >want.topics
  same got.topics want.topics
  # meter, title and counter, time and authentication of each message
  jq -r '[.id, .meter, .time] | join(" ")' got >got.heads
  jq -r '[.title + ":" + (.counter | tostring), .meter, .time] | join(" ")' truth >want.heads
  same got.heads want.heads
  not grep -q '"t":"error"' readings
}

@test "plain: three messages arrive as the meter sent them; birth and farewell" {
  start_broker
  subscribe -t 'meterpipe/#'
  start_meter --meter kaifa-salzburg --line 115200-8E1 --interval 200ms -n 3
  run_pipe "mqtt://$host:$port" 115200-8E1 --client-id live
  # The line was hung up: 74 of the reader; all that came after it ended well.
  [ "${statuses[*]}" = "74 0 0 0 0 0" ]
  cat read.err
  [ ! -s frame.err ] && [ ! -s decrypt.err ] && [ ! -s decode.err ]
  holds 3
  [ "$(wc -l <got.topics)" -eq 45 ]
  # The first is online, the last offline, and nothing else is on the bridge's topic.
  [ "$(head -n 1 sub)" = "0 1 meterpipe/bridge/live online" ]
  [ "$(tail -n 1 sub)" = "0 1 meterpipe/bridge/live offline" ]
  [ "$(grep -c ' meterpipe/bridge/' sub)" -eq 2 ]
  # Snapshot first, its values behind it.
  sed -n '2p;18p;34p' sub | cut -d' ' -f3 | uniq -c >order
  [ "$(tr -s ' ' <order)" = " 3 meterpipe/1KFM0209000001/json" ]
  # ts is when the message came, between the first and the last byte's times; carried to the end.
  jq -r .ts got >ts
  [ "$(grep -cE '^20[0-9-]+T[0-9:]+\.[0-9]{6}Z$' ts)" -eq 3 ]
  jq -r .sent truth >sent
  # RFC 3339 in UTC sorts as text.
  [ "$(paste -d '\n' ts sent | LC_ALL=C sort)" = "$(paste -d '\n' ts sent)" ]
  # A newcomer has the last message at once.
  retained 'meterpipe/+/json' | cut -d' ' -f2- >kept
  tail -n 1 got >last
  same kept last
}

@test "TLS: the same through a CA of our own" {
  pki=$BATS_FILE_TMPDIR
  plain=$(free_port)
  start_broker "allow_anonymous true" "certfile $pki/broker.crt" "keyfile $pki/broker.key" \
    "listener $plain $host" "allow_anonymous true"
  tls=$port port=$plain
  subscribe -t 'meterpipe/#'
  start_meter --meter kaifa-1phase --line 115200-8E1 --interval 200ms -n 3
  run_pipe "mqtts://localhost:$tls" 115200-8E1 --ca "$pki/ca.crt"
  [ "${statuses[*]}" = "74 0 0 0 0 0" ]
  holds 3
}

@test "TLS: a broker of another CA gets nothing: 69, with the reason" {
  pki=$BATS_FILE_TMPDIR
  plain=$(free_port)
  start_broker "allow_anonymous true" "certfile $pki/broker.crt" "keyfile $pki/broker.key" \
    "listener $plain $host" "allow_anonymous true"
  tls=$port port=$plain
  subscribe -t '#'
  start_meter --line 115200-8E1 --interval 200ms
  run_pipe "mqtts://localhost:$tls" 115200-8E1 --ca "$pki/other.crt"
  [ "${statuses[5]}" -eq 69 ]
  said "error: .*certificate is not accepted"
  # The tools before it end by the broken pipe, not with words.
  [ ! -s frame.err ] && [ ! -s decrypt.err ] && [ ! -s decode.err ]
  [ "${statuses[3]}" -eq 141 ]
  [ ! -s sub ]
  not grep -q PUBLISH broker.log
}

@test "simulated M-Bus meters at 115200 baud" {
  start_broker
  for name in kaifa-salzburg kaifa-1phase kaifa-evn sagemcom-t210d sagemcom-s210; do
    # The bridge's last word of the meter before is retained: no part of this one.
    mosquitto_pub -h $host -p "$port" -q 1 -r -t meterpipe/bridge/live -n
    subscribe -t 'meterpipe/#'
    start_meter --meter "$name" --line 115200-8E1 --interval 100ms -n 3
    run_pipe "mqtt://$host:$port" 115200-8E1 --client-id live --no-retain
    [ "${statuses[*]}" = "74 0 0 0 0 0" ]
    holds 3
    jq -r '"counted: live " + .meter + ", " + (.values | length | tostring) + " values, layout " + .layout' got |
      tail -n 1 >&3
  done
}

@test "three meters on three lines into one obis-mqtt: none is lost or mixed up" {
  start_broker
  subscribe -t 'meterpipe/+/json'
  for name in kaifa-salzburg kaifa-evn sagemcom-t210d; do
    meter-sim --meter $name --print-keys >>keys
    meter-sim --meter $name --pty $name --truth $name.truth --line 115200-8E1 --interval 150ms -n 5 2>/dev/null 3>&- &
    children+=($!)
    wait_for test -L $name
  done
  chmod 600 keys
  for name in kaifa-salzburg kaifa-evn sagemcom-t210d; do
    mbus-read -q --no-reconnect -p $name --line 115200-8E1 2>/dev/null 3>&- &
    children+=($!)
  done | mbus-frame | dlms-decrypt -k keys | cosem-decode | obis-mqtt -q --broker "mqtt://$host:$port"
  wait_for has_snapshots sub 15
  for name in kaifa-salzburg kaifa-evn sagemcom-t210d; do
    title=$(jq -r .title $name.truth | head -n 1)
    snapshots sub | grep "\"id\":\"$title:" | values_of >got
    values_of <$name.truth >want
    same got want
  done
}

@test "latency: from the last byte on the line to the JSON at a subscriber" {
  : "${LATENCY:?the program that measures}"
  start_broker
  meter-sim --print-keys >keys
  chmod 600 keys
  meter-sim -n 250 >messages
  "$LATENCY" "$port" "$PWD/line" <messages >out 2>latency.err 3>&- &
  meter=$!
  children+=("$meter")
  wait_for test -L line
  mbus-read -q -p line --no-reconnect 2>read.err 3>&- | mbus-frame | dlms-decrypt -k keys | cosem-decode |
    obis-mqtt --broker "mqtt://$host:$port" 2>err 3>&-
  ends "$meter"
  cat out latency.err
  cat out >&3
  [ "$status" -eq 0 ]
  [ "$(grep -c '^counted: latency .*250 messages' out)" -eq 2 ]
}
