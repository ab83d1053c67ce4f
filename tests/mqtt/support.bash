# For all tests of this folder: brokers, subscribers, readings. What a failed test needs to be
# understood is printed: the broker's and obis-mqtt's words.

bats_require_minimum_version 1.5.0
source "${BASH_SOURCE[0]%/*}/../support/wait.bash"
: "${METERPIPE_BIN:?the folder with obis-mqtt}" "${MOSQUITTO:=mosquitto}"
: "${MOSQUITTO_SUB:=mosquitto_sub}"
OBIS_MQTT=$METERPIPE_BIN/obis-mqtt
host=127.0.0.1

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  unset METERPIPE_MQTT_PASSWORD CREDENTIALS_DIRECTORY JOURNAL_STREAM
  children=()
  port=$(free_port)
}

teardown() {
  local pid log
  for pid in "${children[@]}"; do
    kill -CONT "$pid" 2>/dev/null
    kill -KILL "$pid" 2>/dev/null
  done
  wait 2>/dev/null
  if [ "${BATS_TEST_COMPLETED:-}" != 1 ]; then
    [ -z "${output-}" ] || printf -- '---- the last that was run said:\n%s\n' "$output" | tail -n 40 | cut -c1-300
    for log in broker.log err sub dry; do
      [ -s $log ] && { echo "---- $log"; tail -n 40 $log | cut -c1-200; }
    done
  fi
  return 0
}

listens() { (: >"/dev/tcp/$host/$1") 2>/dev/null; }

free_port() {
  local p
  while :; do
    p=$((20000 + RANDOM % 12000))
    listens $p || { echo $p; return; }
  done
}

# start_broker [CONFIGURATION LINE…]: on $port. As root, mosquitto would drop to a user that cannot
# read the test's folder.
start_broker() {
  {
    [ "$(id -u)" = 0 ] && echo "user root"
    echo "listener $port $host"
    echo "max_queued_messages 0" # or it drops what a slow subscriber has not taken
    [ $# = 0 ] && echo "allow_anonymous true"
    printf '%s\n' "$@"
  } >broker.conf
  "$MOSQUITTO" -c broker.conf -v >>broker.log 2>&1 3>&- 5>&- &
  broker=$!
  children+=("$broker")
  # It listens before it has its handlers.
  wait_for hears "$broker" && wait_for listens "$port"
}

stop_broker() {
  kill "-${1:-KILL}" "$broker"
  local status
  ends "$broker"
}

# of_subscriber: a client id of its own, to $id
of_subscriber() { id=sub-$BASHPID-$((subscribers += 1)); }
# is_subscribed: the client $id; others may subscribe at the same time
is_subscribed() { said "Sending SUBACK to $id\$" broker.log; }
said() { grep -q -e "$1" "${2:-err}"; }
said_times() { [ "$(grep -c -e "$2" "${3:-err}")" -ge "$1" ]; } # COUNT PATTERN [FILE]

# subscribe [OPTION…]: into the file "sub", as "RETAINED QOS TOPIC PAYLOAD"
subscribe() {
  local id
  of_subscriber
  rm -f sub # what a subscriber before it gets is not this one's
  : >sub
  "$MOSQUITTO_SUB" -h $host -p "$port" -i "$id" -q 2 -F '%r %q %t %p' "$@" >sub 2>&1 3>&- 5>&- &
  children+=($!)
  wait_for is_subscribed
}

# retained FILTER: what the broker keeps, as "TOPIC PAYLOAD", sorted. mosquitto_sub ends at the first
# message that is not retained: one of our own, behind all that are.
retained() {
  local id keeper status
  of_subscriber
  "$MOSQUITTO_SUB" -h $host -p "$port" -i "$id" --retained-only -F '%t %p' -t "$1" -t test/end >kept.tmp 3>&- 5>&- &
  keeper=$!
  wait_for is_subscribed || return 1
  mosquitto_pub -h $host -p "$port" -t test/end -m end
  ends "$keeper" || return 1
  LC_ALL=C sort kept.tmp
}

# not COMMAND…: fails when it succeeds (bash lets a `!` pass in the middle of a test)
not() {
  if "$@"; then
    echo "must not be: $*"
    return 1
  fi
}

now() { TZ=UTC printf '%(%Y-%m-%dT%H:%M:%S)T.000000Z\n' -1; }

# reading METER VALUE [TS]: one reading with two values
reading() {
  local i c id=1469598103934665603 # of each name another one (FNV-1a)
  for ((i = 0; i < ${#1}; i++)); do
    printf -v c %d "'${1:i:1}"
    id=$(((id ^ c) * 1099511628211))
  done
  printf '{"v":1,"t":"reading","ts":"%s","src":"tty0","seq":%s,"id":"%016x:%s",' \
    "${3:-$(now)}" "$2" "$id" "$2"
  printf '"meter":"%s","auth":"none","layout":"nested","values":[' "$1"
  printf '{"obis":"1-0:32.7.0","name":"Voltage L1","value":%s.0,"unit":"V"},' "$2"
  printf '{"pos":34,"value":"text"}]}\n'
}

# publish OPTION…: obis-mqtt against the test's broker; stderr to the file "err"
publish() { "$OBIS_MQTT" --broker "mqtt://$host:$port" "$@" 2>err; }

# start_publishing OPTION…: the same in the background; write readings to descriptor 5
start_publishing() {
  [ -p pipe ] || mkfifo pipe
  : >err
  "$OBIS_MQTT" --broker "mqtt://$host:$port" "$@" <pipe 2>err 3>&- 5>&- &
  publisher=$!
  children+=("$publisher")
  exec 5>pipe
}

# end_publishing: EOF; its status to $status
end_publishing() {
  exec 5>&-
  ends "$publisher"
}
