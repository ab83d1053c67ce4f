#!/usr/bin/env bats
# Dumps and keys as people paste them, through the filters and the doctor: the cases that were sent
# in, read in place, and what is said of them.

bats_require_minimum_version 1.5.0

setup() {
  PATH=${METERPIPE_BUILD:?folder of the built tools}:$PATH
  unset CREDENTIALS_DIRECTORY JOURNAL_STREAM
  umask 077
  cd "$BATS_TEST_TMPDIR" || return 1
  cases=$(dirname "${METERPIPE_CAPTURES:-$BATS_TEST_DIRNAME/../../../shared/captures}")/cases
}

has() { [[ $1 == *"$2"* ]] || { echo "'$1' has no '$2'"; return 1; }; }
values() { mbus-frame -q "$1" | dlms-decrypt -k keys | cosem-decode -o text; }
need_cases() { [ -d "$cases/$1" ] || skip "no cases here"; }

@test "the forms that were sent in: 13 values each, from a file and from a pipe" {
  need_cases paste
  cp "$cases/paste/keys" keys
  values "$cases/paste/00-plain.hex" >want
  [ "$(grep -c . want)" -eq 13 ]
  count=0
  for form in "$cases"/paste/*.hex; do
    name=${form##*/}
    case $name in
      24b-hexdump-words.hex | 38-ellipsis.hex)
        run -65 --separate-stderr mbus-frame -q "$form"
        [ "$(jq -r .t <<<"$output" | sort -u)" = error ]
        continue
        ;;
    esac
    values "$form" >got
    cmp want got || { echo "$name"; false; }
    values - <"$form" >got
    cmp want got || { echo "$name from standard input"; false; }
    cat "$form" | values - >got
    cmp want got || { echo "$name from a pipe"; false; }
    count=$((count + 1))
  done
  [ $count -ge 50 ]
  echo "counted: $count forms, three ways each" >&3
}

@test "a time or an offset never becomes data" {
  need_cases wire
  for name in x3-time-prefix x4-od-Ax-tx1 x5-tcpdump-x; do
    mbus-frame -q "$cases/wire/$name.hex" | cosem-decode -o text >out
    [ "$(cat out)" = "1-0:1.7.0  Active power import  11047 W" ]
  done
}

@test "one line says what was skipped and what the form was taken for; -q silences it" {
  meter-sim -n 2 | sed 's/../&./g; s/^/[16:58:09.395][VV][dlms:030]: /; 1i What is that?' >pasted
  run -0 --separate-stderr mbus-frame pasted
  [ "$(grep -c '"t":"apdu"' <<<"$output")" -eq 2 ]
  [ "$stderr" = "mbus-frame: info: pasted: read as hex, a prefix before it; 1 line of text skipped (the first: line 1)" ]
  run -0 --separate-stderr mbus-frame -q pasted
  [ -z "$stderr" ]
  run -0 --separate-stderr mbus-frame <(meter-sim -n 1)
  [ -z "$stderr" ]
  # the doctor reads by the same rules
  meter-sim --print-keys >keys
  run -0 --separate-stderr meter-doctor -k keys pasted
  has "$stderr" "meter-doctor: info: pasted: read as hex, a prefix before it; 1 line of text skipped"
  echo "nothing here" >prose
  run -65 --separate-stderr meter-doctor prose
  has "$stderr" "1 line of text, neither hex nor a record"
}

@test "raw bytes, UTF-16 and P1 text need no -i bin, gzip is named" {
  meter-sim -n 3 --seed 5 >hex
  mbus-frame -q hex >want
  [ "$(wc -l <want)" -eq 3 ]
  xxd -r -p hex >raw
  iconv -t UTF-16 hex >wide
  for form in raw wide; do
    mbus-frame -q $form | jq -c .hex >got
    cmp got <(jq -c .hex want)
  done
  gzip -k hex
  run -65 --separate-stderr mbus-frame -q hex.gz
  [ "${#lines[@]}" -eq 1 ]
  has "$output" "zcat"
  meter-sim --meter dsmr-p1 -n 2 -o bin | tr -d '\r' >p1
  mbus-frame -q p1 >out
  [ "$(jq -r '.t + .link' out)" = $'apdup1\napdup1' ]
}

@test "--times: the time before the bytes becomes ts" {
  meter-sim -n 1 | sed 's/^/2022-02-04 16:43:20.5 /' >log
  [ "$(mbus-frame -q --times log | jq -r .ts)" = "2022-02-04T16:43:20.500000Z" ]
  [ "$(mbus-frame -q log | jq -r .ts)" = null ]
}

@test "keys as they are sent and written down" {
  need_cases keyfiles
  mbus-frame -q "$cases/paste/00-plain.hex" >apdu
  for name in k02-0xcomma k02c-0xspaces k03b-dots k07-quotes k10-burgenland k14-groups4; do
    dlms-decrypt -k - apdu <"$cases/keyfiles/$name" >out || true
    cp "$cases/keyfiles/$name" key
    chmod 600 key
    dlms-decrypt -k key apdu >out
    [ "$(cosem-decode -o text out | grep -c .)" -eq 13 ] || { echo "$name"; false; }
  done
  cp "$cases/keyfiles/k09-31" key
  run -78 --separate-stderr dlms-decrypt -k key apdu
  has "$stderr" "31 of 32 digits, one is missing"
  cp "$cases/keyfiles/k16-O-for-0" key
  run -78 --separate-stderr dlms-decrypt -k key apdu
  has "$stderr" "key:1: column 32: 'O' is no hex digit (the letter O: is it a zero?)"
  cat >default.json5 <<'END'
{
  serial: { port: "/dev/ttyUSB0" },
  decryption: { key: "36C66639E48A8CA4D6BC8B282A793BBB" },
}
END
  run -78 --separate-stderr dlms-decrypt -k default.json5 apdu
  has "$stderr" "a configuration (JSON, JSON5, YAML), as that of smart-meter-mbus-dlms"
  [[ $stderr != *36C666* ]]
}

@test "a key in place of a file's name is not repeated" {
  key=36c66639e48a8ca4d6bc8b282a793bb1
  for name in $key "$(sed 's/../&:/g' <<<$key)" "0x$key"; do
    run -66 --separate-stderr dlms-decrypt -k "$name" /dev/null
    has "$stderr" "a key stands where the name of a key file is expected"
    [[ $stderr != *c666* ]]
    run -66 --separate-stderr mbus-frame "$name"
    has "$stderr" "(not shown: it looks like a key): No such file or directory"
    [[ $stderr != *c666* ]]
  done
  # nor one among the data
  run -0 --separate-stderr mbus-frame <<<"key ${key:0:8}.${key:8:8}.${key:16:8}.${key:24} it is zz"
  [[ $output$stderr != *c66639* ]]
}
