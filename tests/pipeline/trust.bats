#!/usr/bin/env bats
# Which messages are believed: tags that were taken off, ciphered APDUs that protect nothing, records that
# vouch for themselves. ../shared/cases/attack is read in place.

bats_require_minimum_version 1.5.0
load ../support/wait

setup() {
  PATH=${METERPIPE_BUILD:?folder of the built tools}:$PATH
  cases=${METERPIPE_CASES:-$BATS_TEST_DIRNAME/../../../shared/cases}/attack
  cd "$BATS_TEST_TMPDIR" || return 1
  umask 077
  cp "$BATS_TEST_DIRNAME/../captures/keys" keys
  sed '/^#/!s/ ak=[0-9a-f]*/& auth=required/' keys >required
  meter-sim --meter e450-burgenland --print-keys >own
}

# what KEYS [OPTION…]: of each record on standard input, what became of it
what() { dlms-decrypt -qk "$@" - 2>/dev/null | cosem-decode | jq -r '.auth // .code' | xargs; }
sent() { meter-sim --meter e450-burgenland -n 1 --security "$1" "${@:2}" | mbus-frame; }

@test "a line that begins with the plaintext of an authenticated message is no message without a tag" {
  apdu=$(sent 10 | jq -r .hex)
  head=32
  case ${apdu:20:2} in 81) head=34 ;; 82) head=36 ;; esac
  [ "${apdu:head:2}" = 0f ]
  last=$((${#apdu} - 24)) # of the plaintext
  digit=${apdu:last-1:1}
  changed=${apdu:0:last-1}$(printf %x $((0x$digit ^ 1)))${apdu:last}
  for cut in "$head" "$head $last" "4 $head $last" "$head $((head + 40))"; do
    for one in "$apdu verified" "$changed tag-failed"; do
      read -r hex want <<<"$one"
      from=0
      for at in $cut ${#hex}; do
        echo "${hex:from:at-from}"
        from=$at
      done >lines
      [ "$(mbus-frame -q lines | what own)" = "$want" ] || { echo "$cut: $(mbus-frame -q lines | what own)"; return 1; }
    done
  done
}

@test "attacks on a meter with tags, read in place" {
  [ -d "$cases" ] || skip "no $cases"
  rows=0
  while IFS='|' read -r name check require; do
    file=$cases/downgrade-$name.apdu.json
    [ "$(what keys <"$file")" = "$check" ] || { echo "$name: $(what keys <"$file")"; return 1; }
    for strict in "keys --auth require" required; do
      # shellcheck disable=SC2086
      [ "$(what $strict <"$file")" = "$require" ] || { echo "$name, $strict"; return 1; }
    done
    rows=$((rows + 1))
  done <<'ROWS'
orig|verified|verified
sc20-tag-stripped|none|not-authenticated
sc20-tag-stripped-value-changed|none|not-authenticated
sc00-plain-forged|not-authenticated|not-authenticated
sc10-bogus-tag|tag-failed|tag-failed
sc50-bogus-tag-broadcast-bit|not-authenticated|not-authenticated
plain-0f-forged|plain|not-authenticated
genuine-then-plain-forged|verified plain|verified not-authenticated
ROWS
  for name in sc20-tag-stripped sc20-tag-stripped-value-changed; do
    [ "$(cat "$cases"/downgrade-{orig,"$name"}.apdu.json | what keys)" = "verified not-authenticated" ]
    # The tag may come later: what came before it was read with a warning.
    [ "$(cat "$cases"/downgrade-{"$name",orig,"$name"}.apdu.json | what keys)" = \
      "none verified not-authenticated" ]
  done
  [ "$(what required <"$cases/require-hole.json")" = not-authenticated ]
  [ "$(what keys --auth require <"$cases/require-hole.json")" = not-authenticated ]
  echo "counted: $rows attacks, three ways each" >&3
}

@test "once verified, always verified: by title and key, and no longer than the run" {
  { sent 20; sent 30; sent 20; sent 30; sent 20; } >log
  [ "$(what own <log)" = "none verified not-authenticated verified not-authenticated" ]
  # Another meter with the same key file is not concerned, nor one whose tags are not asked for.
  meter-sim --meter kaifa-salzburg --print-keys >>own
  { sent 30; meter-sim --meter kaifa-salzburg -n 1 | mbus-frame; sent 20; } >two
  [ "$(what own <two)" = "verified none not-authenticated" ]
  [ "$(what own --auth ignore <log)" = "none unverified none unverified none" ]
  sed '1s/ ak=/ auth=none ak=/' own >none
  [ "$(what none <log)" = "none unverified none unverified none" ]
  sed '1s/ ak=/ auth=required ak=/' own >strict
  [ "$(what strict <log)" = "not-authenticated verified not-authenticated verified not-authenticated" ]
  [ "$(what strict --auth ignore <log)" = "$(what strict <log)" ]
  [ "$(dlms-decrypt -k own -qo hex <log 2>/dev/null | grep -vc '^#')" -eq 3 ]
}

@test "one warning for each title that has an AK and sends no tags, which says what to do" {
  { sent 20; sent 20; sent 20; } >log
  run -0 --separate-stderr dlms-decrypt -k own - <log
  [ "${#stderr_lines[@]}" -eq 1 ]
  [[ $stderr == *"auth=required in the key line refuses them, auth=none expects them"* ]]
  for line in 's/ ak=[0-9a-f]*//' 's/ ak=/ auth=none ak=/'; do
    sed "$line" own >other
    run -0 --separate-stderr dlms-decrypt -k other - <log
    [ -z "$stderr" ]
  done
}

@test "what a ciphered APDU does not protect is no reading" {
  for control in 00 10 50 11; do
    sent 30 | jq -c --arg sc $control '.hex |= .[0:22] + $sc + .[24:]' >forged
    auth=$(what own <forged)
    [[ $auth == not-* || $auth == tag-failed || $auth == wrong-key ]] || { echo "$control: $auth"; return 1; }
  done
  # What is signed alone, by whoever: not behind messages that were verified, nor where tags are required.
  # general-signing: no transaction-id, the title, three empty fields, a push, a signature
  title=$(sed -n 's/^title=\([0-9a-f]*\).*/\1/p' own)
  signed=df0008${title}0000000e0f000000010002021200011200020100
  [ "$(what own <<<"$signed")" = unverified ]
  { sent 30; echo "{\"v\":1,\"t\":\"apdu\",\"hex\":\"$signed\"}"; } >log
  [ "$(what own <log)" = "verified not-authenticated" ]
  sed 's/ ak=/ auth=required ak=/' own >strict
  [ "$(what strict <<<"$signed")" = not-authenticated ]
  # A tag alone proves enough.
  [ "$(sent 10 | what own)" = verified ]
  sed 's/ ak=[0-9a-f]*//' own >ek
  [ "$(sent 10 | what ek)" = not-authenticated ]
}

@test "a record that says it was deciphered is data, where there is a key for its title" {
  sent 30 | dlms-decrypt -k own >open
  [ "$(what own <open)" = not-authenticated ]
  [ "$(what own --trust-records <open)" = verified ]
  meter-sim --meter kaifa-salzburg --print-keys >others
  [ "$(what others <open)" = verified ]
  sent 30 | dlms-decrypt -k own -o hex >by-hand
  [ "$(what own <by-hand)" = not-authenticated ]
  [ "$(what own --trust-records <by-hand)" = verified ]
}

@test "auth= in a key file: its words, and an AK where one is required" {
  for wrong in auth=maybe auth= auth=require; do
    sed "s/ ak=/ $wrong ak=/" own >bad
    run -78 --separate-stderr dlms-decrypt -k bad - </dev/null
    [[ $stderr == *"auth= is required, check or none"* ]]
  done
  sed 's/ ak=[0-9a-f]*/ auth=required/' own >bad
  run -78 --separate-stderr dlms-decrypt -k bad - </dev/null
  [[ $stderr == *"auth=required without an authentication key"* ]]
}

@test "a meter that ciphers does not turn plain, also after a restart; until the user says so" {
  mqtt() { obis-mqtt --dry-run --allow-old "$@" 2>err; }
  sent 30 | dlms-decrypt -k own | cosem-decode >good
  # The same values later, plain, with the meter's number as before.
  for n in 1 2 3 4 5 6; do
    jq -c --argjson n $n '.auth = "plain" | .id = "\($n)" | .time |= sub("T0[0-9]"; "T1\($n)")' good
  done >forged
  cat good forged | mqtt >out
  [ "$(cut -f1 out | grep -c quarantine)" -eq 6 ]
  grep -q 'not ciphered, and this meter' out
  # Plain from the start, or of another meter, is no fault.
  mqtt forged >out
  ! grep -q 'not ciphered' out
  { cat good; jq -c '.meter = "other" | .values = []' forged; } | mqtt >out
  ! grep -q 'not ciphered' out
  meter=$(jq -r .meter good)
  cat good forged | mqtt --plain-meter other --plain-meter "$meter" >out
  ! grep -q 'not ciphered' out
  if [ -d "$cases" ]; then
    dlms-decrypt -qk keys - <"$cases/downgrade-genuine-then-plain-forged.apdu.json" | cosem-decode | mqtt >out
    [ "$(grep -c 'not ciphered, and this meter' out)" -eq 1 ]
  fi
}

@test "texts of a meter: no control, no turned direction and nothing unseen on a terminal, no formula in a spreadsheet" {
  # text HEX: a reading of a message 0-0:96.13.0 with these bytes, and an energy of -5 Wh
  text() {
    printf '0f00000001000202020209060000600d00ff09%02x%s020309060100010800ff0ffb02020f00161e' $((${#1} / 2)) "$1"
  }
  local unseen='\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa0-\xaf]|\xd8\x9c|\xef\xbb\xbf|\x1b|\xc2\x9b'
  for evil in 4142e280ae4344 e281a64142 1b5b33316d c29b33316d 41e280aa e2808b3132 41e280a842 d89c3132 efbbbf3132; do
    for form in json text csv annotated tree xml; do
      text $evil | cosem-decode -o $form >out
      [ -s out ]
      ! LC_ALL=C grep -qP "$unseen" out || { echo "$evil $form"; cat -v out; return 1; }
    done
    text $evil | cosem-decode | obis-mqtt --dry-run --allow-old >out 2>/dev/null
    ! LC_ALL=C grep -qP "$unseen" out || { echo "$evil mqtt"; cat -v out; return 1; }
  done
  # Of records that somebody else wrote: an APDU, and a reading whose text has a C1, too.
  printf '{"v":1,"t":"apdu","src":"\\u009b31m\\u202es","link":"mbus","security":{"service":"\\u001b]0;x\\u0007","title":"4b464d1020000001","auth":"none"},"hex":"%s"}\n' "$(text 4142)" >others
  for form in json text csv annotated tree xml hex; do
    cosem-decode -q -o $form others >out
    [ -s out ]
    ! LC_ALL=C grep -qP "$unseen|\x07" out || { echo "others $form"; cat -v out; return 1; }
  done
  dlms-decrypt --explain others >out
  meter-doctor others >>out
  [ -s out ]
  ! LC_ALL=C grep -qP "$unseen|\x07" out || { cat -v out; return 1; }
  printf '{"v":1,"t":"reading","meter":"\\u200b\\u202e1","values":[{"obis":"0-0:96.1.0","value":"\\u009b31m\\u202e"}]}\n' |
    obis-mqtt --dry-run --allow-old --no-json >out 2>/dev/null
  [ -s out ]
  ! LC_ALL=C grep -qP "$unseen" out || { cat -v out; return 1; }
  # =1+1, +1+1, -1+1, @SUM(A1), and a number that is one
  for evil in 3d312b31 2b312b31 2d312b31 4053554d284131290a; do
    text $evil | cosem-decode -o csv >out
    value=$(sed -n 2p out | cut -d, -f7)
    [[ $value == \'* || $value == \"\'* || $value =~ ^[0-9a-f]+$ ]] || { echo "$evil: $value"; return 1; }
    [ "$(sed -n 3p out | cut -d, -f7)" = -5 ]
  done
}

@test "a line whose messages are ciphered does not turn plain; files and other lines do not suffer" {
  meter() { meter-sim --meter e450-burgenland -n "$2" --start "2026-03-02T0$1:00:00Z" -o json "${@:3}"; }
  read_by() { mbus-frame -q "$@" | dlms-decrypt -qk own | cosem-decode -q | jq -r '.auth // .code' | xargs; }
  { meter 6 2; meter 7 2 --security none; meter 8 1; } >log
  [ "$(read_by <log)" = "verified verified downgrade downgrade verified" ]
  [ "$(jq -c 'del(.line) | .src = "tcp:gateway:8899"' log | read_by)" = "verified verified downgrade downgrade verified" ]
  # What was plain first, another line, and what comes from no line.
  { meter 6 1 --security none; meter 7 1; meter 8 1 --security none; } >mixed
  [ "$(read_by <mixed)" = "plain verified plain" ]
  { meter 6 1; meter 7 1 --security none | jq -c '.src = "other"'; } >two
  [ "$(read_by <two)" = "verified plain" ]
  [ "$(jq -c 'del(.line)' log | read_by)" = "verified verified plain plain verified" ]
  [ "$(jq -r .hex log | read_by)" = "verified verified plain plain verified" ]
  # Without a key nobody knows that its messages are ciphered.
  [ "$(mbus-frame -q <log | dlms-decrypt -q | jq -r '.code // "passed"' | xargs)" = "no-key no-key passed passed no-key" ]
  [ "$(mbus-frame -q <log | dlms-decrypt -qk own --auth ignore | grep -c '"t":"apdu"')" -eq 5 ]
  # The line's settings go no further than they are of use.
  mbus-frame -q <log | grep -q '"line":"2400-8E1"'
  ! mbus-frame -q <log | dlms-decrypt -qk own | cosem-decode -q | grep -q '"line"'
  [ "$(grep -c '"t":"error"' <(read_by <log))" -eq 0 ]
}

# counters STATE LOG [OPTION…]: of each message, its counter and whether it was there before
counters() {
  dlms-decrypt -k own --counter-state "$1" "${@:3}" "$2" 2>err |
    jq -r '"\(.security.counter // "-") \(if .t == "error" then .code else .security.replayed // "new" end)"' | xargs -rn 2 | tr '\n' ','
}

@test "--counter-state: what is sent again is marked, refused or dropped, in the next run too" {
  meter-sim --meter e450-burgenland -n 3 | mbus-frame >log
  first=$(jq -r .hex log | head -n 1 | cut -c 25-32)
  first=$((16#$first))
  new="$first new,$((first + 1)) new,$((first + 2)) new,"
  old="$first true,$((first + 1)) true,$((first + 2)) true,"
  [ "$(counters state log)" = "$new" ]
  [ ! -s err ]
  [ "$(stat -c %a state)" = 600 ]
  [ "$(counters state log)" = "$old" ]
  [ "$(grep -c . err)" -eq 1 ]
  grep -q "counter $first is not above $((first + 2)), which was there before" err
  [ "$(counters state log --replay refuse)" = "${new//new/replayed}" ]
  [ -z "$(counters state log --replay drop)" ]
  dlms-decrypt -k own --counter-state state --replay drop --stats log 2>&1 | grep -q '"replays":3'
  # Hex and records give the same.
  [ "$(jq -r .hex log | dlms-decrypt -qk own --counter-state state - | grep -c '"replayed":true')" -eq 3 ]
  # The reading says it, and obis-mqtt keeps it from the topics for good.
  for n in 1 2 3 4 5 6; do cat log; done | dlms-decrypt -qk own --counter-state state - | cosem-decode >readings
  [ "$(grep -c '"auth":"verified","replayed":true' readings)" -eq 18 ]
  obis-mqtt --dry-run readings 2>/dev/null | cut -f1 | sort | uniq -c >topics
  [ "$(awk '/quarantine/ { print $1 }' topics)" -eq 18 ]
  ! grep -q /json topics
  # Another key of the same meter, and the same meter after a reset.
  sed 's/ek=../ek=00/' own >other
  meter-sim --meter e450-burgenland -k other -n 1 | mbus-frame >with-other
  cat other >>own
  [ "$(counters state with-other)" = "$first new," ]
  title=$(sed -n 's/^title=\([0-9a-f]*\).*/\1/p;q' own)
  run -0 dlms-decrypt --counter-state state --counter-forget "$title"
  [[ $output == *"state: 2 counters of $title forgotten" ]]
  run -1 dlms-decrypt --counter-state state --counter-forget "$title"
  [ "$(counters state log)" = "$new" ]
  run -64 dlms-decrypt --counter-state state --counter-forget 12
  run -64 dlms-decrypt --replay drop log
}

@test "--counter-state: once verified, always verified, over the end of the run" {
  { sent 20; sent 30; } >log
  [ "$(what own --counter-state state <log)" = "none verified" ]
  meter-sim --meter e450-burgenland -n 3 --start 2026-03-02T07:00:00Z --security 20 | mbus-frame >later
  [ "$(what own --counter-state state <later)" = "not-authenticated not-authenticated not-authenticated" ]
  [ "$(what own <later)" = "none none none" ]
}

@test "--counter-state: a thousand meters; kill -9 loses what is new, never the file; a full disk is said" {
  meter-sim --meter t210d-steiermark --number 1-1000 --print-keys >own
  meter-sim --meter t210d-steiermark --number 1-1000 -n 3000 -o json | mbus-frame -q >log
  [ "$(counters state log | tr , '\n' | grep -c new)" -eq 3000 ]
  [ "$(counters state log | tr , '\n' | grep -c true)" -eq 3000 ]
  [ "$(stat -c %s state)" -le $((4096 * 17)) ]
  for n in 1 3; do
    rm -f state pipe
    mkfifo pipe
    dlms-decrypt -qk own --counter-state state - <pipe >out 3>&- &
    reader=$! # waiting starts processes of its own
    exec 6>pipe
    head -n $((n * 300)) log >&6
    wait_for eval '[ "$(wc -l <out)" -ge $((n * 300)) ]'
    kill -9 $reader
    exec 6>&-
    wait $reader || true
    # Each meter's first message was written at once.
    seen=$((n * 300 < 1000 ? n * 300 : 1000))
    [ "$(counters state log | tr , '\n' | head -n $seen | grep -c true)" -eq $seen ]
    [ ! -s err ] || grep -q 'which was there before' err
  done
  rm -f state
  new=$(trap '' XFSZ && ulimit -f 8 && counters state log)
  [ "$(tr , '\n' <<<"$new" | grep -c new)" -eq 3000 ]
  grep -q 'state: File too large; counters are kept in memory, trying again' err
  run -78 dlms-decrypt -k own --counter-state /dev/full log
  run -78 dlms-decrypt -k own --counter-state own log
  run -66 dlms-decrypt -k own --counter-state no/such log
}

# flipped METER: a thousand meters of this make send 14 messages each; in the 13th of each another bit is
# turned over on the way. Prints how many changed what is read, how many of these were refused.
flipped() {
  local meters=900
  (umask 077 && meter-sim --meter "$1" --number 1-$meters --print-keys >all-keys)
  meter-sim --meter "$1" --number 1-$meters -n $((14 * meters)) -o json | mbus-frame -q >sent
  # Behind DB 08, title, length, security control and counter.
  jq -c --argjson all $meters '
    def flip($h; $i; $b): ("0123456789abcdef" | index($h[$i:$i+1])) as $v
      | (if ($v / $b | floor) % 2 == 1 then $v - $b else $v + $b end) as $w
      | $h[:$i] + ("0123456789abcdef" | .[$w:$w+1]) + $h[$i+1:];
    if .seq == 13 then (.src | split("-") | last | tonumber) as $n
      | (if .hex[20:21] == "8" then (22 + 2 * (.hex[21:22] | tonumber)) else 22 end + 10) as $from
      | ($from + ((.hex | length) - $from) * ($n - 1) / $all | floor) as $i | .hex = flip(.hex; $i; [1, 2, 4, 8][$n % 4])
    else . end' <sent >flips
  local name
  for name in sent flips; do
    dlms-decrypt -qk all-keys <$name | cosem-decode -q >$name.readings
    obis-mqtt --dry-run --no-values --allow-old $name.readings 2>/dev/null >$name.topics
    grep -c '/quarantine' $name.topics >$name.refused || true
  done
  # Read, and not as it was sent.
  diff <(jq -r 'select(.seq == 13) | [.id, .meter, .time, [.values[] | del(.raw)]] | @json' sent.readings | sort) \
    <(jq -r 'select(.t == "reading" and .seq == 13) | [.id, .meter, .time, [.values[] | del(.raw)]] | @json' flips.readings | sort) |
    grep -c '^>' >changed || true
  echo "$(<changed) $(<flips.refused) $(<sent.refused)"
}

@test "a changed bit in a message without a tag: most that change what is read are refused, none else" {
  local meter least changed refused healthy
  while read -r meter least; do
    read -r changed refused healthy < <(flipped "$meter")
    echo "counted: $meter: of 900 messages with a bit turned over $changed are read as something else, $refused of these are refused" >&3
    [ "$healthy" -eq 0 ]
    [ "$changed" -gt 300 ]
    [ $((100 * refused)) -ge $((least * changed)) ]
  done <<'METERS'
kaifa-salzburg 75
kaifa-evn 65
am550-wien 35
METERS
}
