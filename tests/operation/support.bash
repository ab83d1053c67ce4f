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

# stage NAME: the number of a program of the run
stage() { pgrep -P "$runner" -x "$1"; }
# left: those that have not ended, of the numbers given; what has ended and nobody has waited for is none
left() {
  local pid
  for pid in "$@"; do
    of_process "$pid" stat '\) [^ZX] ' && return 0
  done
  return 1
}
none_left() { ! left "$@"; }
