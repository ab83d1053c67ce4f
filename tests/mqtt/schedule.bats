#!/usr/bin/env bats
# Which readings are published when: interval, slots, aggregates, on change. Mostly without a broker;
# all goes by the readings' times.
load support

dry() { TZ=${zone:-UTC} "$OBIS_MQTT" --dry-run --allow-old "$@" 2>err; }

# day METER STEP COUNT [START]: readings every STEP milliseconds, some late by up to 300 ms. Power
# goes 0 10 20 30 40 0 …, the counter rises by 1 every 10.
day() {
  awk -v meter="$1" -v step="$2" -v count="$3" -v start="${4:-0}" 'BEGIN {
    for (i = 0; i < count; i++) {
      ms = start + i * step + (i * 7919) % 300
      s = int(ms / 1000)
      printf "{\"v\":1,\"t\":\"reading\",\"ts\":\"2026-11-%02dT%02d:%02d:%02d.%03d000Z\",\"seq\":%d,\"meter\":\"%s\",\"layout\":\"nested\",\"values\":[",
        22 + int(s / 86400), int(s / 3600) % 24, int(s / 60) % 60, s % 60, ms % 1000, i, meter
      printf "{\"obis\":\"0-0:1.0.0\",\"value\":\"2026-11-22T18:%02d:%02d+01:00\",\"hex\":\"07\"},", int(s / 60) % 60, s % 60
      printf "{\"obis\":\"1-0:1.7.0\",\"value\":%d,\"unit\":\"W\",\"raw\":%d,\"scaler\":0},", i % 5 * 10, i % 5 * 10
      printf "{\"obis\":\"1-0:1.8.0\",\"value\":%d.0,\"unit\":\"Wh\"}]}\n", 1000 + i / 10
    }
  }'
}

records() { cut -f2 | sed -n 's/.*"ts":"\([^"]*\)".*/\1/p'; }

@test "a day of 5 s: slots and intervals publish exactly so many" {
  day M 5000 17280 >in
  number() { dry --no-values "$@" in | wc -l; }
  [ "$(number)" = 17280 ]
  [ "$(number --at-seconds 0,15,30,45)" = 5760 ]
  [ "$(number --at-seconds 0)" = 1440 ]
  [ "$(number --at-minutes 0)" = 24 ]
  [ "$(number --at-minutes '0, 15, 30, 45')" = 96 ]
  [ "$(number --at-minutes 0,15,30,45 --at-seconds 0,15,30,45)" = 96 ]
  [ "$(number --every 15m)" = 96 ]
  [ "$(number --every 15m --min-interval 30m)" = 48 ]
  [ "$(number --min-interval 5s)" = 17280 ]
  [ "$(number --min-interval 60)" = 1440 ]
  [ "$(number --every 1d)" = 1 ]
  [ "$(zone=Asia/Kathmandu number --at-minutes 0)" = 25 ]
}

@test "the first reading of a slot goes out, in local time" {
  day M 5000 3000 >in
  zone=Asia/Kathmandu dry --no-values --every 1h in | records >got # 5:45 ahead
  [ "$(sed -n '1p;2p;3p' got | cut -c12-16 | tr '\n' ' ')" = "00:00 00:15 01:15 " ]
  dry --no-values --at-minutes 30 --at-seconds 20 in | records >got
  [ "$(tr '\n' ' ' <got | sed 's/\.[0-9]*Z//g')" = \
    "2026-11-22T00:00:00 2026-11-22T00:30:20 2026-11-22T01:30:20 2026-11-22T02:30:20 2026-11-22T03:30:20 " ]
}

@test "a replay publishes the same as the day itself, whole or in parts" {
  day M 5000 2000 >in
  split -l 371 in part.
  for option in first last mean min max; do
    dry --every 1m --aggregate $option in >one
    dry --every 1m --aggregate $option in >two
    dry --every 1m --aggregate $option part.* >three
    cat in | dry --every 1m --aggregate $option >four
    [ "$(grep -c json one)" = 167 ]
    cmp one two
    cmp one three
    cmp one four
  done
}

@test "a second file with the same day is published, too" {
  day M 5000 2000 >in
  [ "$(dry --no-check --no-values --every 1h in in | wc -l)" = 6 ]
}

@test "mean, min and max: numbers of the moment, the rest is the last one's" {
  day M 5000 24 >in
  dry --every 1m --aggregate mean --no-json in >got
  # samples 0 to 11: 0 10 20 30 40 0 10 20 30 40 0 10; 12 to 23: 20 30 40 0 10 20 30 40 0 10 20 30
  [ "$(grep 1.7.0 got | cut -f2 | tr '\n' ' ')" = "17.50 20.83 " ]
  [ "$(grep 1.8.0 got | cut -f2 | tr '\n' ' ')" = "1001.0 1002.0 " ]
  dry --every 1m --aggregate mean --no-values in | head -n 1 >got
  grep -q '"layout":"nested","aggregate":"mean","samples":12,"from":"2026-11-22T00:00:00.000000Z","values"' got
  grep -q '{"obis":"1-0:1.7.0","value":17.50,"unit":"W"}' got
  [ "$(dry --every 1m --aggregate min --no-json in | grep 1.7.0 | cut -f2 | tr '\n' ' ')" = "0 0 " ]
  [ "$(dry --every 1m --aggregate max --no-json in | grep 1.7.0 | cut -f2 | tr '\n' ' ')" = "40 40 " ]
  [ "$(dry --min-interval 30s --aggregate last --no-values in | records | cut -c12-19 | tr '\n' ' ')" = \
    "00:00:25 00:00:55 00:01:25 00:01:55 " ]
}

@test "each meter has a schedule of its own" {
  day a 5000 240 >a
  day b 5000 240 2000 >b
  paste -d '\n' a b >in
  dry --no-values --every 1m in >got
  [ "$(grep -c /a/ got)" = 20 ]
  [ "$(grep -c /b/ got)" = 20 ]
}

@test "--on-change: what did not move stays away, all comes again after --refresh" {
  day M 5000 360 >in # half an hour
  number() { dry --no-json "$@" in | grep -c "$what"; }
  what=1.8.0
  [ "$(number)" = 360 ]
  [ "$(number --on-change --refresh 0)" = 36 ]
  [ "$(number --on-change --refresh 7m)" = 40 ] # four times between two steps
  [ "$(number --on-change)" = 36 ]              # after 15 minutes it is time for a step, too
  what=1.7.0
  [ "$(number --on-change)" = 360 ]
  [ "$(number --dead-band W=40 --refresh 0)" = 1 ]
  [ "$(number --dead-band W=39 --refresh 0)" = 144 ]
  [ "$(number --dead-band 1-0:1.7.0=40 --refresh 10m)" = 3 ]
  # the clock comes with what changes, and a reading without change does not come at all
  what=0-0:1.0.0
  [ "$(number --dead-band W=40 --refresh 0)" = 36 ]
  [ "$(dry --no-values --dead-band W=40 --refresh 0 in | wc -l)" = 36 ]
  [ "$(dry --no-values --dead-band W=40 --dead-band kWh=1 --refresh 0 in | wc -l)" = 1 ]
}

@test "--on-change leaves the topics of two values of one name as they are" {
  line() {
    printf '{"v":1,"t":"reading","ts":"2026-11-22T00:00:0%sZ","meter":"M","values":[{"obis":"a","name":"N","value":1},{"obis":"b","name":"N","value":%s}]}\n' "$1" "$2"
  }
  { line 0 1; line 5 2; } >in
  [ "$(dry --no-json --on-change --topic 'x/{name}' in)" = $'x/N\t1\nx/N/b\t1\nx/N/b\t2' ]
}

@test "what the schedule lets through is looked at for changes" {
  day M 5000 360 >in
  [ "$(dry --no-json --every 1m --on-change --refresh 0 in | grep -c 1.8.0)" = 30 ]
  # at the full minutes power is 0 20 40 10 30 0 …
  [ "$(dry --no-json --every 1m --dead-band W=20 --refresh 0 in | grep -c 1.7.0)" -lt 30 ]
}

@test "readings without a time are published, and that is said once" {
  for n in 1 2 3; do
    echo '{"v":1,"t":"reading","meter":"M","values":[{"obis":"a","value":1}]}'
  done >in
  [ "$(dry --no-json --every 1d in | wc -l)" = 3 ]
  [ "$(grep -c 'without a time' err)" = 1 ]
}

@test "an open slot is published at the end, to a broker as well" {
  start_broker
  subscribe -t 'meterpipe/#'
  day M 1000 30 >in
  TZ=UTC publish --allow-old --no-json --every 1h --aggregate max in
  wait_for has_lines sub 3
  said ' meterpipe/M/1-0:1.7.0 40$' sub
  [ "$(grep -c 1.7.0 sub)" = 1 ]
}

@test "mistakes: 64" {
  mistake() { # WORD OPTION…
    local word=$1
    shift
    run -64 --separate-stderr "$OBIS_MQTT" --dry-run "$@" /dev/null
    [ -z "$output" ]
    [ "${#stderr_lines[@]}" = 1 ]
    [[ "$stderr" == "obis-mqtt: error: "*"$word"* ]]
  }
  mistake "--at-seconds: '60' is no number from 0 to 59" --at-seconds 0,60
  mistake "--at-seconds: '' is" --at-seconds ''
  mistake "--at-seconds: '' is" --at-seconds 0,15,
  mistake "--at-minutes: '-1' is" --at-minutes=-1
  mistake "--at-minutes: '1 5' is" --at-minutes '1 5'
  mistake "--at-minutes: '0;15' is" --at-minutes '0;15'
  mistake "exclude" --every 1m --at-seconds 0
  mistake "1s to 1d" --every 25h
  mistake "1s to 1d" --every 0
  mistake "duration" --every soon
  mistake "duration" --min-interval ''
  mistake "of which slots" --aggregate mean
  mistake "none of" --every 1m --aggregate sum
  mistake "'Watt=1'" --dead-band Watt=1
  mistake "'W'" --dead-band W
  mistake "'W=-1'" --dead-band W=-1
  mistake "--refresh says nothing without --on-change" --refresh 1m
  mistake "duration" --on-change --refresh never
}
