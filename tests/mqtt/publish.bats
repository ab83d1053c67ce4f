#!/usr/bin/env bats
# What arrives at a broker, and with which flags.
load support

@test "a reading: the record, its values, birth and farewell" {
  start_broker
  subscribe -t '#'
  reading 1KFM 231 >in
  run -0 publish --client-id me <in
  wait_for has_lines sub 5
  cat >want <<END
0 1 meterpipe/bridge/me online
0 1 meterpipe/1KFM/json $(cat in)
0 1 meterpipe/1KFM/1-0:32.7.0 231.0
0 1 meterpipe/1KFM/pos/34 text
0 1 meterpipe/bridge/me offline
END
  diff want sub
}

@test "an error record goes to its meter's error topic" {
  start_broker
  subscribe -t '+/+/error'
  printf '{"v":1,"t":"error","src":"tty0","code":"noise"}\n' >in
  run -0 publish <in
  wait_for has_lines sub 1
  [ "$(cat sub)" = "0 1 meterpipe/tty0/error $(cat in)" ]
}

@test "retained: values, record and bridge; an error is not" {
  start_broker
  { reading 1 231; printf '{"v":1,"t":"error","src":"tty0","code":"noise"}\n'; } >in
  run -0 publish --client-id me <in
  retained '#' >kept
  [ "$(cut -d' ' -f1 kept | xargs)" = \
    "meterpipe/1/1-0:32.7.0 meterpipe/1/json meterpipe/1/pos/34 meterpipe/bridge/me" ]
}

@test "--no-retain: nothing is retained; the last of both options wins" {
  start_broker
  reading 1 231 >in
  run -0 publish --no-retain --client-id me <in
  [ -z "$(retained '#')" ]
  run -0 publish --no-retain --client-id me --discovery <in
  [ -z "$(retained '#')" ]
  said 'r0, .*homeassistant/device' broker.log
  not said ', r1, ' broker.log
  [ "$(grep -c 'Will message specified (7 bytes) (r0, q1)' broker.log)" = 2 ]
  run -0 publish --no-retain --retain --client-id me <in
  [ "$(retained '#' | wc -l)" = 4 ]
  # Home Assistant, started later, would wait for what was said before.
  run -0 --separate-stderr "$OBIS_MQTT" --no-retain --discovery-dump in
  [[ $output == *'"components":{'* && $output != *availability* ]]
  run -0 --separate-stderr "$OBIS_MQTT" --discovery-dump in
  [[ $output == *'"availability_mode":"all"'* ]]
}

@test "--bridge-topic off: no word there, no last will, and entities do not wait for it" {
  start_broker
  subscribe -t '#'
  reading 1 231 >in
  run -0 publish --bridge-topic off --discovery --client-id me <in
  wait_for said 'meterpipe/1/availability online' sub
  not said 'bridge' sub
  not said 'Will message specified' broker.log
  not said ' off ' sub
}

@test "older than an hour: published, said once, retained with --allow-old only" {
  start_broker
  subscribe -t 'meterpipe/+/json'
  for n in 1 2 3; do reading "$n" "$n" 2020-01-01T00:00:00Z; done >in
  run -0 publish <in
  wait_for has_lines sub 3
  [ "$(grep -c 'older than an hour' err)" = 1 ]
  [ -z "$(retained 'meterpipe/+/json')" ]
  run -0 publish --allow-old <in
  not said 'older'
  [ "$(retained 'meterpipe/+/json' | wc -l)" = 3 ]
}

@test "--qos 0, 1 and 2" {
  start_broker
  for qos in 0 1 2; do
    reading "m$qos" 1 | publish --qos $qos
    wait_for said "Received PUBLISH from .* (d0, q$qos, r1, m[0-9]*, 'meterpipe/m$qos/json'" broker.log
  done
}

@test "--client-id and --keepalive reach the broker; a file has an id of its own" {
  start_broker
  reading 1 1 >in
  publish --client-id some-one --keepalive 77 <in
  said 'as some-one (p2, c1, k77' broker.log
  cat in | publish
  said "as obis-mqtt-$(hostname) (" broker.log
  publish in
  said "as obis-mqtt-$(hostname)-replay (" broker.log
}

@test "the last will says offline when the process is killed" {
  start_broker
  subscribe -t 'meterpipe/bridge/+'
  start_publishing --client-id me
  wait_for has_lines sub 1
  [ "$(retained 'meterpipe/bridge/+')" = "meterpipe/bridge/me online" ]
  kill -KILL "$publisher"
  wait_for has_lines sub 2
  [ "$(sed -n 2p sub)" = "0 1 meterpipe/bridge/me offline" ]
  [ "$(retained 'meterpipe/bridge/+')" = "meterpipe/bridge/me offline" ]
}

@test "SIGTERM: what was read is delivered, offline follows, the end is by the signal" {
  start_broker
  subscribe -t '#'
  start_publishing --client-id me
  reading 1 1 >&5
  wait_for has_lines sub 4
  local second
  second=$(reading 2 2)
  sends TERM "$publisher"
  printf '%s\n' "$second" >&5
  end_publishing
  [ "$status" = 143 ]
  wait_for has_lines sub 8
  [ "$(tail -n 1 sub)" = "0 1 meterpipe/bridge/me offline" ]
  said 'meterpipe/2/json' sub
  said 'Received DISCONNECT from me' broker.log
}

@test "bad lines between good ones cost themselves only" {
  start_broker
  subscribe -t 'meterpipe/+/json'
  {
    reading 1 1
    echo 'this is no hex'
    echo '{"v":1,"t":"reading","values":[{"obis":1}]}'
    reading 2 2
    echo '{"v":1,"t":"reading"'
    echo '# a comment'
    echo
    echo '0f8000'
    printf '{"v":1,"t":"reading","meter":"3"}\n'
    reading 4 4
  } >in
  run -0 publish <in
  wait_for has_lines sub 3
  [ "$(sed 's,.*pipe/\(.\)/json.*,\1,' sub | xargs)" = "1 2 4" ]
  for n in 2 3 5 8 9; do said "error: stdin:$n: .*expected"; done
  [ "$(grep -c error err)" = 5 ]
  run -65 publish --strict <in
}

@test "a key that stands twice costs its line only; a file that is missing costs none before it" {
  {
    reading 1 1
    reading 2 2 | sed 's/"meter":/"meter":"x","meter":/'
    reading 3 3 | sed 's/"value":/"value":7,"value":/'
    reading 4 4
  } >in
  run -65 --separate-stderr "$OBIS_MQTT" --dry-run --no-values --strict in
  [ "$(cut -f1 <<<"$output" | grep -c json)" -eq 2 ]
  [ "${#stderr_lines[@]}" -eq 2 ]
  for n in 2 3; do
    [[ ${stderr_lines[n - 2]} == "obis-mqtt: error: in:$n: a key stands twice; "* ]]
  done
  run -66 --separate-stderr "$OBIS_MQTT" --dry-run --no-values in missing
  [ "$(cut -f1 <<<"$output" | grep -c json)" -eq 2 ]
  [[ $stderr == *"obis-mqtt: error: missing: No such file or directory" ]]
  start_broker
  subscribe -t 'meterpipe/#'
  run -66 publish in missing
  wait_for said offline sub
  [ "$(grep -c '/json ' sub)" -eq 2 ]
}

@test "a higher version and foreign records are left out, said once each" {
  start_broker
  subscribe -t 'meterpipe/+/json'
  {
    echo '{"v":2,"t":"reading","meter":"9","values":[]}'
    echo '{"v":2,"t":"reading","meter":"9","values":[]}'
    echo '{"v":1,"t":"apdu","hex":"0f"}'
    echo '{"v":7,"t":"other"}'
    reading 1 1
  } >in
  run -0 publish <in
  wait_for has_lines sub 1
  [ "$(grep -c 'version 2' err)" = 1 ]
  [ "$(grep -c 'left out' err)" = 2 ]
  said 'stdin:3: a record of type apdu .*cosem-decode'
  run -65 publish --strict <in
}

@test "10,000 readings through a pipe: all arrive" {
  start_broker
  subscribe -t 'meterpipe/+/json' -C 10000
  ts=$(now)
  awk -v ts="$ts" 'BEGIN { for (n = 0; n < 10000; n++)
    printf "{\"v\":1,\"t\":\"reading\",\"ts\":\"%s\",\"meter\":\"%d\",\"values\":[{\"obis\":\"1-0:1.8.0\",\"value\":%d}]}\n", ts, n, n }' |
    publish --no-values
  wait_for has_lines sub 10000
  [ "$(sed 's,.*pipe/\([0-9]*\)/json.*,\1,' sub | uniq | wc -l)" = 10000 ]
}

@test "-n stops after so many readings" {
  start_broker
  subscribe -t 'meterpipe/+/json'
  for n in 1 2 3; do reading "$n" "$n"; done >in
  run -0 publish -n 2 in
  wait_for has_lines sub 2
  [ "$(wc -l <sub)" = 2 ]
}

@test "--follow publishes what is added to a file" {
  start_broker
  subscribe -t 'meterpipe/+/json'
  reading 1 1 >in
  "$OBIS_MQTT" --broker "mqtt://$host:$port" --follow in 2>err 3>&- &
  children+=($!)
  wait_for has_lines sub 1
  reading 2 2 >>in
  wait_for has_lines sub 2
}

@test "live: a reading is at the broker while the pipe stays open" {
  start_broker
  subscribe -t 'meterpipe/+/json'
  start_publishing
  for n in 1 2 3; do
    reading "$n" "$n" >&5
    wait_for has_lines sub "$n"
  done
  end_publishing
  [ "$status" = 0 ]
}
