#!/usr/bin/env bats
# cosem-decode and meter-doctor on lists that break the book: descriptors alone and flat, registers
# as structures, results that failed, events. Public captures of the kinds are read in place.

bats_require_minimum_version 1.5.0

setup() {
  PATH=${METERPIPE_BUILD:?folder of the built tools}:$PATH
  cases=${METERPIPE_CASES:-$BATS_TEST_DIRNAME/../../../shared/cases}/wire
  cd "$BATS_TEST_TMPDIR" || return 1
}

has() { [[ $1 == *"$2"* ]] || { echo "'$1' has no '$2'"; return 1; }; }
lacks() { [[ $1 != *"$2"* ]] || { echo "'$1' has '$2'"; return 1; }; }
layout_of() { jq -r '.layers[] | select(.layer == "layout") | .state'; }

import='1-0:1.7.0  Active power import  412'

@test "a descriptor's attribute is never the value of its code, and a register is opened" {
  run -0 cosem-decode -o text <<<0f00000001000201020412000309060100010700ff0f02060000019c
  [ "$output" = "$import" ]
  run -0 cosem-decode -o text <<<0f0000000100020812000309060100010700ff0f02060000019c12000309060100020700ff0f020600000007
  [ "$output" = "$import"$'\n1-0:2.7.0  Active power export  7' ]
  run -0 cosem-decode -o text <<<0f0000000100020409060100200700ff0202060000090a02020fff162309060100010700ff0202060000019c02020f00161b
  [ "$output" = $'1-0:32.7.0  Voltage L1  231.4 V\n'"$import W" ]
}

@test "a number that blanks fill up is the meter's without them, and its value as sent" {
  run -0 cosem-decode <<<0f0000000000020209060000600100ff090a20203132333435363738
  [ "$(jq -r '.meter, .values[0].value' <<<"$output")" = $'12345678\n  12345678' ]
}

@test "public captures of descriptors and registers" {
  [ -d "$cases" ] || skip "no $cases"
  for file in y1-one-descriptor y3-attribute-0 y3b-attribute-0-register; do
    run -0 cosem-decode -o text "$cases/$file.hex"
    [[ $output == "$import" || $output == "$import W" ]] || { echo "$file: $output"; return 1; }
    [ "$(meter-doctor --json "$cases/$file.hex" | layout_of)" = ok ] || { echo "$file"; return 1; }
  done
  run -0 cosem-decode -o text "$cases/y1b-eight-flat.hex"
  [ "$output" = "$import"$'\n1-0:2.7.0  Active power export  7' ]
}

@test "energies of lists without units reach Home Assistant's Energy dashboard" {
  captures=$BATS_TEST_DIRNAME/../captures
  for meter in e450-swiss e570-swiss-plain e360-swiss am550-swiss xt211-czech zpa-czech; do
    mbus-frame "$captures/$meter/$meter.hex" | cosem-decode |
      obis-mqtt --discovery --dry-run >dry 2>err || { cat err; return 1; }
    grep -q '"dev_cla":"energy"\|"device_class":"energy"' dry || { echo "$meter"; head -3 dry; return 1; }
  done
}

@test "Kaifa's list with codes, read in place, has its units" {
  [ -d "$cases" ] || skip "no $cases"
  mbus-frame "$cases/x9-kaifa-se-list.hex" | cosem-decode -o text >text
  grep -qx '1-0:31.7.0  Current L1  0.301 A' text
  grep -qx '1-0:32.7.0  Voltage L1  231.9 V' text
  grep -qx '1-0:1.8.0  Active energy import  17291472 Wh' text
}

# aidon DEVIATION [TS]: the apdu record of a list of Aidon's at 2019-06-12 23:00:00
aidon() {
  local ts=${2:+"\"ts\":\"$2\","}
  echo "{\"v\":1,\"t\":\"apdu\",$ts\"hex\":\"0f40000000000102020209060101000281ff0a0b4149444f4e5f5630303031020209060000010000ff090c07e3060c03170000ff${1}00\"}"
}
times() { cosem-decode | jq -r '[.time, .doubt, (.quirks // [] | join(",")), .values[1].value, .values[1].doubt] | map(. // "") | join(" ")'; }

@test "Aidon's deviation: put right where ts shows it, else no zone is claimed" {
  right="2019-06-12T23:00:00+01:00"
  open="2019-06-12T23:00:00"
  [ "$(aidon 003c 2019-06-12T22:00:09Z | times)" = "$right  deviation-sign $right " ]
  [ "$(aidon 0000 2019-06-12T22:00:09Z | times)" = "$right  deviation-zero $right " ]
  [ "$(aidon 0078 2019-06-12T21:00:09Z | times)" = "2019-06-12T23:00:00+02:00 dst deviation-sign 2019-06-12T23:00:00+02:00 dst" ]
  [ "$(aidon 003c | times)" = "$open deviation  $open deviation" ]
  [ "$(aidon 0000 | times)" = "$open deviation  $open deviation" ]
  [ "$(aidon 003c 2026-01-01T00:00:00Z | times)" = "$open deviation  $open deviation" ]
  # As it was sent: where that fits, and of a deviation that can be right.
  [ "$(aidon 003c 2019-06-13T00:00:09Z | times)" = "2019-06-12T23:00:00-01:00   2019-06-12T23:00:00-01:00 " ]
  [ "$(aidon ffc4 | times)" = "$right   $right " ]
  [ "$(aidon 8000 | times)" = "$open   $open " ]
  # Another maker's meter may stand in the Azores.
  [ "$(aidon 003c | sed 's/4149444f4e/4e4149444f/' | times)" = "2019-06-12T23:00:00-01:00   2019-06-12T23:00:00-01:00 " ]
}

@test "the doctor finds nothing wrong with Aidon's clock" {
  for i in 0 1 2 3; do aidon 003c 2019-06-12T22:00:0${i}Z; done >log
  run -0 meter-doctor --json log
  [ "$(jq -r .cause <<<"$output")" != clock-zone ]
  [ "$(jq -r '.layers[] | select(.layer == "clock").state' <<<"$output")" = ok ] ||
    [ "$(jq -r .cause <<<"$output")" = counter-replay ]
}

@test "Aidon's deviation, a public capture read in place" {
  [ -d "$cases" ] || skip "no $cases"
  [ "$(mbus-frame "$cases/x12-aidon-deviation-sign.hex" | cosem-decode | jq -r '.time + " " + .doubt')" = "2019-06-12T23:00:00 deviation" ]
  [ "$(mbus-frame "$cases/x12-aidon-deviation-sign.hex" | jq -c '. + {ts: "2019-06-12T22:00:05Z"}' | cosem-decode | jq -r .time)" = 2019-06-12T23:00:00+01:00 ]
}

@test "a push without STSAP and DTSAP, read in place" {
  [ -d "$cases" ] || skip "no $cases"
  run -0 mbus-frame "$cases/y6-no-tsap.hex"
  has "$output" '"quirks":["no-tsap"],"hex":"db08534147010203040581d6'
}

@test "the doctor calls other data of M-Bus what it is, and an overflow once" {
  # frame CI: C 53, A FF, that CI and ten bytes
  frame() {
    local sum=$(((0x53 + 0xff + 0x$1 + 10) & 0xff))
    printf '680d0d6853ff%s01010101010101010101%02x16\n' "$1" "$sum"
  }
  for pair in 72:rsp-ud 7a:rsp-ud 5b:needs-answer; do
    for i in 1 2 3; do frame "${pair%:*}"; done >frames
    run meter-doctor --json frames
    [ "$(jq -r .cause <<<"$output")" = "${pair#*:}" ] || { echo "$pair: $output"; return 1; }
    lacks "$output" "plain APDUs"
    [ "$(jq -r '.layers[] | select(.layer == "apdu").state' <<<"$output")" = not-reached ]
  done
  meter-sim --meter sagemcom-t210d -n 3 -o json >log
  [ "$(meter-doctor --json log | jq '[.remarks[] | select(.code == "l-overflow")] | length')" = 1 ]
}

@test "of a wrong rate from few bytes the doctor names no parity that they do not tell" {
  for pair in kaifa-salzburg:9600 e450-swiss:4800 kaifa-salzburg:19200; do
    meter-sim --meter "${pair%:*}" --fault "wrong-baud=${pair#*:}" -n 4 -o json >log
    run meter-doctor --json log
    [ "$(jq -r .cause <<<"$output")" = baud ]
    has "$(jq -r .try <<<"$output")" 2400-8E1
  done
}

@test "results that failed are named in their places; an event's value has its code" {
  run -0 cosem-decode <<<c403c102010400060001e240
  has "$output" '"failed":[{"pos":0,"why":"object-undefined"}],"values":[{"pos":1,"value":123456,'
  run -0 cosem-decode -o text <<<c403c103010b00060001e2400103
  [ "$output" = $'[0]  failed: object-unavailable\n[1]  123456\n[2]  failed: read-write-denied' ]
  run -0 cosem-decode <<<c403c10200060001e240001105
  lacks "$output" failed
  run -0 cosem-decode -o text <<<c20000030100010800ff02060001e240
  [ "$output" = "1-0:1.8.0  Active energy import  123456" ]
}

@test "the doctor suspects codes that have structures, and descriptors without a sure value" {
  entry=020412000309060100010700ff0f02120000
  for list in 020209060100010700ff020206000000010600000002 0102$entry$entry; do
    run -0 meter-doctor --json <<<"0f0000000100$list"
    [ "$(layout_of <<<"$output")" = suspicious ]
    [ "$(jq -r .cause <<<"$output")" = unsure-values ]
  done
  # What is no register may have a structure.
  for list in 020412004609060000600a00ff0f02020211011102; do
    run -0 meter-doctor --json <<<"0f0000000100$list"
    [ "$(layout_of <<<"$output")" = ok ]
  done
}

@test "values without a code have a place of their own at every depth" {
  run -0 cosem-decode -o text <<<0f00000001000202110502021200070202020312000109060000616200ff0f020600000009
  [ "$(cut -d' ' -f1 <<<"$output" | tr '\n' ' ')" = '[0] [1.1] [1.2.1] [1.2.2] ' ]
  [ ! -d "$cases" ] || [ "$(mbus-frame "$cases/x2-pos-dup.hex" | cosem-decode -o text)" = "$output" ]
}

@test "the body of a push without its head: a whole line or record, marked; not behind frames with a check" {
  body=02031200e4060000153809083132333435363738
  text=$'[0]  228\n[1]  5432\n[2]  12345678'
  spaced=$(sed 's/../& /g' <<<$body)
  for way in "mbus-frame | dlms-decrypt | cosem-decode" "dlms-decrypt | cosem-decode" cosem-decode \
    "mbus-frame -o hex | cosem-decode"; do
    for line in $body "$spaced" "{\"v\":1,\"t\":\"bytes\",\"why\":\"gap\",\"hex\":\"$body\"}"; do
      [[ $line != {* || $way == mbus-frame* ]] || continue
      bash -c "$way" <<<"$line" >out
      jq -se 'length == 1 and .[0].t == "reading" and .[0].quirks == ["no-head"]' out >/dev/null ||
        { echo "$way: $line: $(cat out)"; return 1; }
      [ "$(bash -c "$way -o text" <<<"$line")" = "$text" ]
    done
  done
  [ "$(cosem-decode -o annotated <<<$body | grep -c 'structure of 3')" -eq 1 ]
  # a list of a known shape has its profile all the same
  apdu=$(jq -r 'select(.t == "apdu").hex' "$BATS_TEST_DIRNAME/../captures/e450-swiss/apdu" | head -n 1)
  head=$((12 + 2 * 16#${apdu:10:2}))
  [ "$(cosem-decode <<<"${apdu:head}" | jq -c '[.profile, .values]')" = \
    "$(cosem-decode <<<"$apdu" | jq -c '[.profile, .values]')" ]
  [ "$(cosem-decode <<<"${apdu:head}" | jq .profile)" != null ]
  # cut, or with a byte more, it is none
  for wrong in ${body%??} ${body}00 0201${body} 0100; do
    [ "$(mbus-frame <<<$wrong | jq -r .t)" = error ] || { echo "$wrong"; return 1; }
  done
  # what is left of a frame is none
  frame=$(meter-sim --meter kaifa-salzburg -n 1 | grep -v '^#' | tr -d '\n')
  [ "$(printf '%s\n%s\n' "$frame" $body | mbus-frame | jq -r .t | tr '\n' ' ')" = 'apdu error ' ]
  # the doctor does not send anyone to the plug
  meter-doctor <<<$body >verdict || true
  ! grep -qi 'plug\|cable' verdict
  grep -q '^framing *ok' verdict
  [ ! -d "$cases" ] || [ "$(mbus-frame "$cases/x8-body-only.hex" | cosem-decode -o text)" = "$text" ]
}
