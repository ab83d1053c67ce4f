#!/usr/bin/env bats
# Home Assistant: what is described to it, that it would accept it, who is online and who is not.

load support
load ../support/meters

check=$METERPIPE_BIN/tests/discovery-check

# Two readings each of all simulated meters, from now on: a file per meter in $readings.
setup_file() {
  export readings=$BATS_FILE_TMPDIR/readings
  cd "$BATS_FILE_TMPDIR" || return 1
  PATH=$METERPIPE_BIN:$PATH
  play_all --start now -n 2 -o json
  read_all
}

# plain METER VALUE: a reading of a meter without a system title: its name is its id
plain() { reading "$@" | sed 's/"id":"[^"]*",//'; }

# config METER: what the broker keeps
config() {
  retained "homeassistant/device/meterpipe_$1/config" | cut -d' ' -f2- >config
  [ -s config ] && cat config
}

@test "all simulated meters are described within Home Assistant's rules, in both styles" {
  local meter style meters
  mkdir device entity
  # The event of a gateway is no reading.
  mapfile -t meters < <(cd "$readings" && grep -c '"t":"reading"' -- * | sed -n 's/:2$//p')
  for meter in "${meters[@]}"; do
    for style in device entity; do
      "$OBIS_MQTT" -q --discovery-dump --discovery-style $style "$readings/$meter" >$style/"$meter"
    done
  done
  "$check" device/* entity/* >checked || { cat checked; return 1; }
  not grep -qv "^homeassistant/" device/* entity/*
  echo "# ${#meters[@]} meters, $(cat entity/* | wc -l) entities" >&3
  [ ${#meters[@]} -ge 50 ]
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
  wait_for said 'bridge/.* offline' sub
  [ "$(grep -c ' homeassistant/' sub)" -eq 1 ]
  [ "$(grep -c 'm1/availability online' sub)" -eq 1 ]
  # The newest of those that were not on their way yet.
  [ "$(grep -c 'm1/diagnostics {' sub)" -le 5 ]
  [[ "$(grep 'm1/diagnostics {' sub | tail -n 1)" == *'"messages":5,'* ]]
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
  wait_for said 'bridge/c1 online' sub
  kill -KILL "$publisher"
  wait_for said 'bridge/c1 offline' sub
  exec 5>&-
}

@test "a meter that falls silent is offline, and online again with its next message" {
  start_broker
  subscribe -t 'meterpipe/+/availability'
  start_publishing --discovery --interval 1s --offline-after 3
  plain m1 1 >&5
  plain m2 1 >&5
  wait_for said 'm2/availability online' sub
  local another
  another=$(plain m2 2 NOW)
  m1_is_offline() { # and the other one goes on
    printf '%s\n' "${another/NOW/$(now)}" >&5
    said 'm1/availability offline' sub
  }
  wait_for m1_is_offline
  not said 'm2/availability offline' sub
  wait_for said 'm2/availability offline' sub
  plain m1 2 >&5
  wait_for said_times 2 'm1/availability online' sub
  end_publishing
  [ "$status" -eq 0 ]
  said 'm1: no message for 3 s'
}

@test "in a replay nothing falls silent" {
  start_broker
  subscribe -t '#'
  plain m1 1 >file
  # What is slow is the broker: the file waits for it.
  publish --discovery --interval 1ms --offline-after 1 file
  wait_for said 'bridge/.* offline' sub
  not said 'm1/availability offline' sub
}

@test "--discovery-remove takes back what was described, and prints it" {
  start_broker
  { plain m1 1; plain m2 1; } >file
  publish --discovery file
  [ "$(retained 'homeassistant/#' | wc -l)" -eq 2 ]
  run --separate-stderr "$OBIS_MQTT" --broker "mqtt://$host:$port" --discovery-remove file
  [ "$(grep -c '^homeassistant/.*sensor/meterpipe_m[12]/.*/config$' <<<"$output")" -gt 16 ] # for a small broker
  [ "$(grep -v sensor/ <<<"$output")" = "homeassistant/device/meterpipe_m1/config
homeassistant/device/meterpipe_m2/config
meterpipe/m1/availability
meterpipe/m1/diagnostics
meterpipe/m2/availability
meterpipe/m2/diagnostics" ]
  [ -z "$(retained 'meterpipe/+/availability')$(retained 'meterpipe/+/diagnostics')" ]
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
  in_time "$OBIS_MQTT" --broker "mqtt://$host:$port" --discovery-remove --meter m1 \
    --meter 4B464D1020039534 <&6 >removed 2>err
  exec 6>&-
  [ "$(cat removed)" = "homeassistant/device/meterpipe_4b464d1020039534/config
homeassistant/device/meterpipe_m1/config
meterpipe/m1/availability
meterpipe/m1/diagnostics" ]
  [ "$(grep -c 'no system title' err)" -eq 1 ]
  said 'meter m1: no system title'
  not said 'nothing was taken back'
  [ "$(retained 'homeassistant/#' | cut -d' ' -f1)" = homeassistant/device/meterpipe_m2/config ]
}

@test "--discovery-migrate: the word, the new description, nothing in place of the old one" {
  for i in 1 2; do plain m1 "$i"; done >file
  "$OBIS_MQTT" -q --dry-run --discovery --discovery-migrate file | grep ^homeassistant >out
  old=homeassistant/sensor/meterpipe_m1/1_0_32_7_0/config
  new=homeassistant/device/meterpipe_m1/config
  LC_ALL=C awk -F'\t' -v old=$old -v new=$new '
    $1 == old { all = all (all ~ /n/ ? ($2 == "" ? "e" : "?") : ($2 == "{\"migrate_discovery\":true}" ? "m" : "?")) }
    $1 == new { all = all "n" }
    END { print all; exit all != "mne" }' out
  [ "$(grep -c migrate_discovery out)" = "$(grep -cP '\t$' out)" ]
  "$OBIS_MQTT" -q --dry-run --discovery --discovery-style entity --discovery-migrate file | grep ^homeassistant >out
  [ "$(head -n 1 out)" = "$new	"'{"migrate_discovery":true}' ]
  [ "$(grep -c "^$new	$" out)" = 1 ]
  grep -q "^$old	{" out
}

@test "--derive total is an entity for the energy dashboard" {
  reading m1 1 | sed 's/"values":\[/&{"obis":"1-0:1.8.1","value":1.5,"unit":"kWh"},{"obis":"1-0:1.8.2","value":2,"unit":"kWh"},/' |
    "$OBIS_MQTT" -q --dry-run --discovery --derive total,net --no-json >out
  grep -qx 'meterpipe/m1/total-import	3.5' out
  grep ^homeassistant out | cut -f2 | jq -e '.components.total_import | .state_class == "total_increasing" and
    .device_class == "energy" and .unit_of_measurement == "kWh" and .state_topic == "meterpipe/m1/total-import"'
}

@test "when a sub-meter was read is an entity, read from the whole reading" {
  reading m1 1 | sed 's/"values":\[/&{"obis":"0-1:24.2.1","name":"Gas","value":1.5,"unit":"m3","at":"2026-10-25T02:30:00","at_raw":"261025023000W","type":"p1"},/' >in
  "$OBIS_MQTT" --discovery-dump in >dump
  "$check" <dump
  cut -f2 dump | jq -e '.components["0_1_24_2_1_at"] | .device_class == "timestamp" and .name == "Gas, time" and
    .state_topic == "meterpipe/m1/json" and (.value_template | contains("strptime(of.at,") and contains("fold=1 if (of.at_raw"))'
  "$OBIS_MQTT" --discovery-dump --no-json in | cut -f2 | jq -e '.components | has("0_1_24_2_1_at") | not'
}

@test "a gas meter that was not read is unknown for a time: its counter never goes to 0" {
  start_broker
  subscribe -t 'meterpipe/+/0-1:24.2.1'
  PATH=$METERPIPE_BIN:$PATH
  meter-sim --meter dsmr-p1 -n 12 --period 1200s --fault unread --fault-share 0.4 --truth truth |
    mbus-frame | dlms-decrypt | cosem-decode >file
  publish --discovery --allow-old <file
  wait_for has_lines sub 12
  not said refused
  cut -d' ' -f4 sub >values
  [ "$(grep -n null values | cut -d: -f1)" = "$(grep -n '"names":\["unread"\]' truth | cut -d: -f1)" ]
  grep -q null values
  grep -v null values >numbers
  sort -n -c numbers
  awk '$1 < 2000 { exit 1 } END { if (NR < 4) exit 1 }' numbers
  retained 'homeassistant/#' | cut -d' ' -f2- | jq -e '.components["0_1_24_2_1"] |
    .device_class == "gas" and .value_template == "{{ value if value | is_number else None }}"'
}

@test "--entity-ids friendly: of the meter's name and the value's" {
  plain 'M 1' 1 | "$OBIS_MQTT" --discovery-dump --entity-ids friendly >dump
  "$check" <dump
  cut -f2 dump | jq -e '.components["1_0_32_7_0"] | .default_entity_id == "sensor.m_1_voltage_l1" and
    (.unique_id | startswith("meterpipe_m_1_"))'
  plain m1 1 | "$OBIS_MQTT" --discovery-dump --entity-ids friendly --discovery-style entity |
    grep 1_0_32_7_0 | cut -f2 | jq -e '.object_id == "m1_voltage_l1"'
  reading m1 1 | sed 's/"values":\[/&{"obis":"1-0:1.8.0","value":1,"unit":"Wh"},{"obis":"1-0:2.8.0","value":2,"unit":"Wh"},/' >both
  "$OBIS_MQTT" --discovery-dump --entity-ids friendly \
    --name-format '[measurement], [measurementType]' both >dump
  "$check" <dump
  cut -f2 dump | jq -e '[.components[] | .default_entity_id] | length == (unique | length)'
  cut -f2 dump | jq -e '.components["1_0_2_8_0"].default_entity_id | endswith("_export_time_integral_1")'
}

@test "--purge takes back all that is retained of a meter, prints it, and nothing else" {
  start_broker
  { plain m1 1; plain m10 1; } >file
  publish --discovery --client-id c --stats-topic 'meterpipe/{meter}/stats' file
  publish --discovery --discovery-style entity file
  # Not ours: another's below the same topic, another meter, another's configuration.
  for topic in meterpipe/m1/note meterpipe/m1/1-0:1.8.0/x homeassistant/sensor/other/m1/config; do
    mosquitto_pub -h $host -p "$port" -r -t "$topic" -m '{"serial_number":"m1"}'
  done
  retained '#' | cut -d' ' -f1 >before
  publish --purge m1 --dry-run >listed </dev/null
  retained '#' | cut -d' ' -f1 | diff before -
  publish --purge m1 >purged </dev/null
  diff listed purged
  grep -qx meterpipe/m1/1-0:32.7.0 purged
  grep -qx meterpipe/m1/pos/34 purged
  grep -qx meterpipe/m1/json purged
  grep -qx meterpipe/m1/availability purged
  grep -qx homeassistant/device/meterpipe_m1/config purged
  grep -qx homeassistant/sensor/meterpipe_m1/1_0_32_7_0/config purged
  not grep -q m10 purged
  retained '#' | cut -d' ' -f1 >after
  LC_ALL=C sort purged after | diff before -
  for topic in meterpipe/m1/note meterpipe/m1/1-0:1.8.0/x homeassistant/sensor/other/m1/config; do
    grep -qx "$topic" after
  done
  publish --purge m1 >purged </dev/null
  [ ! -s purged ]
  said 'nothing to take back'
}

@test "--purge: a topic of all meters stays, a broker that refuses or is away is told" {
  printf 'topic read #\nuser boss\ntopic readwrite #\n' >acl
  start_broker 'allow_anonymous true' "acl_file $PWD/acl"
  mosquitto_pub -h $host -p "$port" -u boss -r -t meterpipe/m1/json -m '{}'
  run -74 --separate-stderr publish --mqtt 5 --purge m1 --topic 'all/{obis}' </dev/null
  [ "$output" = meterpipe/m1/json ]
  said '--topic: all meters share it: what is retained there stays'
  said '1 of 1 topics could not be taken back'
  [ "$("$MOSQUITTO_SUB" -h $host -p "$port" -t 'meterpipe/#' -C 1 -W 60)" = '{}' ]
  stop_broker
  run -69 publish --purge m1 --linger 100ms </dev/null
  said 'no connection to the broker'
}

@test "--discovery-remove without a meter says that it did nothing" {
  start_broker
  publish --discovery-remove </dev/null >removed
  [ ! -s removed ]
  said 'nothing was taken back'
}

@test "after a broker that forgot everything all is retained again" {
  start_broker
  start_publishing --discovery --client-id c1
  plain m1 1 >&5
  wait_for eval 'config m1 >/dev/null'
  stop_broker
  start_broker
  wait_for eval '[ "$(retained "meterpipe/m1/availability")" = "meterpipe/m1/availability online" ]'
  config m1 | jq -e '.device.name == "Smart meter m1"'
  has_diagnostics() { retained meterpipe/m1/diagnostics | cut -d' ' -f2- | jq -e '.messages == 1' >/dev/null; }
  wait_for has_diagnostics
  wait_for eval '[ "$(retained "meterpipe/bridge/c1")" = "meterpipe/bridge/c1 online" ]'
  # Values are those of the next message.
  [ -z "$(retained 'meterpipe/m1/1-0:32.7.0')" ]
  end_publishing
}

@test "a configuration that the full queue dropped is sent when the broker comes" {
  start_publishing --discovery --queue 20
  for i in $(seq 1 40); do plain m1 $i; done >&5
  wait_for said 'dropped'
  start_broker
  wait_for eval 'config m1 >/dev/null'
  <config jq -e '.components["1_0_32_7_0"].state_topic == "meterpipe/m1/1-0:32.7.0"'
  [ "$(retained 'meterpipe/m1/availability')" = "meterpipe/m1/availability online" ]
  end_publishing
}

@test "when Home Assistant says online all is sent again, by whatever topic it has" {
  start_broker
  for topic in homeassistant/status ha/birth; do
    local meter=m${#topic} config_sent='^0 1 homeassistant/device'
    start_publishing --discovery --birth-topic $topic
    subscribe -t '#'
    plain "$meter" 1 >&5
    wait_for said " meterpipe/$meter/availability online" sub
    [ "$(grep -c "$config_sent" sub)" -eq 1 ]
    mosquitto_pub -h $host -p "$port" -t $topic -m offline
    mosquitto_pub -h $host -p "$port" -t $topic -m online
    wait_for said_times 2 "$config_sent" sub
    wait_for said_times 2 "^0 1 meterpipe/$meter/availability online" sub
    plain "$meter" 2 >&5
    wait_for said '"messages":2' sub
    [ "$(grep -c "$config_sent" sub)" -eq 2 ] # once
    end_publishing
    kill -KILL "${children[-1]}"
    ends "${children[-1]}"
  done
}

# paced SECONDS N: readings of m1, so far apart, the last one now
paced() {
  local i end ts one
  one=$(plain m1 VALUE TIME)
  printf -v end '%(%s)T' -1
  for ((i = $2; i > 0; i--)); do
    TZ=UTC printf -v ts '%(%Y-%m-%dT%H:%M:%S)T.000000Z' $((end - (i - 1) * $1))
    one_more=${one//VALUE/$i}
    printf '%s\n' "${one_more/TIME/$ts}"
  done
}

# expiry OPTION…: of a value, as it is described in the end; standard input: readings
expiry() {
  "$OBIS_MQTT" -q --discovery --dry-run --allow-old "$@" |
    grep '^homeassistant/' | tee configs | tail -n 1 | cut -f2 |
    jq '.components["1_0_32_7_0"].expire_after'
}

@test "values expire by what is learned and by the schedule" {
  [ "$(paced 5 12 | expiry)" -eq 60 ]
  [ "$(wc -l <configs)" -eq 2 ]
  [ "$(paced 86400 6 | expiry)" -ge 432000 ]
  [ "$(paced 86400 2 | expiry)" -ge 432000 ] # one gap will do
  [ "$(paced 5 1 | expiry --every 1h)" -ge 18000 ]
  [ "$(paced 5 1 | expiry --min-interval 2h)" -ge 36000 ]
  [ "$(paced 5 1 | expiry --at-minutes 0,10)" -ge 15000 ]
  [ "$(paced 5 1 | expiry --on-change)" -ge 4500 ]
  [ "$(paced 5 1 | expiry --on-change --refresh 6h)" -ge 108000 ]
  [ "$(paced 5 60 | expiry --on-change --refresh 0)" = null ]
  [ "$(paced 5 1 | expiry --interval 10s)" -eq 50 ]
  [ "$(paced 5 60 | expiry --every 1m)" -eq 650 ]
  [ "$(wc -l <configs)" -le 3 ]
}

@test "a meter that died while obis-mqtt was away is offline" {
  start_broker
  plain m1 1 | publish --discovery --interval 1s --spool spool
  [ "$(retained 'meterpipe/m1/availability')" = "meterpipe/m1/availability online" ]
  start_publishing --discovery --interval 1s --offline-after 2 --spool spool
  wait_for eval '[ "$(retained "meterpipe/m1/availability")" = "meterpipe/m1/availability offline" ]'
  end_publishing
}

@test "single runs: entities need not wait for obis-mqtt" {
  start_broker
  plain m1 1 | publish --discovery --no-bridge-availability --client-id c1 -n 1
  config m1 >/dev/null
  not grep -q bridge config
  <config jq -e '.components["1_0_32_7_0"].availability == [{"topic":"meterpipe/m1/availability"}]
    and (.components.diag_errors | has("availability") | not)'
  retained 'homeassistant/#' | sed 's/ /\t/' >kept
  "$check" <kept
  plain m1 1 | "$OBIS_MQTT" --discovery-dump --no-bridge-availability --discovery-style entity >dump
  "$check" <dump
  not grep -q bridge dump
}

@test "meterpipe once, as its timer runs it: values stay available behind it" {
  start_broker
  (umask 077 && "$METERPIPE_BIN/meter-sim" --print-keys >keys)
  "$METERPIPE_BIN/meter-sim" -n 1 -o json >captured
  cat >house.conf <<END
keys = "keys"
broker = "mqtt://$host:$port"
discovery = true
interval = "15m"
END
  PATH=$METERPIPE_BIN:$PATH meterpipe once house.conf -q --set mbus-read.speed=max --set mbus-read.replay=captured \
    --set allow-old=true 2>err
  [[ $(retained 'meterpipe/bridge/#') == meterpipe/bridge/*" offline" ]]
  config 4b464d1020895441 >/dev/null
  not grep -q bridge config
  <config jq -e '.components["1_0_1_8_0"].expire_after == 4500'
}

@test "a replay says that it names the service's bridge topic" {
  start_broker
  plain m1 1 >file
  publish --discovery file
  [ "$(grep -c 'client-id' err)" -eq 1 ]
  for clear in '--client-id c' '--bridge-topic b' --no-bridge-availability; do
    # shellcheck disable=SC2086
    publish --discovery $clear file
    not said 'client-id'
  done
  publish --discovery <<<"$(plain m1 1)"
  plain m1 1 | publish --discovery
  not said 'client-id'
}

@test "--discovery-dump of an old log is silent" {
  plain m1 1 2020-01-01T00:00:00.000000Z | "$OBIS_MQTT" --discovery-dump 2>err >dump
  [ -s dump ]
  [ ! -s err ]
}

@test "no topic that Home Assistant can read: said" {
  for blind in '--preset influx' '--no-values --json-format predecessor'; do
    # shellcheck disable=SC2086
    plain m1 1 | "$OBIS_MQTT" --discovery --dry-run $blind 2>err >out
    [ "$(grep -c 'no values for Home Assistant' err)" -eq 1 ]
  done
  for seeing in --no-values --no-json '--preset predecessor' '--preset json'; do
    # shellcheck disable=SC2086
    plain m1 1 | "$OBIS_MQTT" --discovery --dry-run $seeing 2>err >out
    not said 'no values for Home Assistant'
    grep '^homeassistant' out | cut -f2 | jq -e '.components | length > 8'
  done
}

@test "digits are those of the meter, whatever is made of its numbers" {
  for options in '' '--preset predecessor' '--every 1h --aggregate mean' --no-values; do
    # shellcheck disable=SC2086
    paced 5 9 | "$OBIS_MQTT" -q --discovery --dry-run $options |
      grep '^homeassistant' | tail -n 1 | cut -f2 |
      jq -e '[.components[] | select(.unit_of_measurement == "V")][0].suggested_display_precision == 1'
  done
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
  plain m1 1 | "$OBIS_MQTT" --discovery-dump --discovery-prefix ha/disc/ | grep -q '^ha/disc/device/'
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
  for wrong in '--discovery-dump --discovery-remove' '--purge m --discovery-remove' '--meter x' '--discovery --offline-after 0' \
    '--diagnostics --interval 0' '--discovery --interval x' '--availability-topic a' '--diagnostics-topic a/{obis}' \
    '--discovery --discovery-prefix a/#' '--discovery --birth-topic +' '--discovery-style both' \
    '--discovery-remove --meter x --discovery-style entity' \
    '--discovery --availability-topic meterpipe/{meter}/json' \
    '--discovery --diagnostics-topic meterpipe/{meter}/error' \
    '--discovery --diagnostics-topic meterpipe/{meter}/quarantine' \
    '--diagnostics --diagnostics-topic meterpipe/{meter}/availability' \
    '--interval 5s' '--offline-after 3' '--discovery-prefix x' '--discovery-style entity' \
    '--discovery-migrate' '--entity-ids friendly' '--discovery --entity-ids x' '--birth-topic x'; do
    # shellcheck disable=SC2086
    run "$OBIS_MQTT" $wrong </dev/null
    [ "$status" -eq 64 ] || { echo "$wrong: $status"; return 1; }
    [ "${#lines[@]}" -eq 1 ]
  done
}
