#!/usr/bin/env bats
# cosem-decode on lists without codes and on P1 telegrams: profiles, their options and files, the
# outputs, and what goes to standard error.

bats_require_minimum_version 1.5.0

# A list as Wiener Netze has it, one of two elements that nobody knows, and one of Iskra in Slovenia
# (ISK, list, P+ P- Q+ Q-, U, I, P+ and P- of the phase) that adds up, and one that does not.
wien=0f0021ed98000209090c07ea0b160712000000ffc40006000052d80600000000060000008006000001f40600000161060000000006000000000600000000
own=0f000000010002020904414231321200e6
good=0f0000000100020a090549534b3132090431323334060000006406000000000600000000060000000012091112002106000000640600000000
bad=${good%06000000640600000000}06000000c80600000000

setup() {
  PATH=${METERPIPE_BUILD:?folder of the built tools}:$PATH
  export METERPIPE_PROFILES=$BATS_TEST_TMPDIR/profiles
  mkdir -p "$METERPIPE_PROFILES"
  cd "$BATS_TEST_TMPDIR" || return 1
}

has() { [[ $1 == *"$2"* ]] || { echo "'$1' has no '$2'"; return 1; }; }
lacks() { [[ $1 != *"$2"* ]] || { echo "'$1' has '$2'"; return 1; }; }
telegram() { printf '%b' "$1" | od -An -v -tx1 | tr -d ' \n'; echo; }

@test "a profile gives codes, scalers and units in all outputs" {
  run cosem-decode <<<"$wien"
  has "$output" '"layout":"positional","profile":"wiener-netze","values":[{"obis":"0-0:1.0.0"'
  has "$output" '{"obis":"1-0:1.7.0","name":"Active power import","value":353,"unit":"W","raw":353,"scaler":0,'
  run cosem-decode -o text <<<"$wien"
  [ "${lines[1]}" = "1-0:1.8.0  Active energy import  21208 Wh" ]
  run cosem-decode -o csv <<<"$wien"
  [ "${lines[2]}" = ",2026-11-22T18:00:00+01:00,stdin,,1-0:1.8.0,Active energy import,21208,Wh,unknown" ]
  run cosem-decode --only 1.7.0 --keep apdu <<<"$wien"
  has "$output" '"values":[{"obis":"1-0:1.7.0"'
  has "$output" "\"apdu\":\"$wien\""
  lacks "$output" 1.8.0
}

@test "--profile none leaves the places" {
  run cosem-decode --profile none <<<"$wien"
  has "$output" '{"pos":5,"value":353,"raw":353,"type":"double-long-unsigned"}'
  lacks "$output" profile
  lacks "$output" scaler
  run -64 cosem-decode --profile none --profile auto <<<"$wien"
}

@test "a file, a name, the folder; one's own wins over the one that is compiled in" {
  printf 'profile mine\nabout My list\nelements 2\n0 text="AB##" 0-0:96.1.0\n1 number 1-0:32.7.0 -1 V\n' >mine
  run cosem-decode --profile ./mine -o text <<<"$own"
  [ "${lines[1]}" = "1-0:32.7.0  Voltage L1  23.0 V" ]
  run cosem-decode --profile mine -o text <<<"$own" # a file without a slash
  [ "${lines[1]}" = "1-0:32.7.0  Voltage L1  23.0 V" ]
  run cosem-decode -o text <<<"$own"
  [ "${lines[1]}" = "[1]  230" ]
  cp mine profiles/mine.profile
  run cosem-decode <<<"$own"
  has "$output" '"meter":"AB12"'
  has "$output" '"profile":"mine"'
  sed 's/mine/wiener-netze/; s/elements 2/elements 9/; s/text="AB##"/clock/' mine >profiles/z.profile
  for place in 2 3 4 5 6 7 8; do echo "$place any -"; done >>profiles/z.profile
  run cosem-decode -o text <<<"$wien"
  [ "${lines[1]}" = "1-0:32.7.0  Voltage L1  2120.8 V" ]
  run cosem-decode --list-profiles
  [ "$(grep -c $'^wiener-netze\t' <<<"$output")" -eq 1 ]
  has "$output" $'mine\tMy list'
}

@test "a broken file ends with 78 and says where; names and files that are not there" {
  printf 'profile mine\nelements 2\n0 txt -\n' >profiles/mine.profile
  run -78 cosem-decode <<<"$own"
  has "$output" "profiles/mine.profile:3: 'txt': a type was expected"
  rm profiles/mine.profile
  run -66 cosem-decode --profile ./missing <<<"$own"
  run -64 cosem-decode --profile missing <<<"$own"
  has "$output" "'missing' is no profile"
  METERPIPE_PROFILES=$PWD/nowhere run -0 cosem-decode <<<"$own"
}

@test "sums that contradict refuse a profile, said once per source and profile" {
  run --separate-stderr cosem-decode <<<"$good"
  has "$output" '"profile":"iskra-si-10"'
  [ -z "$stderr" ]
  printf '%s\n%s\n%s\n' "$bad" "$good" "$bad" >file
  run --separate-stderr cosem-decode file
  has "${lines[0]}" '"profile_refused":"iskra-si-10","values":[{"pos":0,"value":"ISK12"'
  has "${lines[1]}" '"profile":"iskra-si-10"'
  has "${lines[2]}" '"profile_refused":"iskra-si-10"'
  [ "${#stderr_lines[@]}" -eq 1 ]
  has "$stderr" "file: profile iskra-si-10 fits, but its sums contradict the values"
}

@test "two profiles that fit alike are none, and that is said" {
  for name in a b; do
    printf 'profile %s\nelements 2\n0 text -\n1 number 1-0:32.7.0 -1 V\n' $name >profiles/$name.profile
  done
  run --separate-stderr cosem-decode -o text <<<"$own"
  [ "${lines[1]}" = "[1]  230" ]
  has "$stderr" "profiles a and b both fit: none is applied"
  run --separate-stderr cosem-decode -o text --profile b <<<"$own"
  [ "${lines[1]}" = "1-0:32.7.0  Voltage L1  23.0 V" ]
  [ -z "$stderr" ]
}

@test "--suggest-profile writes each unknown shape once, loadable as it is and filled in" {
  other=0f0000000100020209034142431105
  printf '%s\n' "$own" "$wien" "$other" "$own" | cosem-decode --suggest-profile >new.profile
  [ "$(grep -c '^profile' new.profile)" -eq 2 ]
  run cosem-decode --profile ./new.profile <<<"$own"
  has "$output" '"profile":"suggested-1","values":[{"pos":0,"value":"AB12"'
  sed -i 's/^1     long-unsigned          -/1 long-unsigned 1-0:32.7.0 -1 V/' new.profile
  run cosem-decode --profile ./new.profile -o text <<<"$own"
  [ "${lines[1]}" = "1-0:32.7.0  Voltage L1  23.0 V" ]
}

@test "events carry what they are about" {
  run cosem-decode <<<c2004e2c000080000cff0302020903414243120005
  has "$output" '"event":{"class":20012,"obis":"0-0:128.0.12","attr":3},"auth":'
  has "$output" '{"pos":1,"value":5,"raw":5,'
}

@test "object lists keep class and attribute" {
  list=0f000000010002030103020412002809060008190900ff0f021200000204120001090600002a0000ff0f021200000204120003090601002007000f0f021200070904414231321200e6
  run cosem-decode <<<"$list"
  has "$output" '{"obis":"0-0:42.0.0","name":"Logical device name","class":1,"attr":2,"value":"AB12","type":"octet-string"}'
  has "$output" '"class":3,"attr":2,"index":7,"value":230,"raw":230,"type":"long-unsigned"}'
  has "$output" '"meter":"AB12"'
}

@test "P1: a sub-meter that was not read is null, not 0, and nothing of its entity is described" {
  gas() { printf '/ABC5\\meter\r\n\r\n0-0:96.1.1(4142433132)\r\n0-1:24.1.0(003)\r\n0-1:24.2.1%s\r\n!\r\n' "$1"; }
  gas '(632525252525S)(00000.000)' | xxd -p | tr -d '\n' >unread
  run -0 --separate-stderr cosem-decode unread
  has "$output" '"value":null,"raw":"00000.000","at_raw":"632525252525S","type":"p1"}'
  jq -e . <<<"$output" >/dev/null
  run -0 --separate-stderr cosem-decode -o text --only 24.2.1 unread
  [ "$output" = "0-1:24.2.1  Gas meter reading, channel 1  null" ]
}

@test "P1 telegrams in all outputs; a bad line costs its own value" {
  text='/ABC5\\meter\r\n\r\n0-0:1.0.0(260329030000S)\r\n0-0:96.1.1(4142433132)\r\n1-0:1.8.0(000123.450*kWh)\r\n1-0:2.8.0(00?123*kWh)\r\n0-1:24.2.1(101209112500W)(12785.123*m3)\r\n!\r\n'
  telegram "$text" >p1
  run --separate-stderr cosem-decode p1
  has "${lines[0]}" '"meter":"ABC12","time":"2026-03-29T03:00:00","auth":"unknown","layout":"p1","ident":"ABC5\\meter","values":['
  has "${lines[0]}" '"value":"260329030000S","raw":"260329030000S","at":"2026-03-29T03:00:00","status":["dst"],"type":"p1"}'
  has "${lines[0]}" '"value":123.450,"unit":"kWh","raw":"000123.450*kWh","type":"p1"}'
  has "${lines[0]}" '"value":12785.123,"unit":"m3","raw":"12785.123*m3","at":"2010-12-09T11:25:00","at_raw":"101209112500W"'
  has "${lines[1]}" '"code":"bad-line"'
  has "${lines[1]}" "$(telegram '1-0:2.8.0(00?123*kWh)')"
  [ "${#lines[@]}" -eq 2 ]
  jq -e . <<<"$output" >/dev/null
  run --separate-stderr cosem-decode -o text --only 1.8.0 p1
  [ "$output" = "1-0:1.8.0  Active energy import  123.450 kWh" ]
  run --separate-stderr cosem-decode -o csv --only 1.8.0 p1
  [ "${lines[1]}" = ",2026-03-29T03:00:00,p1,ABC12,1-0:1.8.0,Active energy import,123.450,kWh,unknown" ]
  telegram "${text%\\r\\n}0000\r\n" >p1
  run cosem-decode p1
  has "$output" '"code":"bad-checksum"'
  lacks "$output" '"t":"reading"'
  # The link layer has judged the checksum of a record of its own.
  run cosem-decode <<<"{\"v\":1,\"t\":\"apdu\",\"link\":\"p1\",\"hex\":\"$(cat p1)\"}"
  has "$output" '"t":"reading"'
  telegram "${text%!*}" >p1
  run cosem-decode p1
  has "$output" '"code":"truncated"'
  lacks "$output" '"t":"reading"'
}
