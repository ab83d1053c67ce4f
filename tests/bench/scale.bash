# shellcheck shell=bash
# shellcheck disable=SC2154 # what scripts/bench and common.bash set
# What grows: meters in one stream, keys in a file, bytes in a message, messages in a run. CPU of a
# message, or of a kilobyte, at each size; where it is to stay the same, it is compared with the size
# before. Medians of three.
tries=3

measure_scale() {
  meters_in_a_stream "$1"
  keys_in_a_file "$1"
  long_messages "$1"
  year_of_messages "$1"
}

# us_of OUT INPUT PROGRAM…: CPU of a run, in µs, the median; peak memory is in OUT too
us_of() {
  for ((try = 0; try < tries; try++)); do
    cost "$1" "${@:3}" <"$2" >/dev/null
  done
  median "$1" 3
}

meters_in_a_stream() {
  local count stem program each many=60000
  local -A input=([mbus-frame]=wire [dlms-decrypt]=apdu [cosem-decode]=plain [obis-mqtt]=readings) before
  for count in 1 100 1000 10000; do
    stem=$1/$count
    (umask 077 && "$tools/meter-sim" --number "0-$((count - 1))" --print-keys >"$stem.keys")
    "$tools/meter-sim" --number "0-$((count - 1))" -n $many -o json >"$stem.wire"
    stages "$stem" "$stem.keys"
    must_be "readings of $count meters" $many "$(lines "$stem.readings")"
    for program in mbus-frame dlms-decrypt cosem-decode obis-mqtt; do
      local options=()
      [ $program != dlms-decrypt ] || options=(-k "$stem.keys")
      [ $program != obis-mqtt ] || options=(--dry-run)
      each=$(calculate "$(us_of "$stem.$program" "$stem.${input[$program]}" "$tools/$program" -q "${options[@]}") / $many" 2)
      row "$count meters, $program" "$each" us
      if [ "$count" -gt 1000 ]; then
        row "$count meters, $program, to 1000" "$(calculate "$each / ${before[$program]}")" times 3 1.5
        row "$count meters, $program, memory" "$(calculate "$(median "$stem.$program" 4) / 1024" 1)" MiB
      fi
      before[$program]=$each
    done
    rm "$stem".*
  done
}

keys_in_a_file() {
  local count empty us each before='' many=300000
  : >"$1/nothing"
  for count in 1000 100000; do
    (
      umask 077
      awk -v n="$count" 'BEGIN { srand(1); for (i = 1; i < n; i++)
        printf "%08x%08x %08x%08x%08x%08x\n", i, rand() * 2 ^ 31, rand() * 2 ^ 31, rand() * 2 ^ 31, rand() * 2 ^ 31, i }'
      "$tools/meter-sim" --print-keys
    ) >"$1/keys.$count"
    chmod 600 "$1/keys.$count"
    "$tools/meter-sim" -n $many | "$tools/mbus-frame" -q >"$1/own"
    empty=$(us_of "$1/empty.$count" "$1/nothing" "$tools/dlms-decrypt" -q -k "$1/keys.$count")
    us=$(us_of "$1/full.$count" "$1/own" "$tools/dlms-decrypt" -q -k "$1/keys.$count")
    each=$(calculate "($us - $empty) / $many" 3)
    row "$count keys, a message" "$each" us
    row "$count keys, read at the start" "$(calculate "$empty / 1000" 1)" ms
    [ -z "$before" ] || row "$count keys, a message, to 1000" "$(calculate "$each / $before")" times 1.5 1.2
    before=$each
  done
}

# A data-notification of an array of registers with codes, so many bytes; bare, in hex.
long_message() { # ITEMS
  awk -v n="$1" 'BEGIN { printf "0f00000001000182%04x", n
    for (i = 0; i < n; i++) printf "02020906%02x%02x%02x%02x%02xff06%08x", 1, i % 4, int(i / 250) % 250, i % 250, i % 64, i * 7
    print "" }'
}

long_messages() {
  local items messages bytes program each before=''
  for items in 400 4000; do
    messages=$((400000 / items))
    long_message "$items" >"$1/one"
    for ((i = 0; i < messages; i++)); do cat "$1/one"; done >"$1/long.$items"
    bytes=$(($(wc -c <"$1/long.$items") / 2))
    for ((try = 0; try < tries; try++)); do
      cost "$1/cost.$items" "$tools/mbus-frame" -q '|' "$tools/dlms-decrypt" -q '|' "$tools/cosem-decode" -q \
        <"$1/long.$items" >"$1/out"
    done
    must_be "readings of $items values" "$messages" "$(readings "$1/out")"
    each=$(calculate "$(median "$1/cost.$items" 2) * 1000 / $bytes" 2)
    row "messages of $((bytes / messages)) bytes, three filters, 1000 bytes" "$each" us
    [ -z "$before" ] || row "messages of $((bytes / messages)) bytes to $((bytes / messages / 10))" "$(calculate "$each / $before")" times 1.5 1.1
    before=$each
  done
}

# A year of a message in 5 seconds: the memory at its end is that of its first day.
year_of_messages() {
  local days each
  for days in 1 365; do
    "$tools/meter-sim" -k "$work/keys" -n $((17280 * days)) --start 2026-01-01T00:00:00Z |
      cost "$1/year" "$tools/mbus-frame" -q '|' "$tools/dlms-decrypt" -q -k "$work/keys" '|' "$tools/cosem-decode" -q '|' \
        tail -n 1 >"$1/last"
    must_be "the number of the last reading" $((17280 * days)) "$(jq .seq "$1/last")"
    for each in 'mbus-frame 4' 'dlms-decrypt 6' 'cosem-decode 8'; do
      row "$days days, ${each% *}" "$(calculate "$(tail -n 1 "$1/year" | cut -d' ' -f"${each#* }") / 1024" 1)" MiB 8 5
    done
  done
}
