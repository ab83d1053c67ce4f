#!/usr/bin/env bats
# A broker that is not there, goes away, comes back, hangs: what is lost is exactly what is said.
load support

# The json topics that the broker keeps, as a list of meters.
meters() { retained 'meterpipe/+/json' | sed 's,meterpipe/\([^/]*\)/json.*,\1,' | xargs; }
has_meters() { [ "$(meters)" = "$1" ]; }

@test "started before the broker: delivered when it comes" {
  start_publishing -v
  for n in 1 2 3; do reading "$n" "$n" >&5; done
  wait_for said 'not connected to .*Connection refused; trying again'
  wait_for said 'Connection refused; again in [0-9]* ms' # the second attempt
  start_broker
  wait_for has_meters "1 2 3"
  end_publishing
  [ "$status" = 0 ]
  [ "$(grep -c 'trying again' err)" = 1 ] # a change of state, not each attempt
}

@test "an unknown host is tried again, and reading goes on" {
  mkfifo pipe
  "$OBIS_MQTT" --broker mqtt://host.invalid --linger 0 <pipe 2>err 3>&- 5>&- &
  publisher=$!
  children+=($publisher)
  exec 5>pipe
  for n in $(seq 100); do reading 1 "$n" >&5; done
  wait_for said 'not connected to mqtt://host.invalid:1883: host.invalid: .*trying again'
  end_publishing
  [ "$status" = 74 ]
  said '300 messages did not reach the broker: 300 not acknowledged'
}

@test "killed and back: nothing of the queue is lost" {
  start_broker
  start_publishing -vv
  for n in 1 2 3; do reading "$n" "$n" >&5; done
  wait_for said_times 3 'meter [123]: acknowledged'
  stop_broker
  for n in 4 5 6; do reading "$n" "$n" >&5; done
  wait_for said 'connection to .* lost'
  start_broker
  wait_for has_meters "4 5 6"
  reading 7 7 >&5
  wait_for has_meters "4 5 6 7"
  [ "$(retained 'meterpipe/bridge/+')" = "meterpipe/bridge/obis-mqtt-$(hostname) online" ]
  end_publishing
  [ "$status" = 0 ]
}

@test "--on-change: a broker that has lost what it kept gets all of it again" {
  start_broker
  start_publishing --on-change --refresh 0
  reading 1 1 >&5
  wait_for has_meters 1
  stop_broker
  wait_for said 'connection to .* lost'
  start_broker
  wait_for said_times 2 'connected to'
  reading 1 2 >&5
  has_text() { [ "$(retained 'meterpipe/1/pos/34')" = "meterpipe/1/pos/34 text" ]; }
  wait_for has_text # which is as it was
  end_publishing
  [ "$status" = 0 ]
}

@test "killed with messages in flight: they go again" {
  start_broker
  start_publishing
  wait_for said 'connected to'
  kill -STOP "$broker"
  for n in 1 2 3; do reading "$n" "$n" >&5; done
  # Out of the queue into the socket: wait until the kernel has them for the broker.
  wait_for eval "ss -tnH 'dport = :$port' | awk '{ s += \$3 } END { exit s > 0 }' && \
    ss -tnH 'sport = :$port' | awk '{ s += \$2 } END { exit !(s > 500) }'"
  stop_broker
  start_broker
  wait_for has_meters "1 2 3"
  end_publishing
  [ "$status" = 0 ]
}

@test "a broker that hangs does not stop the reading; what it kept is acknowledged later" {
  start_broker
  start_publishing --no-check --queue 1000
  wait_for said 'connected to'
  kill -STOP "$broker"
  # More than the pipe and the socket hold: a program that waits would block this.
  yes "$(reading 1 1)" | head -n 5000 | in_time cat >&5
  kill -CONT "$broker"
  reading last 1 >&5
  end_publishing
  [ "$status" = 74 ] # for the dropped ones
  retained 'meterpipe/last/json' | grep -q last
}

@test "the queue is full: the oldest go, said once, counted" {
  for n in $(seq 20); do reading "$n" "$n"; done >in
  status=0
  cat in | publish --queue 9 --no-json --linger 0 || status=$?
  [ "$status" = 74 ]
  [ "$(grep -c 'queue is full (8 messages)' err)" = 1 ]
  said '40 messages did not reach the broker: 8 not acknowledged in time, 32 dropped'
  said 'never was a connection'
}

@test "the newest survive a full queue" {
  start_publishing --queue 5 --no-values
  for n in 1 2 3 4 5 6 7 8; do reading "$n" "$n" >&5; done
  wait_for said 'queue is full'
  wait_for said 'trying again'
  start_broker
  wait_for said '3 messages were dropped before this connection'
  wait_for has_meters "4 5 6 7 8"
  end_publishing
  [ "$status" = 74 ]
  said '3 messages did not reach the broker: 0 not acknowledged in time, 3 dropped'
}

@test "a file waits for the broker and loses nothing" {
  for n in $(seq 101 140); do reading "$n" "$n"; done >in
  "$OBIS_MQTT" --broker "mqtt://$host:$port" --queue 5 --no-values in 2>err 3>&- 5>&- &
  publisher=$!
  children+=($publisher)
  wait_for said 'trying again'
  start_broker
  ends $publisher
  [ "$status" = 0 ]
  has_meters "$(seq 101 140 | xargs)"
  not said full
}

@test "a file that waits ends on a signal" {
  for n in $(seq 101 140); do reading "$n" "$n"; done >in
  "$OBIS_MQTT" --broker "mqtt://$host:$port" --queue 5 --no-values in 2>err 3>&- 5>&- &
  publisher=$!
  children+=($publisher)
  wait_for said 'trying again'
  kill -TERM $publisher
  ends $publisher
  [ "$status" = 143 ]
  said 'did not reach the broker'
}

@test "--linger: how long the end waits, and what it says" {
  reading 1 1 >in
  start=$(date +%s%N)
  run -74 publish --linger 300ms in
  took=$((($(date +%s%N) - start) / 1000000))
  echo "$took ms"
  [ $took -ge 300 ] && [ $took -lt 10000 ] # which it would be without the option
  said '3 messages did not reach the broker: 3 not acknowledged'
  start_broker
  kill -STOP "$broker"
  run -74 publish --linger 100ms in
  said '3 not acknowledged'
}

@test "two clients with one name throw each other off: said" {
  start_broker
  start_publishing --client-id twin
  wait_for said 'connected'
  reading 1 1 | "$OBIS_MQTT" --client-id twin --broker "mqtt://$host:$port"
  wait_for said 'is another client connected as twin?'
}

@test "several brokers: the next one while one cannot be reached; refused only when all refuse" {
  other=$port
  port=$(free_port)
  start_broker
  mkfifo pipe
  "$OBIS_MQTT" --broker "mqtt://$host:$other" --broker "mqtt://$host:$port" <pipe 2>err 3>&- 5>&- &
  publisher=$!
  children+=("$publisher")
  exec 5>pipe
  wait_for said "not connected to mqtt://$host:$other: Connection refused"
  wait_for said "connected to mqtt://$host:$port"
  reading 1 1 >&5
  wait_for has_meters 1
  # It goes; the first one comes.
  stop_broker
  wait_for said "connection to mqtt://$host:$port lost"
  port=$other
  start_broker
  reading 2 2 >&5
  wait_for has_meters 2
  end_publishing
  [ "$status" = 0 ]
  reading 3 3 >in
  run -0 "$OBIS_MQTT" --broker "mqtt://$host:$((other == 20000 ? 20001 : other - 1))" --broker "mqtt://$host:$port" in
}
