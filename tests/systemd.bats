#!/usr/bin/env bats
# The units of scripts/systemd and the scripts themselves, as their own checkers see them.

bats_require_minimum_version 1.5.0

setup() {
  scripts=$BATS_TEST_DIRNAME/../scripts
  cd "$BATS_TEST_TMPDIR" || return 1
}

# verify FILE…: what systemd-analyze says of the units, in any of the ways in which it says it. The
# exit status is no help: it is 0 for a key that systemd does not know.
verify() { SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no "$@" 2>&1; }

need_systemd() {
  command -v systemd-analyze >/dev/null || skip "systemd-analyze is not installed"
}

@test "systemd-analyze has nothing to say about the units" {
  need_systemd
  cp "$scripts"/systemd/* .
  # A template is checked by an instance of it.
  local units=()
  for file in *@.*; do
    cp "$file" "${file/@/@house}"
    units+=("./${file/@/@house}")
  done
  [ "${#units[@]}" -ge 3 ]
  run -0 verify "${units[@]}"
  echo "$output"
  [ -z "$output" ]
}

@test "and this check would see a key that systemd does not know" {
  need_systemd
  sed 's/^DynamicUser=/DynamicUsr=/' "$scripts/systemd/meterpipe@.service" >"meterpipe@house.service"
  run verify ./meterpipe@house.service
  [[ $output == *"Unknown key"*DynamicUsr* ]]
}

@test "the pipes in the units are the five tools in their order, and bash reads them" {
  tools="mbus-read mbus-frame dlms-decrypt cosem-decode obis-mqtt"
  for file in "$scripts"/systemd/*.service; do
    sed -n "s/^ExecStart=.* -c '\(.*\)'$/\1/p" "$file" >pipe
    [ -s pipe ]
    bash -n pipe
    [ "$(tr '|' '\n' <pipe | awk '{ print $1 }' | paste -sd' ')" = "$tools" ]
    # Each option is one that its tool knows.
    if [ -n "${METERPIPE_BUILD:-}" ]; then
      tr '|' '\n' <pipe | while read -r tool rest; do
        "$METERPIPE_BUILD/$tool" --help >help
        for option in $(grep -oE -- '--[a-z][a-z-]*' <<<"$rest"); do
          grep -qE -- "(^|[ ,])$option([ ,]|\$)" help || { echo "$tool knows no $option"; exit 1; }
        done
      done
    fi
  done
}

@test "keys and passwords are in no unit and in no command line" {
  for file in "$scripts"/systemd/*; do
    run -1 grep -nEi '[0-9a-f]{32}|--password[ =]|--key[ =][0-9a-f]' "$file"
  done
}

@test "shellcheck has nothing to say about the scripts" {
  command -v shellcheck >/dev/null || skip "shellcheck is not installed"
  local files=()
  for file in "$scripts"/*; do
    [ -f "$file" ] && head -n 1 "$file" | grep -qE '^#!.*(bash|sh)$' && files+=("$file")
  done
  [ "${#files[@]}" -ge 4 ]
  run shellcheck --severity=warning "${files[@]}"
  echo "$output"
  [ "$status" -eq 0 ]
}
