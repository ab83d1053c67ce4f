#!/usr/bin/env bats
# The same with mosquitto alone, by a shared subscription of MQTT 5: what it does, and what it cannot do,
# as meterpipe-fleets(7) says.
load support

# start_sharer NAME [COMMAND]: a worker as the page has it; COMMAND in place of the rest of its pipe
start_sharer() {
  mkfifo "$1.records"
  "$MOSQUITTO_SUB" -h $host -p "$port" -V 5 -q 1 -c -i "$1" -t '$share/fleet/meterpipe/+/raw/apdu' >"$1.records" 3>&- 5>&- &
  subscriber=$!
  dlms-decrypt -q -k ring <"$1.records" 2>"$1.err" 3>&- 5>&- > >(
    exec 3>&- 5>&-
    cosem-decode | obis-mqtt -q --bridge-topic off --client-id "$1-out" --broker "mqtt://$host:$port" 2>>"$1.err"
  ) &
  decrypt=$!
  children+=($subscriber $decrypt)
  wait_for said "Sending SUBACK to $1\$" broker.log
  wait_for hears $decrypt
}
send() { obis-mqtt -q --raw --raw-order meter --client-id edge --broker "mqtt://$host:$port" "$@"; }

@test "while nobody fails all arrive" {
  only_thorough
  make_fleet 1000 20000
  start_broker
  watch
  start_sharer one
  start_sharer two
  send apdus
  wait_for all_arrived
  echo "# counted: shared subscription: 0 of 20000 missing, $(out_of_order) out of order, $(gone_back) values gone back" >&3
}

@test "the order of a meter is not kept: a worker that is slow publishes what another has overtaken" {
  only_thorough
  make_fleet 1 4
  start_broker
  watch
  start_sharer one
  kill -STOP $decrypt
  slow=$decrypt
  start_sharer two
  send apdus
  wait_for arrived 2
  kill -CONT $slow
  wait_for arrived 4
  echo "# counted: shared subscription: $(out_of_order) of 4 out of order, $(gone_back) values gone back" >&3
  [ "$(out_of_order)" -ge 1 ]
  [ "$(gone_back)" -ge 1 ]
}

@test "what is acknowledged need not be done: killed, it is lost" {
  only_thorough
  make_fleet 1 11
  start_broker
  watch
  start_sharer one
  kill -STOP $decrypt
  head -n 10 apdus | send
  wait_for said_times 10 'Received PUBACK from one' broker.log
  kill -KILL $subscriber $decrypt
  ends $subscriber
  rm one.records
  : >broker.log
  start_sharer one
  tail -n 1 apdus | send
  wait_for arrived 1
  grep '/json ' sub | ids_of | diff - <(tail -n 1 ids)
  echo "# counted: shared subscription: $(missing) of 11 lost with a worker that was killed" >&3
  [ "$(missing)" = 10 ]
}
