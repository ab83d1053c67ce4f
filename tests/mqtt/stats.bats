#!/usr/bin/env bats
# What obis-mqtt counts: on the topic of each meter, in a file of metrics, in the line of --stats.
load support

check=$BATS_TEST_DIRNAME/../support/metrics_check

ago() { date -u -d "$1 ago" +%Y-%m-%dT%H:%M:%S.%6NZ; }
# the last message on a topic in "sub"; the last stats line in "err"
last_on() { grep " $1 " sub | tail -n 1 | sed 's/^[^{]*//'; }
stats() { grep '^{"v":1,"t":"stats"' err | tail -n 1 | jq -c "$1"; }
has_stats() { [ "$(last_on "$1" | jq -c "$2")" = "$3" ]; }
error() { printf '{"v":1,"t":"error","ts":"%s","src":"%s","by":"mbus-frame","code":"%s","text":"x"}\n' "$(now)" "$1" "$2"; }
# three_periods: until --stats=TIME has come round three times more
three_periods() {
  local line='^{"v":1,"t":"stats"'
  wait_for said_times $(($(grep -c "$line" err) + 3)) "$line"
}
metric() { grep -F "meterpipe_$1{" m.prom | grep -F "$2" | sed 's/.* //'; }

@test "--stats=TIME: the topic of each meter, retained, every so often, when something came" {
  start_broker
  subscribe -t 'meterpipe/+/stats'
  start_publishing --stats=100ms
  now_ms
  began=$ms
  reading A 230 "$(ago 2seconds)" >&5
  reading B 230 >&5
  error tty9 bad-checksum >&5
  wait_for has_stats meterpipe/A/stats '[.readings, .meter, .tool, .publish_age.n]' '[1,"A","obis-mqtt",1]'
  wait_for has_stats meterpipe/tty9/stats '[.readings, .errors]' '[0,{"bad-checksum":1}]'
  # The first byte was two seconds ago.
  now_ms
  last_on meterpipe/A/stats | jq -e --argjson took $((ms - began)) '.age.min >= 2000
    and .publish_age.min >= .age.min and .publish_age.max <= $took + 2000' >&2
  # Its time has no fractions.
  last_on meterpipe/B/stats | jq -e --argjson took $((ms - began)) '.publish_age.max >= 0
    and .publish_age.max <= $took + 1000' >&2
  # Nothing new, no message.
  is_quiet() {
    before=$(wc -l <sub)
    three_periods
    [ "$(wc -l <sub)" = "$before" ]
  }
  wait_for is_quiet
  reading A 231 >&5
  wait_for has_stats meterpipe/A/stats '.readings' 2
  end_publishing
  [ "$(retained 'meterpipe/+/stats' | cut -d ' ' -f 1 | tr '\n' ' ')" = "meterpipe/A/stats meterpipe/B/stats meterpipe/tty9/stats " ]
  # The last line is of all of them.
  [ "$(stats '[.readings, .errors, .publish_age.n]')" = '[3,{"bad-checksum":1},3]' ]
}

@test "without the option none comes at once, of a log and of a dry run none at all" {
  start_broker
  reading A 230 >in
  subscribe -t '#'
  publish in
  publish --dry-run in >dry
  publish --preset predecessor in
  not grep stats sub
  not grep stats dry
  # Who asks has them of a log at its end, with all its acknowledgements.
  publish --stats in
  wait_for has_stats meterpipe/A/stats '[.readings, .publish_age.n, .delivered]' '[1,1,3]'
  publish --preset predecessor --stats-topic 'x/{meter}/counters' in
  wait_for has_stats x/A/counters .readings 1
  publish --stats --stats-topic off --client-id last in
  wait_for said 'bridge/last offline' sub
  [ "$(grep -c '"t":"stats"' sub)" = 2 ]
  run -64 publish --stats-topic 'meterpipe/{meter}/json' in
  run -64 publish --stats-topic 'x/{obis}' in
}

@test "each event moves its counter" {
  start_broker
  {
    reading A 230
    reading A 230 # the same id: repeated
    reading A 231
    reading A 231 | sed 's/tty0/tty1/' # by another way
    error A no-key
    error A no-key
    echo nonsense
  } >in
  publish --stats in
  [ "$(stats '[.readings, .refused, .duplicates, .errors, .bad_lines]')" = '[2,1,1,{"no-key":2},1]' ]
  [ "$(stats '[.reconnects, .dropped, .unsendable, .refused_by_broker, .queue.messages, .spool]')" = '[0,0,0,0,0,null]' ]
  [ "$(stats '.published == .delivered and .published > 8')" = true ]
  # Nobody there: what there is no room for is dropped, the rest waits.
  port=1
  for i in 1 2 3 4; do reading A $((240 + i)); done | publish --stats --queue 4 --linger 100ms || true
  [ "$(stats '[.published, .dropped, .queue.messages, .delivered]')" = '[12,9,3,0]' ]
}

@test "reconnects, and how old what waited is" {
  start_broker
  start_publishing --stats
  reading A 230 >&5
  wait_for said meterpipe/A/json broker.log
  stop_broker
  wait_for said 'connection to .* lost'
  reading A 231 >&5
  nap 500 # so old it gets
  start_broker
  wait_for said_times 2 meterpipe/A/json broker.log
  end_publishing
  [ "$(stats .reconnects)" = 1 ]
  [ "$(stats '.publish_age.n == 2 and .publish_age.max >= 500')" = true ]
}

@test "--spool: its depth while the broker is away, its age when it is back" {
  mkfifo pipe
  "$OBIS_MQTT" --broker "mqtt://$host:$port" --linger 100ms --spool s.db <pipe 2>err 3>&- 5>&- &
  publisher=$!
  children+=("$publisher")
  exec 5>pipe
  now_ms
  began=$ms
  for i in 1 2 3 4 5; do reading A $((230 + i)) >&5; done
  wait_for hears "$publisher" USR1
  asked() {
    sends USR1 "$publisher"
    [ "$(stats "$1")" = "$2" ]
  }
  wait_for asked .spool.readings 5
  nap 400 # so old they get
  wait_for asked '.spool.readings == 5 and .spool.oldest_age >= 400' true
  now_ms
  stats '.spool' | jq -e --argjson took $((ms - began)) '.bytes > 500 and .oldest_age <= $took'
  end_publishing
  start_broker
  : | publish --spool s.db --stats --metrics m.prom
  [ "$(stats '[.spool.readings, .spool.oldest_age, .publish_age.n, .readings]')" = '[0,null,5,0]' ]
  [ "$(stats '.publish_age.min >= 400')" = true ]
  "$check" <m.prom
  [ "$(metric spool_readings '')" = 0 ]
}

@test "--metrics: Prometheus's format, whole at any time, others may read it" {
  start_broker
  now_ms
  began=$ms
  reading 'A"\b' 230 "$(ago 2seconds)" | sed 's/A"\\b/A\\"\\\\b/' >in
  { reading B 230; error B no-key; error B noise; } >>in
  umask 077
  publish --metrics m.prom --client-id me in
  "$check" <m.prom
  [ "$(stat -c %a m.prom)" = 644 ]
  [ ! -e m.prom.tmp ]
  [ "$(metric readings_total 'meter="A\"\\b"')" = 1 ]
  [ "$(metric readings_total 'client="me",meter="B"')" = 1 ]
  [ "$(metric errors_total 'meter="B",code="noise"')" = 1 ]
  [ "$(metric publish_age_seconds_count 'meter="B"')" = 1 ]
  now_ms
  metric publish_age_seconds 'meter="A\"\\b",quantile="0.99"' |
    awk -v most=$((ms - began)) '{ exit !($1 >= 2 && $1 <= 2 + most / 1000) }'
  # The last reading's time is the record's.
  ts=$(sed -n 's/.*"ts":"\([^"]*\)".*"meter":"B".*/\1/p' in | head -n 1)
  [ "$(metric last_reading_timestamp_seconds 'meter="B"')" = "$(date -d "$ts" +%s.%6N)" ]
  # The checker sees what is wrong.
  for change in '/TYPE/d' 's/"} /} /' '$p' 's/_total/_sum/' 's/ [0-9.]*$/ x/'; do
    not eval 'sed "$change" m.prom | "$check"' >/dev/null
  done
}

@test "--metrics while it runs: there at the start, renewed, a folder that goes is said once" {
  mkdir d
  start_broker
  start_publishing --metrics d/m.prom --stats=50ms
  wait_for test -s d/m.prom
  reading A 230 >&5
  wait_for said 'meterpipe_readings_total.*meter="A"} 1' d/m.prom
  for _ in 1 2 3 4 5; do "$check" <d/m.prom; done
  mv d gone # at once, whatever is in it
  wait_for said 'd/m.prom.tmp: No such file or directory'
  three_periods
  mkdir d
  wait_for test -s d/m.prom
  end_publishing
  [ "$status" = 0 ]
  [ "$(grep -c 'd/m.prom' err)" = 2 ] # gone, and back
}

@test "--metrics FILE that cannot be written ends it at the start" {
  reading A 230 >in
  run -66 publish --metrics nowhere/m.prom in
  run -74 publish --metrics . in
  run -64 publish --metrics d/ in
  run -64 publish --metrics '' in
  if [ "$(id -u)" != 0 ]; then
    mkdir shut
    chmod 500 shut
    run -77 publish --metrics shut/m.prom in
  fi
}

@test "-vv: when a reading comes, when it is acknowledged" {
  start_broker
  reading A 230 >in
  publish -vv in
  grep -qE 'debug: meter A: reading, [0-9]+\.[0-9]{3} ms since its first byte' err
  grep -qE 'debug: meter A: acknowledged, [0-9]+\.[0-9]{3} ms since its first byte' err
  publish -v in
  not grep 'since its' err
}

@test "-v and -vv speak of readings, -vvv of packets, too" {
  start_broker
  reading A 230 >in
  for level in -v -vv; do
    publish $level in
    not grep libmosquitto err
  done
  [ "$(grep -c 'meter A: ' err)" = 2 ]
  publish -vvv in
  grep -q 'debug: libmosquitto: .*PUBACK' err
}

@test "--metrics: a file that is something else is not overwritten" {
  reading A 230 >in
  echo secret >password
  chmod 600 password
  cp in copy
  ln in hard
  ln -s in soft
  for file in in ./in hard soft; do
    run -64 publish --metrics $file in
    said "[-]-metrics: $file would overwrite in"
  done
  cp in m.tmp
  run -64 publish --metrics m m.tmp
  run -64 publish --metrics in <in
  run -64 publish --metrics in --follow in
  run -64 publish --metrics s.db --spool s.db in # neither is there yet
  run -64 publish --metrics s.db-wal --spool ./s.db in
  run -64 publish --metrics s.db-shm --spool s.db in
  run -64 publish --broker mqtt://me@localhost --metrics password --password-file password in
  for option in --ca --cert --key; do
    run -64 publish --metrics password $option password in
  done
  cmp in copy
  [ "$(cat password)" = secret ]
  cmp m.tmp copy
}

@test "the counters are no readings in the spool" {
  start_broker
  for n in $(seq 20); do reading A $((230 + n)); done >in
  publish --spool s.db --stats in
  [ "$(stats '[.spool.readings, .published == .delivered]')" = '[0,true]' ]
  start_publishing --spool s.db --stats=50ms --linger 100ms
  reading A 260 >&5
  wait_for said_times 2 meterpipe/A/stats broker.log
  stop_broker
  wait_for said 'connection to .* lost'
  reading A 261 >&5
  three_periods
  end_publishing
  said '1 readings stay in the spool'
  [ "$(stats .spool.readings)" = 1 ]
}

@test "--backlog history: what was published is in one of the counters" {
  for n in $(seq 9); do reading A $((230 + n)); done >in
  publish --stats --backlog history --linger 0 in || true # nobody there
  [ "$(stats '.published > 8 and .published == .delivered + .dropped + .superseded + .queue.messages')" = true ]
  publish --stats --backlog history --spool s.db --linger 0 in
  before=$(stats .published)
  start_broker
  : | publish --stats --backlog history --spool s.db
  [ "$(stats ".published + $before == .delivered + .superseded")" = true ]
  [ "$(stats '.superseded > 0')" = true ]
}

@test "--raw has no counters on topics" {
  run -64 "$OBIS_MQTT" --raw --stats-topic a --dry-run </dev/null
  [[ $output == *--stats-topic* ]]
}

@test "with the wrong key the service says so, and what to do, at the first and as they double" {
  "$METERPIPE_BIN/meter-sim" --print-keys | sed 's/ek=[0-9a-f]*/ek=00112233445566778899aabbccddeeff/' >keys
  chmod 600 keys
  "$METERPIPE_BIN/meter-sim" -n 9 --start now | "$METERPIPE_BIN/mbus-frame" |
    "$METERPIPE_BIN/dlms-decrypt" -k keys 2>/dev/null | "$METERPIPE_BIN/cosem-decode" 2>/dev/null >in
  title=$(sed -n 's/^title=\([0-9a-f]*\).*/\1/p' keys)
  start_broker
  run -0 publish --discovery --stats in
  [ "$(grep -c "warning: wrong-key of $title" err)" = 4 ] # 1, 2, 4, 8
  said "wrong-key of $title: deciphered bytes are no DLMS APDU.*; always: check the EK in the key file"
  said "wrong-key of $title, 8 so far: "
  retained "meterpipe/$title/diagnostics" | cut -d' ' -f2- |
    jq -e '.problem and .errors == 9 and .last_error == "wrong-key" and (.reason | contains("check the EK"))'
  retained "meterpipe/$title/stats" | cut -d' ' -f2- | jq -e '.problem == "wrong-key"'
  # Home Assistant can show it, before anything has been read.
  retained "homeassistant/device/meterpipe_$title/config" | cut -d' ' -f2- |
    jq -e '.components.diag_problem.device_class == "problem" and .components.diag_reason.state_topic == "meterpipe/'"$title"'/diagnostics"'
  [ "$(retained 'meterpipe/bridge/+' | cut -d' ' -f2)" = offline ]
}
