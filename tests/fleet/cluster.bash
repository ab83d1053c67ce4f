# A RabbitMQ of three nodes on loopback, each with its folder, and with an epmd of their own.

rabbit=/usr/lib/rabbitmq/bin
declare -gA workers # by name
declare -ga amqp mqtt distribution # ports, by node

needs_rabbit() {
  [ -x $rabbit/rabbitmq-server ] && command -v epmd >/dev/null || skip "rabbitmq-server is not installed (scripts/bootstrap --all)"
  /usr/bin/python3 -c 'import pika' 2>/dev/null || skip "python3-pika is not installed (scripts/bootstrap --all)"
}

start_cluster() {
  local n
  nodes=(1 2 3)
  cluster=$BATS_TEST_TMPDIR/cluster
  mkdir "$cluster"
  export HOME=$cluster ERL_EPMD_PORT
  ERL_EPMD_PORT=$(free_port)
  (umask 077 && echo "cookie$RANDOM" >"$cluster/.erlang.cookie")
  echo '[rabbitmq_mqtt,rabbitmq_consistent_hash_exchange].' >"$cluster/plugins"
  : >"$cluster/environment"
  epmd -address 127.0.0.1 >"$cluster/epmd.log" 2>&1 3>&- &
  children+=($!)
  for n in "${nodes[@]}"; do
    amqp[n]=$(free_port) mqtt[n]=$(free_port) distribution[n]=$(free_port)
    mkdir "$cluster/$n"
    {
      echo "listeners.tcp.1 = $host:${amqp[n]}"
      echo "mqtt.listeners.tcp.1 = $host:${mqtt[n]}"
      echo "cluster_formation.peer_discovery_backend = classic_config"
      printf 'cluster_formation.classic_config.nodes.%s = node%s@localhost\n' 1 1 2 2 3 3
      echo "cluster_partition_handling = pause_minority"
      echo "disk_free_limit.absolute = 50MB"
      echo "log.file.level = warning"
    } >"$cluster/$n/rabbitmq.conf"
  done
  for n in "${nodes[@]}"; do start_node "$n"; done
  for n in "${nodes[@]}"; do wait_for listens "${mqtt[n]}"; done
}

start_node() { # NODE
  RABBITMQ_NODENAME=node$1@localhost RABBITMQ_DIST_PORT=${distribution[$1]} RABBITMQ_PID_FILE=$cluster/$1/pid \
    RABBITMQ_CONFIG_FILE=$cluster/$1/rabbitmq RABBITMQ_MNESIA_BASE=$cluster/$1 RABBITMQ_LOG_BASE=$cluster/$1 \
    RABBITMQ_ENABLED_PLUGINS_FILE=$cluster/plugins RABBITMQ_CONF_ENV_FILE=$cluster/environment \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='+sbwt none +sbwtdcpu none +sbwtdio none' \
    $rabbit/rabbitmq-server >"$cluster/$1/out" 2>&1 3>&- 5>&- &
  children+=($!)
}

kill_node() { kill -KILL "$(<"$cluster/$1/pid")"; }

teardown() {
  local n
  for n in "${nodes[@]}"; do kill_node "$n" 2>/dev/null || :; done
  mqtt_teardown
  if [ "${BATS_TEST_COMPLETED:-}" != 1 ]; then tail -n 20 ./*.err "$cluster"/*/out 2>/dev/null | cut -c1-300; fi
  return 0
}

# start_worker NAME OPTION…: its words to NAME.err, its number to ${workers[NAME]}
start_worker() {
  local name=$1 n nodes_of=()
  shift
  for n in "${nodes[@]}"; do nodes_of+=(--amqp "amqp://$host:${amqp[n]}"); done
  "$worker_program" "${nodes_of[@]}" --keys ring --broker "mqtt://$host:$port" "$@" 2>>"$name.err" 3>&- 5>&- &
  children+=($!)
  workers[$name]=$!
}
# end_worker NAME: its last words to $output
end_worker() {
  kill -TERM "${workers[$1]}" && ends "${workers[$1]}"
  output=$(tail -n 1 "$1.err")
}

declare_queues() { # N
  "$worker_program" --amqp "amqp://$host:${amqp[1]}" --declare "$1"
}
# The edge's brokers, as options.
edge_brokers() {
  local n
  for n in "${nodes[@]}"; do printf '%s\n' --broker "mqtt://$host:${mqtt[n]}"; done
}
