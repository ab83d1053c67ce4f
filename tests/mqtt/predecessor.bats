#!/usr/bin/env bats
# Coming from smart-meter-mbus-dlms: a test for each option of its MQTT section, and what it published
# against what is published now (recorded outputs are read in place; without them that test says so).
load support

recorded=$BATS_TEST_DIRNAME/../../../shared/predecessor-output
capture=$BATS_TEST_DIRNAME/../../../shared/captures/salzburg-ma309m-plain.hex

dry() { "$OBIS_MQTT" --dry-run "$@" 2>err; }
topics() { dry --no-json "$@" | cut -f1; }
payloads() { dry --no-json "$@" | cut -f2; }

# message TS [POWER]: what a meter with import and export says, date-time first
message() {
  printf '{"v":1,"t":"reading","ts":"%s","src":"tty0","id":"4b464d1000000001:%s","meter":"1KFM1",' \
    "$1" "${2:-1}"
  printf '"time":"2022-11-12T16:54:00+01:00","invoke":77,"auth":"none","layout":"nested","values":['
  printf '{"obis":"0-0:1.0.0","name":"Clock","value":"2022-11-12T16:54:00+01:00","hex":"07e60b0c0610360000ffc400","type":"octet-string"},'
  printf '{"obis":"0-0:96.1.0","name":"Meter number","value":"1KFM1","type":"octet-string"},'
  printf '{"obis":"1-0:32.7.0","name":"Voltage L1","value":232.0,"unit":"V"},'
  printf '{"obis":"1-0:1.7.0","name":"Active power import","value":%s,"unit":"W"},' "${2:-1}"
  printf '{"obis":"1-0:2.7.0","name":"Active power export","value":0,"unit":"W"}]}\n'
}

needs() { "$OBIS_MQTT" --help | grep -q -e "^  $1 " || skip "this obis-mqtt has no $1"; }

has_recorded() {
  [ -e "$recorded/mqtt-de.tsv" ] && [ -e "$capture" ] || skip "no recorded outputs here"
  "$METERPIPE_BIN/cosem-decode" "$capture" >in
}

@test "enabled, testMode: what would be published, and no password" {
  message "$(now)" >in
  METERPIPE_MQTT_PASSWORD=hunter2 dry -vv --preset predecessor \
    --broker mqtt://me@nowhere.invalid in >out
  [ "$(wc -l <out)" = 6 ]
  cat out err >all
  not grep -q hunter2 all
}

@test "host, port, clientId, username, password: it was QoS 0 and lost; now it waits for the broker" {
  : >passwd
  chmod 600 passwd
  mosquitto_passwd -b passwd meter geheim
  message "$(now)" >in
  METERPIPE_MQTT_PASSWORD=geheim "$OBIS_MQTT" --preset predecessor --client-id house --linger 10m \
    --broker "mqtt://meter@$host:$port" in 2>err 3>&- &
  publisher=$!
  children+=($publisher)
  wait_for said 'not connected to'
  start_broker "allow_anonymous false" "password_file $PWD/passwd"
  ends $publisher
  [ "$status" = 0 ]
  said "as house (.*u'meter'" broker.log
  [ "$(grep -c "Received PUBLISH from house (d., q1, r0, .*'SmartMeter/" broker.log)" = 6 ]
}

@test "rejectUnauthorized: TLS is negotiated, a self-signed certificate refused or accepted" {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
    -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout key -out crt 2>/dev/null
  start_broker "allow_anonymous true" "certfile $PWD/crt" "keyfile $PWD/key"
  message "$(now)" >in
  tls() { "$OBIS_MQTT" --preset predecessor --broker "mqtts://localhost:$port" "$@" in 2>err; }
  run -69 tls
  not said 'Received PUBLISH' broker.log
  run -0 tls --insecure
  said "'SmartMeter/Electricity/Main/json'" broker.log
  run -0 tls --ca crt
}

@test "topicBase: with or without a slash at the end" {
  message "$(now)" >in
  for base in home/power home/power/; do
    dry --preset predecessor --topic-base $base in | cut -f1 >got
    [ "$(grep -c '^home/power/[A-Za-z0-9]*$' got)" = 6 ]
  done
  [ "$(dry --topic-base 'a/{src}/{meter}' in | head -n 1 | cut -f1)" = a/tty0/1KFM1/json ]
  # all topics stand below it, and a template of its own wins
  { echo '{"v":1,"t":"error","src":"s","code":"noise"}'; cat in; } >both
  [ "$(dry --topic-base b --json-topic j both | cut -f1 | sort | xargs)" = \
    "b/0-0:1.0.0 b/0-0:96.1.0 b/1-0:1.7.0 b/1-0:2.7.0 b/1-0:32.7.0 b/error j" ]
  run -64 dry --topic-base 'a/#' in
  said '--topic-base'
}

@test "topicObisIdentifier: topics by name or by code" {
  message "$(now)" >in
  [ "$(topics --topic 'm/{obis}' in | xargs)" = \
    "m/0-0:96.1.0 m/1-0:32.7.0 m/1-0:1.7.0 m/1-0:2.7.0 m/0-0:1.0.0" ]
  [ "$(topics --topic 'm/{name}' in | tr '\n' ';')" = \
    "m/Meter number;m/Voltage L1;m/Active power import;m/Active power export;m/Clock;" ]
  [ "$(topics --topic 'm/{name}' --language de in | sed -n 2p)" = "m/Spannung L1" ]
  [ "$(topics --topic 'm/{name}' --name-format '[measurement] [tariff]' in | sed -n 2p)" = \
    "m/L1 voltage Total" ]
  run -64 dry --name-format '[nothing]' in
  run -64 dry --language fr in
}

@test "topicIdentifierReplaceUmlauts: all of them, not the first of each" {
  message "$(now)" | sed 's/Voltage L1/äöüÄÖÜßäöüÄÖÜß/' >in
  [ "$(topics --topic '{name}' --umlauts replace in | sed -n 2p)" = aeoeueAeOeUessaeoeueAeOeUess ]
  [ "$(topics --topic '{name}' in | sed -n 2p)" = äöüÄÖÜßäöüÄÖÜß ]
  run -64 dry --umlauts some in
}

@test "topicIdentifierInvalidCharsRegex, Replacement: on characters; import and export stay apart" {
  message "$(now)" | sed 's/Voltage L1/Späßchen 1/' >in
  [ "$(topics --topic '{name}' --topic-invalid '[^a-z]' in | sed -n 2p)" = pchen ]
  [ "$(topics --topic '{name}' --topic-invalid '[^a-zA-Z]' --topic-replacement . in | sed -n 2p)" = \
    Sp..chen.. ]
  run -64 dry --topic-invalid '[' in
  said '--topic-invalid'
  for language in en de; do
    for pattern in '[measurement], [measurementType]' '[measurement]' '[measurementType] - [measurement]'; do
      topics --preset predecessor --language $language --name-format "$pattern" in >got
      [ "$(wc -l <got)" = 5 ]
      [ -z "$(sort got | uniq -d)" ]
    done
  done
  # what collides all the same: the first keeps its topic, also while only the other one comes
  { cat in; sed 's/{"obis":"0-0:96.1.0"[^}]*},//' in; } >two
  topics --no-check --topic 'm/{name}' --topic-invalid '.+' --topic-replacement x two >got
  [ "$(xargs <got)" = "m/x m/x/1-0:32.7.0 m/x/1-0:1.7.0 m/x/1-0:2.7.0 m/x/0-0:1.0.0 \
m/x/1-0:32.7.0 m/x/1-0:1.7.0 m/x/1-0:2.7.0 m/x/0-0:1.0.0" ]
  [ "$(grep -c 'would share the topic m/x: 1-0:2.7.0 goes to m/x/1-0:2.7.0' err)" = 1 ]
}

@test "publishSingleJson, publishIndividualValues: either or both" {
  message "$(now)" >in
  [ "$(dry --preset predecessor in | wc -l)" = 6 ]
  [ "$(dry --preset predecessor --no-json in | wc -l)" = 5 ]
  [ "$(dry --preset predecessor --no-values in | cut -f1)" = SmartMeter/Electricity/Main/json ]
  run -64 dry --preset predecessor --no-values --no-json in
}

@test "includeUnitInIndividualValues: in the values, never in the JSON" {
  message "$(now)" >in
  dry --preset predecessor in | tail -n 1 >json
  dry --preset predecessor --with-unit in >got
  [ "$(cut -f2 got | head -n 5 | tr '\n' ';')" = "1KFM1;232 V;1 W;0 W;2022-11-12 16:54:00;" ]
  diff json <(tail -n 1 got)
  [ "$(payloads --value-format unit in | sed -n 2p)" = "232.0 V" ]
  # the record as it is, too
  diff <(cat in) <(dry --with-unit --no-values in | cut -f2)
  run -64 dry --with-unit --value-format json in
}

@test "valueDateTimeFormat: its four forms and more, whatever the host's zone" {
  message "$(now)" >in
  form() { payloads --time-format "$@" in | tail -n 1; }
  for TZ in UTC Europe/Vienna Asia/Tokyo; do
    export TZ
    [ "$(form epoch-ms)" = 1668268440000 ]
    [ "$(form epoch)" = 1668268440 ]
    [ "$(form iso)" = 2022-11-12T15:54:00.000Z ]
    [ "$(form js)" = "Sat Nov 12 2022 16:54:00 GMT+0100 (Central European Standard Time)" ]
    [ "$(form iso-local)" = "2022-11-12 16:54:00" ]
    [ "$(form rfc3339)" = 2022-11-12T16:54:00+01:00 ]
    [ "$(form as-is)" = 2022-11-12T16:54:00+01:00 ]
    [ "$(form rfc3339 --zone utc)" = 2022-11-12T15:54:00Z ]
    [ "$(form rfc3339 --zone Europe/Helsinki)" = 2022-11-12T17:54:00+02:00 ]
    [ "$(form js --zone Europe/London)" = \
      "Sat Nov 12 2022 15:54:00 GMT+0000 (Greenwich Mean Time)" ]
  done
  [ "$(form rfc3339 --zone local)" = 2022-11-13T00:54:00+09:00 ] # TZ is Tokyo still
  # a meter that gives no offset: the host's zone, or the one that is named
  sed -i 's/"value":"2022-11-12T16:54:00+01:00"/"value":"2022-11-12T16:54:00"/' in
  [ "$(form rfc3339)" = 2022-11-12T16:54:00+09:00 ]
  [ "$(form iso --zone Europe/Vienna)" = 2022-11-12T15:54:00.000Z ]
  for bad in Mars/Olympus ../../../etc/passwd /usr/share/zoneinfo/UTC zone.tab Europe ''; do
    run -64 dry --zone "$bad" in
  done
  run -64 dry --time-format unix in
}

@test "the hour that comes twice is its first, whatever came before" {
  # clocks FORMAT: of a meter that names no zone
  clocks() {
    TZ=Europe/Vienna dry --no-json --topic '{obis}' --time-format "$1" in |
      sed -n 's/^0-0:1.0.0\t//p' | xargs
  }
  for before in 2026-07-01T12:00:00 2026-12-01T12:00:00; do
    for time in $before 2026-10-25T02:30:00 $before 2026-03-29T02:30:00; do
      n=$((${n:-0} + 1))
      message "$(now)" $n | sed 's/"value":"2022[^"]*"/"value":"'$time'"/'
    done >in
    [ "$(clocks epoch | cut -d ' ' -f 2,4)" = "1792888200 1774747800" ]
    [ "$(clocks iso | cut -d ' ' -f 2,4)" = "2026-10-25T00:30:00.000Z 2026-03-29T01:30:00.000Z" ]
    [ "$(clocks rfc3339 | cut -d ' ' -f 2,4)" = \
      "2026-10-25T02:30:00+02:00 2026-03-29T03:30:00+02:00" ]
  done
}

# powers: those that were published, in their order
powers() { dry --topic '{obis}' --no-json --allow-old "$@" | sed -n 's/^1-0:1.7.0\t//p' | xargs; }

# messages TIME POWER …
messages() {
  while [ $# -gt 0 ]; do
    message "2026-11-22T$1Z" "$2"
    shift 2
  done
}

@test "minSecondsBetweenMessages" {
  needs --min-interval
  messages 10:00:00 1 10:00:05 2 10:00:10 3 10:00:15 4 10:00:29 5 10:00:30 6 >in
  [ "$(powers --min-interval 10s in)" = "1 3 5" ]
}

@test "publishIntervalSeconds, Minutes: slots of the wall clock, tolerant of late arrival" {
  needs --at-seconds
  messages 10:00:01 1 10:00:06 2 10:00:14 3 10:00:16 4 10:00:29 5 10:00:31 6 10:00:46 7 10:01:02 8 >in
  [ "$(powers --at-seconds 0,15,30,45 in)" = "1 4 6 7 8" ]
  messages 10:01:00 1 10:10:00 2 10:15:02 3 10:29:59 4 10:30:01 5 11:00:00 6 >in
  [ "$(powers --at-minutes 0,15,30,45 in)" = "1 3 5 6" ]
  # malformed lists were ignored
  for list in 60 a 1,,2; do run -64 dry --at-seconds "$list" in; done
}

@test "a single value: once a minute at or after, without slipping by a message" {
  needs --at-seconds
  messages 10:00:00.000 1 10:00:30.2 2 10:00:59.9 3 10:01:00.1 4 10:01:30 5 10:02:00.05 6 >in
  [ "$(powers --at-seconds 0 in)" = "1 4 6" ]
}

@test "the date-time last, as a commit marker; the JSON behind it, retained nothing" {
  start_broker
  subscribe -t '#'
  message "$(now)" >in
  run -0 publish --preset predecessor --client-id me in
  wait_for has_lines sub 8
  sed -n '2,7p' sub | cut -d' ' -f3 >got
  printf 'SmartMeter/Electricity/Main/%s\n' Smartmeternumber L1voltageInstantaneousvalue \
    SumactivepowerImportInstantaneousvalue SumactivepowerExportInstantaneousvalue Timestamp json >want
  diff want got
  [ "$(retained '#')" = "meterpipe/bridge/me offline" ]
}

@test "what was given wins over the preset" {
  message "$(now)" >in
  dry --preset predecessor --topic 'x/{obis}' --time-format epoch --umlauts keep --topic-invalid '' \
    --json-topic all --json-format record in >got
  [ "$(cut -f1 got | xargs)" = "x/0-0:96.1.0 x/1-0:32.7.0 x/1-0:1.7.0 x/1-0:2.7.0 x/0-0:1.0.0 all" ]
  [ "$(sed -n 5p got | cut -f2)" = 1668268440 ]
  diff in <(tail -n 1 got | cut -f2)
  run -64 dry --preset other in
}

@test "recorded: German, byte for byte; English, but for the topics that two values shared" {
  has_recorded
  for TZ in Europe/Vienna UTC America/New_York; do
    export TZ
    for language in de en; do
      dry --preset predecessor --language $language in >$language
      dry --preset predecessor --language $language --with-unit in >$language-with-unit
    done
    diff "$recorded/mqtt-de.tsv" de
    # What each of a pair has become, by its place in the recorded lines: import first.
    awk -F '\t' -v OFS='\t' '$1 ~ /Sum(re)?activepower/ {
      n[$1]++; sub(/activepower/, "&" (n[$1] == 1 ? "Import" : "Export"), $1) } { print }' \
      "$recorded/mqtt-en.tsv" >want
    [ "$(diff "$recorded/mqtt-en.tsv" want | grep -c '^>')" = 6 ]
    diff want en
    # With units: the values are theirs, the JSON is the one without (theirs changed it, a fault).
    diff <(head -n 15 "$recorded/mqtt-de-with-unit.tsv") <(head -n 15 de-with-unit)
    diff <(tail -n 1 de) <(tail -n 1 de-with-unit)
    diff <(head -n 15 "$recorded/mqtt-en-with-unit.tsv" | cut -f2) <(head -n 15 en-with-unit | cut -f2)
    diff <(cut -f1 want) <(cut -f1 en-with-unit)
    [ "$(wc -l <de-with-unit) $(wc -l <en-with-unit)" = "16 16" ]
  done
}

@test "recorded: valueDateTimeFormat" {
  has_recorded
  marker() { dry --preset predecessor --time-format "$1" in | sed -n 's,.*/Timestamp\t,,p'; }
  for pair in epoch-ms:epoch iso:iso js:js iso-local:iso-local; do
    grep -qF "${pair#*:} \`$(marker "${pair%%:*}")\`" "$recorded/README.md"
  done
}
