# For all tests of this folder: what those of obis-mqtt have, and a meter on a pty.
load ../mqtt/support
PATH=$METERPIPE_BIN:$PATH
here=${BASH_SOURCE[0]%/*}

# start_meter [OPTION…]: meter-sim on the pty "line", its keys in the file "keys"
start_meter() {
  (umask 077 && meter-sim "$@" --print-keys >keys)
  # It sends at once, and then again before a reader has waited for long.
  meter-sim "$@" --period 2s --pty line 2>meter.err 3>&- 5>&- &
  meter=$!
  children+=("$meter")
  wait_for test -e line
}

# settings [LINE…]: house.conf for that meter and the test's broker
settings() {
  {
    echo 'port = "line"'
    echo 'keys = "keys"'
    echo "broker = \"mqtt://$host:$port\""
    printf '%s\n' "$@"
  } >house.conf
}

# start_run [OPTION…]: the runner in the background, its number to $runner
start_run() {
  : >err
  meterpipe run house.conf "$@" >out 2>err 3>&- 5>&- &
  runner=$!
  children+=("$runner")
}
end_run() { ends "$runner"; }

# Somebody reads the line, and nobody else may.
is_read() { grep -q "$(stat -Lc :%i line) " /proc/locks; }

# stage PROGRAM: the number of the run's; one that is only asked about its options is none
stage() {
  local pid words found=1
  for pid in $(pgrep -P "$runner" -x "$1"); do
    words=$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") || continue
    [[ -n $words && $words != *' --'@(check|describe)'-options '* ]] || continue
    echo "$pid"
    found=0
  done 2>/dev/null
  return $found
}
# left: those that have not ended, of the numbers given; what has ended and nobody has waited for is none
left() {
  local pid
  for pid in "$@"; do
    of_process "$pid" stat '\) [^ZX] ' && return 0
  done
  return 1
}
none_left() { ! left "$@"; }
