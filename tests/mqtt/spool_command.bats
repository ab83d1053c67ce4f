#!/usr/bin/env bats
# The spool's options on the command line.

load support

@test "sizes and times of the spool are checked before anything is opened" {
  for wrong in "--spool-size 5" "--spool-size 10x" "--spool-size 100M100" "--spool-size -1M" \
    "--spool-age soon" "--spool-sync 5parsec" "--spool ./"; do
    # shellcheck disable=SC2086
    run -64 "$OBIS_MQTT" --dry-run $wrong </dev/null
    [[ "$output" == *"${wrong%% *}"* ]]
  done
  for right in "--spool-size 1M" "--spool-size 2GiB" "--spool-size 1048576" "--spool-size 5000k" \
    "--spool-age 0" "--spool-age 12h" "--spool-sync 0" "--spool-sync 500ms"; do
    # shellcheck disable=SC2086
    run -0 "$OBIS_MQTT" --dry-run --spool s.db $right </dev/null
  done
}

@test "the end: what is kept, what is lost, and the status that goes with it" {
  for n in $(seq 10); do reading 1 "$n"; done >in
  run -0 publish --spool a.db --linger 0 in
  said '10 readings stay in the spool for the next run (there never was a connection)'
  # nothing can be written
  run -78 publish --spool /dev/full --linger 0 in
  said '/dev/full: a file was expected'
  # what the bounds drop is counted, 74
  reading 1 1 | awk '{ for (n = 1; n <= 3000; ++n) { line = $0; gsub(/:1"/, ":" n "\"", line); print line } }' >many
  status=0
  cat many | publish --spool b.db --spool-size 1M --linger 0 || status=$?
  [ "$status" = 74 ]
  said 'the spool drops its oldest, for want of room'
  dropped=$(sed -n 's/.*error: \([0-9]*\) readings are lost: \([0-9]*\) dropped from the spool, 0 .*/\1/p' err)
  kept=$(sed -n 's/.*: \([0-9]*\) readings stay in the spool.*/\1/p' err)
  echo "dropped $dropped, kept $kept"
  [ $((dropped + kept)) = 3000 ]
  [ "$dropped" -gt 500 ]
  # a file waits instead
  : >err
  "$OBIS_MQTT" --broker "mqtt://$host:$port" --spool c.db --spool-size 1M many 2>err 3>&- &
  publisher=$!
  children+=($publisher)
  wait_for hears $publisher
  wait_for eval 'sleeps $publisher && [ "$(cat c.db* | wc -c)" -gt 900000 ]'
  kill -TERM $publisher
  ends $publisher
  [ "$status" = 143 ]
  not said 'are lost'
}

@test "the input is no spool, and a followed file is the same by any name" {
  reading 1 1 >in
  cp in before
  run -64 publish --spool in in
  said '--spool: in is the input'
  cmp in before
  start_broker
  ln -s in link
  for name in in ./in "$PWD/in" link; do
    : >err
    "$OBIS_MQTT" --broker "mqtt://$host:$port" --follow "$name" --spool s.db 2>err 3>&- 5>&- &
    publisher=$!
    children+=($publisher)
    wait_for said connected
    wait_for eval '[ "$(retained "meterpipe/+/json" | wc -l)" -ge 1 ]'
    kill -TERM $publisher
    ends $publisher
    [ $name = in ] || { said 'goes on at byte'; not said 'read from its start'; }
  done
}
