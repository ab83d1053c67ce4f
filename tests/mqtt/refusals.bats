#!/usr/bin/env bats
# A broker that does not take something of MQTT 3.1.1 and ends the connection on it.
load support

connections() { grep -c 'New client connected from .* as me ' broker.log; }

# different TOPIC: how many of it came, each once: of what the end of a connection left open nobody
# knows whether the broker has it, and it is sent again
different() { grep "^[^ ]* [^ ]* $1 " sub | sort -u | wc -l; }

@test "3.1.1, one message is too large: the others arrive, the storm stays away, the end comes" {
  [ -n "${METERPIPE_THOROUGH-}" ] || skip "METERPIPE_THOROUGH; in short: unit.mqtt"
  start_broker "allow_anonymous true" "max_packet_size 900"
  subscribe -t 'meterpipe/#'
  big=$(printf '%0800d' 0)
  start_publishing --client-id me --linger 10s
  for n in $(seq 6); do reading 1 "$n" >&5; done
  reading 2 1 | sed "s/\"text\"/\"$big\"/" >&5
  for n in $(seq 7 12); do reading 1 "$n" >&5; done
  wait_for said 'ends the connection on what is for meterpipe/2/json (.* bytes): is it too large'
  reading 1 13 >&5
  reading 2 2 >&5 # smaller: it goes
  end_publishing
  [ "$status" = 74 ]
  said '1 messages did not reach the broker: .* 1 cannot be sent'
  [ "$(different meterpipe/1/1-0:32.7.0)" = 13 ]
  [ "$(different meterpipe/1/json)" = 13 ]
  [ "$(different meterpipe/2/json)" = 1 ]
  [ "$(different meterpipe/2/pos/34)" = 2 ]
  echo "$(connections) connections"
  [ "$(connections)" -le 9 ] # five of them end on the reading alone
}

@test "3.1.1, nothing may be retained: learned from the last will, said, all arrives" {
  start_broker "allow_anonymous true" "retain_available false"
  subscribe -t 'meterpipe/#'
  reading 1 1 >in
  run -0 publish --client-id me in
  said 'keeps no retained messages: published without'
  wait_for has_lines sub 5 # online, three of the reading, offline
}

@test "a broker that keeps nothing: entities do not wait for an online that was said before" {
  for version in 3.1.1 5; do
    start_broker "allow_anonymous true" "retain_available false"
    subscribe -t 'homeassistant/#'
    start_publishing --client-id me --discovery --mqtt $version
    reading m1 1 >&5
    wait_for has_lines sub 1
    mosquitto_pub -h $host -p "$port" -t homeassistant/status -m online
    wait_for has_lines sub 3 # the word, and what it asks for
    end_publishing
    [ "$status" = 0 ]
    tail -n 1 sub | cut -d' ' -f4- | jq -e '.components["1_0_32_7_0"] and (has("availability") | not)'
    stop_broker
  done
}

@test "a broker for which a meter's configuration is too large has one for each entity" {
  for version in 3.1.1 5; do
    start_broker "allow_anonymous true" "max_packet_size 2500"
    subscribe -t 'meterpipe/+/json'
    start_publishing --client-id me --discovery --mqtt $version
    for n in $(seq 3); do reading m1 "$n" >&5; done
    wait_for eval "retained 'homeassistant/sensor/#' | grep -q 1_0_32_7_0"
    wait_for has_lines sub 3
    end_publishing
    [ "$status" = 0 ]
    not eval "retained 'homeassistant/device/#' | grep ." # nothing, or both describe it
    retained 'homeassistant/sensor/+/1_0_32_7_0/config' | cut -d' ' -f2- |
      jq -e '.state_topic == "meterpipe/m1/1-0:32.7.0" and .unit_of_measurement == "V"'
    [ "$(connections)" -le 5 ]
    stop_broker
    : >broker.log
  done
}
