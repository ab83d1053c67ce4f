#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# meter-share end to end: forms in and out, keys, what is refused; captures of real meters.

setup() {
  build=${METERPIPE_BUILD:-$BATS_TEST_DIRNAME/../../build}
  PATH=$build:$PATH
  umask 077
  work=$(mktemp -d)
  cd "$work"
}
teardown() { rm -rf "$work"; }

capture() { meter-sim --meter "$1" -n 2 "${@:2}" >old && meter-sim --meter "$1" --print-keys >keys; }
new_keys() { sed -n 's/^# key: //p' "$1" >"$1.keys"; }
# Numbers with their codes, times, trust: what must not change. Numbers that are a name are left out.
values() {
  mbus-frame "${@:3}" "$1" | dlms-decrypt -q -k "$2" | cosem-decode | sed 's/"name":"[^"]*",//g' |
    grep -Eo '"(obis":"[^"]*|pos":[0-9]*)"?,"value":-?[0-9][^,]*|"time":"[^"]*"|"auth":"[^"]*"' |
    grep -Ev ':(96\.1|0\.0)\.[0-9]*",|:42\.0\.0"'
}
# absent FILE HEX…: none of them, in either case, over line ends
absent() {
  local secrets
  printf -v secrets '%s\n' "${@:2}"
  if tr -d '\n ' <"$1" | grep -oi "${secrets%?}"; then
    echo "$1 holds it"
    return 1
  fi
}

@test "the same values come out of what is shared, with the keys in it" {
  capture kaifa-salzburg
  run -0 --separate-stderr meter-share old -k keys
  [[ $stderr == *"2 messages in, 2 re-ciphered, 0 plain, 0 bytes"* ]]
  printf '%s\n' "$output" >new
  new_keys new
  [ -s new.keys ]
  [ "$(values old keys)" = "$(values new new.keys)" ]
  absent new "$(sed 's/title=\([0-9a-f]*\).*/\1/' keys)"
  absent new "$(sed 's/.*ek=\([0-9a-f]*\).*/\1/' keys)"
  [ "$(wc -c <old)" -eq "$(grep -v '^#' new | wc -c)" ]
  # Without the new keys nobody reads it; with the old ones neither.
  mbus-frame new | dlms-decrypt -k keys | grep -q '"code":"no-key"'
}

@test "random each time, the same for the same seed" {
  capture kaifa-salzburg
  meter-share -q old -k keys >a
  meter-share -q old -k keys >b
  run -1 cmp -s a b
  meter-share -q old -k keys --seed 5 >a
  meter-share -q - -k keys --seed 5 <old >b
  cmp a b
}

@test "every form goes in and comes out" {
  capture e450-steiermark -o bin
  meter-share -q old -i bin -k keys --new-keys bin.keys >bin
  [ "$(wc -c <old)" -eq "$(wc -c <bin)" ]
  [ "$(stat -c %a bin.keys)" = 600 ]
  [ "$(values bin bin.keys -i bin)" = "$(values old keys -i bin)" ]
  xxd old >dump
  meter-share -q dump -k keys >hex
  new_keys hex
  [ "$(values hex hex.keys)" = "$(values old keys -i bin)" ]
  capture e450-steiermark -o json
  meter-share -q old -k keys >json
  new_keys json
  [ "$(values json json.keys)" = "$(values old keys)" ]
  [ "$(grep -o '"ts":"[^"]*"' json)" = "$(grep -o '"ts":"[^"]*"' old)" ]
  for form in hex json; do
    meter-share -q old -k keys -o "$form" >out
    new_keys out
    [ "$(values out out.keys)" = "$(values old keys)" ]
  done
  mbus-frame old >apdus
  meter-share -q apdus -k keys >out
  new_keys out
  [ "$(values out out.keys)" = "$(values old keys)" ]
  run -1 grep -q '"src":"old"' out
  # What has been deciphered already has its names in the clear.
  dlms-decrypt -k keys apdus >plain
  meter-share -q plain >out
  absent out "$(sed 's/title=\([0-9a-f]*\).*/\1/' keys)"
  [ "$(cosem-decode out | grep -c '"t":"reading"')" -eq 2 ]
}

@test "a telegram's checksum is right again" {
  capture dsmr-p1
  meter-share -q old >new
  mbus-frame new | grep -c '"link":"p1"' | grep -qx 2
  [ "$(mbus-frame new | grep -c '"t":"error"')" -eq 0 ]
  absent new "$(printf '231299004' | xxd -p -c 256)"
  absent new "$(printf '4539393030303033303939303031323239' | xxd -p -c 256)"
}

@test "nothing is written that could not be read" {
  capture kaifa-salzburg
  run -65 --separate-stderr meter-share old
  [ -z "$output" ]
  [[ $stderr == *"2 messages left out: no-key"* ]]
  echo 4b464d1020900001 >noise
  run -65 --separate-stderr meter-share noise -k keys
  [ -z "$output" ]
  run -66 meter-share nowhere
  run -64 meter-share old -k keys -o bin
  run -64 meter-share old --meter kaifa-vkw
  run -64 meter-share old -n 3
  run -64 meter-share old old -k keys
  run -64 meter-sim --anonymise old
  run -64 meter-share - -k -
  # No key file is written over, and none is made where nothing comes out.
  cp keys before
  run -74 meter-share old -k keys --new-keys keys
  cmp keys before
  run -65 meter-share noise -k keys --new-keys none
  [ ! -e none ]
  # No room for the keys: nothing is shared either.
  run -74 bash -c 'ulimit -f 0; meter-share -q old -k keys --new-keys full'
  [[ $output == "meter-share: error: full: File too large"* ]]
  run -65 meter-share - -k keys < <(head -c 68000000 /dev/zero)
  [ "$output" = "meter-share: error: -: more than 64 MiB: share a part of it (head -c, split -l)" ]
}

@test "records that are no bytes, and lines that are none, are left out and counted" {
  capture kaifa-salzburg
  mbus-frame -q old >apdus
  {
    cat apdus
    echo '{"v":1,"t":"reading","src":"a","values":[]}'
    echo '{"v":1,"t":"bytes","src":"a","hex":"0x"}'
  } >in
  run -0 --separate-stderr meter-share in -k keys
  [[ $stderr == *"1 record left out: neither bytes nor apdu"* ]]
  [[ $stderr == *"1 line left out: cannot be read"* ]]
  [[ $stderr == *"2 messages in, 2 re-ciphered"* ]]
}

@test "a meter with a short id keeps its values" {
  # 0-1:96.1.0 of the bytes 00000161, which are those of 353 W, too
  push=0f00000001000202020209060001600100ff090400000161020309060100010700ff060000016102020f00161b
  for seed in 1 8 9; do
    run -0 --separate-stderr meter-share - --seed "$seed" <<<"$push"
    [[ $stderr == *"1 message in, 0 re-ciphered, 1 plain, 0 bytes"* ]]
    [[ $output != *ff090400000161* ]]
    cosem-decode -o text <<<"$output" | grep -q '353 W$'
  done
}

@test "why nothing could be read is said, and how much was left out" {
  capture am550-wien
  size=$(($(tr -d '\n' <old | wc -c) / 2))
  sed 's/\(.*\)\(....\)7e/\1ffff7e/' old >bad
  run -65 --separate-stderr meter-share bad -k keys
  [ -z "$output" ]
  [[ $stderr == *"2 faults on the line: bad-fcs"* ]]
  [[ $stderr == *"$size bytes that belong to no readable message left out"* ]]
  [[ $stderr == *"no message in it could be read (2 bad-fcs)"* ]]
  run -65 --separate-stderr meter-share -q old
  [[ $stderr == *"no message in it could be read (2 no-key (title "* ]]
}

@test "SML files are refused by their name" {
  meter-sim --meter sml-ebz -n 2 >old
  run -65 --separate-stderr meter-share old
  [ -z "$output" ]
  [[ $stderr == *"old: SML files, of which none can be shared yet"* ]]
}

@test "captures of real meters" {
  captures=${METERPIPE_CAPTURES:-$BATS_TEST_DIRNAME/../../../shared/captures}
  [ -d "$captures" ] || skip "no captures"
  shared=0
  # FILE|KEY|SECOND KEY|TITLE, as their heads have them
  awk 'function said() { if (file) print file "|" key "|" second "|" title; key = second = title = "" }
    FNR == 1 { said(); file = FILENAME }
    sub(/^# key: /, "") { key = $0; gsub(/ /, "", key) }
    sub(/^# authentication-key: /, "") { second = $0; gsub(/ /, "", second) }
    sub(/^# system-title: /, "") { title = $0 }
    END { said() }' "$captures"/*.hex >heads
  while IFS='|' read -r file key second title; do
    printf '%s\n' "${key:+* $key $second}" >keys
    rm -f old
    cp "$file" old
    if meter-share -q old -k keys >new 2>err; then
      new_keys new
      [ "$(values old keys)" = "$(values new new.keys)" ] || { echo "$file"; false; }
      # shellcheck disable=SC2086
      [ -z "$key$second$title" ] || absent new $key $second $title || { echo "$file"; false; }
      shared=$((shared + 1))
    else
      [ ! -s new ]
      # Only where nothing can be read.
      if mbus-frame old | dlms-decrypt -q -k keys | cosem-decode | grep -q '"t":"reading"'; then
        echo "$file"
        cat err
        false
      fi
    fi
  done <heads
  echo "# $shared captures shared" >&3
  [ "$shared" -gt 0 ]
}
