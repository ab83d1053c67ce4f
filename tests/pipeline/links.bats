#!/usr/bin/env bats
# mbus-frame on links other than M-Bus: records, options, logs of several links.

APDU=0f00000001000202110512abcd
HDLC=7ea01acf0223137c98e6e7000f00000001000202110512abcd3a067e
BAD_FCS=7ea01acf0223137c98e6e7000f00000001000202110512abcd3b067e
SEGMENT_1=7ea813cf022303c1f8e6e7000f0000000100fade7e
SEGMENT_2=7ea011cf02231390df0202110512abcdca397e
BLOCK_1=7ea01acf0223137c98e6e700e04000010000060f000000010049e17e
BLOCK_2=7ea018cf022313f48ee0c000020000070202110512abcd55d57e
WRAPPER=000100140002000d0f00000001000202110512abcd
P1=2f4d545035544553540d0a0d0a312d303a312e382e30283030303030312e3233342a6b5768290d0a21353444310d0a
MBUS=6812126853ff1001670f00000001000202110512abcd7e16
HEAT=68121268080572785634122d2c1b04050000000c7856ea16

setup() {
  build=${METERPIPE_BUILD:-$BATS_TEST_DIRNAME/../../build}
  PATH="$build:$PATH"
  cd "$BATS_TEST_TMPDIR"
}

# frame OPTIONS… HEX…: mbus-frame on lines of hex; its records, one a line, in $output.
frame() {
  local options=()
  while [[ ${1-} == -* ]]; do options+=("$1"); shift; done
  printf '%s\n' "$@" >log
  run mbus-frame "${options[@]}" log
  [ "$status" -eq 0 ]
}

@test "each link gives its APDU, and says its name" {
  local link
  for link in "mbus $MBUS" "hdlc $HDLC" "wrapper $WRAPPER" "llc e6e700$APDU" "none $APDU"; do
    frame "${link#* }"
    [ "$(jq -r '[.t, .link, .hex] | @tsv' <<<"$output")" = "apdu	${link%% *}	$APDU" ]
  done
  frame "$P1"
  [ "$(jq -r '[.t, .link, .hex] | @tsv' <<<"$output")" = "apdu	p1	$P1" ]
}

@test "segments and blocks become one APDU" {
  frame "$SEGMENT_1" "$SEGMENT_2"
  [ "$(jq -r '[.link, .frames, .hex] | @tsv' <<<"$output")" = "hdlc	2	$APDU" ]
  frame "$BLOCK_1" "$BLOCK_2"
  [ "$(jq -r '[.link, .frames, .hex] | @tsv' <<<"$output")" = "hdlc	2	$APDU" ]
  frame "$BLOCK_1" "$BLOCK_1" "$BLOCK_2"
  [ "$(jq -c .quirks <<<"$output")" = '["repeated-block"]' ]
  frame "$BLOCK_2"
  [ "$(jq -r .code <<<"$output")" = block-lost ]
  frame "$SEGMENT_2"
  [ "$(jq -r .code <<<"$output")" = segment-lost ]
}

@test "a log of many links and a heat meter, as lines and in one piece" {
  local all="$MBUS $HEAT $HDLC $WRAPPER $P1 $APDU $SEGMENT_1 $SEGMENT_2 $MBUS"
  local want=$'mbus\nmbus\nhdlc\nwrapper\np1\nnone\nhdlc\nmbus'
  frame $all
  [ "$(jq -r '.link // .t' <<<"$output")" = "$want" ]
  [ "$(jq -r 'select(.t == "apdu") | .seq' <<<"$output" | tr '\n' ' ')" = "1 2 3 4 5 6 7 " ]
  frame "${all// /}"
  [ "$(jq -r '.link // .t' <<<"$output")" = "$want" ]
  xxd -r -p <<<"${all// /}" >bin
  run mbus-frame -i bin bin
  [ "$(jq -r '.link // .t' <<<"$output")" = "$want" ]
  for hex in $all; do echo '{"v":1,"t":"bytes","src":"a","why":"frame","hex":"'"$hex"'"}'; done >records
  run mbus-frame -q records
  [ "$(jq -r '.link // .t' <<<"$output")" = "$want" ]
}

@test "--frames: the fields of each link" {
  frame --frames "$SEGMENT_1" "$WRAPPER" "$P1"
  [ "$(jq -c 'select(.t == "frame") | del(.v, .t, .src, .hex)' <<<"$output")" = \
    '{"link":"hdlc","l":19,"destination":"cf","source":"0223","control":"03","segmented":true}
{"link":"wrapper","l":13,"destination":"0002","source":"0014"}
{"link":"p1"}' ]
}

@test "--no-fcs takes a frame with a wrong FCS; without it the error names the option" {
  frame "$BAD_FCS" "$HDLC"
  [ "$(jq -r '.code // .t' <<<"$output")" = $'bad-fcs\napdu' ]
  [[ $output == *--no-fcs* ]]
  frame --no-fcs "$BAD_FCS" "$HDLC"
  [ "$(jq -r '.code // .t' <<<"$output")" = $'apdu\napdu' ]
}

@test "--link: the one that is asked for, and nothing else" {
  local row
  for row in "mbus $MBUS" "hdlc $HDLC" "wrapper $WRAPPER" "p1 $P1" "llc e6e700$APDU" "none $APDU"; do
    frame --link=${row%% *} "${row#* }"
    [ "$(jq -r .link <<<"$output")" = "${row%% *}" ]
  done
  frame --link=hdlc "$MBUS" "$HDLC" "$P1"
  [ "$(jq -r '.link // .code' <<<"$output")" = $'noise\nhdlc\nnoise' ]
  run mbus-frame --link x25
  [ "$status" -eq 64 ]
}

@test "mbus-read ends a record with each frame, whatever its link" {
  xxd -r -p <<<"$HDLC$SEGMENT_1$SEGMENT_2$MBUS$P1" | mbus-read -p - >out
  [ "$(jq -r '[.why, .hex] | @tsv' out)" = "frame	$HDLC
frame	$SEGMENT_1
frame	$SEGMENT_2
frame	$MBUS
frame	$P1" ]
  xxd -r -p <<<"$APDU" | mbus-read --link none -p - >out
  [ "$(jq -r .why out)" = frame ]
  xxd -r -p <<<"$BAD_FCS" | mbus-read -p - >out
  [ "$(jq -r .why out)" = eof ]
  xxd -r -p <<<"$BAD_FCS" | mbus-read --no-fcs -p - >out
  [ "$(jq -r .why out)" = frame ]
}
