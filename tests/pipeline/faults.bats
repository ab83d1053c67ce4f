#!/usr/bin/env bats
# meter-sim --fault end to end: options, records with their marks and times, the truth, the tools.

load ../support/wait

setup() {
  build=${METERPIPE_BUILD:-$BATS_TEST_DIRNAME/../../build}
  sim=$build/meter-sim
  work=$(mktemp -d)
  cd "$work"
}

teardown() {
  if [[ -n ${simulator:-} ]]; then kill -KILL "$simulator" 2>/dev/null || true; fi
  rm -rf "$work"
}

faults() { "$sim" --list-faults | sed 's/[[ ].*//'; }
said() { sed 's/.*"fault"://; s/}$//' truth; }

@test "the right rate is no wrong one" {
  run "$sim" --meter kaifa-salzburg --fault wrong-baud=2400 -n 1
  [ "$status" -eq 64 ]
  [[ $output == *"sends at 2400"* ]]
  "$sim" --meter am550-wien --fault wrong-baud=2400 -n 1 > /dev/null
}

@test "the list has every fault of the manual, with layers and causes" {
  faults | sort >listed
  [ "$(wc -l <listed)" -ge 34 ]
  sed -n '/^\.Sh FAULTS/,/^\.Sh EXIT/p' "$BATS_TEST_DIRNAME/../../man/meter-sim.1" |
    sed -n 's/^\.It Cm //p' | sed 's/ Ns.*//' | tr -d ' ' | tr ',' '\n' | sort >described
  diff listed described
  [ "$("$sim" --list-faults | grep -cE ': (line|framing|transport|cipher|key|apdu|layout|clock|none)/[a-z-]+$')" -eq "$(wc -l <listed)" ]
}

@test "mistakes are one line and 64" {
  for wrong in nois noise=2 noise, bitflip=0 silence=1 noise,noise clock=x wrong-baud=1; do
    run "$sim" -n 1 --fault "$wrong"
    echo "$wrong: $status $output"
    [ "$status" -eq 64 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *"--fault: "* ]]
  done
  for share in 0 1.5 -1 x; do
    run "$sim" -n 1 --fault zeros --fault-share "$share"
    [ "$status" -eq 64 ]
  done
}

@test "a fault that the meter cannot have says why" {
  check() {
    run "$sim" -n 1 --meter "$1" --fault "$2" --truth truth "${@:4}"
    echo "$1 $2: $status $output"
    [ "$status" -eq 64 ]
    [[ $output == *"--fault ${2%%=*}"*": "*"$3"* ]]
    [ ! -e truth ]
  }
  check elster-vkw lost-segment "sends a message in one frame (--segment N cuts it)"
  check e450-steiermark lost-segment "lost-block"
  check kaifa-salzburg lost-block "sends no blocks (--blocks N)"
  check kaifa-salzburg wrong-tag "sends no authentication tag"
  check kaifa-salzburg wrong-ak "sends no authentication tag"
  for key in wrong-key swap-keys garbled-key=halves wrong-title suite compressed counter-backwards; do
    check kaifa-norway "$key" kaifa-norway
  done
  check t210d-steiermark checksum "without a check"
  check xt211-czech clock "sends no time"
  check dsmr-p1 clock-zone "claims no time zone"
  check kaifa-salzburg unread "has no gas meter at a P1 port"
  check dsmr-p1 layout "sends no list"
  check dsmr-p1 bad-apdu "a telegram"
  check xt211-czech bad-apdu "bare"
  check kaifa-salzburg parity=marked "-o json"
  check aidon-norway reorder "no counter"
  printf '* 000102030405060708090a0b0c0d0e0f\n' >keys && chmod 600 keys
  check kaifa-salzburg swap-keys "has no AK" -k keys
  # What is offered instead works.
  "$sim" -n 1 --meter elster-vkw --fault lost-segment --segment 50 >/dev/null
  "$sim" -n 1 --fault lost-block --blocks 99 >/dev/null
  "$sim" -n 1 --fault wrong-tag --security 30 >/dev/null
}

@test "without a fault nothing is said of one; with one every line says what was done" {
  "$sim" -n 2 --truth truth >/dev/null
  run grep -c '"fault"' truth
  [ "$output" = 0 ]
  "$sim" -n 3 --fault lost-segment --truth truth >/dev/null
  [ "$(said | sort -u)" = '{"names":["lost-segment"],"layer":"transport","cause":"segment-lost"}' ]
  [ "$(grep -c '"frames":2' truth)" -eq 3 ]
  "$sim" -n 3 --fault duplicate --truth truth >/dev/null
  [ "$(said | sort -u)" = '{"names":["duplicate"],"layer":"none","cause":"none"}' ]
  "$sim" -n 1 --fault clock=1800 --fault bitflip=5 --truth truth >/dev/null
  [ "$(said)" = '{"names":["clock","bitflip"],"layer":"framing","cause":"checksum","bytes":5}' ]
  "$sim" -n 3 --fault counter-backwards --truth truth >/dev/null
  [ "$(said | head -1)" = null ]
  "$sim" -n 1 --meter xt211-czech --fault bitflip --truth truth >/dev/null
  [ "$(said)" = '{"names":["bitflip"],"layer":null,"cause":null,"bytes":1}' ]
  "$sim" -n 2 --fault silence --truth truth >out
  [ ! -s out ]
  [ "$(said | sort -u)" = '{"names":["silence"],"layer":"line","cause":"nothing-received"}' ]
}

@test "the truth's other keys are what the message says" {
  "$sim" -n 1 --fault wrong-title,compressed --truth truth >/dev/null
  title=$(sed 's/.*"title":"\([^"]*\)".*/\1/' truth)
  [ "$title" != 4b464d1020895441 ]
  [[ $title == 4b464d1020* ]]
  grep -q "\"apdu\":\"db08${title}820155a1" truth
  grep -q '"sc":"a1"' truth
  "$sim" -n 1 --fault clock=-3600 --truth truth >/dev/null
  grep -q '"time":"2026-03-02T06:00:00+01:00"' truth
  "$sim" -n 1 --fault clock-zone --truth truth >/dev/null
  grep -q '"time":"2026-03-02T07:00:00+00:00"' truth
}

@test "the same options give the same bytes, in every form; a share touches some" {
  for fault in noise bitflip modbus layout wrong-baud lost-segment; do
    for form in hex json bin; do
      "$sim" -n 4 --fault $fault -o $form >a
      TZ=Asia/Tokyo "$sim" -n 4 --fault $fault -o $form >b
      cmp a b
    done
    [ "$("$sim" -n 4 --fault $fault | tr -d '\n')" = "$("$sim" -n 4 --fault $fault -o bin | od -An -v -tx1 | tr -d ' \n')" ]
    [ "$("$sim" -n 4 --fault $fault | tr -d '\n')" = "$("$sim" -n 4 --fault $fault -o json | sed 's/.*"hex":"//; s/".*//' | tr -d '\n')" ]
  done
  "$sim" -n 200 --fault checksum --fault-share 0.1 --truth truth >some
  touched=$(said | grep -c checksum)
  [ "$touched" -gt 5 ] && [ "$touched" -lt 50 ]
  "$sim" -n 200 >none
  [ "$(diff some none | grep -c '^<')" -eq "$touched" ]
}

@test "json: marks, times and the reader's line" {
  "$sim" -n 2 --fault parity=marked -o json >records
  [ "$(wc -l <records)" -eq 4 ]
  [ "$(grep -c '"marked":\[0,1,2,.*,255\]' records)" -eq 2 ]
  grep -q '"why":"frame"' records
  # At another rate it takes as long as the meter sends, and no frame ends a record.
  "$sim" -n 2 --fault wrong-baud -o json >records
  cat records | cut -c1-200
  [ "$(grep -c '"line":"9600-8E1"' records)" -eq 2 ]
  [ "$(grep -c '"why":"gap"' records)" -eq 2 ]
  [ "$(grep -c '"ms":17[12][0-9],' records)" -eq 2 ]
  [ "$(grep -c '"marked":\[[0-9]' records)" -eq 2 ]
  "$sim" -n 1 --fault wrong-baud=300 -o json >records
  grep -q '"line":"300-8E1"' records
  "$sim" -n 1 --fault silence -o json >records
  [ ! -s records ]
}

@test "the tools see each fault where it is" {
  "$sim" --meter e450-burgenland --print-keys >keys && chmod 600 keys
  check() {
    "$sim" --meter e450-burgenland -n 6 --fault "$1" -o json | "$build/mbus-frame" |
      "$build/dlms-decrypt" -k keys 2>/dev/null | "$build/cosem-decode" >out
    echo "$1: $(sed 's/.*"t":"\([a-z]*\)".*"code":"\([^"]*\)".*/\1 \2/' out | cut -c1-60 | sort | uniq -c)"
    [ "$(grep -c "$2" out)" -eq 6 ]
  }
  check checksum '"code":"bad-fcs"'
  check wrong-ak '"code":"tag-failed"'
  check wrong-tag '"code":"tag-failed"'
  check wrong-key '"code":"wrong-key"'
  check swap-keys '"code":"wrong-key"'
  check garbled-key=reversed '"code":"wrong-key"'
  check suite '"code":"unsupported-cipher"'
  check wrong-title '"code":"no-key"'
  check rsp-ud '"layout":"mbus"'
  check replay '"t":"reading"'
  check layout '"pos":0,'
}

@test "a line that is a pty carries the fault" {
  "$sim" --pty line --line 115200-8E1 --interval 100ms -n 2 --fault parity=seven --truth truth &
  simulator=$!
  wait_for test -L line
  { cat line || true; } 2>/dev/null >read
  ends "$simulator"
  [ "$status" -eq 0 ]
  [ "$(wc -c <read)" -eq 752 ]
  [ "$(od -An -v -tx1 read | tr -s ' ' '\n' | grep -c '^68$')" -eq 0 ]
  [ "$(grep -c '"cause":"parity"' truth)" -eq 2 ]
  grep -q '"sent":"' truth
}
