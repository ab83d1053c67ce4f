#!/usr/bin/env bats
# Workers on a RabbitMQ of three nodes: quorum queues behind a consistent hash of the meter, one active
# consumer each, the acknowledgement behind the end of the pipe.
load support
eval "mqtt_$(declare -f teardown)"
load cluster

queues=8

@test "20,000 messages of 1,000 meters; a node and a worker killed: all arrive, in order, no topic goes back" {
  only_thorough
  needs_rabbit
  RANDOM=${METERPIPE_SEED:-1}
  make_fleet 1000 20000
  start_cluster
  declare_queues $queues
  start_broker
  watch
  start_worker one --queues 0-3 --standby 4-7 --standby-after 3 --hand-back 5
  start_worker two --queues 4-7 --standby 0-3 --standby-after 3 --hand-back 5
  mv apdus all
  : >apdus
  mapfile -t brokers < <(edge_brokers)
  obis-mqtt --raw --raw-order meter --follow --spool edge.db --client-id edge "${brokers[@]}" apdus 2>edge.err 3>&- 5>&- &
  edge=$!
  children+=($edge)
  ( # what the meters send
    exec 3>&- 5>&-
    trap - DEBUG # bats looks at each command
    split -l 250 --filter 'cat >>apdus; sleep 0.1' all
  ) &
  children+=($!)
  wait_for arrived $((3000 + RANDOM % 2000))
  kill_node 1 # to which all of them are connected
  wait_for arrived $((8000 + RANDOM % 4000))
  kill -KILL "${workers[one]}"
  at=$(grep -c '/json ' sub)
  wait_for all_arrived
  start_worker one --queues 0-3 --standby 4-7 --standby-after 3 --hand-back 5
  kill -TERM $edge
  ends $edge
  came=$(grep -c '/json ' sub)
  echo "# counted: $(missing) of 20000 missing, $((came - 20000)) twice, $(out_of_order) out of order," \
    "$(gone_back) values gone back (worker killed at $at; seed ${METERPIPE_SEED:-1})" >&3
  [ "$(missing)" = 0 ]
  [ "$(out_of_order)" = 0 ]
  [ "$(gone_back)" = 0 ]
  [ "$at" -lt 20000 ] # or nobody was killed on the way
  grep -q 'connection to .* lost' edge.err
  grep -q 'no connection' two.err
}

@test "throughput of 1, 2 and 4 workers with a ring of 10,000 meters" {
  only_thorough
  needs_rabbit
  make_fleet 10000 20000
  start_cluster
  declare_queues $queues
  start_broker
  mapfile -t brokers < <(edge_brokers)
  for count in 1 2 4; do
    obis-mqtt -q --raw --raw-order meter --client-id edge "${brokers[@]}" apdus
    subscribe -F '%t %p' -t 'meterpipe/+/json'
    for ((n = 0; n < count; n++)); do
      start_worker "$count.$n" --queues "$((n * queues / count))-$(((n + 1) * queues / count - 1))"
    done
    wait_for arrived 1
    begin=${EPOCHREALTIME//[!0-9]/} first=$(grep -c '/json ' sub)
    wait_for all_arrived
    took=$(((${EPOCHREALTIME//[!0-9]/} - begin) / 1000))
    said=
    for ((n = 0; n < count; n++)); do
      end_worker "$count.$n"
      said+=$(sed 's/.*batches//' <<<"$output")
    done
    echo "# counted: $count workers: $(((20000 - first) * 1000 / took)) messages per second on $(nproc) cores$said" >&3
  done
}
