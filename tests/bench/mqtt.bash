# shellcheck shell=bash
# shellcheck disable=SC2154 # what scripts/bench and common.bash set
# CPU of a reading in obis-mqtt, and how many come through: without a broker, and with a mosquitto of our
# own against `mosquitto_pub -l`, which sends the same payloads to one topic. The two take turns,
# medians of five. Each reading is 16 messages, retained.
# mosquitto_pub ends when the identifier of its last message is acknowledged, and there are 65,535 of
# them: of more messages it would lose some.
rounds=5 most_readings=4000

measure_mqtt() {
  local count=$((messages < most_readings ? messages : most_readings)) payloads seed start files=()
  count=$((count / 100 * 100)) # as many of each of a hundred meters
  local here=$1 has_broker=yes
  # Not of long ago: what is old is not retained.
  start=$(date -u -d "@$(($(date +%s) - 5 * count))" +%FT%TZ)
  wire Salzburg $count --start "$start" >"$here/one.wire"
  for seed in {1..100}; do
    wire Salzburg $((count / 100)) --start "$start" --seed "$seed" >"$here/seed.$seed"
    files+=("$here/seed.$seed")
  done
  paste -d '\n' "${files[@]}" >"$here/hundred.wire"
  rm "${files[@]}"
  if ! command -v mosquitto_pub >/dev/null || ! start_broker; then
    skip 'mqtt against a broker (no mosquitto, no mosquitto_pub)'
    has_broker=no
  fi

  for meters in one hundred; do
    stages "$here/$meters"
    [ $meters = one ] || as_hundred "$here/$meters.readings"
    must_be "readings of $meters" $count "$(readings "$here/$meters.readings")"
    "$tools/obis-mqtt" -q --dry-run <"$here/$meters.readings" | cut -f2- >"$here/payloads"
    payloads=$(lines "$here/payloads")
    must_be "messages of $meters" $((16 * count)) "$payloads"
    local what="$meters meter" qos
    [ $meters = one ] || what="$meters meters"
    for ((i = 0; i < rounds; i++)); do
      cost "$here/dry" "$tools/obis-mqtt" -q --dry-run <"$here/$meters.readings" >/dev/null
    done
    row "dry run, $what" "$(of_reading "$here/dry" 2)" us
    for qos in 0 1; do
      [ $has_broker = yes ] || continue
      live "$here" $meters $qos
    done
    rm "$here/dry"
  done
}

# Another seed is another house with the same meter: each gets a number and a title of its own.
as_hundred() { # READINGS
  awk '{ n = sprintf("%02d", (NR - 1) % 100)
         gsub(/1KFM0209000001/, "1KFM02090000" n); sub(/4b464d1020895441/, "4b464d10208954" n); print }' "$1" >"$1.own"
  mv "$1.own" "$1"
  must_be 'meters' 100 "$(grep -o '"meter":"[^"]*"' "$1" | sort -u | wc -l)"
}

of_reading() { calculate "$(median "$1" "$2") / $count" 1; } # COSTS COLUMN

live() { # FOLDER METERS QOS
  local ours=$1/ours.$2.$3 theirs=$1/theirs.$2.$3 name="QoS $3, $what" limits=() before
  before=$(received)
  for ((i = 0; i < rounds; i++)); do
    cost "$ours" "$tools/obis-mqtt" -q --broker "mqtt://127.0.0.1:$port" --client-id "bench" --qos "$3" \
      --stats --stats-topic off <"$1/$2.readings" 2>"$1/stats"
    must_be "messages delivered with QoS $3" "$payloads" "$(jq .delivered "$1/stats")"
    cost "$theirs" mosquitto_pub -h 127.0.0.1 -p "$port" -q "$3" -r -t meterpipe/1KFM0209000001/1-0:1.8.0 -l \
      <"$1/payloads"
  done
  all_received $((before + 2 * rounds * payloads))
  row "$name" "$(of_reading "$ours" 2)" us
  row "$name, mosquitto_pub" "$(of_reading "$theirs" 2)" us
  [ "$3" -eq 0 ] || limits=(1.3)
  row "$name to mosquitto_pub" "$(calculate "$(median "$ours" 2) / $(median "$theirs" 2)")" times "${limits[@]}"
  row "$name, readings per second" "$(calculate "$count * 1e6 / $(median "$ours" 1)" 0)" 1/s
  [ "$3" -eq 0 ] || limits=(1 '' more)
  row "$name, speed to mosquitto_pub" "$(calculate "$(median "$theirs" 1) / $(median "$ours" 1)")" times "${limits[@]}"
}

# What the broker says that it has received, with the few packets that are no messages; once a second.
received() {
  mosquitto_sub -h 127.0.0.1 -p "$port" -t "\$SYS/broker/messages/received" -C 1 -W 10
}
all_received() { # COUNT
  local got=0
  for _ in {1..20}; do
    got=$(received)
    [ "$got" -lt "$1" ] || return 0
    sleep 0.5
  done
  say "the broker has received $got messages, not $1"
  exit 1
}
