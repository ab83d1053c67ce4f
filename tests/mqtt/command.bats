#!/usr/bin/env bats
# The command line, --dry-run and the manual page; no broker.
load support

dry() { "$OBIS_MQTT" --dry-run "$@" 2>err; }

@test "--dry-run prints topic, tab, payload" {
  reading 1KFM 231 2026-11-22T17:00:00.123456Z >in
  dry --allow-old in >dry
  printf 'meterpipe/1KFM/json\t%s\nmeterpipe/1KFM/1-0:32.7.0\t231.0\nmeterpipe/1KFM/pos/34\ttext\n' \
    "$(cat in)" >want
  diff want dry
  [ ! -s err ]
}

@test "--dry-run: control characters stay on their line" {
  echo '{"v":1,"t":"reading","ts":"2026-11-22T17:00:00Z","meter":"1","values":[{"obis":"a","value":"x\ny\tz\u001b\u00e4"}]}' >in
  [ "$(dry --no-json --allow-old in)" = $'meterpipe/1/a\tx\\ny\\tz\\x1bä' ]
}

@test "--dry-run needs no broker and no password" {
  reading 1 1 >in
  METERPIPE_MQTT_PASSWORD=hunter2 run -0 "$OBIS_MQTT" --dry-run -vv --broker mqtts://me@nowhere.invalid in
  [[ "$output" != *hunter2* ]]
}

@test "--dry-run to a full disk: 74" {
  reading 1 1 >in
  status=0
  dry in >/dev/full || status=$?
  [ "$status" = 74 ]
  said 'No space left'
}

@test "--dry-run: a reader that goes ends it by SIGPIPE, silently" {
  yes "$(reading 1 1 2026-11-22T17:00:00Z)" | head -n 2000 >in
  (set +o pipefail; dry --no-check --allow-old in; echo $? >st) | head -n 1 >/dev/null || true
  wait_for test -s st
  [ "$(cat st)" = 141 ]
  [ ! -s err ]
}

@test "templates" {
  reading 1/2 1 >in
  [ "$(dry --no-json --topic 'home/{src}/{meter}/{name}' in)" = \
    $'home/tty0/1%2F2/Voltage L1\t1.0\nhome/tty0/1%2F2/pos/34\ttext' ]
  [ "$(dry --no-values --json-topic 'x/{src}' in | cut -f1)" = x/tty0 ]
  echo '{"v":1,"t":"error","src":"s","code":"noise"}' >in
  [ "$(dry --error-topic 'trouble/{src}' in | cut -f1)" = trouble/s ]
}

@test "two meters on one topic: said" {
  { reading 1 1; reading 2 2; } >in
  dry --topic 'home/{obis}' --no-json in
  said 'warning: 1 and 2 share their topics'
  dry --topic 'home/{obis}' --no-values in
  not said share
}

@test "mistakes on the command line: 64, one line, nothing on stdout" {
  mistake() { # WORD OPTION…
    local word=$1
    shift
    run -64 --separate-stderr "$OBIS_MQTT" "$@" /dev/null
    [ -z "$output" ]
    [ "${#stderr_lines[@]}" = 1 ]
    [[ "$stderr" == "obis-mqtt: error: "*"$word"* ]]
  }
  mistake scheme --broker localhost
  mistake "'tcp://' is not known" --broker tcp://localhost
  mistake "{obis} or {name}" --topic 'x/{meter}'
  mistake "'#' cannot" --topic 'x/{obis}/#'
  mistake "{obis} is not known" --json-topic 'x/{obis}'
  mistake "{meter} is not known" --bridge-topic 'x/{meter}'
  mistake "nothing" --no-values --no-json
  mistake "'3' is none of" --qos 3
  mistake "5 to 65535" --keepalive 4
  mistake "duration" --linger soon
  mistake "queue" --queue 0
  mistake "256 characters are more than 255" --client-id "$(printf '%256s' '' | tr ' ' c)"
  mistake "'gross' is none of net|total" --derive net,gross
  mistake "--key says nothing without --cert" --broker mqtts://h --key k
  mistake "mqtts://" --insecure
  mistake "exclude" --broker mqtts://h --insecure --ca f
  mistake "unknown" --unknown-option
  run -66 publish missing
}

@test "--help and --version go to stdout" {
  run -0 --separate-stderr "$OBIS_MQTT" --help
  [ -z "$stderr" ]
  run -0 --separate-stderr "$OBIS_MQTT" --version
  [[ "$output" == "obis-mqtt "* ]]
}

@test "the manual page: lint clean, its options those of --help, its example runs" {
  page=$BATS_TEST_DIRNAME/../../man/obis-mqtt.1
  run -0 mandoc -T lint -W warning "$page"
  [ -z "$output" ]
  "$OBIS_MQTT" --help | grep -oE '^  -[^ ]+' | grep -oE -e '--?[a-zA-Z][a-z-]*' | sort >help
  sed -n '/^\.Sh OPTIONS/,/^\.Sh INPUT/p' "$page" | grep '^\.It Fl' | tr ' ' '\n' |
    grep -A1 -x Fl | grep -v -e '^Fl$' -e '^--$' | sed 's/^/-/; s/\\-/-/g' | sort >man
  diff help man
  # The record in the page, through the command in the page.
  sed -n '/^{"v":1,"t":"reading"/p' "$page" | head -n 1 | sed 's/\\-/-/g; s/\\(dq/"/g' >in
  [ -s in ]
  [ "$(dry --allow-old --no-json in)" = $'meterpipe/1KFM0200234804/1-0:32.7.0\t232.1' ]
}

wrong() { # PATTERN OPTION…
  local pattern=$1
  shift
  run -64 "$OBIS_MQTT" --dry-run "$@" /dev/null
  [[ $output == *$pattern* ]] || { echo "$* : $output"; return 1; }
}

@test "topics that collide, empty values, options without effect: usage errors that name them" {
  wrong '--json-topic and --quarantine-topic would share' --quarantine-topic 'meterpipe/{meter}/json'
  wrong '--json-topic and --error-topic would share' --json-topic x --error-topic x
  wrong '--error-topic and --history-topic would share' --history-topic 'meterpipe/{meter}/error'
  run -0 "$OBIS_MQTT" --dry-run --no-json --error-topic 'meterpipe/{meter}/json' /dev/null
  wrong --expire --mqtt 5 --expire ''
  wrong --min-interval --min-interval ''
  wrong '--json-topic are for topics without one' --topic-base ''
  wrong 'without --topic-invalid' --topic-replacement _
  wrong 'without --spool' --spool-size 2M
  wrong '--no-check' --no-check --power-limit 5kW
  wrong 'is not closed' --topic '{obis'
  wrong '--no-bridge-availability says nothing about --raw' --raw --no-bridge-availability
  wrong '--expire says nothing about --raw' --raw --mqtt 5 --expire 5s
  wrong '--no-retain says nothing' --raw --no-retain
  wrong '--interval says nothing' --raw --interval 5s
}

@test "line protocol: a number beyond a float of 64 bits is left out" {
  printf '%s\n' '{"v":1,"t":"reading","ts":"2026-11-22T17:00:00.000000Z","src":"s","id":"a","meter":"A","values":[{"obis":"1-0:32.7.0","value":1e400},{"obis":"1-0:52.7.0","value":230.1}]}' >in
  run -0 "$OBIS_MQTT" --dry-run --preset influx in
  [[ $output == *1-0:52.7.0=230.1* && $output != *1e400* && $output != *32.7.0* ]]
}

@test "--help: groups, and at most 80 columns; a name that nearly fits is named" {
  for tool in mbus-read mbus-frame dlms-decrypt cosem-decode obis-mqtt meter-sim meter-doctor meter-share; do
    run -0 "$(dirname "$OBIS_MQTT")/$tool" --help
    [ "$(wc -L <<<"$output")" -le 80 ] || { echo "$tool: $(wc -L <<<"$output") columns"; return 1; }
    [ "$(grep -c '^Usage: ' <<<"$output")" -eq 1 ]
  done
  run -0 "$OBIS_MQTT" --help
  for group in Arguments Broker "Topics and payloads" When Plausibility "Home Assistant" Spool "Raw records" Options; do
    grep -qx "$group:" <<<"$output" || { echo "no group $group"; return 1; }
  done
  wrong '--brokr is no option: did you mean --broker?' --brokr x
  wrong "'kwh' is none of Wh|kWh: did you mean kWh?" --energy kwh
  build=$(dirname "$OBIS_MQTT")
  run -64 "$build/meter-sim" --meter kaifa-salzbrg
  [[ $output == *"did you mean kaifa-salzburg?"* ]]
  run -64 "$build/meter-sim" --fault bitflp
  [[ $output == *"did you mean bitflip?"* ]]
  run -64 "$build/cosem-decode" --profile kaernen
  [[ $output == *"did you mean kaernten?"* ]]
}
