#!/usr/bin/env bats
# The Home Assistant add-on (addon/): its options as a meterpipe.conf, for ten homes, and that options,
# schema and translations are of one piece. What only a real Supervisor shows is not here.
bats_require_minimum_version 1.5.0

setup() {
  addon=$BATS_TEST_DIRNAME/../addon/meterpipe
  homes=$BATS_TEST_DIRNAME/addon/homes
  cd "$BATS_TEST_TMPDIR" || return 1
}

# The schema, a line "KEY TYPE" for each option; of lists the type of what is in them.
types_of() {
  awk '/^[a-z]/ { inside = /^schema:/ }
    inside && /^  [a-z]/ { key = substr($1, 1, length($1) - 1); if (NF > 1) print key, substr($0, length($1) + 4) }
    inside && /^    - / { print key, substr($0, 7) }' "$1"
}

# unfit OPTIONS: those of a JSON object that a Supervisor refuses, a line each: null counts as one that is
# missing, also where it may be left out.
unfit() {
  types_of "$addon/config.yaml" | jq -Rn '[inputs | capture("^(?<key>[a-z_]*) (?<value>.*)$")] | from_entries' |
    jq -r --argjson options "$1" '
      def fits($kind): . as $value | ($kind | rtrimstr("?")) as $bare |
        if $value == null then false
        elif $value | type == "array" then all($value[]; fits($kind))
        elif $bare == "bool" then type == "boolean"
        elif $bare == "str" or $bare == "password" then type == "string"
        elif $bare == "device(subsystem=tty)" then type == "string" and startswith("/dev/")
        elif $bare | startswith("match(") then type == "string" and test($bare[6:-1])
        elif $bare | startswith("list(") then $bare[5:-1] | split("|") | index([$value]) != null
        else error("what is \($kind)?") end;
      . as $types | ($options | to_entries[] | select(.key as $key | .value | fits($types[$key] // "none") | not) | .key),
        ($types | to_entries[] | select(.value | endswith("?") | not) | .key | select(in($options) | not))'
}

keys_of() { sed -n "/^$2:/,/^[a-z]/s/^  \([a-z_]*\):.*/\1/p" "$1" | sort; }

@test "the options of ten homes give the configurations that are expected, and meterpipe takes them" {
  local count=0 home
  for home in "$homes"/*.json; do
    jq -r --argjson mqtt "$(jq -c .mqtt "$home")" -f "$addon/settings.jq" <(jq .options "$home") >got.conf
    diff "${home%.json}.conf" got.conf
    ! grep -qE '00112233|secret|quoted' got.conf
    # The files that it names, so that only what stands in it can be wrong; no port is there.
    sed "s|/data/|$PWD/|; s|^port = \"/dev/.*|port = \"/dev/null\"|" got.conf >"house.conf"
    (umask 077 && echo '* 00112233445566778899aabbccddeeff' >meter.keys && echo secret >broker.password)
    run "$METERPIPE_BUILD/meterpipe" check house.conf --set timeout=1s
    [[ $output != *"house.conf:"* ]] || { echo "$home: $output"; return 1; }
    count=$((count + 1))
  done
  [ "$count" -eq 10 ]
}

@test "each option of the schema is translated into both languages, and is read" {
  keys_of "$addon/config.yaml" schema >schema
  [ "$(wc -l <schema)" -ge 15 ]
  for language in en de; do
    keys_of "$addon/translations/$language.yaml" configuration | diff schema -
    for part in name description; do
      [ "$(grep -c "^    $part: ..*" "$addon/translations/$language.yaml")" -eq "$(wc -l <schema)" ]
    done
  done
  while read -r key; do
    grep -qE "\.$key\b" "$addon/settings.jq" "$addon/run"
  done <schema
  # What the ten homes set is in the schema.
  jq -r '.options | keys[]' "$homes"/*.json | sort -u | diff schema -
  [ "$(sed -n 's/^version: "\(.*\)"/\1/p' "$addon/config.yaml")" = \
    "$(sed -n 's/^project(meterpipe VERSION \([0-9.]*\) .*/\1/p' "$BATS_TEST_DIRNAME/../CMakeLists.txt")" ]
}

@test "a Supervisor takes the defaults and the options of the ten homes, and refuses what is malformed" {
  local defaults home
  [ "$(types_of "$addon/config.yaml" | wc -l)" -eq "$(keys_of "$addon/config.yaml" schema | wc -l)" ]
  defaults=$(sed -n '/^options:/,/^[a-z]*:$/s/^  \([a-z_]*\): \(.*\)/\1 \2/p' "$addon/config.yaml" |
    jq -Rn '[inputs | capture("^(?<key>[a-z_]*) (?<value>.*)$") | .value as $value | .value = (try ($value | fromjson) catch $value)] | from_entries')
  [ "$(jq length <<<"$defaults")" -ge 4 ]
  run -0 unfit "$defaults"
  [ -z "$output" ]
  for home in "$homes"/*.json; do
    # What is not set has its default.
    run -0 unfit "$(jq -c --argjson defaults "$defaults" '$defaults + .options' "$home")"
    [ -z "$output" ] || { echo "$home: $output"; return 1; }
  done
  run -0 unfit '{"port": null, "network_port": "192.0.2.7:3001", "line": "2400", "min_interval": "soon", "language": "fr",
    "broker": "192.0.2.1", "discovery": "yes", "more": [1], "operator": ""}'
  [ "$(sort <<<"$output" | paste -sd' ')" = "broker discovery language line min_interval more network_port port" ]
  run -0 unfit '{}'
  [ "$(sort <<<"$output" | paste -sd' ')" = "discovery language" ]
}
