#!/usr/bin/env bats
# --raw: every record as it is, on the topic of its meter and type, and nothing else.
load support

dry() { "$OBIS_MQTT" --dry-run --raw "$@" 2>err; }

# One record of each type, of one meter where they have one.
records() {
  local security='"security":{"service":"general-glo-ciphering","title":"4b464d1020000001","counter":7}'
  echo '{"v":1,"t":"bytes","src":"tty0","seq":1,"ms":9,"why":"gap","hex":"6804"}'
  echo '{"v":1,"t":"frame","src":"tty0","link":"mbus","c":"53","hex":"6804"}'
  echo '{"v":1,"t":"apdu","src":"tty0","seq":1,"link":"mbus","hex":"0f80"}'
  echo '{"v":1,"t":"apdu","src":"tty0","seq":2,"link":"mbus",'"$security"',"hex":"0f80"}'
  echo '{"v":1,"t":"mbus","src":"tty0","id":"12345678","manufacturer":"KAM","hex":"68"}'
  echo '{"v":1,"t":"mbus","src":"tty0","hex":"68"}'
  echo '{"v":1,"t":"reading","src":"tty0","id":"4b464d1020000001:7","meter":"1KFM1","values":[]}'
  echo '{"v":1,"t":"error","src":"tty0","code":"tag-failed",'"$security"'}'
  echo '{"v":1,"t":"error","src":"tty0","code":"noise"}'
  echo '{"v":1,"t":"weather/+","src":"roof","wind":3}'
  echo '{"v":9,"t":"reading","meter":"77","new":true}'
  echo '{"v":1,"t":"reading","src":"tty0","meter":"8","values":[{"obis":1}]}'
}

topics() {
  cat <<END
meterpipe/tty0/raw/bytes
meterpipe/tty0/raw/frame
meterpipe/tty0/raw/apdu
meterpipe/4b464d1020000001/raw/apdu
meterpipe/12345678/raw/mbus
meterpipe/tty0/raw/mbus
meterpipe/1KFM1/raw/reading
meterpipe/1KFM1/raw/error
meterpipe/tty0/raw/error
meterpipe/roof/raw/weather__
meterpipe/77/raw/reading
meterpipe/8/raw/reading
END
}

@test "each record, line as it is, on its topic; nothing else" {
  records >in
  topics | paste - in >want
  dry in >got
  diff want got
  said '^obis-mqtt: warning: in:11: record of version 9, this program knows 1: passed on as it is$'
  run -65 "$OBIS_MQTT" --dry-run --raw --strict in
}

@test "at a broker: in order, not retained, with the reading's id in MQTT 5" {
  start_broker
  subscribe -V 5 -F '%r %q %t %C %P' -t '#'
  records >in
  run -0 publish --raw --mqtt 5 --client-id me <in
  wait_for has_lines sub 14
  {
    echo '0 1 meterpipe/bridge/me  '
    topics | sed 's,.*,0 1 & application/json ,; s,.*1KFM1/raw/reading.*,&id:4b464d1020000001:7,'
    echo '0 1 meterpipe/bridge/me  '
  } >want
  diff want sub
  [ "$(retained '#')" = "meterpipe/bridge/me offline" ]
}

@test "behind mbus-frame: what came off the wire arrives byte for byte" {
  [ -x "$METERPIPE_BIN/mbus-frame" ] || skip "mbus-frame is not built"
  start_broker
  subscribe -F '%p' -t 'meterpipe/+/raw/#'
  printf '%s\n' '{"v":1,"t":"bytes","src":"tty0","seq":1,"ms":9,"why":"frame","hex":"680303685310017416"}' \
    '{"v":1,"t":"bytes","src":"tty0","seq":2,"ms":9,"why":"gap","hex":"0102"}' >in
  "$METERPIPE_BIN/mbus-frame" <in >records 2>/dev/null
  [ -s records ]
  run -0 publish --raw records
  wait_for has_lines sub "$(wc -l <records)"
  diff records sub
}

# apdu TITLE SEQ [FIELD]: an APDU as mbus-frame has it, which nobody has deciphered yet
apdu() { printf '{"v":1,"t":"apdu","src":"tty0","seq":%s,"link":"mbus"%s,"hex":"db08%s820155210000%04d00"}\n' "$2" "${3-}" "$1" "$2"; }

@test "an APDU that is not deciphered yet is of the meter whose title it begins with" {
  {
    apdu 4b464d1020000001 1
    apdu 4B464D1020000002 2
    echo '{"v":1,"t":"apdu","src":"tty0","hex":"dd0101084b464d1020000003000000000021000000ff00"}'
    # No title in it, one that is cut, plain data, no hex at all; and a reading that names the title's meter.
    for hex in db00820155210000000100 db084b46 0f8000000100 xyz; do echo '{"v":1,"t":"apdu","src":"tty0","hex":"'$hex'"}'; done
    echo '{"v":1,"t":"reading","src":"tty0","id":"4b464d1020000001:7","meter":"1KFM1","values":[]}'
    apdu 4b464d1020000001 3
  } >in
  dry in | cut -d/ -f2 >got
  printf '%s\n' 4b464d1020000001 4b464d1020000002 4b464d1020000003 tty0 tty0 tty0 tty0 1KFM1 1KFM1 | diff - got
}

@test "--raw-order meter: of a meter one record is on its way at a time: what is sent again follows nothing newer" {
  start_broker
  start_publishing --raw --raw-order meter --client-id me -vvv
  wait_for said 'connected to'
  kill -STOP "$broker"
  for n in 1 2 3; do apdu 4b464d1020000001 $n >&5; done
  apdu 4b464d1020000002 4 >&5
  wait_for said 'sending PUBLISH.*4b464d1020000002' # behind those that could go before it
  [ "$(grep -c 'sending PUBLISH.*4b464d1020000001' err)" = 1 ]
  kill -CONT "$broker"
  end_publishing
  [ "$status" = 0 ]
  [ "$(grep -c 'sending PUBLISH.*4b464d1020000001' err)" = 3 ]
}

@test "-n counts records of any type; --raw-topic; bad lines cost themselves only" {
  records >in
  [ "$(dry -n 3 in | wc -l)" = 3 ]
  [ "$(dry -n 1 --raw-topic 'x/{type}/{src}/{meter}' in | cut -f1)" = x/bytes/tty0/tty0 ]
  { head -n 1 in; echo '{"v":1,"t":"apdu"'; echo 0f80; sed -n 2p in; } >mixed
  [ "$(dry mixed | wc -l)" = 2 ]
  said 'error: mixed:2: .*; a record was expected'
  said 'error: mixed:3: 2 bytes of hex where a record was expected'
}

@test "mistakes on the command line" {
  mistake() { # WORD OPTION…
    local word=$1
    shift
    run -64 --separate-stderr "$OBIS_MQTT" "$@" /dev/null
    [[ "$stderr" == "obis-mqtt: error: "*"$word"* ]]
  }
  mistake "--raw-topic says nothing without --raw" --raw-topic x
  mistake "--raw-order says nothing without --raw" --raw-order meter
  mistake "{obis} is not known" --raw --raw-topic 'x/{obis}'
  mistake "{type} is not known" --topic 'x/{obis}/{type}'
  for option in --topic=x/{obis} --json-topic=x --error-topic=x --quarantine-topic=x --values \
    --json --retain --allow-old; do
    mistake "nothing about --raw" --raw "$option"
  done
  mistake "nothing about --raw" --raw --mqtt 5 --expire 1h
}
