#!/usr/bin/env bats
# dlms-decrypt --explain and cosem-decode -o annotated behind the real tools, for every meter of the
# simulator: each byte once and in order, and what is shown can be read again.

bats_require_minimum_version 1.5.0
load ../support/meters

setup() {
  PATH=${METERPIPE_BUILD:?folder of the built tools}:$PATH
  cd "$BATS_TEST_TMPDIR" || return 1
  umask 077
}

has() { [[ $1 == *"$2"* ]] || { echo "'$1' has no '$2'"; return 1; }; }
lacks() { [[ $1 != *"$2"* ]] || { echo "'$1' has '$2'"; return 1; }; }

# The bytes column, as hex in one line.
column() {
  sed -nE 's/^[0-9a-f]{4,}  (([0-9a-f]{2} )*[0-9a-f]{2})(  .*)?$/\1/p' | tr -d ' \n'
}
bare() { grep -v '^#' | tr -d '\n'; }

@test "every meter: each byte once and in order, no key, and read again" {
  seed=${METERPIPE_SEED:-1}
  echo "seed $seed"
  dlms_meters >meters
  while read -r meter; do
    meter-sim --meter "$meter" --seed "$seed" -n 1 >"$meter.sent"
    meter-sim --meter "$meter" --seed "$seed" --print-keys
  done <meters >keys
  mbus-frame -o hex ./*.sent | grep -v '^#' >apdus
  dlms-decrypt -k keys -o hex apdus | grep -v '^#' >plains
  dlms-decrypt -k keys --explain apdus >explained
  cosem-decode -o annotated plains >annotated
  echo "$(wc -l <meters) meters, $(wc -l <apdus) APDUs, $(wc -l <plains) plain ones"
  [ "$(wc -l <apdus)" -eq "$(wc -l <meters)" ]
  [ "$(wc -l <plains)" -eq "$(wc -l <meters)" ]
  # A plain APDU stands once, a ciphered one and what was in it one behind the other.
  paste apdus plains | awk '$1 == $2 { print $1; next } { print $1 $2; ++n } END { print n >"n" }' >both
  [ "$(column <explained)" = "$(bare <both)" ]
  [ "$(grep -c '^# == ' explained)" -eq "$(cat n)" ]
  [ "$(column <annotated)" = "$(bare <plains)" ]
  run ! grep -nE '^# (\?\?|!!)|.{101,}' explained annotated
  column <explained >bytes
  grep -oE '[ea]k=[0-9a-f]+' keys | cut -d= -f2 >secrets
  [ -s secrets ]
  run ! grep -F -f secrets explained bytes
  dlms-decrypt -o hex annotated | grep -v '^#' | diff - plains
}

@test "without a key: the header and what is missing" {
  meter-sim --meter kaifa-salzburg --seed 7 -n 1 | mbus-frame >apdu
  run --separate-stderr dlms-decrypt --explain apdu
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  has "$output" "invocation counter"
  has "$output" $'\n# !! no-key: '
  has "$output" "with a line title=4b464d10"
  lacks "$output" "data-notification"
  run -65 --separate-stderr dlms-decrypt --explain --strict apdu
  run --separate-stderr cosem-decode -o annotated apdu
  has "$output" "security control: suite"
  has "$output" $'\n# !! no-key: '
  run -65 cosem-decode -o annotated --strict apdu
}

@test "a wrong key, a changed byte: no value is shown" {
  meter-sim --meter kaifa-salzburg --security 30 --seed 7 -n 1 | mbus-frame -o hex >apdu
  meter-sim --meter kaifa-salzburg --security 30 --seed 7 --print-keys >keys
  run dlms-decrypt -k keys --explain apdu
  has "$output" "authentication tag checked, fits"
  has "$output" "Voltage L1"
  sed -E 's/(ek=).{4}/\10000/' keys >wrong
  run dlms-decrypt -k wrong --explain apdu
  has "$output" "# !! "
  lacks "$output" "Voltage"
  sed -E '/^#/!s/....$/0000/' apdu >changed
  run dlms-decrypt -k keys --explain changed
  has "$output" "12 bytes: does not fit"
  has "$output" "# !! tag-failed: "
  lacks "$output" "Voltage"
}

@test "--explain takes what dlms-decrypt takes, and has an output of its own" {
  meter-sim --meter kaifa-evn -n 2 -o json >log
  meter-sim --meter kaifa-evn --print-keys >keys
  mbus-frame log | dlms-decrypt -k keys >records
  run dlms-decrypt --explain records
  has "$output" "# deciphered before: general-glo-ciphering, title "
  [ "$(grep -c '^# message' <<<"$output")" -eq 2 ]
  [ "$(grep -c '^$' <<<"$output")" -eq 1 ]
  run dlms-decrypt -n 1 --explain records
  [ "$(grep -c '^# message' <<<"$output")" -eq 1 ]
  for form in hex bin; do run -64 dlms-decrypt --explain -o $form records; done
}

@test "names follow --lang and --name-format; profiles as asked" {
  push=0f00000001000201020309060100200700ff12091002020fff1623
  run cosem-decode -o annotated --lang de <<<"$push"
  has "$output" "1-0:32.7.0 Spannung L1"
  run cosem-decode -o annotated --name-format '[measurement]!' <<<"$push"
  has "$output" "!"
  wien=0f0021ed98000209090c07ea0b160712000000ffc40006000052d80600000000060000008006000001f40600000161060000000006000000000600000000
  run cosem-decode -o annotated <<<"$wien"
  has "$output" "(profile wiener-netze)"
  run cosem-decode -o annotated --profile none <<<"$wien"
  has "$output" "double-long-unsigned 353, pos 5"
}

@test "damaged: what can be read, what is wrong, and the rest" {
  run --separate-stderr cosem-decode -o annotated <<<0f00000001000202020309060100200700ff1209
  [ "$status" -eq 0 ]
  has "$output" "octet-string(6): 1-0:32.7.0 Voltage L1"
  has "$output" $'\n# ?? bad-apdu: data end at byte 18'
  has "$output" $'\n# ?? not read: 2 bytes\n0012  12 09'
  run -65 cosem-decode -o annotated --strict <<<0f0000
}

@test "the view, byte for byte" {
  run cosem-decode -o annotated <<<c401c1000600143b20
  diff - <(printf '%s\n' "$output") <<'END'
# message 1 of stdin, 9 bytes
# layout positional
0000  c4                       get-response
0001  01                         get-response-normal
0002  c1                           invoke-id-and-priority: id 1, confirmed, high
#                                  result
0003  00                             data
0004  06 00 14 3b 20                   double-long-unsigned 1325856, pos 0
END
  run dlms-decrypt --explain <<<db084b464d1020000001 # cut
  diff - <(printf '%s\n' "$output") <<'END'
# message 1 of stdin, 10 bytes
0000  db                       general-glo-ciphering
0001  08                         system-title: 8 bytes
0002  4b 46 4d 10 20 00 00 01      manufacturer KFM, meter 1KFM0200000001
# ?? truncated: APDU is cut: it needs 11 bytes, 10 are there; reading ciphered-content
# !! truncated: APDU is cut: it needs 11 bytes, 10 are there
# !! try: look at the line and the framing: bytes are missing
END
}
