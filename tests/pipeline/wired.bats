#!/usr/bin/env bats
# Meters that do not speak DLMS, from bytes to readings: wired M-Bus, plain and ciphered, SML files and
# answers of mode C.

# The published test vector of Netz Oberoesterreich (Siemens TD-351x).
AMIS=685f5f6853f05b000000002d4c010e0d0050053fd0feb726760cc7aaf0b52b41f0c541bd6306dcd8b91b3da2311ef13d2514d0960082161efec4b6cb1e0b3328be6177dca594c1280024a835f1d655ba7182b256e94bd33ac0a6b08da46781eb4e91e01216
AMIS_KEY=00112233445566778899AABBCCDDEEFF

bats_require_minimum_version 1.5.0

setup() {
  build=${METERPIPE_BUILD:-$BATS_TEST_DIRNAME/../../build}
  PATH="$build:$PATH"
  cd "$BATS_TEST_TMPDIR"
}

# long_frame HEX: C, A, CI and data as a frame.
long_frame() {
  local sum=0 i
  for ((i = 0; i < ${#1}; i += 2)); do sum=$((sum + 0x${1:i:2})); done
  printf '68%02x%02x68%s%02x16\n' $((${#1} / 2)) $((${#1} / 2)) "$1" $((sum % 256))
}

HEAD=785634122d2c1b04
# volume, flow temperature, a clock, a value that there is none of, the maker's
RECORDS=0c1367452301025a8003046d0b0bcd13029315000002ff68070f0fabcd

@test "an answer becomes a reading, in all forms of output" {
  long_frame "080572${HEAD}05040000$RECORDS" >wire
  mbus-frame -q wire | dlms-decrypt -q | cosem-decode -q >reading
  [ "$(jq -r '[.id, .meter, .time, .auth, .layout] | @tsv' reading)" = \
    "kam-12345678-27-heat:5	12345678	2014-03-13T11:11:00	plain	mbus" ]
  [ "$(jq -c .mbus reading)" = '{"id":"12345678","manufacturer":"KAM","version":27,"medium":"heat","access":5,"status":["power-low"],"telegrams":1,"manufacturer_data":"abcd"}' ]
  [ "$(jq -c '.values[0]' reading)" = '{"key":"0c13","obis":"6-0:2.0.0","name":"Volume","quantity":"volume","value":1234.567,"unit":"m3","raw":"67452301","type":"A"}' ]
  [ "$(jq -c '.values[3] | [.key, .value, .why]' reading)" = '["029315",null,"no-data"]' ]
  [ "$(jq -c '.values[4] | [.key, .quantity, .qualifiers]' reading)" = '["02ff68","manufacturer-specific",["vife:68"]]' ]
  mbus-frame -q wire | cosem-decode -q -o text >text
  grep -qx '6-0:2.0.0  Volume  1234.567 m3' text
  grep -qx '\[029315\]  Volume, no-data  none: no-data' text
  mbus-frame -q wire | cosem-decode -q --lang de -o text >text
  grep -qx '6-0:2.0.0  Volumen  1234.567 m3' text
  grep -qx '6-0:10.0.0  Vorlauftemperatur  89.6 °C' text
  mbus-frame -q wire | cosem-decode -q -o csv | grep -q '^,2014-03-13T11:11:00,wire,12345678,6-0:2.0.0,Volume,1234.567,m3,plain$'
  [ "$(mbus-frame -q wire | cosem-decode -q --only 6-0:10.0.0 | jq -c '[.values[].value]')" = '[89.6]' ]
  [ "$(mbus-frame -q wire | cosem-decode -q --keep apdu | jq -r '.frames[0]')" = "$(cat wire)" ]
}

@test "a ciphered answer is read with the rights of a filter" {
  (umask 077 && echo "* $AMIS_KEY" >keys)
  echo $AMIS | mbus-frame | dlms-decrypt -k keys 2>err | cosem-decode -o text >text
  grep -qx '1-0:1.8.0  Active energy import  684544 Wh' text
  [ "$(grep -c 'system call' err)" -eq 0 ]
}

@test "what a maker means by its records is a profile, and another one goes before it" {
  long_frame 0805723e020005434c12021300000002fdc9ff01ed0002acff01160302ff680000 | mbus-frame -q >mbus
  cosem-decode -q mbus >reading
  [ "$(jq -c '[.mbus.manufacturer, .values[0].obis, .values[1].name]' reading)" = '["SBC","1-0:32.7.0","Power L1"]' ]
  printf 'profile mine\nmbus SBC 18\nrecord 02fdc9ff01 1-0:32.7.0\nrecord 02ff68 - unsigned "Own"\n' >mine
  cosem-decode -q --profile mine mbus >reading
  [ "$(jq -c '[.values[0].obis, .values[0].value, .values[1].name]' reading)" = '["1-0:32.7.0",237,"Power, manufacturer:01"]' ]
  [ "$(jq -c '.values[2] | [.obis, .name]' reading)" = '[null,"Own"]' ]
  for wrong in 'record 02ff68 -' 'mbus pzc' 'mbus SBC' 'mbus SBC x' 'mbus SBC 1\nrecord 02 -' 'mbus SBC 1\nrecord 02ff68 1.8' \
    'mbus SBC 1\nrecord 02ff68 - signed' 'mbus SBC 1\nrecord 02ff68 -\nelements 3' 'mbus SBC\nrecord 02ff68 -\nrecord 02FF68 -'; do
    printf "profile mine\n$wrong\n" >mine
    run -78 cosem-decode --profile mine mbus
    [[ $output == *mine* ]] || { echo "$wrong"; return 1; }
  done
}

@test "two telegrams are one reading; one that never ends is given at the end" {
  long_frame "080572${HEAD}050000000c136745230142131f" >bad # a record is cut
  long_frame "080572${HEAD}050000000c13674523011f" >wire
  long_frame "087572${HEAD}060000000c1399000000" >>wire
  mbus-frame -q wire | cosem-decode -q >reading
  [ "$(jq -c '[.mbus.telegrams, .mbus.unfinished, [.values[].key]]' reading)" = '[2,null,["0c13","0c13-2"]]' ]
  head -1 wire | mbus-frame -q | cosem-decode -q >reading
  [ "$(jq -c '[.mbus.telegrams, .mbus.unfinished]' reading)" = '[1,true]' ]
  mbus-frame -q bad | cosem-decode -q >error
  [ "$(jq -r '[.t, .code, .text] | @tsv' error)" = \
    "error	bad-mbus	data record is cut at byte 28: 2 bytes needed, 1 left" ]
}

@test "an answer that is an error or an alarm says so" {
  { long_frame 08017002; long_frame 08017104; long_frame 280170; long_frame 080171; } |
    mbus-frame -q | cosem-decode -q >errors
  [ "$(jq -r '[.code, .text] | @tsv' errors)" = \
    "meter-error	the meter answers with an error: 02, buffer too long
meter-alarm	the meter answers with an alarm: 04
meter-error	the meter answers with an error: without a code
meter-alarm	the meter answers with an alarm: without a code" ]
  # Link control is nothing to hand on.
  long_frame 5301bb | mbus-frame -q >none
  [ ! -s none ]
}

@test "an answer that nobody ciphered is refused where all must be proved" {
  long_frame 08017002 | mbus-frame -q >plain
  [ "$(dlms-decrypt -q --auth require plain | jq -r .code)" = not-authenticated ]
  dlms-decrypt -q plain | diff plain -
}

@test "an answer without its bytes, and views that have no form for one, leave it as it is" {
  echo '{"v":1,"t":"mbus","src":"a","seq":1}' >bare
  for tool in dlms-decrypt cosem-decode; do $tool -q bare | diff bare -; done
  long_frame 08017104 | mbus-frame -q >alarm
  cosem-decode -q --suggest-profile alarm | diff /dev/null -
}

@test "AMIS: the operator's test vector, by its only key and by no other" {
  mbus-frame -q <<<"$AMIS" >mbus
  (umask 077 && echo "$AMIS_KEY" >keys)
  dlms-decrypt -q -k keys mbus >opened
  [ "$(jq -c '.security | [.service, .title, .auth]' opened)" = '["oms-mode-5","2d4c00000000010e","none"]' ]
  cosem-decode -q opened >reading
  [ "$(jq -c '[.time, .auth, [.values[] | [.obis, .value]]]' reading)" = \
    '["2014-07-01T08:12:31","none",[["0-0:1.0.0","2014-07-01T08:12:31"],["1-0:1.8.0",684544],["1-0:2.8.0",129412],["1-0:3.8.1",357918],["1-0:4.8.1",81446],["1-0:1.7.0",0],["1-0:2.7.0",117],["1-0:3.7.0",0],["1-0:4.7.0",0],["1-0:1.128.0",20]]]' ]
  (umask 077 && echo "title=2d4c00000000010e ek=${AMIS_KEY/0011/0012}" >wrong)
  [ "$(dlms-decrypt -q -k wrong mbus | jq -r .code)" = wrong-key ]
  [ "$(dlms-decrypt -q mbus | jq -r .code)" = no-key ]
  [ "$(dlms-decrypt -q -k keys --auth require mbus | jq -r .code)" = not-authenticated ]
  [ "$(cosem-decode -q mbus | jq -r .code)" = no-key ]
  # What says of itself that it was deciphered is not believed where there is a key.
  [ "$(dlms-decrypt -q -k keys opened | jq -r .code)" = not-authenticated ]
  dlms-decrypt -q -k keys --trust-records opened | diff opened -
}

# The file of an EMH eHZ361L5R, as it came.
SML=1B1B1B1B01010101760598E0CE95620062007263010176010108486167084219AD08313030313138350101635B2000760598E0CE9662006200726307017701083130303131383501017577078181C78203FF010101010648414745520177070100000000FF0101010108313030313138350177070100020801FF628201621E52FF690000000041C4988F01770700006001FFFF010101010B303030303131363931370177070100010701FF628201621B52FC55FCA4988401010163FEDB00760598E0CE9762006200726302017101631B000000001B1B1B1B1A02DB3A

@test "an SML file is found in noise and read; a wrong CRC gives an error" {
  mbus-frame -q <<<"00112233${SML}ff$SML" >apdus
  [ "$(jq -r 'select(.t == "apdu") | .link' apdus)" = "sml
sml" ]
  jq -c 'select(.t == "apdu")' apdus | dlms-decrypt -q | cosem-decode -q -n 1 >reading
  [ "$(jq -c '[.meter, .layout, .values[2]]' reading)" = '["1001185","sml",{"obis":"1-0:2.8.1","name":"Active energy export tariff 1","value":110340315.1,"unit":"Wh","raw":1103403151,"scaler":-1,"type":"long64-unsigned","status":130}]' ]
  [ "$(jq -c '.values[4] | [.obis, .value, .unit]' reading)" = '["1-0:1.7.1",-5632.1916,"W"]' ]
  [ "$(mbus-frame -q <<<"${SML/4842/4843}" | jq -r .t)" = apdu ]
  run mbus-frame -q <<<"${SML/41C4988F/41C4988E}"
  [ "$(jq -r .code <<<"$output")" = bad-checksum ]
  # Byte by byte it is no trouble, and its bytes are there to be read again.
  mbus-frame -q <<<"$SML" | cosem-decode -q -o annotated --strict >shown
  grep -q '^# layout sml, meter 1001185$' shown
  [ "$(cosem-decode -q -o hex shown | tail -n 1)" = "${SML,,}" ]
  # Plans of lines that are like the last one are not made of such a file.
  for i in $(seq 40); do echo "$SML"; done | mbus-frame -q | cosem-decode -q | jq -c .values | sort -u | wc -l | grep -qx 1
}

# Files of our own: lists of two meters; an attention response; nothing between opening and end.
SML_TWO=1B1B1B1B010101017602016200620072630101760101023101010163508C00760202620062007263070177010B0A01454D48000000000101017277070100010800FF0101621E520065000013880177070100020800FF0101621E5200650000003C010101638D8A00760203620062007263070177010B0A01454D48000000000201017177070100010800FF0101621E52006500001B5801010163568900760204620062007263020171016333950000001B1B1B1B1A026197
SML_ATTENTION=1B1B1B1B0101010176020562006200726301017601010231010101636CCC00760206620062007263FF01740B0A01454D480000000001078181C7C7FE0201016307CD007602076200620072630201710163806B001B1B1B1B1A002EEC
SML_EMPTY=1B1B1B1B010101017602086200620072630101760101023101010163271C0076020962006200726302017101635D22001B1B1B1B1A00AE96

@test "an SML file with lists of two meters gives a reading of each, one without a list an error" {
  mbus-frame -q <<<"$SML_TWO" | cosem-decode -q >readings
  [ "$(jq -c '[.meter, [.values[] | [.obis, .value]]]' readings)" = \
    '["1EMH0000000001",[["1-0:1.8.0",5000],["1-0:2.8.0",60]]]
["1EMH0000000002",[["1-0:1.8.0",7000]]]' ]
  [ "$(jq -r .id readings | sed -n 2p)" = "$(jq -r .id readings | head -n 1)-2" ]
  [ "$(mbus-frame -q <<<"$SML_TWO" | cosem-decode -q --only 1.8.0 | jq '.values | length' | tr '\n' ' ')" = "1 1 " ]
  mbus-frame -q <<<"$SML_TWO" | cosem-decode -q -o csv | tail -n +2 | wc -l | grep -qx 3
  for file in "$SML_ATTENTION" "$SML_EMPTY"; do
    mbus-frame -q <<<"$file" >file.apdu
    run -65 --separate-stderr cosem-decode -q file.apdu
    echo "$output" >>errors
  done
  [ "$(jq -r '.code + ": " + .text' errors)" = \
    "no-values: SML file without a list of values: it holds an attention response 8181c7c7fe02
no-values: SML file without a list of values: it holds no more than its opening and its end" ]
}

@test "an answer of mode C is read; a wrong BCC gives an error" {
  printf '/LGZ4ZMF100AC.M26\r\n\x02F.F(00)\r\nC.1.0(12345678)\r\n1.8.0(000191.34*kWh)\r\n!\r\n\x03' >answer
  bcc=0
  for byte in $(tail -c +21 answer | od -An -v -tu1); do bcc=$((bcc ^ byte)); done
  cp answer wrong
  printf "\\x$(printf %02x $bcc)" >>answer
  printf "\\x$(printf %02x $((bcc ^ 1)))" >>wrong
  mbus-frame -q -i bin answer | dlms-decrypt -q | cosem-decode -q >reading
  [ "$(jq -c '[.meter, .layout, .values[2].value]' reading)" = '["12345678","p1",191.34]' ]
  [ "$(mbus-frame -q -i bin wrong | jq -r .code)" = bad-checksum ]
  cosem-decode -q -i bin answer | jq -e '.values | length == 3'
}

@test "an answer of mode C with the mark behind its last value, and what who reads says, are read" {
  printf '\x021.8.0(000191.34*kWh)\r\n0.2.2(G11)!\r\n\x03' >body
  bcc=0
  for byte in $(tail -c +2 body | od -An -v -tu1); do bcc=$((bcc ^ byte)); done
  printf "\\x$(printf %02x $bcc)" >>body
  { printf '/ABC5TEST\r\n\x06050\r\n' && cat body; } >answer
  { cat answer && printf '/?!\r\n' && cat answer; } >both
  run -0 --separate-stderr mbus-frame -i bin both
  echo "$output" >apdus
  [ "$(jq -r .t apdus | tr '\n' ' ')" = "apdu apdu " ]
  [ "$(cosem-decode -q apdus | jq -c '[.t, [.values[].value]]' | uniq -c | awk '{ print $1, $2 }')" = '2 ["reading",[191.34,"G11"]]' ]
}
