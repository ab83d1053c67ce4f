#!/usr/bin/env bats
# P1 telegrams as meters send them, from the bytes of the line to readings and topics. The cases are
# ../shared/cases/p1, read in place.

bats_require_minimum_version 1.5.0

setup() {
  build=${METERPIPE_BUILD:-$BATS_TEST_DIRNAME/../../build}
  PATH="$build:$PATH"
  cases=${METERPIPE_P1_CASES:-$BATS_TEST_DIRNAME/../../../shared/cases/p1}
  cd "$BATS_TEST_TMPDIR"
}

# records FILE…: what becomes of the telegrams in a file of bytes.
records() { mbus-frame -i bin "$@" | cosem-decode; }

# value CODE: its number or text and its unit, as text, of the telegrams on stdin.
value() { mbus-frame -i bin | cosem-decode -o csv | awk -F, -v code="$1" '$5 == code { print $(NF-2), $(NF-1) }'; }

# case_is NAME: there is such a case, or the test is skipped.
case_is() {
  file=$cases/$1.txt
  [ -e "$file" ] || skip "no $file"
}

# telegram LINES…: a telegram with those lines and no CRC.
telegram() {
  printf '/ABC5\\TEST\r\n\r\n'
  printf '%s\r\n' "$@"
  printf '!\r\n'
}

@test "one in sixteen: a CRC of three digits" {
  case_is unpadded-crc
  [ "$(value 1-0:1.8.0 <"$file")" = "3000.000 kWh" ]
}

@test "no CRC, and a NUL behind the mark or the telegram: one reading and no error" {
  for name in nocrc-nul nocrc-then-noise; do
    case_is "$name"
    [ "$(records "$file" | jq -r .t)" = reading ]
    [ "$(value 1-0:1.8.0 <"$file")" = "1.000 kWh" ]
  done
}

@test "a wrong CRC is one error, with the CRC as it was found, and --no-fcs takes the telegram" {
  case_is bad-crc-long
  run -0 mbus-frame -i bin "$file"
  [ "${#lines[@]}" -eq 1 ]
  [ "$(jq -r '.code, .text' <<<"$output")" = "bad-checksum
P1 telegram at byte 0: its CRC is 0000, the bytes give 8B42 (mbus-frame --no-fcs skips the check)" ]
  [ "$(mbus-frame --no-fcs -i bin "$file" | cosem-decode | jq '.values | length')" -eq 60 ]
  telegram '1-0:1.8.0(1*Wh)' | sed 's/^!/!12XY/' >bad
  [ "$(mbus-frame -i bin bad | jq -r .text)" = \
    "P1 telegram at byte 0: its CRC is 12XY, the bytes give C6F3 (mbus-frame --no-fcs skips the check)" ]
}

@test "a head, then a ciphered APDU without tag and title" {
  meter-sim --meter t210d-luxembourg --print-keys >keys 2>/dev/null
  chmod 600 keys
  title=$(sed -n 's/.*title=\([0-9A-Fa-f]*\).*/\1/p' keys | head -1)
  [ -n "$title" ]
  meter-sim --meter t210d-luxembourg -n 1 -o hex 2>/dev/null >wire
  # DB 08 title goes, 00 stands for the title that is none.
  apdu=$(tr -d ' \n' <wire)
  [[ ${apdu,,} == db08* ]]
  { printf '/EGM5G35\r\n\r\n'; xxd -r -p <<<"00${apdu:20}"; printf '!\r\n'; } >polish
  mbus-frame -i bin polish >apdus
  [ "$(jq -r '.link, .hex[0:2]' apdus)" = $'p1\n00' ]
  sed 's/title=[0-9a-f]* *//' keys >untitled
  chmod 600 untitled
  [ "$(dlms-decrypt -k untitled apdus | jq -r .code)" = no-title ]
  dlms-decrypt -k untitled --system-title "$title" apdus | cosem-decode >reading
  [ "$(jq -r '.auth, .layout' reading)" = $'verified\np1' ]
}
