#!/usr/bin/env bats
# The presets of operators: each with the meters that play it, and what the wire may change of them.
load support
operators=$here/../../operators

# of FILE KEY: what stands there, without quotes, to $value; nothing where it does not stand
of() {
  local line
  value=
  while IFS= read -r line; do
    [[ $line == "$2 = "* ]] || continue
    value=${line#*= }
    value=${value//\\\"/@}
    value=${value//[][\"]/}
    value=${value//@/\"}
  done <"$operators/$1.operator"
}
# replays METER…: two messages of each in the file "sent", the keys of all in "keys"
replays() {
  local name
  : >sent
  (umask 077 && : >keys)
  for name in "$@"; do
    meter-sim --meter "$name" -n 2 -o json | sed "s,\"src\":\"[^\"]*\",\"src\":\"$name\"," >>sent
    meter-sim --meter "$name" --print-keys >>keys
  done
}
# try OPERATOR [OPTION…]: what would be published of it, in "out"; what is said, in "err"
try() {
  printf 'operator = "%s"\nkeys = "keys"\n[mbus-read]\nreplay = "sent"\nspeed = "max"\n[obis-mqtt]\ndry-run = true\nallow-old = true\ncheck = false\n' "$1" >f.conf
  meterpipe run f.conf "${@:2}" >out 2>err
}
readings() { grep -c $'/json\t' out || true; }

@test "every operator reads the meters that play it: no word of warning, the line and the keys are theirs" {
  list=$(meter-sim --list-meters)
  played=0 seen=
  for file in "$operators"/*.operator; do
    name=$(basename "$file" .operator)
    of "$name" simulated
    IFS=', ' read -ra meters <<<"$value"
    [ "${#meters[@]}" -ne 0 ] || { grep -q '^reason = ' "$file"; continue; }
    of "$name" line
    line=$value
    of "$name" keys
    for meter in "${meters[@]}"; do
      [[ $list =~ ((^|$'\n')"$meter "[^$'\n']*) ]]
      row=${BASH_REMATCH[1]}
      case $value in
        0) [[ $row == *"no key)" ]] ;;
        1) [[ $row == *", EK)" ]] ;;
        2) [[ $row == *"EK and AK)" ]] ;;
      esac || { echo "$name: keys: $row"; return 1; }
      # This one is played on another line than its operators have.
      [[ $name == swiss-kamstrup || $row == *"($line, "* ]] || { echo "$name: line: $row"; return 1; }
    done
    # Those that differ in nothing from one before, and further meters, where there is time.
    if [ -z "${METERPIPE_THOROUGH-}" ]; then
      settings=$(grep -E '^(line|link|keys|ciphering|profile|simulated) = ' "$file")
      [[ $seen != *"$settings"* ]] || continue
      seen+=$settings
      meters=("${meters[0]}")
    fi
    replays "${meters[@]}"
    try "$name" || { echo "$name"; cat err; return 1; }
    [ "$(readings)" -eq $((2 * ${#meters[@]})) ] || { echo "$name: $(readings)"; cat err; return 1; }
    [ ! -s err ] || { echo "$name"; cat err; return 1; }
    played=$((played + ${#meters[@]}))
  done
  echo "# $played meters" >&3
  [ "$played" -ge 20 ]
}

@test "meterpipe operators: all, one with adapter and wiring" {
  run -0 meterpipe operators
  [ "${#lines[@]}" -eq "$(ls "$operators"/*.operator | wc -l)" ]
  [ "${#lines[@]}" -ge 28 ]
  for file in "$operators"/*.operator; do
    name=$(basename "$file" .operator)
    [[ $'\n'$output == *$'\n'"$name "* ]]
    one=$(meterpipe operators "$name")
    for key in title meters note reason; do
      of "$name" $key
      [[ $one == *"$value"* ]] || { echo "$name: $key"; return 1; }
    done
    for row in adapter wiring line proof; do [[ $one == *$'\n'"  $row  "* ]]; done
  done
  run -0 meterpipe operators salzburg-netz
  [[ $output == *"pins 3 and 4"*"21: one key (EK)"*'operator = "salzburg-netz"' ]]
  run -0 meterpipe operators netz-ooe
  [[ $output == *", each wants an answer"*"oms-5: one key (EK)"*"E5 within 0.5 s"*'operator = "netz-ooe"' ]]
  run -64 meterpipe operators wien
  [[ $output == *"did you mean wiener-netze?"* ]]
  printf 'port = "x"\noperator = "salzburg"\n' >f.conf
  run -78 meterpipe run f.conf
  [[ ${lines[0]} == "meterpipe: error: f.conf:2:12: operator: 'salzburg' is none of those"*"did you mean salzburg-netz?" ]]
  # By another case, and by a word of the title that no other has.
  for wrong in SALZBURG-NETZ=salzburg-netz evn=netz-noe EVN=netz-noe 'Wiener Netze=wiener-netze'; do
    run -64 meterpipe operators "${wrong%=*}"
    [[ $output == *"did you mean ${wrong#*=}?"* ]] || { echo "$output"; return 1; }
  done
  run -64 meterpipe operators netze-nirgendwo
  [[ $output != *"did you mean"* ]] || { echo "$output"; return 1; }
}

@test "what is set goes before a preset, from the file and from the command line" {
  printf 'port = "none"\noperator = "kaernten-netz"\nbroker = "mqtt://127.0.0.1:9"\nkeys = "keys"\n' >f.conf
  (umask 077; : >keys)
  line() { # [OPTION…]
    meterpipe run f.conf "$@" >out 2>err 3>&- &
    runner=$!
    children+=("$runner")
    wait_for is_begun
    tr '\0' '\n' <"/proc/$(stage mbus-read)/cmdline" | sed -n 's/^--line=//p'
    kill -TERM "$runner"
    local status
    ends "$runner"
  }
  is_begun() { [ -n "$(stage mbus-read)" ] && grep -qz '^--line' "/proc/$(stage mbus-read)/cmdline"; }
  [ "$(line)" = 115200-8N1 ]
  [ "$(line --operator wiener-netze)" = 9600-8N1 ]
  [ "$(line --set line=300-7E1)" = 300-7E1 ]
  echo 'line = "2400-8N1"' >>f.conf
  [ "$(line)" = 2400-8N1 ]
}

@test "the wire goes before a preset for the link, with one warning" {
  replays am550-kaernten kaifa-salzburg
  sed -i 's/"src":"[^"]*"/"src":"x"/' sent
  try salzburg-netz
  [ "$(readings)" -eq 4 ]
  [ "$(cat err)" = "mbus-frame: warning: x: the link is hdlc, where mbus was expected: read as it is" ]
}

# A broker, a meter on a line that its operator's preset does not have, and house.conf for both.
start_on_other_line() {
  start_broker
  "$METERPIPE_SUPPORT/pty-at-speed" "$PWD/line" 9600 20 "$(meter-sim --meter kamstrup-sweden -n 1)" 3>&- 5>&- &
  children+=($!)
  wait_for test -e line
  printf 'port = "line"\noperator = "sweden-kamstrup"\nbroker = "mqtt://%s:%s"\nkeys = "keys"\n' $host "$port" >house.conf
  (umask 077; : >keys)
}

@test "and for the line, with one warning; a line that was set stands" {
  start_on_other_line
  subscribe -t 'meterpipe/+/json' -C 1
  export WATCHDOG_USEC=200000
  start_run
  wait_for has_lines sub 1
  said 'meterpipe: info: line: what comes is no message at 2400-8N1: finding out what the line is set to'
  [ "$(grep -c 'warning: line: the line is' err)" -eq 1 ]
  said 'meterpipe: warning: line: the line is 9600-8N1, where operator sweden-kamstrup has 2400-8N1: read as it is (line = "9600-8N1")'
  kill -TERM "$runner"
  end_run
  [ "$status" -eq 143 ]
  start_run --set line=2400-8N1 --set mbus-read.stats=50ms
  wait_for said '"tool":"mbus-read".*"bytes":[2-9][0-9][0-9][0-9]'
  nap 300
  not said 'finding out'
  not said 'the line is 9600'
}

# A pty keeps what its last reader left, the speed that it set and bytes that it did not take: a
# message at that speed was read by the next one before, or while, it set its own. dd ends where
# nothing is left, which is an error to it.
forget_last_reader() {
  stty -F line 300
  dd if=line of=/dev/null iflag=nonblock bs=64k status=none 2>/dev/null || true
}

@test "first, once, check and watch yield for the line, too, in time; a line that was set stands" {
  start_on_other_line
  # yields COMMAND…: its words in "out", the messages in "err"; one warning
  yields() {
    forget_last_reader
    "$@" >out 2>err || { cat out err; return 1; }
    [ "$(grep -c 'finding out what the line is set to' err)" -eq 1 ]
    [ "$(grep 'warning: line' err)" = 'meterpipe: warning: line: the line is 9600-8N1, where operator sweden-kamstrup has 2400-8N1: read as it is (line = "9600-8N1")' ]
    not said '"t":"stats"'
  }
  yields meterpipe first line keys --operator sweden-kamstrup
  said 'Reading one message at 2400-8N1, at most 120 s' out
  said 'Active energy import' out
  said '^line = "9600-8N1"$' out
  yields meterpipe check house.conf
  said '^port    ok      line opens, and messages come at 9600-8N1$' out
  subscribe -t 'meterpipe/+/json' -C 1
  yields meterpipe once house.conf
  wait_for has_lines sub 1
  forget_last_reader
  meterpipe watch house.conf >out 2>err 3>&- 5>&- &
  runner=$!
  children+=("$runner")
  wait_for said 'energy import' out
  kill -TERM "$runner"
  end_run
  [ "$status" -eq 143 ]
  [ "$(grep -c 'warning: line: the line is 9600-8N1' err)" -eq 1 ]
  not said '"t":"stats"'
  # Not before the end of the time, whatever is found out, and not much later.
  began=$EPOCHREALTIME
  forget_last_reader
  run -65 meterpipe once house.conf --timeout 700ms
  [[ $output == *"bytes came, and no whole message within 0.7 s: is the line set right?"* ]]
  forget_last_reader
  run -1 meterpipe first line keys --operator sweden-kamstrup --timeout 700ms
  [ $((${EPOCHREALTIME/./} - ${began/./})) -lt 15000000 ]
  # What was set stands.
  forget_last_reader
  run -65 meterpipe once house.conf --set line=2400-8N1 --timeout 1500ms
  [[ $output != *"finding out"* ]]
  forget_last_reader
  run -1 meterpipe first line keys --operator sweden-kamstrup --set line=2400-8N1 --timeout 1500ms
  [[ $output != *"finding out"* ]]
  forget_last_reader
  run -0 --separate-stderr meterpipe check house.conf --set line=2400-8N1
  [ "${lines[1]}" = "port    ok      line opens" ]
}

@test "check: what comes at the line of a preset, or nothing within two of its intervals" {
  start_broker
  start_meter
  settings 'operator = "salzburg-netz"'
  run -0 --separate-stderr meterpipe check house.conf
  # (a pty has no parity)
  [[ ${lines[1]} == "port    ok      line opens"*", and messages come at 2400-8E1" ]] || { echo "$output"; return 1; }
  [ -z "$stderr" ]
  kill -STOP "$meter"
  run -0 --separate-stderr meterpipe check house.conf --operator wiener-netze
  [[ ${lines[1]} == "port    ok      line opens"*", and nothing came within 2 s" ]] || { echo "$output"; return 1; }
  # Who ends one of them while it waits has not waited for what it would say of the line.
  for command in 'check house.conf' 'once -q house.conf' 'first line keys --operator salzburg-netz'; do
    # shellcheck disable=SC2086
    meterpipe $command >out 2>err 3>&- 5>&- &
    runner=$!
    children+=("$runner")
    wait_for stage mbus-frame >/dev/null
    kill -TERM "$runner"
    end_run
    [ "$status" -eq 143 ] || { echo "$command: $status"; return 1; }
    not grep -hvE '^file    ok      house.conf$|^Reading one message|^mbus-read: warning: line: line 2400-8E1' out err
  done
}

@test "check: the end of a message is no reason for another line, until a whole one may be there" {
  start_broker
  (umask 077 && meter-sim --meter am550-wien --print-keys >keys)
  meter-sim --meter am550-wien -n 1 -o bin >one
  settings 'operator = "wiener-netze"'
  mkfifo pipe
  exec 5<>pipe
  socat -u PIPE:pipe PTY,link=line,raw,echo=0 2>/dev/null 3>&- 5>&- &
  children+=("$!")
  wait_for test -e line
  meterpipe check house.conf >out 2>err 3>&- 5>&- &
  runner=$!
  children+=("$runner")
  wait_for stage mbus-frame >/dev/null
  wait_for is_read
  tail -c 60 one >&5
  nap 2500 # two intervals of the preset are 2 s
  cat one >&5
  end_run
  [ "$status" -eq 0 ] || { cat out err; return 1; }
  said '^port    ok      line opens.*, and messages come at 9600-8N1$' out
  exec 5>&-
}

@test "and not for ciphering nor authentication: an error, and no value" {
  # A plain message, where the operator ciphers, also as the first one.
  replays kaifa-salzburg
  meter-sim --meter kaifa-salzburg -n 2 -o json --security none >sent
  try salzburg-netz
  [ "$(readings)" -eq 0 ]
  [ "$(grep -c '"code":"downgrade"' out)" -eq 2 ]
  try salzburg-netz --set plain=take
  [ "$(readings)" -eq 2 ]
  # No tag, where the operator sends tags.
  meter-sim --meter e450-steiermark -n 2 -o json --security 20 >sent
  (umask 077 && meter-sim --meter e450-steiermark --print-keys >keys)
  try energienetze-steiermark
  [ "$(readings)" -eq 0 ]
  [ "$(grep -c '"code":"not-authenticated"' out)" -eq 2 ]
}

@test "a preset whose messages are ciphered wants keys" {
  printf 'port = "none"\noperator = "tinetz"\n' >f.conf
  run -78 meterpipe check f.conf
  [[ ${lines[0]} == 'meterpipe: error: f.conf: keys: is missing: the messages of tinetz are ciphered: keys = "FILE"'* ]]
  run -66 meterpipe check f.conf --set operator=egd --set broker=mqtt://127.0.0.1:9
}

@test "Netz OÖ: once, live, with an answer to each message" {
  start_broker
  start_meter --meter amis
  settings 'operator = "netz-ooe"'
  run -0 --separate-stderr meterpipe once house.conf
  [[ $(retained 'meterpipe/#' | sed -n 's,^meterpipe/00000000/1-0:1.8.0 ,,p') =~ ^[0-9]+$ ]]
  # Without an answer to its search a meter keeps its values to itself.
  kill -KILL "$meter"
  rm -f line
  start_meter --meter amis
  run -65 meterpipe once house.conf --timeout 3s --set mbus-read.answer=false
}
