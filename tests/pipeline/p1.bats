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
  run -0 mbus-frame -i bin <"$file"
  [ "${#lines[@]}" -eq 1 ]
  [ "$(jq -r '.code, .text' <<<"$output")" = "bad-checksum
P1 telegram at byte 0: its CRC is 0000, the bytes give 8B42 (mbus-frame --no-fcs skips the check)" ]
  [ "$(mbus-frame --no-fcs -i bin "$file" | cosem-decode | jq '.values | length')" -eq 60 ]
  telegram '1-0:1.8.0(1*Wh)' | sed 's/^!/!12XY/' >bad
  [ "$(mbus-frame -i bin <bad | jq -r .text)" = \
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

@test "units in any case, with blanks, without a star: as we write them, raw as sent" {
  case_is unit-kvarh-case
  [ "$(value 1-0:3.8.0 <"$file")" = "1.000 kvarh" ]
  [ "$(value 1-0:3.7.0 <"$file")" = "0.314 kvar" ]
  [ "$(value 1-0:14.7.0 <"$file")" = "49.99 Hz" ]
  [ "$(value 1-0:1.8.1 <"$file")" = "1.000 kWh" ]
  [ "$(records "$file" | jq -r '.values[1].raw')" = "000001.000*kVArh" ]
  for name in unit-blank unit-no-star; do
    case_is "$name"
    [ "$(value 1-0:1.8.0 <"$file")" = "1.000 kWh" ]
  done
  telegram $'0-1:24.2.1(260102010000W)(00123.456*m\xb3)' >latin1
  [ "$(value 0-1:24.2.1 <latin1)" = "123.456 m3" ]
  [ "$(records latin1 | jq -r '.values[0].raw')" = "00123.456*m³" ]
  case_is no-unit-power
  [ "$(records "$file" | jq -c '.values[1] | [.value, .unit]')" = '[0.007,null]' ]
}

@test "each kind of line gives its value and no error" {
  case_is peak-value-first
  [ "$(records "$file" | jq -c '.values[1] | [.value, .unit, .at]')" = '[8.796,"kW","2026-01-02T01:00:00"]' ]
  case_is obis-255-dotted
  [ "$(value 1-0:21.7.0 <"$file")" = "1.111 kW" ]
  case_is text-over-lines
  [ "$(records "$file" | jq -c '.values[1] | [.value, .text]')" = '["303132333435","012345"]' ]
  case_is message-ff
  [ "$(records "$file" | jq -c '.values[1] | [.obis, .value, .hex]')" = '["0-0:96.13.0",null,"ffffffffffffffff"]' ]
  case_is gas-dsmr3
  [ "$(value 0-1:24.3.0 <"$file")" = "13376.292 m3" ]
  for file in "$cases"/*.txt; do
    [[ $file == */bad-crc-long.txt ]] && continue
    [ "$(records "$file" | jq -r .t)" = reading ]
  done
}

@test "peaks of months and power failures are lists of time and value" {
  telegram '0-0:98.1.0(2)(1-0:1.6.0)(1-0:1.6.0)(230201000000W)(230117224500W)(04.329*kW)(230801000000S)(230717224500S)(05.5*kW)' \
    '1-0:99.97.0(2)(0-0:96.7.19)(101208152415W)(0000000240*s)(101208151004W)(00000000301*s)' \
    '1-0:99.97.0(3)(0-0:96.7.19)(000101000001W)(2147483647*s)' >lists
  records lists >reading
  [ "$(jq -c '.values[0].value[1]' reading)" = \
    '{"obis":"1-0:1.6.0","value":5.5,"unit":"kW","at":"2023-07-17T22:45:00","at_raw":"230717224500S","status":["dst"],"stored":"2023-08-01T00:00:00"}' ]
  [ "$(jq -c '.values[1].value | map([.at, .value, .unit])' reading)" = \
    '[["2010-12-08T15:24:15",240,"s"],["2010-12-08T15:10:04",301,"s"]]' ]
  [ "$(jq -c '.values | map(.doubt)' reading)" = '[null,null,"count"]' ]
  [ "$(value 1-0:99.97.0 <lists | head -1)" = "2010-12-08T15:24:15 240 s; 2010-12-08T15:10:04 301 s " ]
  run -0 bash -c "mbus-frame -i bin lists | cosem-decode -o annotated --strict"
}

@test "a bad line is quoted" {
  telegram '1-0:1.8.0(00?123*kWh)' '1-0:2.8.0(1*kWh)' >bad
  [ "$(records bad | jq -r 'select(.t == "error") | .text')" = \
    "line 3 of the telegram is no OBIS(value) line: 1-0:1.8.0(00?123*kWh)" ]
  # Lines one behind the other are one error, which says how many they are.
  telegram '1-0:32.7.0(*V)' '1-0:52.7.0(x*V)' '1-0:72.7.0(y*V)' '1-0:2.8.0(1*kWh)' >bad
  [ "$(records bad | jq -r 'select(.t == "error") | .text')" = \
    "line 3 of the telegram is no OBIS(value) line: 1-0:32.7.0(*V) (and 2 behind it)" ]
}

@test "the meter: zeros are no number, 0.0.0 is one where there is nothing better" {
  case_is warmtelink-meter-0
  [ "$(records "$file" | jq -c .meter)" = null ]
  case_is id-0-0-0
  [ "$(records "$file" | jq -r .meter)" = 123412341234 ]
}

@test "IEC 62056-21 mode D: eBZ DD3, and codes with letters" {
  for file in "$cases"/../../wired/d0-EBZ_DD3.bin "$cases"/../../wired/d0-short_codes.bin; do
    [ -e "$file" ] || skip "no $file"
  done
  dd3=$cases/../../wired/d0-EBZ_DD3.bin
  [ "$(records "$dd3" | jq -r '.meter, .ident')" = $'1EBZ0100507409\nEBZ5DD3BZ06ETA_107' ]
  [ "$(value 1-0:1.8.0 <"$dd3")" = "125.25688570 kWh" ]
  [ "$(value 1-0:16.7.0 <"$dd3")" = "259.20 W" ]
  short=$cases/../../wired/d0-short_codes.bin
  [ "$(value 97.97.0 <"$short")" = "00 " ]
  [ "$(value 1.8.0 <"$short")" = "191.34 kWh" ]
  [ "$(value 32.7.0 <"$short")" = "231 V" ]
  [ "$(records "$short" | jq -r 'select(.t == "reading") | .meter')" = 123456 ]
  [ "$(records "$short" | jq -r 'select(.t == "reading") | .values[] | select(.obis == "1.6.1") | .at')" = \
    2021-11-05T17:45:00 ]
}

# described: the components that Home Assistant is told of, one a line, for the telegrams in a file.
described() { records "$1" | obis-mqtt --discovery-dump "${@:2}" 2>/dev/null | cut -f2 | jq -c '.components[]'; }

@test "Home Assistant: gas of DSMR 2 and 3 and of Belgium as gas, each energy for its dashboard" {
  for name in gas-dsmr3 gas-be; do
    case_is "$name"
    described "$file" >all
    [ "$(jq -c 'select(.device_class == "gas") | [.unit_of_measurement, .state_class]' all)" = '["m³","total_increasing"]' ]
  done
  telegram '0-0:96.1.1(4B384547)' '1-0:1.8.0(1*KWH)' '1-0:1.8.1(1*Kwh)' '1-0:2.8.0(1*kWh )' '1-0:2.8.1(1wh)' '1-0:2.8.2(1*MWH)' \
    '0-2:24.1.0(004)' '0-2:24.2.1(220107195809W)(0.477*gj)' '0-3:24.1.0(007)' $'0-3:24.2.1(220107195809W)(1.5*M\xb3)' >energies
  described energies >all
  [ "$(jq -r 'select(.device_class == "energy" and .state_class == "total_increasing") | .unit_of_measurement' all | xargs)" = \
    "kWh kWh kWh Wh MWh GJ" ]
  [ "$(jq -c 'select(.device_class == "water") | .unit_of_measurement' all)" = '"m³"' ]
}

@test "Home Assistant: the threshold of a fuse is no current" {
  case_is fuse-threshold
  described "$file" >all
  [ "$(jq -c 'select(.unit_of_measurement == "A") | [.name, .device_class, .state_class, .entity_category]' all)" = \
    '["Fuse threshold L1",null,null,"diagnostic"]' ]
}

@test "Home Assistant: the clock is a timestamp, of the record, too" {
  telegram '0-0:1.0.0(261025023000W)' '0-0:96.1.1(4B384547)' >clock
  described clock >all
  local="(strptime(value[:12], '%y%m%d%H%M%S').replace(fold=1 if value[12:] == 'W' else 0) | as_local)"
  [ "$(jq -r 'select(.name == "Clock") | .device_class, .value_template' all)" = "timestamp
{{ $local + timedelta(hours=1) if value[12:] == 'W' and $local.dst() else $local }}" ]
  described clock --no-values >all
  [ "$(jq -r 'select(.name == "Clock") | .device_class' all)" = timestamp ]
  [[ $(jq -r 'select(.name == "Clock") | .value_template' all) == *"| first | default('') %}{{ (strptime(clock[:12]"* ]]
  [[ $(jq -r 'select(.name == "Device ID 2") | .value_template' all) == *"map(attribute='text')"* ]]
  # With a zone that the payload tells, the payload does it.
  described clock --time-format iso >all
  [ "$(jq -c 'select(.name == "Clock") | [.device_class, .value_template]' all)" = '["timestamp",null]' ]
}

@test "the hour that comes twice, and a clock that stays at winter time: S and W tell the time" {
  for clock in 231029023000S 231029023000W 240701120000S 240701120000W; do
    telegram '0-0:96.1.1(4B384547)' "0-0:1.0.0($clock)" '1-0:1.8.0(1*kWh)' >>clocks
  done
  records clocks >in
  TZ=Europe/Stockholm obis-mqtt --dry-run --no-json --time-format epoch in 2>/dev/null |
    grep 1.0.0 | cut -f2 >times
  TZ=Europe/Stockholm obis-mqtt --dry-run --preset influx --no-check in 2>/dev/null |
    sed 's/.* //; s/000000000$//' >stamps
  [ "$(xargs <times)" = "1698539400 1698543000 1719828000 1719831600" ]
  diff times stamps
}

@test "identifiers are published as text, with the hex beside" {
  telegram '0-0:96.1.1(4B384547)' '0-1:96.1.0(4730303339)' '0-0:96.13.0(4869)' '1-3:0.2.8(50)' >ids
  records ids | obis-mqtt --dry-run 2>/dev/null | grep -v /json >plain
  [ "$(cut -f2 plain | xargs)" = "K8EG G0039 Hi 50" ]
  records ids | obis-mqtt --dry-run --value-format json 2>/dev/null | grep "^meterpipe/K8EG/0-1:96.1.0" | cut -f2 >json
  [ "$(jq -c '[.value, .hex]' json)" = '["G0039","4730303339"]' ]
}

@test "names by the device on the channel, in both languages" {
  telegram '0-0:96.1.1(4B384547)' '0-1:24.1.0(003)' '0-1:24.2.1(220107195809W)(1*m3)' '0-1:24.4.0(1)' \
    '0-2:24.1.0(007)' '0-2:24.2.1(220107195809W)(1*m3)' '0-3:24.2.1(220107195809W)(1*m3)' '1-0:51.4.0(63*A)' >names
  [ "$(records names | jq -r '.values[] | .name')" = "Device ID 2
M-Bus device type, channel 1
Gas meter reading, channel 1
Gas valve state, channel 1
M-Bus device type, channel 2
Water meter reading, channel 2
M-Bus value 1, channel 3
Fuse threshold L2" ]
  records names | obis-mqtt --dry-run --topic '{meter}/{name}' --language de 2>/dev/null | cut -f1 >topics
  for name in "Gaszählerstand, Kanal 1" "Wasserzählerstand, Kanal 2" "M-Bus-Wert 1, Kanal 3" "Sicherungsschwelle L2"; do
    grep -qF "$name" topics
  done
}

@test "a number without a unit gets one from a profile that is named, and from nothing else" {
  case_is no-unit-power
  printf 'profile my-p1\n4.7.0 3 var\n1.8.0 3 Wh\n' >my.profile
  mbus-frame -i bin "$file" >apdu
  cosem-decode --profile my.profile apdu >reading
  [ "$(jq -c '.profile, (.values[1] | [.value, .unit, .raw, .scaler])' reading)" = '"my-p1"
[7,"var","00.007",3]' ]
  telegram '1-0:4.7.0(00.007*kvar)' '1-0:1.8.0(000001.234)' '1-0:2.8.0(5)' >some
  mbus-frame -i bin some | cosem-decode --profile my.profile -o csv | cut -d, -f5,7,8 >csv
  [ "$(tail -n +2 csv | xargs)" = "1-0:4.7.0,0.007,kvar 1-0:1.8.0,1234,Wh 1-0:2.8.0,5," ]
  mbus-frame -i bin some | cosem-decode | grep -q '"value":1.234,"raw"'
}
