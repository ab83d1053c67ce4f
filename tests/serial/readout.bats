# mbus-read --readout on a real pty, whose other end is a meter of meter-sim that waits for a sign-on.
bats_require_minimum_version 1.5.0
load helper
setup() { serial_setup; }
teardown() { serial_teardown; }

# meter NAME OPTIONS…: it waits at $TTY
meter() {
  meter-sim --meter "$1" --pty "$TTY" --truth truth "${@:2}" 2>sim.err 3>&- &
  JOBS+=("$!")
  wait_for test -e "$TTY"
}
truth_check() { "$METERPIPE_BIN/tests/truth-check" truth "$1"; }

@test "a meter is read out at the speed that it offers, and what it says is what it encoded" {
  meter readout-asked -n 2
  run -0 --separate-stderr mbus-read -p "$TTY" --readout --every 1500ms -n 2 --stats
  echo "$output" >records
  [ "$(jq -r '.line + " " + .why' records | uniq)" = "9600-7E1 frame" ]
  [ "$(tail -n 1 <<<"$stderr" | jq -c '[.records, .requests, .repeats, .stray]')" = "[2,2,0,0]" ]
  mbus-frame -q records | dlms-decrypt -q | cosem-decode -q >readings
  truth_check readings
}

@test "a device address; short codes; a meter of another address does not answer" {
  meter readout-brief -n 1
  run -1 --separate-stderr mbus-read -p "$TTY" --readout --device 1 --timeout 300ms --tries 2
  [ "$(jq -r '.code' <<<"$output")" = no-answer ]
  [[ "$(jq -r '.text' <<<"$output")" == "meter 1: no answer to 2 requests within 300 ms each"* ]]
  run -0 --separate-stderr mbus-read -p "$TTY" --readout --device 12990010 -o bin
  mbus-frame -q -i bin <<<"$output" | cosem-decode -q >readings
  [ "$(jq -r '.values[0].obis' readings)" = 97.97.0 ]
}

# head SCRIPT…: a shell at the other end of $TTY, for which $said is what was said to it
head_says() {
  { echo '#!/bin/bash'; echo 'while said=$(dd bs=64 count=1 2>/dev/null | tr -d "\0") && [ -n "$said" ]; do'; printf '%s\n' "$@" done; } >meter_head
  chmod +x meter_head
  socat "PTY,link=$TTY,rawer" EXEC:./meter_head 2>socat.err 3>&- &
  SOCAT=$!
  JOBS+=("$SOCAT")
  wait_for test -e "$TTY"
}

@test "a wrong check character: the read-out is handed on as what it is, with one warning" {
  head_says 'case $said in */?*) printf "/ABC0x\r\n\0021-0:1.8.0(1*kWh)\r\n!\r\n\003X" ;; esac'
  run -1 --separate-stderr mbus-read -p "$TTY" --readout --tries 1 --timeout 2s
  [ "$(jq -r '.why' <<<"$output")" = gap ]
  [[ $stderr == *"read-out: its end or its check character is wrong, after 1 sign-ons"* ]]
}

@test "a port that goes away: the end of a single read-out, tried again where there are several" {
  head_says ':'
  start mbus-read -v -p "$TTY" --readout --timeout 60s
  wait_for sleeps "$PID"
  unplug
  finish
  [ "$STATUS" -eq 74 ]
  head_says ':'
  start mbus-read -v -p "$TTY" --readout --timeout 60s --every 100ms
  wait_for sleeps "$PID"
  unplug
  wait_for said 'trying again with the next read-out'
  stop
  start mbus-read -v -p "$TTY" --readout --wait
  wait_for said 'trying on'
  stop
}

@test "wrong usage" {
  for wrong in "--readout" "-p - --readout" "-p x --readout --answer" "-p x --readout --detect" "-p x --every" \
    "-p x --device 1" "-p x --readout --device 1!" "-p x --readout --tries 0" "-p x --readout --timeout 0" \
    "-p x --readout --replay y"; do
    echo "mbus-read $wrong"
    run -64 mbus-read $wrong </dev/null
    [ "$(wc -l <<<"$output")" -eq 1 ]
  done
  run -66 mbus-read -p "$BATS_TEST_TMPDIR/none" --readout
}
