#!/usr/bin/env bats
# Home Assistant: what is described to it, that it would accept it, who is online and who is not.

load support

check=$METERPIPE_BIN/tests/discovery-check

# One reading each of all simulated meters, with the time of now: a file per meter in $readings.
setup_file() {
  export readings=$BATS_FILE_TMPDIR/readings
  mkdir "$readings"
  PATH=$METERPIPE_BIN:$PATH
  local meter
  for meter in $(meter-sim --list-meters | cut -d' ' -f1); do
    meter-sim --meter "$meter" --print-keys >"$BATS_FILE_TMPDIR/keys"
    chmod 600 "$BATS_FILE_TMPDIR/keys"
    meter-sim --meter "$meter" --start now -n 2 -o json | mbus-frame |
      dlms-decrypt -q -k "$BATS_FILE_TMPDIR/keys" | cosem-decode >"$readings/$meter"
  done
}

# plain METER VALUE: a reading of a meter without a system title: its name is its id
plain() { reading "$@" | sed 's/"id":"[^"]*",//'; }

# config METER: what the broker keeps
config() {
  retained "homeassistant/device/meterpipe_$1/config" | cut -d' ' -f2- >config
  [ -s config ] && cat config
}

@test "all simulated meters are described within Home Assistant's rules, in both styles" {
  local meter style meters=0 entities=0
  for meter in "$readings"/*; do
    [ "$(grep -c '"t":"reading"' "$meter")" -eq 2 ] || continue # the event of a gateway is none
    for style in device entity; do
      "$OBIS_MQTT" -q --discovery-dump --discovery-style $style "$meter" >dump
      "$check" <dump >checked || { echo "$meter, $style"; cat checked; return 1; }
      not grep -qv "^homeassistant/" dump
    done
    meters=$((meters + 1))
    entities=$((entities + $(wc -l <dump)))
  done
  echo "# $meters meters, $entities entities" >&3
  [ $meters -ge 50 ]
}

@test "they are retained by a real broker, and within its rules" {
  start_broker
  local files=("$readings"/*)
  cat "${files[@]}" | publish --discovery
  retained 'homeassistant/#' | sed 's/ /\t/' >kept
  "$check" <kept
  [ "$(wc -l <kept)" -ge 45 ]
  echo "# $("$check" <kept)" >&3
  # Every state topic that is described was published. (An empty text is not retained.)
  cut -f2 kept | jq -r '.components[].state_topic' | LC_ALL=C sort -u >described
  cat "${files[@]}" | "$OBIS_MQTT" -q --discovery --dry-run | cut -f1 | LC_ALL=C sort -u >published
  [ "$(wc -l <described)" -gt 500 ]
  LC_ALL=C comm -23 described published >missing
  [ ! -s missing ] || { cat missing; return 1; }
  # Payloads are what the classes promise: numbers.
  cut -f2 kept |
    jq -r '.components[] | select(.unit_of_measurement and (.value_template | not)) | .state_topic' |
    sort -u >numbers
  retained 'meterpipe/#' | LC_ALL=C awk 'NR == FNR { number[$1]; next }
    $1 in number { n++; if ($2 !~ /^-?[0-9]+(\.[0-9]+)?$/) { print; bad = 1 } }
    END { if (n < 300 || bad) exit 1 }' numbers -
}

@test "a configuration is sent once, before it comes what it says" {
  start_broker
  subscribe -t '#'
  for i in 1 2 3 4 5; do plain m1 "$i"; done | publish --discovery
  wait_for 5 said 'bridge/.* offline' sub
  [ "$(grep -c ' homeassistant/' sub)" -eq 1 ]
  [ "$(grep -c 'm1/availability online' sub)" -eq 1 ]
  [ "$(grep -c 'm1/diagnostics {' sub)" -eq 5 ]
  config m1 >/dev/null
  <config jq -e '.availability_mode == "all" and .availability[0].topic ==
    "meterpipe/bridge/obis-mqtt-'"$(uname -n)"'" and .availability[1].topic == "meterpipe/m1/availability"'
}

@test "at a clean end the bridge is offline, the meter's data stay as they are" {
  start_broker
  plain m1 1 | publish --discovery --client-id c1
  retained 'meterpipe/#' >kept
  grep -qx 'meterpipe/bridge/c1 offline' kept
  grep -qx 'meterpipe/m1/availability online' kept
}

@test "killed: the will says offline" {
  start_broker
  start_publishing --discovery --client-id c1
  plain m1 1 >&5
  subscribe -t 'meterpipe/#'
  wait_for 5 said 'bridge/c1 online' sub
  kill -KILL "$publisher"
  wait_for 5 said 'bridge/c1 offline' sub
  exec 5>&-
}

@test "a meter that falls silent is offline, and online again with its next message" {
  start_broker
  subscribe -t 'meterpipe/+/availability'
  start_publishing --discovery --interval 1s --offline-after 2
  plain m1 1 >&5
  plain m2 1 >&5
  wait_for 5 said 'm2/availability online' sub
  for i in 2 3 4 5 6 7 8; do # one goes on
    sleep 0.5
    plain m2 $i >&5
  done
  wait_for 5 said 'm1/availability offline' sub
  not said 'm2/availability offline' sub
  wait_for 5 said 'm2/availability offline' sub
  plain m1 2 >&5
  wait_for 5 eval '[ "$(grep -c "m1/availability online" sub)" -eq 2 ]'
  end_publishing
  [ "$status" -eq 0 ]
  said 'm1: no message for 2 s'
}

@test "in a replay nothing falls silent" {
  start_broker
  subscribe -t '#'
  plain m1 1 >file
  # What is slow is the broker: the file waits for it.
  publish --discovery --interval 1ms --offline-after 1 file
  wait_for 5 said 'bridge/.* offline' sub
  not said 'm1/availability offline' sub
}

@test "--discovery-remove takes back what was described, and prints it" {
  start_broker
  { plain m1 1; plain m2 1; } >file
  publish --discovery file
  [ "$(retained 'homeassistant/#' | wc -l)" -eq 2 ]
  run --separate-stderr "$OBIS_MQTT" --broker "mqtt://$host:$port" --discovery-remove file
  [ "$output" = "homeassistant/device/meterpipe_m1/config
homeassistant/device/meterpipe_m2/config" ]
  [ -z "$(retained 'homeassistant/#')" ]
  # each entity
  publish --discovery --discovery-style entity file
  [ "$(retained 'homeassistant/#' | wc -l)" -gt 16 ]
  publish --discovery-remove --discovery-style entity file >removed
  [ "$(wc -l <removed)" -gt 16 ]
  [ -z "$(retained 'homeassistant/#')" ]
  # by name, without any input
  publish --discovery file
  mkfifo never
  exec 6<>never
  timeout 10 "$OBIS_MQTT" --broker "mqtt://$host:$port" --discovery-remove --meter m1 \
    --meter 4B464D1020039534 <&6 >removed 2>err
  exec 6>&-
  [ "$(cat removed)" = "homeassistant/device/meterpipe_4b464d1020039534/config
homeassistant/device/meterpipe_m1/config" ]
  [ "$(retained 'homeassistant/#' | cut -d' ' -f1)" = homeassistant/device/meterpipe_m2/config ]
}

@test "--discovery-dump prints configurations alone, one per meter; a meter keeps its id" {
  {
    reading 1KFM0200234804 1 | sed 's/"id":"[^"]*"/"id":"4b464d1020039534:1"/'
    reading another 2 | sed 's/"id":"[^"]*"/"id":"4b464d1020039534:2"/'
  } | "$OBIS_MQTT" --discovery-dump 2>err >dump
  [ "$(wc -l <dump)" -eq 1 ]
  [ "$(cut -f1 dump)" = homeassistant/device/meterpipe_4b464d1020039534/config ]
  said 'now gives its number as another: it stays 1KFM0200234804'
  cut -f2 dump | jq -e '.device.serial_number == "1KFM0200234804" and
    .device.manufacturer == "Kaifa" and .components["1_0_32_7_0"].state_topic ==
    "meterpipe/1KFM0200234804/1-0:32.7.0"'
  [ "$({ plain m1 1; plain m2 1; } | "$OBIS_MQTT" --discovery-dump -n 1 | wc -l)" -eq 1 ]
}

@test "prefix, templates and quality of service are those of the options" {
  plain m1 1 | "$OBIS_MQTT" --discovery-dump --discovery-prefix ha/disc --qos 2 \
    --bridge-topic 'b/{client}' --client-id c --availability-topic 'x/{meter}/a' \
    --diagnostics-topic 'x/{meter}/d' >dump
  [ "$(cut -f1 dump)" = ha/disc/device/meterpipe_m1/config ]
  cut -f2 dump | jq -e '.qos == 2 and .availability == [{"topic":"b/c"},{"topic":"x/m1/a"}] and
    .components.diag_errors.state_topic == "x/m1/d"'
}

@test "without discovery: availability and diagnostics on request" {
  [ "$(plain m1 1 | "$OBIS_MQTT" --dry-run --no-json --no-values 2>/dev/null | wc -l)" -eq 0 ]
  plain m1 1 | "$OBIS_MQTT" --dry-run --no-json --diagnostics >out
  [ "$(wc -l <out)" -eq 4 ]
  grep -q '^meterpipe/m1/availability	online$' out
  grep '^meterpipe/m1/diagnostics	' out | cut -f2 | jq -e '.messages == 1 and .auth == "none"'
}

@test "errors show in the diagnostics of their meter" {
  start_broker
  {
    plain m1 1 "$(now)"
    printf '{"v":1,"t":"error","src":"m1","by":"mbus-frame","code":"bad-checksum","text":"x"}\n'
  } | publish --discovery
  retained 'meterpipe/m1/diagnostics' | cut -d' ' -f2- |
    jq -e '.errors == 1 and .last_error == "bad-checksum" and .problem and .messages == 1'
}

@test "mistakes on the command line" {
  for wrong in '--discovery-dump --discovery-remove' '--meter x' '--offline-after 0' \
    '--interval 0' '--interval x' '--availability-topic a' '--diagnostics-topic a/{obis}' \
    '--discovery-prefix a/#' '--birth-topic +' '--discovery-style both' \
    '--discovery-remove --meter x --discovery-style entity'; do
    # shellcheck disable=SC2086
    run "$OBIS_MQTT" $wrong </dev/null
    [ "$status" -eq 64 ] || { echo "$wrong: $status"; return 1; }
    [ "${#lines[@]}" -eq 1 ]
  done
}
