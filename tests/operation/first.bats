#!/usr/bin/env bats
# The first look at a meter: its values, or what is wrong, and in time.
load support

# key METER: EK and AK, as somebody would type them
key() { meter-sim --meter "$1" --print-keys | grep -oE '(ek|ak)=[0-9a-f]+|\b[0-9a-f]{32}\b' | sed 's/.*=//' | paste -sd' '; }
nothing_left() { [ -z "$(ls "$TMPDIR")" ]; }
# here_only: what is made besides is in a folder of the test
here_only() { mkdir -p tmp && export TMPDIR=$PWD/tmp; }

@test "first: the line is found out, and the values are a table" {
  here_only
  start_meter
  run -0 --separate-stderr meterpipe first line keys
  [ "${lines[0]}" = "Finding out what line is set to: some seconds, at most three minutes …" ]
  [ "${lines[1]}" = "Reading one message at 2400-8E1, at most 120 s …" ]
  [[ ${lines[2]} =~ ^0-0:1\.0\.0\ \ \ Clock\ {10,}20 ]]
  [[ $output == *$'\n'"1-0:1.8.0   Active energy import    2"*" Wh"* ]]
  [[ $output == *$'\n'"port = \"line\""$'\n'"line = \"2400-8E1\""$'\n'"Next: meterpipe init NAME" ]]
  [ -z "$stderr" ]
  nothing_left
}

@test "first: a meter that wants an answer has it by the preset of its operator, and one message is enough" {
  here_only
  start_meter --meter amis
  (umask 077 && echo "* $(key amis)" >keys)
  # Were one not enough, this would not end before the test is ended.
  run -0 --separate-stderr meterpipe first line keys --operator netz-ooe --timeout 1h
  [[ $output == *$'\n'"1-0:1.8.0    Active energy import"* ]]
  nothing_left
}

@test "first: a missing key is asked for, tried, and kept with the right mode" {
  here_only
  start_meter --meter am550-kaernten
  printf '%s\n' 12 00112233445566778899aabbccddee00 "$(key am550-kaernten)" kept |
    meterpipe first line --operator kaernten-netz >out 2>err
  said 'this is no key: 32 hex digits' out
  said 'it is not the key of this meter' out
  said 'kept: written, for its owner alone' out
  said 'Active energy import' out
  not grep -q "$(key am550-kaernten)" out err
  [ "$(stat -c %a kept)" = 600 ]
  [ "$(cat kept)" = "* $(key am550-kaernten)" ]
  run -0 --separate-stderr meterpipe first line kept --set line=115200-8N1
  [[ $output == *"Active energy import"* ]]
  [ -z "$stderr" ]
  # Two keys behind one another, and none is kept.
  kill -KILL "$meter"
  rm -f line
  start_meter --meter t210d-steiermark
  printf '%s\n' "$(key t210d-steiermark)" '' | meterpipe first line --operator energienetze-steiermark-p1 >out 2>err
  said 'Active energy import' out
  # No answer.
  run -64 meterpipe first line --operator kaernten-netz </dev/null
  nothing_left
}

@test "first: a wrong key is the doctor's finding" {
  here_only
  start_meter --meter am550-kaernten
  (umask 077 && echo '* a0a1a2a3a4a5a6a7a8a9aaabacadaeaf' >wrong)
  run -1 meterpipe first line wrong --operator kaernten-netz
  [[ $output == *"key        broken"*"The key does not fit"*"Try: "* ]]
  nothing_left
}

@test "first: nothing, no port, no operator; each in time and with what to do" {
  here_only
  start_meter --meter am550-kaernten
  kill -STOP "$meter"
  run -1 meterpipe first line --operator kaernten-netz --timeout 200ms
  [[ $output == *"Nothing came within 0.2 s. Is the customer interface activated"* ]]
  run -66 meterpipe first nowhere --operator kaernten-netz
  [[ $output == *"nowhere: no such port"*"mbus-read ended with status 66"* ]]
  run -66 meterpipe first nowhere
  [[ $output == *"nowhere: no such port"* ]]
  run -64 meterpipe first line --operator kaernten
  [[ $output == *"did you mean kaernten-netz?"* ]]
  run -64 meterpipe first line --set keys=x
  # From standard input, as from any log.
  (umask 077 && meter-sim --print-keys >keys)
  chmod 644 keys
  run -77 meterpipe first - keys < <(meter-sim -n 2 -o bin)
  [[ $output == *"keys: others may read the keys"*"dlms-decrypt ended with status 77"* ]]
  chmod 600 keys
  run -0 meterpipe first - keys < <(meter-sim -n 2 -o bin)
  [[ $output == *"Active energy import"* ]]
  nothing_left
}
