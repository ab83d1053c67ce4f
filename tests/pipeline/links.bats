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

bats_require_minimum_version 1.5.0

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
  run mbus-frame -q "${options[@]}" - <log
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
  local all="$APDU $MBUS $HEAT $HDLC $WRAPPER $P1 $SEGMENT_1 $SEGMENT_2 $MBUS"
  local want=$'none\nmbus\nmbus\nhdlc\nwrapper\np1\nhdlc\nmbus'
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

@test "--no-fcs holds for HDLC inside M-Bus, too" {
  local inner=$BAD_FCS head sum=0 i
  head=53ff100167$inner
  for ((i = 0; i < ${#head}; i += 2)); do sum=$((sum + 16#${head:i:2})); done
  printf -v frame '68%02x%02x68%s%02x16' $((${#head} / 2)) $((${#head} / 2)) "$head" $((sum & 255))
  frame --no-fcs "$frame"
  [ "$(jq -r '[.t, .hex] | @tsv' <<<"$output")" = "apdu	$APDU" ]
}

@test "a telegram that lost its CRs is one telegram for every tool that looks at its checksum" {
  meter-sim --meter dsmr-p1 -n 1 2>/dev/null | xxd -r -p | tr -d '\r' | xxd -p -c 100000 >telegram
  grep -q '^2f' telegram
  mbus-frame telegram >apdus
  [ "$(jq -r .link apdus)" = p1 ]
  run -0 bash -c "mbus-frame -o hex telegram | cosem-decode"
  [ "$(jq -r .t <<<"$output")" = reading ]
  sed 's/312e382e31/312e382e32/' telegram >damaged
  ! cmp -s telegram damaged
  run -0 bash -c "jq -r .hex apdus | sed 's/312e382e31/312e382e32/' | cosem-decode"
  [ "$(jq -r .code <<<"$output")" = bad-checksum ]
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

# What follows was lost once.
@test "a bare APDU in lines of any length is one APDU, and a cut one hides nothing behind it" {
  local h=db084b464d102000000110210000000199e086bc8682069b86c25a n
  for n in 2 8 16 22 24 32 40 52; do
    run -0 bash -c "fold -w $n <<<$h | mbus-frame -q -o hex"
    [ "${lines[-1]}" = "$h" ] || { echo "$n: $output"; return 1; }
  done
  local frame=6810106853ff1001670f00000001000201120005f416
  run -0 bash -c "mbus-frame -q <<<dbff$frame$frame | jq -r '.code // .t'"
  [ "$output" = "noise
apdu
apdu" ]
}

@test "an LLC or a wrapper header on a line of its own belongs to the APDU on the next" {
  head=00010014000200$(printf %02x $((${#APDU} / 2)))
  for lines in "llc e6e700 $APDU" "llc e6e600 $APDU" "llc e6 e700 $APDU" "wrapper $head $APDU" \
    "wrapper ${head:0:8} ${head:8} $APDU" "none $APDU"; do
    read -r link lines <<<"$lines"
    # shellcheck disable=SC2086 # each a line
    frame $lines $lines
    [ "$(jq -r '"\(.link // .code) \(.hex)"' <<<"$output" | xargs)" = "$link $APDU $link $APDU" ] ||
      { echo "$lines: $output"; return 1; }
  done
  # Of another length, it is no head of this one.
  frame 000100140002000e "$APDU"
  [ "$(jq -r '.link // .code' <<<"$output" | xargs)" = "noise none" ]
}

@test "ciphered APDUs of every service follow one another without a gap" {
  local dd=dd0400000001084b464d102000000108524543495049454e00000100001c300000000147cc8e4d53511c8130fde20cd05298ad42b88f6dc8cfbc
  local cc=cc1830000000018ccd4f4d40511fcd738dd5ff07cb6ef83e498e db=db001c30
  [ "$(mbus-frame -o hex <<<"$dd$dd$dd" | grep -c ^dd04)" -eq 3 ]
  [ "$(mbus-frame -o hex --link none <<<"$dd$dd$dd" | grep -c ^dd04)" -eq 3 ]
  [ "$(mbus-frame -o hex --link none <<<"$cc$cc$cc" | grep -c ^cc18)" -eq 3 ]
}

@test "an HDLC frame over several M-Bus segments, and one with an APDU whose tag was left out" {
  run -0 mbus-frame -o hex <<<6811116853ff0001677ea018cf022313f48ee6e70046166811116853ff0101670f00000001000201120005f0d5166807076853ff120167277e7116
  [ "${lines[-1]}" = 0f00000001000201120005 ]
  run -0 mbus-frame -o hex <<<7ea02bcf022313e947e6e700001c300000000147cc8e4d53511c8130fde2445ea039d1caf05b5de474574e147e
  [ "${lines[-1]}" = 001c300000000147cc8e4d53511c8130fde2445ea039d1caf05b5de47457 ]
}

@test "a run of small integers is no notification; a lost block is said once" {
  run -0 bash -c "mbus-frame -q <<<0f000f000f000f007ea018cf022313f48ee6e7000f00000001000201120005f0277e | jq -r '.code // .t'"
  [ "$output" = "noise
apdu" ]
  local blocks=
  for n in 1 2 4 5 6 7; do blocks+=0001000100010009e040000${n}000002$(printf %02x $n)00; done
  run -0 bash -c "mbus-frame --link wrapper <<<$blocks | jq -r .code"
  [ "$output" = block-lost ]
}
