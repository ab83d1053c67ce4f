#!/usr/bin/env bats
# The spool's options on the command line.

load support

@test "sizes and times of the spool are checked before anything is opened" {
  for wrong in "--spool-size 5" "--spool-size 10x" "--spool-size 100M100" "--spool-size -1M" \
    "--spool-age soon" "--spool-sync 5parsec" "--spool ./"; do
    # shellcheck disable=SC2086
    run -64 "$OBIS_MQTT" --dry-run $(case $wrong in *"/") ;; *) echo --spool s.db ;; esac) $wrong </dev/null
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

# writes OPTION FILE: a run that keeps it
writes() {
  local way=(--broker "mqtt://$host:$port" --linger 0)
  [ "$1" = --spool ] || way=(--dry-run)
  "$OBIS_MQTT" "${way[@]}" "$@" in
}

# refused FILE WORDS…: by name and reason, 77, and nothing is written
refused() {
  local before after
  before=$(stat -c '%s %Y' "$1" 2>/dev/null || true)
  run -77 writes "${@:3}"
  [[ $output == *"$1: $2"* ]]
  after=$(stat -c '%s %Y' "$1" 2>/dev/null || true)
  [ "$before" = "$after" ]
}

@test "spool and metrics: what others may write or lead elsewhere is refused" {
  reading 1 1 >in
  mkdir open own
  chmod 1777 open
  local option
  for option in --spool --metrics; do
    : >file
    chmod 666 file
    refused "$PWD/file" 'everybody may change it (mode 0666): chmod o-w it' $option "$PWD/file"
    chmod 664 file
    run -0 writes $option file
    rm -f file*
    ln -s "$PWD/own/target" open/link
    refused "$PWD/open/link" 'a link to nothing in a folder that others may write' $option "$PWD/open/link"
    [ ! -e own/target ]
    # In a folder of one's own, it is one's own.
    mv open/link own/link
    run -0 writes $option own/link
    rm -rf own/*
    [ "$(id -u)" -eq 0 ] || continue
    : >file
    chown 12345 file
    refused "$PWD/file" 'belongs to user 12345, who may change it' $option "$PWD/file"
    rm file
    : >own/target
    ln -s "$PWD/own/target" open/link
    chown -h 12345 open/link
    refused "$PWD/open/link" 'a link of user 12345 in a folder that others may write' $option "$PWD/open/link"
    rm -rf open/* own/*
  done
  # A write-ahead log of somebody else beside it.
  : >s.db-wal
  chmod 666 s.db-wal
  refused "$PWD/s.db-wal" 'everybody may change it' --spool "$PWD/s.db"
  rm s.db-wal
  # Who made the file that is renamed cannot write it afterwards.
  : >m.tmp
  chmod 666 m.tmp
  exec 5>>m.tmp
  run -0 writes --metrics m
  echo 'meterpipe_forged 1' >&5
  exec 5>&-
  [ "$(stat -c %a m)" = 644 ]
  ! grep forged m || false
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
