#!/usr/bin/env bats
# The recipes of meterpipe(7) that need a line, a broker or gnuplot, word for word, and the forms that
# others read. Those that need neither are run with the pages.
load support

page=$BATS_TEST_DIRNAME/../../man/meterpipe.7
plot=$BATS_TEST_DIRNAME/../../scripts/plot

# by_cron PATTERN: the command of the crontab's line that has it, run as cron does; house is the test's
by_cron() {
  local command
  command=$(sed -n 's/\\&//g; s/\\(aq/'"'/g; s/^\*\/15 \* \* \* \*  //p" "$page" | grep -e "$1")
  [ -n "$command" ]
  command=${command/once house/once "$PWD/house.conf"}
  command=${command/'/dev/ttyUSB0'/"$PWD/line"}
  # A build that is not contained stays so.
  env -i ${METERPIPE_SANDBOX+METERPIPE_SANDBOX="$METERPIPE_SANDBOX"} HOME="$PWD" LOGNAME=me SHELL=/bin/sh PATH="$METERPIPE_BIN:/usr/bin:/bin" /bin/sh -c "${command/1m/${2-1m}}"
}

@test "from cron: a reading at the broker and nothing to mail; in time, where none comes" {
  start_broker
  start_meter
  settings
  subscribe -t 'meterpipe/+/1-0:1.8.0' -C 1
  run -0 by_cron 'meterpipe once'
  [ -z "$output" ]
  wait_for has_lines sub 1
  # The other one, by hand: a line of a table.
  run -0 by_cron 'mbus-read'
  # What a mail would have: a pty has no parity.
  [[ $(grep -v 'not taken in full' <<<"$output") == "" ]] || { echo "$output"; return 1; }
  [ "$(wc -l <meter.csv)" -ge 1 ]
  grep -q '1-0:1.8.0' meter.csv
  kill -STOP "$meter"
  run -1 by_cron 'meterpipe once' 200ms
  [[ $output == "meterpipe: error: nothing came within 0.2 s"* ]] || { echo "$output"; return 1; }
  before=$(cat meter.csv)
  run by_cron 'mbus-read' 0.3
  [ "$before" = "$(cat meter.csv)" ]
}

@test "InfluxDB's line protocol: each line is one" {
  # The command is the page's.
  awk '/^\.Ss Into InfluxDB/ { inside = 1 } inside && /^\$ sed/ { exit } inside && taken { print } inside && /^\.Bd/ { taken = 1 }' "$page" |
    sed "s/^\\\$ //; s/\\\\(aq/'/g; s/\\\\e/\\\\/g" >command
  (umask 077 && meter-sim --meter kaifa-salzburg --print-keys >keys)
  meter-sim -n 20 -o json | mbus-frame | dlms-decrypt -k keys | cosem-decode >readings
  # A number with what has to be escaped.
  tail -n 1 readings | sed 's/"meter":"[^"]*"/"meter":"1 2,3=4"/' >>readings
  bash ./command
  [ "$(wc -l <lines)" -eq 21 ]
  # measurement[,tag=value…] field=number[,…] nanoseconds
  not grep -qvE '^[a-z]+(,[a-z]+=([^ ,=\\]|\\[ ,=])+)+ [^ ,=]+=-?[0-9.]+(e[+-]?[0-9]+)?(,[^ ,=]+=-?[0-9.]+(e[+-]?[0-9]+)?)* [0-9]{19}$' lines
  [ "$(tail -n 1 lines | cut -d' ' -f1-2)" = 'reading,meter=1\ 2\,3\=4' ] || { tail -n 1 lines; return 1; }
  [ "$(sed -n 1p lines | grep -o '[0-9]*$')" = "$(date -ud "$(jq -rs '.[0].ts' readings)" +%s%N)" ]
}

@test "the textfile of Prometheus: its form, and what was counted" {
  (umask 077 && meter-sim --print-keys >keys)
  meter-sim -n 20 -o json | mbus-frame | dlms-decrypt -k keys | cosem-decode >readings
  obis-mqtt -q --dry-run --client-id house --metrics house.prom readings >/dev/null
  run -0 "$BATS_TEST_DIRNAME/../support/metrics_check" <house.prom
  grep -qx 'meterpipe_readings_total{client="house",meter="1KFM0209000001"} 20' house.prom
}

# a_day: readings of a summer's day, one a minute, of two meters
a_day() {
  (umask 077 && { meter-sim --print-keys && meter-sim --meter am550-kaernten --print-keys; } >keys)
  for name in kaifa-salzburg am550-kaernten; do
    meter-sim --meter $name -n 1441 --period 1m -o json --start 2026-06-20T22:00:00Z | mbus-frame
  done | dlms-decrypt -k keys | cosem-decode >readings
}

@test "scripts/plot: the table that is drawn" {
  a_day
  run -0 --separate-stderr "$plot" --data --day 2026-06-21 --meter 1KFM0209000001 readings
  [ "${#lines[@]}" -eq 1440 ]
  # The meter's clock, import less export, three voltages.
  [ "${lines[0]}" = $'2026-06-21T00:00:00\t261\t229.5\t231.7\t232.7' ]
  [ "$(cut -f2 <<<"$output" | sort -n | head -n 1)" -lt -1000 ]
  [ "$output" = "$("$plot" --data --day 2026-06-21 --meter 1KFM0209000001 <readings)" ]
  # A balance, kW, no voltages.
  jq -c '.values |= map(select(.obis == "1-0:1.7.0") | .obis = "1-0:16.7.0" | .unit = "kW" | .value = -1.5)' readings >kw
  [ "$("$plot" --data --meter 1KFM0209000001 kw | head -n 1)" = $'2026-06-21T00:00:00\t-1500\t-\t-\t-' ]
  run -1 "$plot" --day 2026-01-01 readings
  [ "$output" = "plot: there are no readings with power or voltages of 2026-01-01" ]
  run -64 "$plot" -o day.gif readings
  run -64 "$plot" --day
  run -66 "$plot" nowhere
  [ "$output" = "plot: nowhere: cannot be read" ]
  # Whole or not at all.
  [ -z "$(ls -- *.svg 2>/dev/null)" ]
}

@test "scripts/plot: as SVG and PNG" {
  command -v gnuplot >/dev/null || skip "gnuplot is not installed (scripts/bootstrap --plot)"
  a_day
  run -0 "$plot" -o day.svg --day 2026-06-21 --meter 1KFM0209000001 readings
  [ "$output" = "day.svg: 1440 readings, 2026-06-21T00:00:00 to 2026-06-21T23:59:00" ]
  for text in 'Power, 2026-06-21T00:00:00 to' Voltages '>import<' '>export<' '>L1<' '>L2<' '>L3<' '>12:00<'; do
    grep -q -e "$text" day.svg || { echo "no $text"; return 1; }
  done
  run -0 "$plot" -o day.png readings
  [ "$(xxd -p -l 8 day.png)" = 89504e470d0a1a0a ]
  [ "$(xxd -p -s 16 -l 8 day.png)" = 000003e800000280 ] # 1000 x 640
}
