#!/usr/bin/env bats
# All ways to give the same bytes and the same keys, and what a wrong key or a changed byte gives.

bats_require_minimum_version 1.5.0
load chain

# ---- the same bytes in other clothes

@test "by hand: the chain of hex gives what the chain of records gives" {
  cp both keys
  for security in 21 31 11 none; do
    meter-sim -n 3 --security $security >three
    printf '%s\n' "$(cat three)" | mbus-frame -o hex | dlms-decrypt -k keys -o hex | cosem-decode -o text >got
    mbus-frame <three | dlms-decrypt -k keys | cosem-decode -o text >want
    [ "$(wc -l <want)" -eq 47 ]
    same got want
    # Records at the end: title, counter and auth have come through the #@ lines, and so has ts.
    meter-sim -n 3 --security $security -o json >records
    mbus-frame -o hex records | dlms-decrypt -k keys -o hex >by-hand
    [ "$(grep -c '^#@ ts=2026-03-02T06:00:' by-hand)" -eq 3 ]
    cosem-decode <by-hand >got
    chain records | sed 's/"seq":[0-9]*,//' >want
    [ "$(wc -l <want)" -eq 3 ]
    sed -i 's/"seq":[0-9]*,//' got
    same got want
  done
}

@test "dumps: xxd, hexdump -C, Wireshark, blanks and upper case are what bare hex is" {
  # 120 equal bytes, so that hexdump writes a *
  text=$(printf '41%.0s' {1..120})
  printf '0f0000000100020209060000600100ff0978%s' "$text" >long.hex
  hex_of apdu >apdu.hex
  cp hex frame.hex
  while read -r tool file; do
    xxd -r -p $file.hex >raw
    # shellcheck disable=SC2046
    $tool $(keys_for $tool) <$file.hex >want
    [ "$(wc -l <want)" -eq 1 ]
    [ "$(grep -c '"t":"error"' want)" -eq 0 ]
    xxd raw >dump.xxd
    xxd -c 8 raw >dump.xxd8
    xxd -c 32 -g 1 -u raw >dump.xxd32
    xxd -p raw | tr -d '\n' | sed 's/../0x& /g' >dump.0x
    hexdump -C raw >dump.hexdump
    hexdump -v -C raw >dump.hexdump-v
    xxd -g 1 raw | sed 's/^0000\(....\): /\1   /; s/  *\( [^ ]*\)$/  \1/' >dump.wireshark
    tr 'a-f' 'A-F' <$file.hex | sed 's/../& /g' >dump.upper
    sed 's/../&:/g; s/:$//' $file.hex >dump.colons
    for dump in dump.*; do
      # shellcheck disable=SC2046
      $tool $(keys_for $tool) <$dump >got 2>err
      same got want || { echo "$tool $dump"; head -n 3 $dump; false; }
      [ ! -s err ]
    done
    # shellcheck disable=SC2046
    $tool -i bin $(keys_for $tool) <raw >got
    same got want
    od -A x -t x1 raw >od
    for dump in dump.xxd dump.hexdump dump.wireshark od; do
      # shellcheck disable=SC2046
      $tool -i hexdump $(keys_for $tool) <$dump >got
      same got want
    done
  done <<'INPUTS'
mbus-frame frame
dlms-decrypt apdu
cosem-decode long
INPUTS
  grep -q '^\*$' dump.hexdump
  # Two dumps in a row are two.
  cat dump.xxd dump.xxd >two
  [ "$(cosem-decode <two | grep -c '"t":"reading"')" -eq 2 ]
}

# ---- keys

@test "keys: from a file, standard input, a pipe, the credentials" {
  dlms-decrypt -k keys apdu >want
  [ "$(jq -r '.security.auth + .security.key' want)" = nonekaifa-salzburg ]
  dlms-decrypt -k - apdu <keys >got
  same got want
  dlms-decrypt -k <(cat keys) apdu >got
  same got want
  mkdir credentials
  cp keys credentials/
  CREDENTIALS_DIRECTORY=$PWD/credentials dlms-decrypt apdu >got
  same got want
  # Others may read a credential no more than a file; -k goes before.
  echo 'ek=00000000000000000000000000000001' >credentials/keys
  CREDENTIALS_DIRECTORY=$PWD/credentials dlms-decrypt -k keys apdu >got
  same got want
  CREDENTIALS_DIRECTORY=$PWD/credentials dlms-decrypt <apdu >got
  [ "$(codes got)" = wrong-key ]
  CREDENTIALS_DIRECTORY=$PWD/none dlms-decrypt <apdu >got
  [ "$(codes got)" = no-key ]
  [ "$(jq -r '.security | [.title, .sc, .suite, .auth] | join(" ")' got)" = "4b464d1020895441 21 1 none" ]
}

@test "a key file with a typo: 78, file, line and column, and no digit of the key" {
  key=$(sed 's/.*ek=\([0-9a-f]*\).*/\1/' keys)
  while IFS='|' read -r line column says; do
    # shellcheck disable=SC2059
    printf "# mine\n\n$line\n" "$key" >typo
    run -78 --separate-stderr dlms-decrypt -k typo apdu
    echo "$line: $stderr"
    [ -z "$output" ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    has "$stderr" "dlms-decrypt: error: typo:3: column $column: $says"
    for ((i = 0; i + 6 <= ${#key}; i++)); do
      [[ $stderr != *"${key:i:6}"* ]]
    done
  done <<'TYPOS'
ek=%sO|36|
ek=x%.31s|4|'x' is no hex digit
title=4b464d1020895441 ek=%.30sxy|57|'x' is no hex digit
%.31s|32|31 of 32 digits, one is missing
pin=%s|1|unknown field before '='
ek=%s broadcast=12|47|
ek=%s ek=12|37|ek= stands twice on this line
TYPOS
  # Others may read it: 77, unless it is wanted.
  for mode in 640 604 644; do
    chmod $mode keys
    run -77 --separate-stderr dlms-decrypt -k keys apdu
    [ "$stderr" = "dlms-decrypt: error: keys: others may read the keys (mode 0$mode): chmod 600 it, or use --insecure-key-file" ]
    [ -z "$output" ]
  done
  run -0 dlms-decrypt --insecure-key-file -k keys apdu
  has "$output" '"t":"apdu"'
}

@test "--auth: never a reading for a tag that fails" {
  cp both keys
  meter-sim -n 1 --security 31 | mbus-frame -o hex | grep -v '^#' >c31
  meter-sim -n 1 --security 11 | mbus-frame -o hex | grep -v '^#' >c11
  grep -v '^#' <(mbus-frame -o hex hex) >c21
  sed 's/ ak=\(.\)/ ak=\1\1/; s/\( ak=.\{32\}\)./\1/' keys >wrong-ak
  sed 's/ ak=[0-9a-f]*//' keys >no-ak
  not_same() { ! cmp -s "$1" "$2"; }
  not_same wrong-ak keys
  # KEYS AUTH MESSAGE WHAT: one record each
  while read -r keys auth message what; do
    echo "$keys $auth $message $what" >>want
    # A line of its own for each, whatever comes.
    dlms-decrypt -k "$keys" --auth "$auth" <"$message" >decrypted
    printf '{"case":"%s"}\n' "$keys $auth $message" >>cases
    cosem-decode <decrypted >>cases
  done <<'CASES'
keys check c31 verified 15
keys check c11 verified 15
keys check c21 none 15
keys require c31 verified 15
keys require c11 verified 15
keys require c21 not-authenticated 4b464d1020895441
keys ignore c31 unverified 15
keys ignore c11 unverified 15
keys ignore c21 none 15
wrong-ak check c31 tag-failed 4b464d1020895441
wrong-ak check c11 tag-failed 4b464d1020895441
wrong-ak check c21 none 15
wrong-ak require c31 tag-failed 4b464d1020895441
wrong-ak require c11 tag-failed 4b464d1020895441
wrong-ak ignore c31 unverified 15
no-ak check c31 unverified 15
no-ak check c11 not-authenticated 4b464d1020895441
no-ak require c31 not-authenticated 4b464d1020895441
no-ak require c11 not-authenticated 4b464d1020895441
no-ak ignore c31 unverified 15
CASES
  jq -rn 'foreach inputs as $line (""; if $line.case then $line.case else . end;
    if $line.case then empty
    elif $line.t == "error" then "\(.) \($line.code) \($line.security.title)"
    else "\(.) \($line.auth) \($line.values | length)" end)' cases >got
  [ "$(wc -l <want)" -eq 20 ]
  diff want got
  # What says that it was deciphered before is no proof, where there is a key for it.
  for auth in check require; do
    dlms-decrypt -k keys --auth $auth - <plain | cosem-decode >out
    [ "$(codes out)" = not-authenticated ]
    dlms-decrypt -k keys --auth $auth --trust-records plain | cosem-decode >out
    [ "$(codes out)" = "" ]
  done
  dlms-decrypt plain | cosem-decode >out
  [ "$(codes out)" = "" ]
  dlms-decrypt -k keys --auth require <<<"$(hex_of plain)" | cosem-decode >out
  [ "$(codes out)" = not-authenticated ]
}

@test "one byte changed anywhere in a message with a tag: an error, no value" {
  cp both keys
  sed -i 's/title=[^ ]*/title=*/' keys # or a changed title would have no key
  for security in 31 11; do
    c=$(meter-sim -n 1 --security $security | mbus-frame -o hex | grep -v '^#')
    for ((at = 0; at < ${#c}; at += 2)); do
      printf '%s%02x%s\n' "${c:0:at}" $((0x${c:at:2} ^ 0x04)) "${c:at+2}"
    done >changed
    dlms-decrypt -k keys changed | cosem-decode >out
    [ "$(wc -l <out)" -eq "$(wc -l <changed)" ]
    grep -v '"t":"error"' out | cut -c1-200
    [ "$(grep -c '"t":"error"' out)" -eq "$(wc -l <changed)" ]
    echo "counted: $(wc -l <changed) messages with one changed byte, none read" >&3
  done
}
