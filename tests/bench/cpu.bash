# shellcheck shell=bash
# shellcheck disable=SC2154 # what scripts/bench and common.bash set
# CPU of a message: the three filters as a pipe, against as many bytes through four cat. The two take
# turns, and a figure is the median of five runs. The mix is all simulated meters as sources of one
# stream; of a thousand messages, one has a wrong checksum and one is ciphered with another key.
rounds=5

measure_cpu() {
  local house stem
  for house in Salzburg EVN; do
    stem=$1/$house
    wire "$house" "$messages" >"$stem"
    must_be "readings of $house" "$messages" "$(filters "$stem" "$work/keys" | readings /dev/stdin)"
    in_turn "$stem" "$work/keys" json text csv
    figures "$house" "$stem"
    for view in text csv; do
      row "$house three filters, -o $view, to four cats" "$(ratio "$stem" "$view")" times 3 2.5
    done
    rm "$stem"
  done

  stem=$1/mix
  mix "$stem" "$messages"
  filters "$stem" "$stem.keys" >"$stem.out"
  local broken=$((messages / 1000))
  counted readings '^{"v":1,"t":"reading"' $((messages - 2 * broken))
  counted 'wrong checksums' '"code":"bad-(checksum|fcs)"' $broken
  # With another key the bytes of one in some thousand begin like an APDU: then it is the tag that says so.
  counted 'wrong keys' '"code":"(wrong-key|tag-failed)"' $broken
  rm "$stem.out"
  in_turn "$stem" "$stem.keys" json
  figures mix "$stem"
}

filters() { # WIRE KEYS
  { "$tools/mbus-frame" -q | "$tools/dlms-decrypt" -q -k "$2" | "$tools/cosem-decode" -q; } <"$1" || [ $? -eq 65 ]
}

# counted WHAT PATTERN WANTED: in the output of the mix
counted() {
  local got
  got=$(grep -cE "$2" "$stem.out" || true)
  must_be "mix, $1" "$3" "$got"
  row "mix $1" "$got" messages "$3" '' more
}

# in_turn STEM KEYS VIEW…: costs to STEM.cats and STEM.VIEW
in_turn() {
  for ((i = 0; i < rounds; i++)); do
    cost "$1.cats" cat '|' cat '|' cat '|' cat <"$1" >/dev/null
    for view in "${@:3}"; do
      cost "$1.$view" "$tools/mbus-frame" -q '|' "$tools/dlms-decrypt" -q -k "$2" '|' \
        "$tools/cosem-decode" -q -o "$view" <"$1" >/dev/null
    done
  done
}

each() { calculate "$(median "$1" "$2") / $messages" 3; } # COSTS COLUMN: µs of a message
ratio() { calculate "$(median "$1.$2" 2) / $(median "$1.cats" 2)"; }

figures() { # HOUSE STEM
  row "$1 mbus-frame" "$(each "$2.json" 3)" us
  row "$1 dlms-decrypt" "$(each "$2.json" 5)" us
  row "$1 cosem-decode" "$(each "$2.json" 7)" us
  [ ! -e "$2.text" ] || row "$1 cosem-decode -o text" "$(each "$2.text" 7)" us
  [ ! -e "$2.csv" ] || row "$1 cosem-decode -o csv" "$(each "$2.csv" 7)" us
  row "$1 three filters" "$(each "$2.json" 2)" us
  row "$1 four cats" "$(each "$2.cats" 2)" us
  row "$1 three filters to four cats" "$(ratio "$2" json)" times 3 2.5
  row "$1 messages per second" "$(calculate "$messages * 1e6 / $(median "$2.json" 1)" 0)" 1/s 500000 '' more
}

# mix FILE COUNT: records as mbus-read writes them, each meter a source of its own, in the order of their
# times; to FILE, and the keys to FILE.keys
mix() {
  local meters i broken=$(($2 / 1000)) healthy
  mapfile -t meters < <("$tools/meter-sim" --list-meters | cut -d' ' -f1)
  : >"$1.keys"
  chmod 600 "$1.keys"
  healthy=$(($2 - 2 * broken))
  for i in "${!meters[@]}"; do
    "$tools/meter-sim" --meter "${meters[i]}" --print-keys >>"$1.keys"
    play "${meters[i]}" "$(share $healthy ${#meters[@]} "$i")" 2026-03-02T06:00:00Z 5
  done >"$1.records"
  # Between two messages of the same meter; of those whose message is one frame: then it is one error.
  local checksum=(elster-vkw am550-wien e450-burgenland kaifa-norway kamstrup-denmark dsmr-p1)
  local key=(kaifa-salzburg kaifa-evn am550-kaernten t210d-steiermark gas-push)
  local each=$((healthy / ${#meters[@]})) few=$((broken / 5 + 1))
  local apart=$((each / few)) # periods between two broken ones
  local pause=$((5 * apart))
  for i in "${!checksum[@]}"; do
    play "${checksum[i]}" "$(share $broken 6 "$i")" 2026-03-02T06:00:03Z $pause --fault checksum
  done >>"$1.records"
  for i in "${!key[@]}"; do
    play "${key[i]}" "$(share $broken 5 "$i")" 2026-03-02T06:00:03Z $pause --fault wrong-key
  done >>"$1.records"
  LC_ALL=C sort -s -t '"' -k 10,10 "$1.records" >"$1"
  rm "$1.records"
}

play() { [ "$2" -eq 0 ] || "$tools/meter-sim" --meter "$1" -n "$2" --start "$3" --period "$4s" "${@:5}" -o json; }
share() { echo $(($1 / $2 + ($3 < $1 % $2))); } # ALL PARTS PART
