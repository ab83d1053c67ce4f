#!/usr/bin/env bats
# What is kept in a spool: after a stop all goes on as without one.
load support

# stream PARTS: that many parts of 40 readings, ten seconds apart, of five meters, two of them more
# often; two values share a name. Some counters are set back, of m1 for the last two readings of a
# part and the first of the next. A part ends with an error of m1.
stream() {
  awk -v parts="$1" 'BEGIN {
    for (part = 1; part <= parts; part++) {
      for (i = 1; i <= 40; i++) {
        n++
        m = i % 7 == 0 ? 3 + int(n / 7) % 3 : i > 36 || i == 1 ? 1 : 1 + n % 2
        back = (m == 1 && (i > 38 || i == 1) && n > 1) || n % 11 == 0
        s = n * 10
        printf "{\"v\":1,\"t\":\"reading\",\"ts\":\"2026-11-22T%02d:%02d:%02d.000000Z\",\"src\":\"s\",", \
          17 + int(s / 3600), int(s / 60) % 60, s % 60
        printf "\"id\":\"4b464d102000000%d:%d\",\"meter\":\"%s\",\"values\":[", m, n, n % 9 ? "m" m : "n" m
        printf "{\"obis\":\"1-0:1.8.0\",\"value\":%d,\"unit\":\"Wh\"},", back ? 100 + n : 5000 + n
        if (n % 3) printf "{\"obis\":\"1-0:1.7.0\",\"name\":\"N\",\"value\":%d.%d,\"unit\":\"W\"},", n, m
        printf "{\"obis\":\"1-0:32.7.0\",\"name\":\"N\",\"value\":23%d.5,\"unit\":\"V\"}]}\n", n % 10
      }
      printf "{\"v\":1,\"t\":\"error\",\"src\":\"s\",\"code\":\"bad_fcs\",\"detail\":\"end of part %d\"," \
        "\"security\":{\"title\":\"4b464d1020000001\"}}\n", part
    }
  }'
}

# go_through NAME PART…: a run until the end of each part in the file all; what was published to the
# file NAME.values, each topic's in its order, and what Home Assistant was told to NAME.home
go_through() {
  local name=$1 part subscriber
  shift
  start_broker
  subscribe -t 'x/#' -t 'meterpipe/+/json' -t 'meterpipe/+/quarantine' -t 'meterpipe/+/error'
  subscriber=${children[-1]}
  : >in
  for part; do
    head -n $((part * 41)) all | tail -n +$(($(wc -l <in) + 1)) >>in
    "$OBIS_MQTT" --broker "mqtt://$host:$port" --follow in --spool "$name.db" --meters 3 --allow-old \
      --discovery --topic 'x/{meter}/{name}' "${options[@]}" 2>>"$name.err" 3>&- 5>&- &
    publisher=$!
    children+=("$publisher")
    wait_for said "end of part $part\"" sub
    sends TERM "$publisher"
    ends "$publisher"
  done
  # How long a value is good is learned anew, and a few times only: it is no exact number.
  retained 'homeassistant/#' | sed 's/,"expire_after":[0-9]*//g' >"$name.home"
  mosquitto_pub -h $host -p "$port" -t x/end -m end
  wait_for said 'x/end' sub
  LC_ALL=C sort -s -k 3,3 sub >"$name.values"
  kill -KILL "$subscriber"
  stop_broker
}

@test "more meters than --meters over restarts: what is published, refused and told goes on" {
  stream 4 >all
  local n=0
  for options in "--every 1m --aggregate mean" "--on-change --refresh 5m" "--at-seconds 0,30"; do
    read -ra options <<<"$options"
    n=$((n + 1))
    go_through "whole$n" 4
    go_through "stopped$n" 1 2 3 4
    [ "$(grep -c ' x/' "whole$n.values")" -ge 60 ]
    [ "$(grep -c '/quarantine' "whole$n.values")" -ge 10 ]
    [ "$(wc -l <"whole$n.home")" = 5 ]
    diff "whole$n.values" "stopped$n.values"
    diff "whole$n.home" "stopped$n.home"
    said 'more than 3 meters' "stopped$n.err"
  done
}
