#!/usr/bin/env bats
# Which readings reach the topics of state, and what is said of the others.

load support
load ../support/meters

title=4b464d1020039534

# energy COUNTER SECOND WH [WATTS]: a reading of meter A, SECOND after 17:00
energy() {
  local ts
  TZ=UTC printf -v ts '%(%Y-%m-%dT%H:%M:%S)T' $((1795366800 + $2))
  printf '{"v":1,"t":"reading","ts":"%s.000000Z","src":"tty0","id":"%s:%s","meter":"A",' \
    "$ts" $title "$1"
  printf '"time":"%s+00:00","auth":"none","layout":"nested","values":[' "$ts"
  printf '{"obis":"1-0:1.8.0","value":%s,"unit":"Wh"},' "$3"
  printf '{"obis":"1-0:1.7.0","value":%s,"unit":"W"}]}\n' "${4:-500}"
}

# check OPTION…: the readings on stdin, as "ok COUNTER" or "no COUNTER REASON"
check() {
  "$OBIS_MQTT" --dry-run --no-values "$@" 2>err |
    sed -E 's/.*\/json\t.*"id":"[^:]*:([0-9]*)".*/ok \1/
      s/.*\/quarantine\t.*"id":"[^:]*:([0-9]*)".*"quarantine":"(.*)"\}$/no \1 \2/'
}

is() { [ "$1" = "$2" ] || { diff <(echo "$2") <(echo "$1"); return 1; }; }

@test "one spike is refused with all its reasons; what comes behind it is good" {
  is "$({
    energy 1 0 1327460
    energy 2 5 1327456
    energy 3 10 1327461
    energy 4 15 9327461
    energy 5 20 1327462 5000000
    energy 6 25 1327462
    energy 6 25 1327462
    energy 4 30 1327463
    energy 7 35 1327400 1000001
    energy 8 40 1327463 1000000
  } | check)" 'ok 1
no 2 1-0:1.8.0 runs backwards: 1327456 Wh after 1327460 Wh
ok 3
no 4 1-0:1.8.0 jumps from 1327461 Wh to 9327461 Wh within 5 s, more than 1000000 W allow (--power-limit)
no 5 1-0:1.7.0 is 5000000 W, more than the limit of 1000000 W (--power-limit)
ok 6
no 6 repeated: 4b464d1020039534:6 was the last message
no 4 counter 4 is older than 6, by 2 (a replay?)
no 7 1-0:1.7.0 is 1000001 W, more than the limit of 1000000 W (--power-limit); 1-0:1.8.0 runs backwards: 1327400 Wh after 1327462 Wh
ok 8'
  [ "$(grep -c 'meter A: reading refused: 1-0:1.8.0 runs backwards' err)" = 1 ]
  [ "$(grep -c 'refused' err)" = 2 ] # and once that they are accepted again
  said 'meter A: readings are accepted again, 1 refused'
}

@test "a meter on the wired M-Bus is heard each time, though its access number stays as it is" {
  # asked MINUTE[.SECONDS] LITRES
  asked() {
    printf '{"v":1,"t":"reading","ts":"2026-11-22T17:%s00000Z","src":"tty0","id":"kam-12345678-27-water:0",' "$1"
    printf '"meter":"12345678","auth":"plain","layout":"mbus","mbus":{"id":"12345678"},'
    printf '"values":[{"obis":"8-0:1.0.0","value":%s,"unit":"m3"}]}\n' "$2"
  }
  asked 00:00.0 1.000 >wired
  asked 15:00.0 1.001 >>wired
  asked 30:00.0 1.001 >>wired
  asked 30:00.0 1.001 >>wired # the same record again
  asked 45:00.0 0.900 >>wired
  "$OBIS_MQTT" --dry-run --no-values wired 2>err | sed -E 's/.*\/(json|quarantine)\t.*T17:(..).*"value":([0-9.]*).*/\1 \2 \3/' >out
  is "$(cat out)" 'json 00 1.000
json 15 1.001
json 30 1.001
quarantine 30 1.001
quarantine 45 0.900'
  said 'repeated: kam-12345678-27-water:0 was the last message'
}

@test "the clock: years behind is let pass, before 2010 and days ahead are not" {
  at() { energy "$1" "$2" 1327460 | sed -E "s/\"time\":\"[^\"]*\"/\"time\":\"$3\"/"; }
  clocks() {
    at 1 0 2026-11-22T17:00:00+00:00
    at 2 5 1970-01-01T00:00:05+00:00
    at 3 10 2026-11-24T17:00:10+00:00
    at 4 15 2026-11-22T15:00:14+00:00
    at 5 20 2026-11-22T17:00:20+00:00
    at 6 25 2026-11-22T18:00:25+02:00
  }
  is "$(clocks | check)" 'ok 1
no 2 the meter'\''s clock says 1970-01-01T00:00:05+00:00, before 2010 (--clock-limit off believes it)
no 3 the meter'\''s clock says 2026-11-24T17:00:10+00:00, 2 days ahead of 2026-11-22T17:00:10.000000Z, when it came: is this machine'\''s clock behind (timedatectl)? (--clock-limit)
ok 4
ok 5
ok 6'
  is "$(clocks | check --clock-limit off | grep -c ok)" 6
  is "$(clocks | check --clock-limit 3d | grep no | cut -c1-5)" 'no 2 
no 4 
no 5 '
}

@test "a clock that was never set is said, and the readings go by ts; without ts they are refused" {
  at() { energy "$1" "$2" "$4" | sed -E "s/\"time\":\"[^\"]*\"/\"time\":\"$3\"/"; }
  clocks() {
    at 1 0 2000-01-01T00:00:00 1327460
    at 2 5 2000-01-01T00:00:05 1327461
    at 3 10 2000-01-01T00:00:10 9327461
    at 4 15 2026-11-22T17:00:15+00:00 1327462
    at 5 20 2000-01-01T00:00:00 1327463
    at 6 25 2026-11-22T17:00:25+00:00 1327463
  }
  is "$(clocks | check)" 'ok 1
ok 2
no 3 1-0:1.8.0 jumps from 1327461 Wh to 9327461 Wh within 5 s, more than 1000000 W allow (--power-limit)
ok 4
no 5 the meter'\''s clock says 2000-01-01T00:00:00, before 2010 (--clock-limit off believes it)
ok 6'
  [ "$(grep -c 'meter A: its clock says 2000-01-01T00:00:00: it was never set' err)" = 1 ]
  is "$(clocks | sed 's/"ts":"[^"]*",//' | check | cut -c1-4 | tr '\n' ,)" 'no 1,no 2,no 3,ok 4,no 5,ok 6,'
}

@test "a new meter is accepted after three readings that agree, or as --accept-after says" {
  exchange() {
    energy 1000 0 1327460
    for n in 1 2 3 4; do energy $n $((1800 + n * 5)) $n; done
  }
  verdicts() { check "$@" | cut -c1-4 | tr '\n' ,; }
  is "$(exchange | verdicts)" 'ok 1,no 1,no 2,ok 3,ok 4,'
  said 'meter A: 3 readings in a row fit each other and not what was before (.*): the last one is accepted (another meter.*); 2 were refused'
  is "$(exchange | verdicts --accept-after 4)" 'ok 1,no 1,no 2,no 3,ok 4,'
  is "$(exchange | verdicts --accept-after 1)" 'ok 1,ok 1,ok 2,ok 3,ok 4,'
  is "$(exchange | verdicts --accept-after 0)" 'ok 1,no 1,no 2,no 3,no 4,'
}

@test "yesterday's log, sent once more, never becomes the state" {
  {
    for n in $(seq 101 120); do energy "$n" $((n * 5)) $((1327460 + n)); done
    for n in $(seq 1 99); do energy "$n" $((n * 5)) $((1327460 + n)); done
    energy 121 605 1327581
  } >in
  [ "$(check <in | grep -c '^no')" = 99 ]
  [ "$(check <in | tail -n 1)" = 'ok 121' ]
  [ "$(grep -c 'refused: counter' err)" = 1 ]
}

@test "limits: forms, mistakes, --no-check" {
  # 5 s and 2 s of grace at 36 kW are 70 Wh, and 2 for what was cut
  { energy 1 0 1000; energy 2 5 1073 35999; energy 3 10 1074 36001; energy 2 10 900; } >in
  verdicts() { check "$@" <in | cut -c1-4 | tr '\n' ,; }
  is "$(verdicts)" 'ok 1,ok 2,ok 3,no 2,'
  for limit in 36kW 36000W 36000 0.036MW; do
    is "$(verdicts --power-limit $limit)" 'ok 1,no 2,no 3,no 2,'
  done
  is "$(verdicts --power-limit 36.6kW)" 'ok 1,ok 2,ok 3,no 2,'
  is "$(verdicts --power-limit off)" 'ok 1,ok 2,ok 3,no 2,'
  is "$(verdicts --no-check)" 'ok 1,ok 2,ok 3,ok 2,'
  is "$(verdicts --no-check --check)" 'ok 1,ok 2,ok 3,no 2,'
  for wrong in --power-limit= --power-limit=0 --power-limit=5kA --power-limit=-1 \
    --power-limit=2000GW --clock-limit=1x --clock-limit=36501d --accept-after=-1 --accept-after=x --accept-after=1000001; do
    run -64 "$OBIS_MQTT" --dry-run "$wrong" in
  done
}

@test "a P1 port that sends codes without medium and channel is checked all the same" {
  # telegram CODE KWH
  telegram() {
    printf '/LGZ5E450\r\n\r\n0-0:96.1.1(3132333435)\r\n%s(%s*kWh)\r\n!\r\n' "$1" "$2"
  }
  # topics CODE: what becomes of 5000, 10 and 9999999
  topics() {
    local kwh
    for kwh in 5000 10 9999999; do telegram "$1" "$kwh"; done |
      "$METERPIPE_BIN/mbus-frame" -i bin | "$METERPIPE_BIN/cosem-decode" |
      awk '{sub(/"t":"reading"/, "&,\"ts\":\"2026-11-22T17:00:0" NR ".000000Z\"")} 1' |
      "$OBIS_MQTT" --dry-run --no-values 2>err | sed -E 's/\t.*"value":([0-9]+),.*/ \1/'
  }
  is "$(topics 1-0:1.8.0)" 'meterpipe/12345/json 5000
meterpipe/12345/quarantine 10
meterpipe/12345/quarantine 9999999'
  is "$(topics 1-0:1.8.0)" "$(topics 1.8.0)"
  grep -q 'meter 12345: reading refused: 1.8.0 runs backwards: 10 kWh after 5000 kWh' err
}

@test "refused readings are at the broker's quarantine topic, not retained; the state stays" {
  start_broker
  subscribe -t 'meterpipe/#'
  { energy 1 0 1327460; energy 2 5 1327456; } | publish --no-json --allow-old
  wait_for grep -q quarantine sub
  grep -q '^0 1 meterpipe/A/quarantine {.*"quarantine":"1-0:1.8.0 runs backwards: 1327456 Wh after 1327460 Wh"}$' sub
  retained 'meterpipe/A/#' >kept
  [ "$(cat kept)" = $'meterpipe/A/1-0:1.7.0 500\nmeterpipe/A/1-0:1.8.0 1327460' ]
  # The quarantined record is the reading as it came.
  grep quarantine sub | sed 's/^[^{]*//' | jq -e '.id == "4b464d1020039534:2" and .values[0].value == 1327456'
}

@test "a day of every simulated meter, and of all of them in one stream: nothing is refused" {
  PATH=$METERPIPE_BIN:$PATH
  # from the evening before summer time on
  play_all -n 240 --period 360s --start 2026-03-28T20:00:00Z
  read_all
  [ "${#meters[@]}" -ge 53 ]
  for meter in "${meters[@]}"; do
    "$OBIS_MQTT" --dry-run --no-values "readings/$meter" 2>err
    not said refused
  done >alone
  readings=$((${#meters[@]} * 240))
  [ "$(grep -c '"t":"reading"' readings/* | cut -d: -f2 | sort -u)" = 240 ]
  [ "$(grep -c '/json' alone)" = $readings ]
  cat readings/* >all
  # Interleaved: the n-th of each, then the next of each
  awk '{ print (NR - 1) % 240, NR, $0 }' all | sort -n -k 1,1 -k 2,2 | sed 's/^[0-9]* [0-9]* //' |
    "$OBIS_MQTT" --dry-run --no-values 2>err | cut -f1 | sed 's/.*\///' | sort | uniq -c >topics
  [ "$(sed 's/^ *//' topics)" = "$readings json" ]
  echo "# ${#meters[@]} meters, $readings readings alone and in one stream:" $(cat topics) >&3
}

# round METERS: three readings of each in turn; of the third its counter is set back
round() {
  awk -v meters="$1" 'BEGIN {
    for (n = 0; n < 3; n++) for (m = 1; m <= meters; m++)
      printf "{\"v\":1,\"t\":\"reading\",\"ts\":\"2026-11-22T17:%02d:%02d.000000Z\",\"src\":\"s\"," \
        "\"id\":\"%016x:%d\",\"meter\":\"m%d\",\"values\":[{\"obis\":\"1-0:1.8.0\",\"value\":%d," \
        "\"unit\":\"Wh\"}]}\n", n, m % 60, m, n + 1, m, n == 2 ? 5 : 1000 + n
  }'
}

@test "thousands of meters in turn: a counter set back is refused of each" {
  for meters in 900 2000; do
    [ "$(round $meters | check | grep -c '^no .*runs backwards: 5 Wh after 1001 Wh$')" = $meters ]
    [ "$(round $meters | check | grep -c '^ok')" = $((2 * meters)) ]
  done
}

@test "more meters than --meters: the one that was not heard of for longest is forgotten, which is said" {
  # Each is forgotten before it is heard of again.
  [ "$(round 101 | check --meters 100 --stats | grep -c '^ok')" = 303 ]
  [ "$(grep -c 'more than 100 meters (--meters): those that' err)" = 1 ]
  [ "$(grep -c 'warning: more than 100 meters (--meters): 203 were forgotten$' err)" = 1 ]
  [ "$(grep '"t":"stats"' err | jq -c '[.meters, .forgotten_meters, .readings]')" = '[100,203,303]' ]
  [ "$(round 100 | check --meters 100 | grep -c '^no')" = 100 ]
  not said 'more than'
  # Meter 1 is heard of in between: it is known all the while.
  [ "$({
    round 1 | head -2
    round 150 | grep -v '"m1"' | head -149
    round 1 | sed -n 3p
  } | check --meters 150 | grep '^no' | grep -c 'runs backwards')" = 1 ]
  # What is held back of one that is forgotten is published, at once and once.
  round 101 | head -101 | "$OBIS_MQTT" --dry-run --no-values --meters 100 --every 1h --aggregate last >out 2>err
  [ "$(head -1 out | cut -f1)" = meterpipe/m1/json ]
  [ "$(cut -f1 out | sort | uniq | wc -l)" = 101 ]
  [ "$(wc -l <out)" = 101 ]
  for n in 0 10000001 x; do
    run -64 "$OBIS_MQTT" --dry-run --meters $n </dev/null
  done
}
