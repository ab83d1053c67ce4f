#!/usr/bin/env bats
# The runner on a pty and a broker: run, once, check, the log beside a run, and what becomes of all when
# one of them ends.
load support

@test "run: readings at the broker, and the end of all with what they hold" {
  start_broker
  start_meter
  settings
  subscribe -t 'meterpipe/+/1-0:1.8.0' -C 1
  start_run -q
  wait_for has_lines sub 1
  programs=$(pgrep -P "$runner")
  [ "$(wc -l <<<"$programs")" -eq 5 ]
  # Each is contained as ever, and they are a group of their own.
  for pid in $programs; do
    [ -n "${METERPIPE_SANITIZED-}" ] || of_process "$pid" status 'Seccomp:[[:blank:]]*2'
    [ "$(ps -o pgid= -p "$pid" | tr -d ' ')" = "$(stage mbus-read)" ]
  done
  kill -TERM "$runner"
  end_run
  [ "$status" -eq 143 ]
  # shellcheck disable=SC2086
  none_left $programs
  not said error
}

@test "kill -9 of every stage in turn: its name, its status, and nothing is left" {
  start_broker
  settings
  sed -i 's/"line"/"none"/' house.conf
  (umask 077 && : >keys)
  for name in mbus-read log mbus-frame dlms-decrypt cosem-decode obis-mqtt; do
    start_run --log cap
    wait_for said 'connected to'
    programs=$(pgrep -P "$runner")
    [ "$(wc -l <<<"$programs")" -eq 6 ]
    kill -KILL "$(stage $name)"
    end_run
    [ "$status" -eq 137 ] || { echo "$name: $status"; return 1; }
    [ "$(grep -c 'meterpipe: error' err)" -eq 1 ]
    said "^meterpipe: error: $name was ended by signal 9 (Killed), and with it the others\$"
    # shellcheck disable=SC2086
    none_left $programs || { echo "$name: something is left"; return 1; }
  done
}

@test "kill -9 of the runner: nothing is left" {
  start_broker
  settings
  sed -i 's/"line"/"none"/' house.conf
  (umask 077 && : >keys)
  start_run --log cap
  wait_for said 'connected to'
  programs=$(pgrep -P "$runner")
  kill -KILL "$runner"
  ends "$runner"
  # shellcheck disable=SC2086
  wait_for none_left $programs
}

@test "a stage that is stopped does not keep the others" {
  start_broker
  settings
  sed -i 's/"line"/"none"/' house.conf
  (umask 077 && : >keys)
  start_run
  wait_for said 'connected to'
  programs=$(pgrep -P "$runner")
  kill -STOP "$(stage mbus-read)"
  kill -KILL "$(stage cosem-decode)"
  end_run
  [ "$status" -eq 137 ]
  said 'cosem-decode was ended by signal 9'
  # shellcheck disable=SC2086
  none_left $programs
}

@test "the first that fails decides: a file of keys that others may read, a line that is no port" {
  settings
  : >keys && chmod 644 keys
  run -77 meterpipe run house.conf --set port=none
  [[ $output == *"dlms-decrypt ended with status 77, and with it the others"* ]]
  chmod 600 keys
  run -66 meterpipe run house.conf --set port=keys
  [[ $output == *"mbus-read ended with status 66, and with it the others"* ]] || { echo "$output"; return 1; }
  [ "$(grep -c 'meterpipe: error' <<<"$output")" -eq 1 ]
}

@test "a log that is read to its end is success; so is a last program that has enough" {
  start_broker
  settings
  (umask 077 && meter-sim --print-keys >keys)
  meter-sim -n 20 -o json >captured
  sed -i 's/^port = .*//; $a [mbus-read]\nreplay = "captured"\nspeed = "max"' house.conf
  subscribe -t 'meterpipe/+/1-0:1.8.0'
  run -0 meterpipe run house.conf --set allow-old=true
  wait_for has_lines sub 20
  run -0 meterpipe run house.conf --set cosem-decode.count=1
  run -0 meterpipe run house.conf --set obis-mqtt.count=3
  # What SIGPIPE ended is none of the failed.
  [[ $output != *"meterpipe: error"* ]]
}

@test "--log: what came off the line, whole records, in files that turn over, and it plays again" {
  start_broker
  settings
  (umask 077 && meter-sim --print-keys >keys)
  meter-sim -n 60 -o json >seen
  sed -i 's/^port = .*//; $a [mbus-read]\nreplay = "seen"\nspeed = "max"' house.conf
  sed -i '1i log = "cap"\nlog-size = 10000\nlog-files = 3' house.conf
  run -0 meterpipe run house.conf
  [ "$(printf '%s\n' cap*)" = $'cap\ncap.1\ncap.2\ncap.3' ]
  for file in cap cap.1 cap.2 cap.3; do
    [ "$(wc -c <$file)" -le 11000 ]
    jq -e '.t == "bytes"' $file >/dev/null
  done
  # The newest, without a gap.
  cat cap.3 cap.2 cap.1 cap >kept
  tail -n "$(wc -l <kept)" seen | diff - kept
  # One for all, that nobody else may read or write.
  [ "$(stat -c %a cap)" = 640 ] || [ "$(stat -c %a cap)" = 600 ]
  rm cap*
  run -0 meterpipe run house.conf --set meterpipe.log-size=100000000
  diff seen cap
  # What a crash has left of a line takes no other one with it.
  head -c 300 seen >cap
  run -0 meterpipe run house.conf --set meterpipe.log-size=100000000
  diff <(head -c 300 seen; echo; cat seen) cap
  # A disk that is full does not hold up the rest.
  subscribe -t 'meterpipe/+/1-0:1.8.0'
  run -0 meterpipe run house.conf --log /dev/full --set allow-old=true
  [[ $output == *"/dev/full: is not written (No space left on device)"* ]]
  wait_for has_lines sub 60
}

@test "--log: a line that the disk has no room for is not there in part" {
  [ "$(id -u)" -eq 0 ] || skip "needs root"
  unshare -m --propagation private true 2>why || skip "no mounts of its own here: $(head -n 1 why)"
  (umask 077 && meter-sim --print-keys >keys)
  meter-sim -n 60 -o json >seen
  mkdir disk
  mkfifo line
  printf '%s\n' 'log = "disk/cap"' '[mbus-read]' 'replay = "line"' 'speed = "max"' >house.conf
  cat >inside <<'END'
mount -t tmpfs -o size=16k none disk 2>/dev/null || exit 99
meterpipe log house.conf 2>err &
exec 7>line
head -n 60 seen >&7
until grep -q 'is not written' err; do sleep 0.05; done
mount -o remount,size=1M disk
tail -n 4 seen >&7
exec 7>&-
wait
cp disk/cap kept
END
  run unshare -m --propagation private bash inside
  [ "$status" -ne 99 ] || skip "mounts are not allowed here"
  [ "$status" -eq 0 ]
  said 'disk/cap: is written again'
  # Whole lines alone, and each of them one that was sent.
  jq -e '.t == "bytes"' kept >/dev/null
  not grep -vxFf seen kept
  diff <(tail -n 4 seen) <(tail -n 4 kept)
  diff <(head -n 10 seen) <(head -n 10 kept)
}

@test "once: 0 only with a reading at the broker" {
  start_broker
  start_meter
  settings
  subscribe -t 'meterpipe/+/1-0:1.8.0' -C 1
  run -0 --separate-stderr meterpipe once house.conf -q
  [ -z "$output$stderr" ]
  wait_for has_lines sub 1
  # A log beside it says nothing, either.
  run -0 --separate-stderr meterpipe once house.conf -q --log cap
  [ -z "$output$stderr" ] || { echo "$output$stderr"; return 1; }
  [ -s cap ]
}

@test "once: what was missing, in one line and a status" {
  start_broker
  start_meter
  settings
  echo '* a0a1a2a3a4a5a6a7a8a9aaabacadaeaf' >wrong && chmod 600 wrong
  (umask 077; : >none)
  # A log in place of the line: the same, but nobody waits.
  meter-sim -n 5 -o json >captured
  echo '{"v":1,"t":"bytes","ts":"2026-11-22T17:00:00.000000Z","src":"x","seq":1,"hex":"aabbccdd"}' >noise
  : >silence
  sed -i 's/^port = .*//' house.conf
  try() { run "-$1" meterpipe once house.conf --set mbus-read.speed=max --set "mbus-read.replay=$2" "${@:4}" &&
    [[ $output == *"meterpipe: error: $3"* && $(grep -c 'meterpipe: error' <<<"$output") -eq 1 ]] || { echo "$output"; return 1; }; }
  try 65 captured 'the key is not the one of this meter: 3 of 3 messages do not decipher' --set keys=wrong
  try 65 captured 'the messages are ciphered, and there is no key for them' --set keys=none
  try 65 noise 'bytes came, and no whole message'
  try 1 silence 'nothing came: is the interface activated'
  try 66 nowhere 'mbus-read ended with status 66'
  try 74 captured 'obis-mqtt ended with status 74' --set broker=mqtt://127.0.0.1:9 --set linger=100ms --set allow-old=true
  run -66 meterpipe once house.conf --set port=none
  # A meter that says nothing: the time is the limit.
  kill -STOP "$meter"
  run -1 meterpipe once house.conf --set port=line --timeout 300ms
  [[ $output == *"meterpipe: error: nothing came within 0.3 s"* ]] || { echo "$output"; return 1; }
}

@test "check: file, port, keys, broker, a line each, and nothing is published" {
  start_broker
  start_meter
  settings
  subscribe -t '#'
  run -0 meterpipe check house.conf
  [ "${lines[0]}" = "file    ok      house.conf" ]
  [[ ${lines[1]} == "port    ok      line opens"* ]]
  [ "${lines[2]}" = "keys    ok      keys can be read" ]
  [ "${lines[3]}" = "broker  ok      mqtt://$host:$port lets us in" ]
  mosquitto_pub -h $host -p "$port" -t end -m end
  wait_for has_lines sub 1
  [ "$(cat sub)" = "0 0 end end" ]
  run -66 meterpipe check house.conf --set port=none
  [[ ${lines[1]} == "port    broken  none: no such port"* ]]
  chmod 644 keys
  run -77 meterpipe check house.conf
  [[ ${lines[2]} == "keys    broken  keys: "*" or use insecure-key-file = true" ]]
  chmod 600 keys
  run -74 meterpipe check house.conf --set broker=mqtt://127.0.0.1:9
  [[ ${lines[3]} == "broker  broken  mqtt://127.0.0.1:9: "* ]]
  # The port of a run is in use, and that is said.
  start_run -q
  wait_for is_read
  run -74 meterpipe check house.conf
  [[ ${lines[1]} == "port    broken  line: locked by mbus-read (pid $(stage mbus-read))"* ]]
}

@test "a second run, or once, of a meter leaves the first at the broker" {
  without_locks true 2>why || skip "no /proc of its own here: $(head -n 1 why)"
  start_broker
  start_meter
  settings
  start_run
  wait_for said 'connected to'
  wait_for is_read
  for command in run once; do
    run -74 meterpipe $command house.conf
    [ "$output" = "meterpipe: error: line: locked by mbus-read (pid $(stage mbus-read)): stop it, or read another port" ]
  done
  # A service sees no list of locks, nor the other one.
  run -74 without_locks meterpipe run house.conf
  [[ $output == "meterpipe: error: line: locked by a program that cannot be seen from here"* ]] || { echo "$output"; return 1; }
  [ "$(grep -c ' as meterpipe-house ' broker.log)" -eq 1 ] || { cat broker.log; return 1; }
}

# without_locks COMMAND…: with the /proc that ProcSubset=pid gives a service
without_locks() {
  unshare -Urm --pid --fork bash -c 'mount -t proc -o subset=pid proc /proc && exec "$@"' _ "$@"
}

@test "check: a folder that this user may not write" {
  somebody=()
  if [ "$(id -u)" -eq 0 ]; then
    somebody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    "${somebody[@]}" test -x "$METERPIPE_BIN/meterpipe" || skip "others may not run the programs here"
  fi
  settings
  mkdir -m 555 folder
  chmod 755 . && chmod 644 house.conf
  run "${somebody[@]}" "$METERPIPE_BIN/meterpipe" check house.conf --set port=- --set keys=none --set spool=folder/a
  [[ $output == *'files   broken  spool: folder/a: folder/: Permission denied (take a folder that this user may write: spool = "FILE")'* ]] || { echo "$output"; return 1; }
}

@test "check: the files that a run writes: a folder that is not there, a folder, no permission, and what to do" {
  start_broker
  settings
  (umask 077; : >keys)
  sed -i 's/^port = .*//' house.conf
  mkdir folder
  # checked STATUS WORDS OPTION…: the line of the files, and nothing is made
  checked() {
    run "-$1" meterpipe check house.conf --set port=- "${@:3}"
    [[ ${lines[3]} == "files   $2" && ${lines[4]} == "broker  ok"* && ${#lines[@]} -eq 5 ]] || { echo "$output"; return 1; }
    [ ! -e nowhere ] && [ ! -e a ]
  }
  for option in spool metrics counter-state log; do
    checked 66 "broken  $option: nowhere/a: there is no folder nowhere/: mkdir -p nowhere/" --set $option=nowhere/a
    checked 78 "broken  $option: folder: is a folder: name a file: $option = \"FILE\"" --set $option=folder
    checked 0 'ok      a can be written' --set $option=a
  done
  checked 0 'ok      b, a can be written' --set spool=a --log b
  : >open && chmod 666 open
  checked 77 'broken  metrics: open: everybody may change it (mode 0666): chmod o-w it' --set metrics=open
  checked 78 'broken  spool: /dev/null: is no file: name a file: spool = "FILE"' --set spool=/dev/null
  checked 66 'broken  log: keys/a: keys/: Not a directory' --log keys/a
  # Two are two lines.
  run -66 meterpipe check house.conf --set port=- --set spool=nowhere/a --set metrics=folder --log b
  [[ ${lines[3]} == "files   ok      b can be written" && ${lines[4]} == "files   broken  spool: "* && ${lines[5]} == "files   broken  metrics: "* ]]
}

@test "check: a broker that refuses is 69" {
  printf 'me:%s\n' '$7$101$wrong' >passwords
  chmod 600 passwords
  start_broker "allow_anonymous false"
  settings
  (umask 077; : >keys)
  run -66 meterpipe check house.conf
  [[ ${lines[3]} == "broker  broken  mqtt://$host:$port: "*[Nn]"ot authori"[sz]"ed"* ]] || { echo "$output"; return 1; }
  # One that speaks no TLS.
  run -66 meterpipe check house.conf --set broker="mqtts://$host:$port"
  [[ ${lines[3]} == "broker  broken  mqtts://$host:$port: "*" (is there TLS on this port?)" ]] || { echo "$output"; return 1; }
}

@test "check: what is no broker at all" {
  settings
  (umask 077; : >keys)
  # A web server, which goes when it has had its say.
  socat "TCP-LISTEN:$port,bind=$host,reuseaddr,fork" SYSTEM:'echo HTTP/1.1 400 Bad Request' 2>/dev/null 3>&- 5>&- &
  children+=("$!")
  wait_for socat -u /dev/null "TCP:$host:$port" 2>/dev/null
  for _ in 1 2 3; do
    run -66 meterpipe check house.conf
    [[ ${lines[3]} == "broker  broken  mqtt://$host:$port: "*" (is it a port for mqtts://?)" ]] || { echo "$output"; return 1; }
    [[ $output != *Success* ]] || { echo "$output"; return 1; }
  done
}

@test "mistakes on the command line: 64, and what was meant" {
  run -64 meterpipe
  [[ $output == *"a command is missing"* ]]
  run -64 meterpipe rum house
  [[ $output == *"did you mean run?"* ]]
  run -64 meterpipe run
  [[ $output == *"the name of a meter is missing"* ]]
  run -64 meterpipe init '' </dev/null
  [[ $output == *"the name of a meter is missing"* ]]
  run -64 meterpipe run a b
  run -64 meterpipe run house --timeout 5s
  run -64 meterpipe run house --once
  [[ $output == *"--once: run has none"* ]]
  status=0
  meterpipe operators >/dev/full 2>err || status=$?
  [ "$status" -eq 74 ]
  said 'cannot write to standard output: No space left'
  run -64 meterpipe options mbus-rea
  [[ $output == *"did you mean mbus-read?"* ]]
}

@test "credentials go before the files that are named" {
  mosquitto_passwd -b -c passwords me hunter2 2>/dev/null
  start_broker "allow_anonymous false" "password_file $PWD/passwords"
  mkdir credentials
  (umask 077 && meter-sim --print-keys >credentials/keys && echo hunter2 >credentials/mqtt-password)
  meter-sim -n 1 -o json >sent
  settings 'password-file = "nowhere"' '[mbus-read]' 'replay = "sent"' 'speed = "max"'
  sed -i "s|^port = .*||; s|^keys = .*|keys = \"nowhere\"|; s|mqtt://|mqtt://me@|" house.conf
  run -66 meterpipe once house.conf --set allow-old=true
  CREDENTIALS_DIRECTORY=$PWD/credentials run -0 meterpipe once house.conf --set allow-old=true
}

# manager: a service manager's socket, what it hears in "heard"; its pings must come every 200 ms
manager() {
  : >heard
  socat -u UNIX-RECV:"$PWD/notify",unlink-early STDOUT >heard 2>/dev/null 3>&- 5>&- &
  children+=($!)
  wait_for test -S notify
  export NOTIFY_SOCKET=$PWD/notify WATCHDOG_USEC=200000
}
pings() { grep -c '^WATCHDOG=1' heard || true; }
pinged() { [ "$(pings)" -ge "$1" ]; }

@test "the service manager: ready, the state, pings with a silent meter" {
  start_broker
  settings
  sed -i 's/"line"/"none"/' house.conf
  (umask 077 && : >keys)
  manager
  start_run
  wait_for pinged 5
  [ "$(head -n 1 heard)" = READY=1 ]
  grep -q 'STATUS=none is not there' heard
  kill -TERM "$runner"
  end_run
  [ "$status" -eq 143 ]
  wait_for grep -q 'STOPPING=1' heard
  # What nobody has asked for is not shown.
  not said '"t":"stats"'
}

# newly PATTERN: of what was said since there were so many lines
newly() { tail -n "+$((lines + 1))" err | grep -E "$1"; }

@test "the service manager: no ping while a stage is stopped" {
  start_broker
  settings
  sed -i 's/"line"/"none"/' house.conf
  (umask 077 && : >keys)
  manager
  start_run
  wait_for said 'connected to'
  # On a slow machine others may be late, too: then they are named beside it.
  for name in mbus-read mbus-frame dlms-decrypt cosem-decode obis-mqtt; do
    before=$(pings)
    wait_for pinged $((before + 2))
    lines=$(wc -l <err)
    kill -STOP "$(stage $name)"
    wait_for newly "warning: (.*, )?$name(, .*)? does not answer$"
    before=$(pings)
    nap 300
    [ "$(pings)" -eq "$before" ] || { echo "$name: pinged all the same"; return 1; }
    # Not with each ping that is not given: only when it is another one that is late, too, or no more.
    [ -z "$(newly 'does not answer$' | uniq -d)" ]
    kill -CONT "$(stage $name)"
    wait_for pinged $((before + 2))
    wait_for newly 'all programs answer again'
  done
}

# fake PROGRAM LINE…: a program that says of itself what the real one does, and then does this; the others
# are themselves
fake() {
  rm -rf bin && mkdir bin
  cp "$METERPIPE_BIN/meterpipe" bin/
  ln -s "$METERPIPE_BIN"/{mbus-{read,frame},dlms-decrypt,cosem-decode,obis-mqtt} bin/
  rm "bin/$1"
  {
    echo '#!/bin/bash'
    echo "case \${1-} in --describe-options | --check-options) exec '$METERPIPE_BIN/$1' \"\$@\" ;; esac"
    printf '%s\n' "${@:2}"
  } >"bin/$1"
  chmod +x "bin/$1"
}

@test "a program that does not say what its options are is named, with its words or its status" {
  settings
  fake mbus-frame
  printf '#!/bin/sh\nexit 3\n' >bin/mbus-frame
  run -70 bin/meterpipe check house.conf
  [[ $output == *"bin/mbus-frame: does not say what its options are (status 3)"* ]]
  printf '#!/bin/sh\necho "mbus-frame: error: no way" >&2\nexit 3\n' >bin/mbus-frame
  run -70 bin/meterpipe check house.conf
  [[ $output == *"bin/mbus-frame: does not say what its options are ("*"no way)"* ]]
}

@test "the service manager: no ping while a program is in an endless loop, or blocked in a write" {
  start_broker
  (umask 077 && meter-sim --print-keys >keys)
  meter-sim -n 2000 -o json >sent
  settings '[mbus-read]' 'replay = "sent"' 'speed = "max"'
  sed -i 's/^port = .*//' house.conf
  mkfifo full
  exec {full}<>full
  manager
  programs=(mbus-frame:loop dlms-decrypt:write)
  [ -z "${METERPIPE_THOROUGH-}" ] || programs=({mbus-read,mbus-frame,dlms-decrypt,cosem-decode,obis-mqtt}:{loop,write})
  for one in "${programs[@]}"; do
    name=${one%:*}
    case $one in
      *:loop) fake "$name" 'while :; do :; done' ;;
      *:write) fake "$name" "exec cat /dev/zero 3>&1 >$PWD/full" ;;
    esac
    : >err
    bin/meterpipe run house.conf >out 2>err 3>&- 5>&- &
    runner=$!
    children+=("$runner")
    # Those before it wait for it, and are not to blame.
    wait_for said "meterpipe: warning: $name does not answer\$"
    grep -q "STATUS=$name does not answer" heard
    before=$(pings)
    nap 300
    [ "$(pings)" -eq "$before" ] || { echo "$one: pinged all the same"; return 1; }
    programs_left=$(pgrep -P "$runner")
    kill -KILL "$runner"
    ends "$runner"
    # shellcheck disable=SC2086
    wait_for none_left $programs_left
  done
}

@test "the service manager: no ping while the log beside a run is stopped" {
  start_broker
  settings
  sed -i 's/"line"/"none"/' house.conf
  (umask 077 && : >keys)
  manager
  start_run --log cap
  wait_for pinged 3
  kill -STOP "$(stage log)"
  wait_for said 'meterpipe: warning: log does not answer'
  before=$(pings)
  nap 300
  [ "$(pings)" -eq "$before" ]
  kill -CONT "$(stage log)"
  wait_for pinged $((before + 2))
  kill -TERM "$runner"
  end_run
  [ "$status" -eq 143 ]
}

@test "a run says what is missing and what to do, once, and when readings come again" {
  start_broker
  mkfifo pipe
  settings '[mbus-frame]' 'gap = "10s"'
  sed -i 's/"line"/"-"/' house.conf
  (umask 077 && meter-sim --print-keys >right && echo '* a0a1a2a3a4a5a6a7a8a9aaabacadaeaf' >keys)
  manager
  : >err
  meterpipe run house.conf <pipe >out 2>err 3>&- 5>&- &
  runner=$!
  children+=("$runner")
  exec 5>pipe
  wait_for said 'connected to'
  # The first message with a good checksum is enough.
  meter-sim -n 1 -o bin >&5
  wait_for said 'meterpipe: warning: no reading for [0-9]* s: the key is not the one of this meter: its message does not decipher (meter-doctor'
  wait_for grep -q 'STATUS=the key is not the one of this meter' heard
  meter-sim -n 3 -o bin >&5
  before=$(pings)
  wait_for pinged $((before + 3))
  [ "$(grep -c 'no reading for' err)" -eq 1 ]
  # A meter that does not cipher comes through.
  meter-sim --meter kaifa-norway -n 2 -o bin >&5
  wait_for said 'meterpipe: info: readings come again'
  wait_for grep -qE 'STATUS=2 readings, the last one 0 s ago, [0-9]+ W$' heard
  # Where readings came one message may be damaged on its way; two of them are not.
  meter-sim -n 1 -o bin >&5
  before=$(pings)
  wait_for pinged $((before + 4))
  [ "$(grep -c 'no reading for' err)" -eq 1 ]
  meter-sim -n 1 -o bin >&5
  wait_for said 'meterpipe: warning: no reading for [0-9]* s: the key is not the one of this meter: 2 of 2 messages do not decipher'
  exec 5>&-
  end_run
  [ "$status" -eq 0 ]
}

@test "what one message proves: not behind a damaged one, nor without a checksum; of a meter that sends as heat meters do" {
  start_broker
  mkfifo pipe
  settings '[mbus-frame]' 'gap = "10s"'
  sed -i 's/"line"/"-"/' house.conf
  (umask 077; echo '* a0a1a2a3a4a5a6a7a8a9aaabacadaeaf' >keys)
  manager
  # begin [OPTION…]: a run of what is written to 5
  begin() {
    : >err
    meterpipe run house.conf "$@" <pipe >out 2>err 3>&- 5>&- &
    runner=$!
    children+=("$runner")
    exec 5>pipe
    wait_for said 'connected to'
  }
  # not_yet: it has looked, and says nothing
  not_yet() { before=$(pings) && wait_for pinged $((before + 4)) && not said 'no reading for'; }
  finish() { exec 5>&- && end_run; }
  meter-sim -n 1 -o bin >one
  begin
  { head -c 60 one; printf '\377'; tail -c +62 one; } >&5
  cat one >&5
  not_yet
  cat one >&5
  wait_for said 'no reading for [0-9]* s: the key is not the one of this meter: 2 of 2 messages do not decipher'
  finish
  # A meter that sends bare APDUs: only its tag tells.
  meter-sim --meter t210d-steiermark -n 1 -o bin >one
  begin
  cat one >&5
  not_yet
  cat one >&5
  wait_for said 'no reading for [0-9]* s: .*2 of 2 messages'
  finish
  # The one that sends as heat meters do: its key is wrong, not its socket.
  meter-sim --meter amis -n 1 -o bin >one
  begin
  cat one >&5
  wait_for said 'no reading for [0-9]* s: the key is not the one of this meter: its message does not decipher'
  finish
  # A heat meter whose record is cut short.
  printf '\x68\x13\x13\x68\x08\x01\x72\x78\x56\x34\x12\x2d\x2c\x1b\x04\x05\x00\x00\x00\x04\x05\x01\x02\x18\x16' >one
  begin
  cat one one >&5
  wait_for said 'no reading for [0-9]* s: the messages are those of a heat, water or gas meter'
  finish
}

@test "a wrong key is said within an interval, silence when a message is overdue by one; without a manager, too" {
  start_broker
  start_meter
  settings 'operator = "salzburg-netz"'
  echo '* a0a1a2a3a4a5a6a7a8a9aaabacadaeaf' >keys
  began=$EPOCHREALTIME
  start_run
  wait_for said 'no reading for [0-5] s: the key is not the one of this meter: [^(]*(meter-doctor'
  [ $((${EPOCHREALTIME/./} - ${began/./})) -lt 5000000 ]
  kill -TERM "$runner"
  end_run
  kill -STOP "$meter"
  start_run --set interval=1s --set discovery=true
  wait_for said 'no reading for 5 s: nothing came: is the interface activated'
  kill -TERM "$runner"
  end_run
}

is_away() { [ "$(grep -c 'STATUS=line is not there' heard)" -ge "$1" ]; }
@test "of a port that has gone nobody asks whether the interface is activated, until it is back" {
  start_broker
  start_meter
  settings
  manager
  start_run --set interval=1s --set discovery=true
  wait_for grep -qE 'STATUS=[0-9]+ readings' heard
  kill "$meter"
  wait_for said 'line: gone (.*waiting for it to come back'
  wait_for grep -q 'STATUS=line is not there' heard
  # Each is behind another look, a second after the one before; silence would be said after 5 s.
  wait_for is_away 8
  not said 'no reading'
  start_meter
  kill -STOP "$meter"
  wait_for said 'line: back after'
  wait_for said 'no reading for [0-9]* s: nothing came: is the interface activated'
  kill -TERM "$runner"
  end_run
}

# aside COMMAND: a shell line as root, with folders of systemd that are empty, kept below "var"
aside() {
  mkdir -p var/lib var/log
  unshare --mount --propagation private bash -eu -c 'for one in lib log; do mount --bind "$PWD/var/$one" "/var/$one"; done; eval "$1"' _ "$1"
}
@test "the folders of the service: root makes them, leaves the service's alone; others hear who may" {
  [ "$(id -u)" -eq 0 ] && aside true 2>/dev/null || skip "only root can show it"
  start_broker
  settings 'spool = "/var/lib/meterpipe/house/spool"' 'log = "/var/log/meterpipe/house/log"'
  printf '%s\n' '[dlms-decrypt]' 'counter-state = "/var/lib/meterpipe/house/counters"' '[mbus-read]' 'replay = "sent"' 'speed = "max"' >>house.conf
  sed -i '/^port = /d' house.conf
  (umask 077 && meter-sim --print-keys >keys)
  meter-sim -n 1 -o json >sent
  # Before there is a service.
  run -0 aside 'umask 000; meterpipe once house.conf --set allow-old=true'
  [[ $output != *warning* ]] || { echo "$output"; return 1; }
  [ "$(stat -c '%a %u %n' var/{lib,log}/meterpipe{,/house} | paste -sd,)" = '755 0 var/lib/meterpipe,700 0 var/lib/meterpipe/house,755 0 var/log/meterpipe,700 0 var/log/meterpipe/house' ]
  [ -s var/lib/meterpipe/house/spool ] && [ -s var/lib/meterpipe/house/counters ] && [ -s var/log/meterpipe/house/log ]
  # As systemd leaves them behind a service whose user it made.
  for one in lib log; do
    mkdir -m 700 var/$one/private var/$one/private/meterpipe
    mv var/$one/meterpipe/house var/$one/private/meterpipe/
    ln -s ../private/meterpipe/house var/$one/meterpipe/house
    chown -R 61234:61234 var/$one/private/meterpipe/house
  done
  find var -type f -printf '%p %u %s %T@\n' | sort >before
  run -0 aside 'meterpipe once house.conf --set allow-old=true'
  [ "$(grep -c warning: <<<"$output")" -eq 1 ]
  [[ $output == *"meterpipe: warning: /var/lib/meterpipe/house/, /var/log/meterpipe/house/: belongs to the service and its user: this run does without spool, counter-state, log (to have it for root: chown -R root: /var/lib/meterpipe/house/ /var/log/meterpipe/house/;"* ]] || { echo "$output"; return 1; }
  find var -type f -printf '%p %u %s %T@\n' | sort | diff before -
  run -77 aside 'meterpipe log house.conf'
  [[ $output == *"house.conf: log: /var/log/meterpipe/house/log: /var/log/meterpipe/house/ belongs to the service and its user: take another file (--log FILE), or chown -R root: /var/log/meterpipe/house/"* ]] || { echo "$output"; return 1; }
  # What it says to do; the first message is known there.
  meter-sim -n 2 -o json | tail -n "$(wc -l <sent)" >next
  mv next sent
  run -0 aside 'chown -R root: /var/lib/meterpipe/house/ /var/log/meterpipe/house/; meterpipe once house.conf --set allow-old=true'
  [[ $output != *"does without"* && $(stat -c %u var/lib/private/meterpipe/house/counters) -eq 0 ]] || { echo "$output"; return 1; }
  # Another user.
  chmod -R a+rX . && chmod 644 sent
  run -77 aside 'setpriv --reuid=65534 --regid=65534 --clear-groups "$(command -v meterpipe)" once house.conf --set dlms-decrypt.keys=none'
  [[ $output == *"house.conf: spool: /var/lib/meterpipe/house/spool: /var/lib/meterpipe/house/ belongs to the service and its user: take another file (--set obis-mqtt.spool=FILE), or sudo meterpipe once house"* ]] || { echo "$output"; return 1; }
  rm -r var/*/private var/*/meterpipe
  run -66 aside 'setpriv --reuid=65534 --regid=65534 --clear-groups "$(command -v meterpipe)" once house.conf --set dlms-decrypt.keys=none'
  [[ $output == *"there is no /var/log/meterpipe/house/, and only root may make it: sudo meterpipe once house, or as a service: sudo meterpipe units house"* || $output == *"there is no /var/lib/meterpipe/house/, and only root may make it: sudo meterpipe once house, or as a service: sudo meterpipe units house"* ]] || { echo "$output"; return 1; }
}

@test "who ends a command while its programs are still asked about their options hears nothing of it" {
  mkdir bin
  cp "$METERPIPE_BIN/meterpipe" bin/
  printf '%s\n' '#!/bin/sh' ": >'$PWD/asked'" 'exec sleep 60' >bin/mbus-read
  chmod +x bin/mbus-read
  echo 'port = "line"' >house.conf
  for command in check once run; do
    rm -f asked
    bin/meterpipe $command house.conf >out 2>err 3>&- 5>&- &
    runner=$!
    children+=("$runner")
    wait_for test -e asked
    kill -TERM "$runner"
    end_run
    [ "$status" -eq 143 ]
    [ ! -s err ] || { cat err; return 1; }
  done
}
