#!/usr/bin/env bats
# Damaged frames and weak links: what comes out of them, and what is said of the rest. The cases are
# ../shared/cases/wire, read in place.

setup() {
  PATH="${METERPIPE_BUILD:-$BATS_TEST_DIRNAME/../../build}:$PATH"
  cases=${METERPIPE_CASES:-$BATS_TEST_DIRNAME/../../../shared/cases}/wire
  cd "$BATS_TEST_TMPDIR" || return
}

need_cases() {
  [ -d "$cases" ] || skip "no $cases"
}

# The APDUs' bytes and the errors' codes and bytes, a word each.
kinds() {
  jq -r 'if .t == "apdu" then "apdu" else .code end' | tr '\n' ' '
}
# One code's values of all readings, and the errors' codes.
values() {
  jq -r --arg obis "$1" 'if .t == "error" then .code
    else (.values[] | select(.obis == $obis) | .value) end' | tr '\n' ' '
}

HDLC=7ea02a410883130413e6e7000f40000000000101020309060100010700ff0600002b2702020f00161ba9927e
CUT=7ea02a410883130413e6e7000f40000000000101020309060100010700ff0600102b2702020f00161b
APDU=0f40000000000101020309060100010700ff0600002b2702020f00161b

@test "a damaged frame in lines gives no reading, wherever they end; a good one does" {
  fields=53ff100167$APDU
  sum=0
  for ((i = 0; i < ${#fields}; i += 2)); do sum=$((sum + 0x${fields:i:2})); done
  size=$(printf %02x $((${#fields} / 2)))
  mbus=68$size${size}68$fields$(printf %02x $((sum & 255)))16
  for width in 5 6 7 8 9 16 32; do
    fold -w $((2 * width)) <<<"$mbus" >good
    fold -w $((2 * width)) <<<"${mbus/0600002b27/0600002b55aa5527}" >bad
    [ "$(mbus-frame -q good | cosem-decode | values 1-0:1.7.0)" = "11047 " ] || { echo "$width"; return 1; }
    [[ $(mbus-frame -q bad | cosem-decode | values 1-0:1.7.0) != *[0-9]* ]] || { echo "$width"; return 1; }
  done
  # A line for the head, one for the APDU and one for what ends the frame.
  for frame in "$mbus 18 4" "$HDLC 18 6"; do
    read -r hex head end <<<"$frame"
    apdu=${hex:head:${#hex}-head-end}
    printf '%s\n' "${hex:0:head}" "$apdu" "${hex: -end}" >good
    [ "$(mbus-frame -q good | cosem-decode | values 1-0:1.7.0)" = "11047 " ] || { cat good; return 1; }
    sed 's/002b27/102b27/' good >bad
    [[ $(mbus-frame -q bad | cosem-decode | values 1-0:1.7.0) != *[0-9]* ]] || { cat bad; return 1; }
  done
}

@test "an HDLC frame without its end is an error and no reading" {
  need_cases
  [ "$(mbus-frame "$cases/x11-hdlc-cut-unchecked.hex" | cosem-decode | values 1-0:1.7.0)" = "11047 truncated " ]
  [ "$(mbus-frame "$cases/x11c-live-records.hex" | cosem-decode | values 1-0:1.7.0)" = "11047 truncated 11047 11047 " ]
  install -m 600 "$cases/x11b-hdlc-cut-ciphered.keys" keys
  [ "$(mbus-frame "$cases/x11b-hdlc-cut-ciphered.hex" | dlms-decrypt -qk keys | cosem-decode | values 1-0:1.8.0)" = "65536 truncated " ]
  [ "$(mbus-frame "$cases/x10-hdlc-fcs-missing.hex" | kinds)" = "apdu bad-fcs truncated " ]
}

@test "the first frame that is cut is no reading either, with and without others" {
  [ "$(mbus-frame <<<"$CUT" | kinds)" = "truncated " ]
  [ "$(printf '%s\n' "$CUT" "$HDLC" | mbus-frame | kinds)" = "bad-fcs apdu " ]
  [ "$(printf '%s%s' "$CUT" "$HDLC" | xxd -r -p | mbus-frame -i bin | kinds)" = "bad-fcs apdu " ]
  [ "$(mbus-frame --link hdlc <<<"$CUT" | kinds)" = "truncated " ]
  local mbus=6821216853ff100167${APDU}
  [ "$(mbus-frame <<<"$mbus" | kinds)" = "truncated " ]
}

@test "behind frames with a check an APDU without one is noise, and is told how it counts" {
  local form apdu
  for apdu in "$APDU none" "e6e700$APDU llc"; do
    for form in '%s\n%s\n' '%s%s\n'; do
      # shellcheck disable=SC2059
      printf "$form" "$HDLC" "${apdu% *}" >log
      [ "$(mbus-frame log | kinds)" = "apdu noise " ]
      [ "$(mbus-frame log | jq -r 'select(.t == "error") | .text')" = \
        "an APDU of $((${#apdu} / 2 - 2)) bytes in no frame, behind frames with a check: it counts only with --link ${apdu#* } or in a FILE of its own" ]
    done
    echo "${apdu% *}" >own
    [ "$(mbus-frame log own | kinds)" = "apdu noise apdu " ]
    [ "$(tail -n 1 own | cat <(echo "$HDLC") - | mbus-frame --link "${apdu#* }" | jq -r 'select(.t == "apdu") | .hex' | tail -n 1)" = "$APDU" ]
  done
}

@test "junk behind and between weak messages costs none, and is one error with a true text" {
  need_cases
  [ "$(mbus-frame "$cases/x6-wrapper-first-lost.hex" | kinds)" = "apdu noise apdu " ]
  [ "$(mbus-frame "$cases/x6-wrapper-first-lost.hex" | jq -r 'select(.t == "error") | .text')" = "13 bytes that belong to no frame" ]
  tr -d ' \n' <"$cases/x6-wrapper-first-lost.hex" >one
  [ "$(mbus-frame one | kinds)" = "apdu noise apdu " ]
  [ "$(mbus-frame "$cases/x7-wrapper-title9-twice.hex" | dlms-decrypt | kinds)" = "bad-apdu bad-apdu " ]
  tr -d '\n' <"$cases/x7-wrapper-title9-twice.hex" >one
  [ "$(mbus-frame one | dlms-decrypt | kinds)" = "bad-apdu bad-apdu " ]

  [ "$(mbus-frame <<<"e6e700${APDU}a992" | kinds)" = "apdu noise " ]
  [ "$(mbus-frame <<<"${APDU}55" | kinds)" = "apdu noise " ]
  [ "$(mbus-frame <<<"${APDU}55${APDU}" | kinds)" = "apdu noise apdu " ]
  [ "$(printf '%s55\n%s55\n' "$APDU" "$APDU" | mbus-frame | kinds)" = "apdu noise apdu noise " ]
}

@test "a line that adds bytes to each message gives each of them" {
  need_cases
  [ "$(mbus-frame "$cases/y2-live-cipher.jsonl" | jq -r 'select(.t == "apdu") | .t' | wc -l)" = 5 ]
  [ "$(mbus-frame "$cases/y2-live-plain.jsonl" | cosem-decode | values 1-0:1.8.0)" = "123456 noise 123456 noise 123456 noise 123456 noise 123456 noise " ]
  sed 's/"why": "gap"/"why": "frame"/' "$cases/y2-live-plain.jsonl" >log
  [ "$(mbus-frame log | jq -r 'select(.t == "apdu") | .t' | wc -l)" = 5 ]
}

@test "the doctor names bytes that stand behind each message, and no cable" {
  for i in 1 2 3 4 5 6; do echo 0f0000000${i}00020309060100010800ff060001e24002020f00161e; done >apdus
  for tail in 0d0a 00 b1c7; do
    sed "s/\$/$tail/" apdus | tr -d '\n' | xxd -r -p >log
    meter-doctor -i bin log >verdict || true
    grep -q 'leftover-bytes' verdict || { cat verdict; return 1; }
    grep -q "such as $tail" <(tr -d '\n' <verdict | tr -s ' ')
    ! grep -qiE 'plug|cable' verdict
  done
  need_cases
  meter-doctor "$cases/y2-live-plain.jsonl" >verdict || true
  grep -q 'leftover-bytes' verdict
  ! grep -qiE 'plug|cable' verdict
}

@test "an HDLC frame with a wrong FCS inside M-Bus is bad-fcs" {
  local inner=${HDLC/a9927e/a9937e}
  local sum=$((0x53 + 0xff + 0x10 + 0x01 + 0x67)) i
  for ((i = 0; i < ${#inner}; i += 2)); do sum=$((sum + 0x${inner:i:2})); done
  local size
  size=$(printf '%02x' $((${#inner} / 2 + 5)))
  [ "$(mbus-frame <<<"68$size${size}6853ff100167$inner$(printf '%02x' $((sum & 255)))16" | kinds)" = "bad-fcs " ]
}
