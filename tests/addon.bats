#!/usr/bin/env bats
# The Home Assistant add-on (addon/): its options as a meterpipe.conf, for ten homes, and that options,
# schema and translations are of one piece. What only a real Supervisor shows is not here.
bats_require_minimum_version 1.5.0

setup() {
  addon=$BATS_TEST_DIRNAME/../addon/meterpipe
  homes=$BATS_TEST_DIRNAME/addon/homes
  cd "$BATS_TEST_TMPDIR" || return 1
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
  done
  while read -r key; do
    grep -qE "\.$key\b" "$addon/settings.jq" "$addon/run"
  done <schema
  # What the ten homes set is in the schema.
  jq -r '.options | keys[]' "$homes"/*.json | sort -u | diff schema -
  [ "$(sed -n 's/^version: "\(.*\)"/\1/p' "$addon/config.yaml")" = \
    "$(sed -n 's/^project(meterpipe VERSION \([0-9.]*\) .*/\1/p' "$BATS_TEST_DIRNAME/../CMakeLists.txt")" ]
}
