#!/usr/bin/env bats
# The values live: in a real terminal (tmux), whose screen is compared, and as lines.
load support

# replayed [LINE…]: house.conf that plays what a meter has sent
replayed() {
  (umask 077 && meter-sim --print-keys >keys)
  meter-sim -n 120 -o json >sent
  printf '%s\n' "$@" 'keys = "keys"' '[mbus-read]' 'replay = "sent"' 'speed = "max"' >house.conf
}
# in_terminal COMMAND: on a screen of its own; its status in the file "ended"
in_terminal() {
  env -u TMUX tmux -S "$PWD/tmux" -f /dev/null new-session -d -x 80 -y 24 \
    "LC_ALL=C.UTF-8; export LC_ALL; trap : INT; $1; echo \$? >ended; exec cat" 3>&- 5>&-
  children+=("$(tmux -S "$PWD/tmux" display-message -p '#{pid}')")
}
screen() { tmux -S "$PWD/tmux" capture-pane -p; }
shows() { screen | grep -qE -e "$1"; }
@test "watch: the screen, with a line of the last minutes" {
  replayed
  in_terminal 'meterpipe watch house.conf'
  wait_for test -s ended
  [ "$(cat ended)" = 0 ]
  screen | sed -E 's/[0-9]+ days ago/some days ago/; /^$/d' >seen
  diff - seen <<'END'
house: sent, ^C ends it
Meter     1KFM0209000001
Time      2026-03-02T07:09:55+01:00, some days ago
Power     import 339 W   export 0 W
          ███████▇▇▇▇▇▇▇▆▆▆▆▆▆▆▆▆▆▅▅▅▅▄▄▄▄▄▄▄▄▄▄▄▃▃▃▂▂▂▂▂▂▂▁▁▁▁▁▁▁▁▁▁▁
          326 to 577 W in 10 min
Energy    import 22865.491 kWh   export 22832.962 kWh
          import 332.553 kvarh   export 4186.151 kvarh
          L1            L2            L3
Voltage   231.7 V       232.4 V       229.8 V
Current   0.50 A        0.42 A        0.59 A
120 readings, no errors
END
}

@test "watch: lines where there is no terminal" {
  replayed
  run -0 --separate-stderr meterpipe watch house.conf
  [ "${#lines[@]}" -eq 120 ]
  [ "${lines[119]}" = "2026-03-02T07:09:55+01:00  1KFM0209000001  import 339 W  export 0 W  energy import 22865.491 kWh  energy export 22832.962 kWh" ]
  [ -z "$stderr" ]
  # A meter without totals has its tariffs.
  (umask 077 && : >none)
  meter-sim --meter dsmr-p1 -n 1 -o json >sent
  run -0 meterpipe watch house.conf --set keys=none
  [[ $output =~ "  import 0."[0-9]+" kW  export 0.000 kW  tariff 1 import "[0-9.]+" kWh  tariff 1 export "[0-9.]+" kWh  tariff 2 import " ]] || { echo "$output"; return 1; }
  # Of reactive energies by quadrant none is that of a direction.
  meter-sim --meter e450-swiss -n 1 -o json >sent
  run -0 meterpipe watch house.conf --set keys=none
  [[ $output == *"import"*kWh* && $output != *varh* ]] || { echo "$output"; return 1; }
  meter-sim -n 120 -o json >sent
  # What cannot be read is a line, too.
  echo '* a0a1a2a3a4a5a6a7a8a9aaabacadaeaf' >keys
  run -0 --separate-stderr meterpipe watch house.conf
  [ "${#lines[@]}" -eq 120 ]
  [[ ${lines[0]} == "error: wrong-key: "* ]]
  run -66 meterpipe watch house.conf --set mbus-read.replay=nowhere
  [[ $output == *"nowhere: "*"meterpipe: error: mbus-read ended with status 66, and with it the others" ]]
  status=0
  meterpipe watch house.conf >/dev/full 2>err || status=$?
  [ "$status" -eq 74 ]
}

@test "watch: what has no place on the screen is left out" {
  replayed
  (umask 077 && meter-sim --meter kaifa-evn --print-keys >keys)
  meter-sim --meter kaifa-evn -n 3 -o json >sent
  in_terminal 'meterpipe watch house.conf'
  wait_for test -s ended
  [ "$(cat ended)" = 0 ]
  screen >seen
  grep -q '^Voltage' seen
  not grep -qi factor seen
}

@test "watch: what is cut for a narrow screen is marked, since 232.1 V without its end would be 23" {
  replayed
  in_terminal 'stty cols 40; meterpipe watch house.conf'
  wait_for test -s ended
  screen | grep -E '^(Energy|Voltage|Current) ' >seen
  diff - seen <<'END'
Energy    import 22865.491 kWh   export…
Voltage   231.7 V       232.4 V       2…
Current   0.50 A        0.42 A        0…
END
}

@test "watch: beside a run it reads the log of that, redraws in place, and leaves the terminal as it was" {
  start_broker
  start_meter
  settings 'log = "cap"'
  start_run -q
  wait_for test -s cap
  in_terminal "stty -a >before; meterpipe watch house.conf --set counter-state=counters; stty -a >after"
  wait_for shows '^[0-9]+ readings?, no errors'
  screen >seen
  [ "$(head -n 1 seen)" = 'house: cap, ^C ends it' ]
  [ "$(grep -c '^Meter' seen)" -eq 1 ]
  # A key that is typed does not show; the size of the terminal is followed.
  tmux -S "$PWD/tmux" send-keys zzz
  tmux -S "$PWD/tmux" resize-window -x 30 -y 5
  wait_for shows '^Power +import [0-9]+ W  ? ?e?x?p?o?r?t? ?…$'
  [ "$(screen | grep -c .)" -le 5 ]
  not grep -q zzz seen
  tmux -S "$PWD/tmux" resize-window -x 80 -y 24
  wait_for shows '^Voltage '
  tmux -S "$PWD/tmux" send-keys C-c
  wait_for test -s after
  diff before after
  # The counters are the run's alone, which has not noticed.
  [ ! -e counters ]
  kill -0 "$runner"
  not said error
}

@test "watch: by itself where nobody reads the port; where somebody does, what to do" {
  start_meter
  settings
  : >err
  meterpipe watch house.conf >out 2>err 3>&- 5>&- &
  watcher=$!
  children+=("$watcher")
  wait_for has_lines out 1
  grep -q '1KFM0209000001  import [0-9]* W' out
  reader=$(pgrep -P "$watcher" -x mbus-read)
  run -74 meterpipe watch house.conf
  [[ $output == *"line: is read by mbus-read (pid $reader): to watch beside it, let it keep a log, which is read then: log = \"FILE\" in house.conf"* ]] || { echo "$output"; return 1; }
  kill -TERM "$watcher"
  ends "$watcher"
  [ "$status" -eq 143 ]
  none_left "$reader"
  exec {held}<line
  flock -n "$held"
  run -74 meterpipe watch house.conf --log cap
  [[ $output == *"line: is held by "* ]] || { echo "$output"; return 1; }
  exec {held}<&-
  # A port that is not there is waited for, and that is said on the screen.
  in_terminal 'meterpipe watch house.conf --set port=none'
  wait_for shows 'none: not there yet, waiting for it'
  shows 'No reading yet, no errors'
}

# The questions of init before the key are answered.
come_to_the_key() {
  wait_for shows '^1. Which port'
  tmux -S "$PWD/tmux" send-keys none Enter
  wait_for shows '^2. Which operator'
  tmux -S "$PWD/tmux" send-keys Enter
  wait_for shows '^3. The key'
}

@test "^Z at a key: it is asked for all the same, and does not show" {
  in_terminal 'bash --norc -ic "meterpipe init house.conf"'
  come_to_the_key
  tmux -S "$PWD/tmux" send-keys C-z 0011 Enter
  wait_for shows 'this is no key'
  not shows '0011|Stopped'
}

@test "^C at a question ends by the signal, and the terminal is as before" {
  in_terminal 'stty -a >before; meterpipe init house.conf; echo $? >status; stty -a >after'
  come_to_the_key
  tmux -S "$PWD/tmux" send-keys 0011 C-c
  wait_for test -s after
  [ "$(cat status)" = 130 ]
  diff before after
  not shows '0011|the answers ended'
  [ ! -e house.conf ]
}
