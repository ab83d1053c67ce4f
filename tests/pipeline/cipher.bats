#!/usr/bin/env bats
# dlms-decrypt: every service that a message can stand in, meters without a title, key files of
# thousands. The messages are the simulator's, taken apart and put together anew.

setup() {
  PATH=${METERPIPE_BUILD:-$BATS_TEST_DIRNAME/../../build}:$PATH
  work=$(mktemp -d)
  cd "$work"
  umask 077
  title=4b464d1020895441
  ek=7be3219c05f84ad6912e60b3c87f145a ak=c40f92ab6d17e8853b50e2fc71a6d938
  echo "title=$title ek=$ek ak=$ak label=house" >keys
  message 31 >c31
  message 21 >c21
  plain=$(dlms-decrypt -k keys -o hex c31 | grep -v '^#')
}

teardown() { rm -rf "$work"; }

message() { meter-sim -n 1 -k keys --seed 5 --security "$1" | mbus-frame -o hex | grep -v '^#'; }
# What stands behind the title: length, security control, counter, text, tag.
content() { cut -c21- "$1"; }
length() { # of so many bytes, as a meter writes it
  if [ "$1" -lt 128 ]; then printf '%02x' "$1"
  elif [ "$1" -lt 256 ]; then printf '81%02x' "$1"
  else printf '82%04x' "$1"; fi
}
string() { printf '%s%s' "$(length $((${#1} / 2)))" "$1"; }
# said FILTER: of the one record in `out`
said() { [ "$(wc -l <out)" -eq 1 ] && jq -r "$1" out; }

@test "each service says its name, and the same APDU comes out" {
  signature=$(printf 'a5%.0s' {1..64})
  c31=$(content c31) c21=$(content c21)
  while read -r message service auth; do
    echo "$service $auth $title house $plain" >>want
    dlms-decrypt -k keys --system-title "$title" <<<"$message" >out
    cat out >>all
  done <<CASES
$(cat c31) general-glo-ciphering verified
$(cat c21) general-glo-ciphering none
dc08$title$c31 general-ded-ciphering verified
dc08$title$c21 general-ded-ciphering none
dd012a08${title}00000000$c21 general-ciphering none
dd0008${title}000000010000$c21 general-ciphering none
dd0000000000010000$c21 general-ciphering none
c8$c31 glo-get-request verified
2c$c21 glo-read-response none
d7$c31 ded-action-response verified
db00$c31 general-glo-ciphering verified
00$c31 general-glo-ciphering verified
00$c21 general-glo-ciphering none
df012a08${title}000000$(string "$(cat c31)")$(string "$signature") general-signing verified
df012a08${title}000000$(string "cc$c21")$(string "$signature") general-signing unverified
CASES
  jq -r '.security as $of | "\($of.service) \($of.auth) \($of.title) \($of.key) \(.hex)"' all >got
  [ "$(wc -l <want)" -eq 15 ]
  diff want got
  [ "$(said .security.signature)" = "$signature" ]
  [ "$(said .security.inside)" = glo-get-response ]
  # Signed only.
  dlms-decrypt <<<"df012a08${title}000000$(string "$plain")$(string "$signature")" >out
  [ "$(said '.security | keys_unsorted | join(" ")')" = "service title auth signature" ]
  [ "$(said .security.auth)" = unverified ]
  [ "$(said .hex)" = "$plain" ]
  # Its readings are told apart, though there is no counter; they pass on as records and as hex.
  [ "$(cosem-decode out | jq -r .id)" = "$(cosem-decode <<<"$plain" | jq -r .id)" ]
  [ "$(dlms-decrypt -o hex <<<"df012a08${title}000000$(string "$plain")00" | cosem-decode | jq -r .auth)" = unverified ]
  dlms-decrypt --auth require <<<"df012a08${title}000000$(string "$plain")$(string "$signature")" >out
  [ "$(said .code)" = not-authenticated ]
  [ "$(said .security.signature)" = "$signature" ]
}

@test "what cannot be deciphered says why, and of which message" {
  c31=$(content c31)
  wrapped=dd012a08${title}000000010100$(string 00112233445566778899aabbccddeeff0011223344556677)
  agreed=dd012a08${title}0000000102$(string 02)$(string aabbccdd)
  while read -r message code words; do
    echo "$code|$words" >>want
    dlms-decrypt -k keys --system-title $title <<<"$message" >>out
  done <<CASES
$wrapped$c31 unsupported-cipher wrapped or agreed key (key info 01)
$agreed$c31 unsupported-cipher wrapped or agreed key (key info 02)
$(sed "s/^\(db08$title.\{4,6\}\)31/\1b1/" c31) unsupported-cipher compressed
$(sed "s/^\(db08$title.\{4,6\}\)31/\13f/" c31) unsupported-cipher security control 3f
$(sed "s/^\(db08$title.\{4,6\}\)31/\171/" c31) no-key broadcast
$(head -c 100 c31) truncated
$(cat c31)00 trailing-bytes
c8${c31:0:60} truncated
CASES
  jq -r '[.code, .text, (.security | has("title") and has("counter") and has("sc") | tostring)] | join("|")' out >got
  [ "$(wc -l <want)" -eq 8 ]
  [ "$(wc -l <got)" -eq 8 ]
  while IFS='|' read -r code words is text whole <&5; do
    echo "$code, $words: $is, $text"
    [ "$is" = "$code" ]
    [[ $text = *"$words"* ]]
    [ "$whole" = true ]
  done 5< <(paste -d '|' want got)
}

@test "a meter without a title: --system-title, else the titles of the key file" {
  echo "db00$(content c31)" >untitled
  echo "c8$(content c21)" >service
  echo "ek=$ek ak=$ak" >any
  echo "title=4b464d1020895442 ek=$ek ak=$ak" >other
  for message in untitled service; do
    {
      dlms-decrypt -k any <$message
      dlms-decrypt <$message
      dlms-decrypt -k other <$message
      dlms-decrypt --system-title $title <$message
      dlms-decrypt --system-title 4b464d1020895442 -k any <$message
      for given in "$title" "4B 46 4D 10 20 89 54 41" 4b:46:4d:10:20:89:54:41 "0x$title"; do
        dlms-decrypt --system-title "$given" -k any $message
      done
      dlms-decrypt -k keys $message >keyed
      cat keyed
    } >out
    jq -r '.security as $of | "\(.code) \($of.title) \($of.title_given) \($of.key) \(.hex)"' out >got
    local fits="null $title true"
    [ "$(cut -d' ' -f1 got | sed -n '1p;2p;5p' | xargs)" = "no-title no-title wrong-key" ]
    [[ $(sed -n 3p got) =~ ^(no-title|tag-failed)\  ]]
    [ "$(sed -n 4p got | cut -d' ' -f1,2)" = "no-key $title" ]
    [ "$(sed -n '6,$p' got)" = "$(printf '%s\n' "$fits * $plain"{,,,} "$fits house $plain")" ]
    [ "$(cosem-decode keyed | jq -r '.id | split(":")[0]')" = $title ]
  done
  # It has no say where a title was sent.
  dlms-decrypt -k keys --system-title 4b464d1020895442 c31 >out
  [ "$(said '[.security.title, .security.title_given, .security.auth] | @tsv')" = \
    "$title"$'\t\t'verified ]
  # 8 characters are as good as their bytes.
  dlms-decrypt -k any --system-title ascii:KFM00077 <untitled >out
  [ "$(said .security.title)" = 4b464d3030303737 ]
  for bad in "" 4b46 "${ek}" ascii:KFM 4b464d102000007g; do
    run -64 --separate-stderr dlms-decrypt --system-title "$bad" c31
    [[ "$stderr" = *"16 hex digits"* ]]
    [[ "$stderr" != *"$ek"* ]]
  done
}

bats_require_minimum_version 1.5.0

@test "key files of thousands: found at once by title, tried in turn without; no key is shown" {
  awk -v n=10000 'BEGIN {
    srand(11)
    for (i = 1; i <= n; i++) {
      k = ""
      for (j = 0; j < 64; j++) k = k sprintf("%x", int(rand() * 16))
      printf "title=%016x ek=%s ak=%s\n", i, substr(k, 1, 32), substr(k, 33)
    }
  }' >others
  cat others keys >many
  sed 's/title=[^ ]*/title=*/; s/ label=house//; 1001,10000d' many >any
  [ "$(wc -l <any)" -eq 1001 ]
  for n in 1 2 3; do cat c31; echo "db00$(content c31)"; done >in
  for ring in many any; do
    dlms-decrypt -k $ring in >out 2>err
    jq -r '.security.key // .code' out >fitted
    cat fitted
    if [ $ring = many ]; then
      [ "$(sort fitted | uniq -c)" = "      6 house" ]
    else
      [ "$(sort fitted | uniq -c)" = "      3 *#1001
      3 no-title" ]
    fi
    cat out err >all
    for secret in "${ek:0:12}" "${ek:20}" "${ak:0:12}" "${ak:20}" "$(sed -n '7s/.*ek=\(.\{12\}\).*/\1/p' others)"; do
      ! grep -q "$secret" all
    done
  done
}
