#!/usr/bin/env bats
# MQTT 5: what goes with the messages, what a broker refuses, what it does not grant.
load support

publish5() { publish --mqtt 5 "$@"; }

# subscribe5 OPTION…: as "TOPIC|EXPIRY|CONTENT TYPE|PAYLOAD FORMAT|USER PROPERTIES"
subscribe5() { subscribe -V 5 -F '%t|%E|%C|%F|%P' "$@"; }

@test "--mqtt: 3.1.1 by default, 5 where asked for; birth, values and farewell in both" {
  start_broker
  subscribe -t '#'
  reading 1 231 >in
  for version in default 3.1.1 5; do
    options=(--client-id "with-$version")
    [ $version = default ] || options+=(--mqtt $version)
    run -0 publish "${options[@]}" <in
  done
  said 'as with-default (p2,' broker.log
  said 'as with-3.1.1 (p2,' broker.log
  said 'as with-5 (p5,' broker.log
  wait_for has_lines sub 15
  sed 's,bridge/with-[^ ]*,bridge/me,' sub >got
  for n in 1 2 3; do
    echo "0 1 meterpipe/bridge/me online"
    echo "0 1 meterpipe/1/json $(cat in)"
    echo "0 1 meterpipe/1/1-0:32.7.0 231.0"
    echo "0 1 meterpipe/1/pos/34 text"
    echo "0 1 meterpipe/bridge/me offline"
  done >want
  diff want got
}

@test "user properties, content type and payload format; 3.1.1 has none" {
  start_broker
  subscribe5 -t '#'
  { reading 1 231; printf '{"v":1,"t":"error","src":"tty0","code":"noise"}\n'; } >in
  id=$(sed -n 's/.*"id":"\([^"]*\)".*/\1/p' in)
  run -0 publish5 --client-id me <in
  wait_for has_lines sub 6
  cat >want <<END
meterpipe/bridge/me|||1|
meterpipe/1/json||application/json|1|id:$id auth:none
meterpipe/1/1-0:32.7.0|||1|id:$id auth:none
meterpipe/1/pos/34|||1|id:$id auth:none
meterpipe/tty0/error||application/json|1|
meterpipe/bridge/me|||1|
END
  diff want sub
  run -0 publish --client-id me <in
  wait_for has_lines sub 12
  [ "$(tail -n 6 sub | grep -c '||||$')" = 6 ]
}

@test "an id that MQTT cannot carry costs the property, not the message" {
  start_broker
  subscribe5 -t 'meterpipe/1/a'
  printf '{"v":1,"t":"reading","ts":"%s","meter":"1","id":"x\\ny","auth":"none","values":[{"obis":"a","value":1}]}\n' "$(now)" >in
  run -0 publish5 in
  wait_for has_lines sub 1
  [ "$(cat sub)" = "meterpipe/1/a|||1|auth:none" ]
}

@test "--expire: values and readings leave the broker, bridge and errors have no such end" {
  start_broker
  subscribe5 -t '#'
  { reading 1 231; printf '{"v":1,"t":"error","src":"tty0","code":"noise"}\n'; } >in
  run -0 publish5 --expire 10000s --client-id me <in
  wait_for has_lines sub 6
  # What is left of it when it arrives.
  [ "$(cut -d'|' -f1,2 sub | sed -E 's/(10000|9[0-9]{3})$/left/' | xargs)" = "meterpipe/bridge/me| meterpipe/1/json|left \
meterpipe/1/1-0:32.7.0|left meterpipe/1/pos/34|left meterpipe/tty0/error| meterpipe/bridge/me|" ]
  [ "$(retained 'meterpipe/1/#' | wc -l)" = 3 ]
  run -0 publish5 --expire 1s --client-id me <in
  gone() { [ -z "$(retained 'meterpipe/1/#')" ]; }
  wait_for gone
  [ "$(retained 'meterpipe/#')" = "meterpipe/bridge/me offline" ]
}

@test "--expire: shorter than what is published again: said" {
  reading 1 231 >in
  says() {
    run -0 --separate-stderr "$OBIS_MQTT" --dry-run --mqtt 5 "$@" in
    grep -c 'the broker forgets a value that is published again' <<<"$stderr" || true
  }
  [ "$(says --expire 60s)" = 0 ]
  [ "$(says --expire 900s --on-change)" = 1 ]
  [ "$(says --expire 901s --on-change)" = 0 ]
  [ "$(says --expire 1h --on-change --refresh 0)" = 1 ]
  [ "$(says --expire 1m --every 15m)" = 1 ]
  [ "$(says --expire 1m --every 15m --no-retain)" = 0 ]
}

@test "--qos 0, 1 and 2 in MQTT 5" {
  start_broker
  for qos in 0 1 2; do
    reading "m$qos" 1 | publish5 --qos $qos
    wait_for said "Received PUBLISH from .* (d0, q$qos, r1, m[0-9]*, 'meterpipe/m$qos/json'" broker.log
  done
}

@test "the last will in MQTT 5" {
  start_broker
  subscribe5 -t 'meterpipe/bridge/+'
  start_publishing --mqtt 5 --client-id me
  wait_for has_lines sub 1
  kill -KILL "$publisher"
  wait_for has_lines sub 2
  [ "$(sed -n 2p sub)" = "meterpipe/bridge/me|||1|" ]
  [ "$(retained 'meterpipe/bridge/+')" = "meterpipe/bridge/me offline" ]
}

guarded() { # LINE…: an ACL
  printf '%s\n' "$@" >acl
  chmod 600 acl
  start_broker "allow_anonymous true" "acl_file $PWD/acl"
}

@test "a topic that is not ours: done, said once, counted; the others arrive" {
  guarded "topic write meterpipe/bridge/#" "topic write meterpipe/+/json" "topic read #"
  subscribe -t 'meterpipe/+/json'
  for n in 1 2 3; do reading 1 "$n"; done >in
  for qos in 1 2; do
    run -74 in_time "$OBIS_MQTT" --broker "mqtt://$host:$port" --mqtt 5 --qos $qos in
    echo "$output" >err
    [ "$(grep -c 'refuses messages for meterpipe/1/1-0:32.7.0: Not authorized' err)" = 1 ]
    [ "$(grep -c 'refuses messages' err)" = 2 ]
    said '6 messages did not reach the broker: 0 not .* 0 dropped .*, 6 refused by the broker'
  done
  wait_for has_lines sub 6
  # 3.1.1 has no word for it: the broker acknowledges and throws away.
  head -n 1 in >one
  run -0 publish one
  not said refuse
  wait_for has_lines sub 7
}

@test "a bridge topic that is not ours: said once, the readings arrive" {
  guarded "topic write meterpipe/+/json" "topic read #"
  subscribe -t '#'
  for n in 1 2 3; do reading 1 "$n"; done >in
  run -0 publish5 --no-values --client-id me in
  [ "$(grep -c 'refuses messages for meterpipe/bridge/me: Not authorized' err)" = 1 ]
  [ "$(grep -c 'connection to .* lost' err)" -le 1 ]
  wait_for has_lines sub 3
}

@test "a broker that keeps nothing: published without retain, said once" {
  start_broker "allow_anonymous true" "retain_available false"
  subscribe -t '#'
  start_publishing --mqtt 5 --client-id me
  reading 1 231 >&5
  wait_for has_lines sub 4
  stop_broker
  start_broker "allow_anonymous true" "retain_available false"
  wait_for said_times 2 ' info: connected'
  end_publishing
  [ "$status" = 0 ]
  [ "$(grep -c 'keeps no retained messages' err)" = 1 ]
}

@test "a message that is too large for the broker: left out, said once; the others arrive" {
  start_broker "allow_anonymous true" "max_packet_size 300"
  subscribe -t '#'
  for n in 1 2 3; do reading 1 "$n"; done >in
  [ "$(head -n 1 in | wc -c)" -gt 240 ] # more than 300 with its properties
  run -74 in_time "$OBIS_MQTT" --broker "mqtt://$host:$port" --mqtt 5 --client-id me in
  echo "$output" >err
  [ "$(grep -c 'messages for meterpipe/1/json cannot be sent' err)" = 1 ]
  said '3 messages did not reach the broker'
  wait_for has_lines sub 8
  [ "$(grep -c '32.7.0' sub)" = 3 ]
}

@test "never more on its way than the broker wants at a time; QoS no higher than it takes" {
  start_broker "allow_anonymous true" "max_inflight_messages 3"
  subscribe -t 'meterpipe/+/json'
  for n in $(seq 300); do reading "$n" 1; done >in
  run -0 publish5 --no-values in
  wait_for has_lines sub 300
  stop_broker
  start_broker "allow_anonymous true" "max_qos 0"
  run -0 publish5 --no-values -v in
  said 'takes QoS 0 at most'
  # At this quality nobody waits for the broker.
  wait_for said_times 300 "Received PUBLISH from .* (d0, q0, r.*/json'" broker.log
  [ "$(grep -c "Received PUBLISH from .* (d0, q0, r.*/json'" broker.log)" = 300 ]
}

@test "mistakes on the command line" {
  mistake() { # WORD OPTION…
    local word=$1
    shift
    run -64 --separate-stderr "$OBIS_MQTT" "$@" /dev/null
    [[ "$stderr" == "obis-mqtt: error: "*"$word"* ]]
  }
  mistake "none of 3.1.1|5" --mqtt 4
  mistake "add --mqtt 5" --expire 1h
  mistake "add --mqtt 5" --expire 1h --mqtt 3.1.1
  mistake "1s to" --mqtt 5 --expire 0
  mistake "1s to" --mqtt 5 --expire 50000d
  mistake "duration" --mqtt 5 --expire soon
}
