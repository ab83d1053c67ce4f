# shellcheck shell=bash
# shellcheck disable=SC2154 # what scripts/bench and common.bash set
# The peak of the resident memory of each program over few and many messages: it must not grow with
# them. Then what the five of a pipe on a live meter take together, where a page that several of them
# share counts once (PSS).
measure_memory() {
  local count stem=$1/salzburg many=$((messages < 200000 ? messages / 2 : 100000)) words
  for words in "1000 1,000 messages" "$many many messages"; do
    count=${words%% *}
    words=${words#* }
    wire Salzburg "$count" >"$stem.wire"
    stages "$stem"
    must_be 'readings' "$count" "$(lines "$stem.readings")"
    peak mbus-read "$stem.wire" 8 5 --replay - --speed max
    peak mbus-frame "$stem.wire" 8 5
    peak dlms-decrypt "$stem.apdu" 8 5 -k "$work/keys"
    peak cosem-decode "$stem.plain" 8 5
    peak obis-mqtt "$stem.readings" 12 '' --dry-run
    [ "$count" -ne 1000 ] || live_peak "$stem"
  done
  live_pipe "$1"
}

peak() { # PROGRAM INPUT MUST AIM [OPTION…]
  local name=$1
  rm -f "$2.peak"
  cost "$2.peak" "$tools/$1" -q "${@:5}" <"$2" >/dev/null
  [ "${5-}" != --dry-run ] || name+=" $5"
  row "$name, $words" "$(calculate "$(median "$2.peak" 4) / 1024" 1)" MiB "$3" "$4"
}

# Of obis-mqtt with a broker: the library for it is loaded then.
live_peak() { # STEM
  if ! command -v mosquitto_sub >/dev/null || ! start_broker; then
    skip 'memory of obis-mqtt with a broker (no mosquitto)'
    return
  fi
  peak obis-mqtt "$1.readings" 12 '' --broker "mqtt://127.0.0.1:$port" --client-id bench
}

live_pipe() { # FOLDER
  local here=$1 pids=() pid pss total=0
  [ -n "${port-}" ] || return 0
  if [ ! -r /proc/self/smaps_rollup ]; then
    skip 'memory of a live pipe (no /proc/PID/smaps_rollup)'
    return
  fi
  mkfifo "$here"/{1,2,3,4}
  "$tools/meter-sim" -q --pty "$here/line" -k "$work/keys" --line 115200-8E1 --interval 200ms &
  children+=($!)
  for _ in {1..100}; do
    [ ! -e "$here/line" ] || break
    sleep 0.05
  done
  "$tools/mbus-read" -q -p "$here/line" --line 115200-8E1 >"$here/1" &
  pids+=($!)
  "$tools/mbus-frame" -q <"$here/1" >"$here/2" &
  pids+=($!)
  "$tools/dlms-decrypt" -q -k "$work/keys" <"$here/2" >"$here/3" &
  pids+=($!)
  "$tools/cosem-decode" -q <"$here/3" >"$here/4" &
  pids+=($!)
  "$tools/obis-mqtt" -q --broker "mqtt://127.0.0.1:$port" --client-id bench <"$here/4" &
  pids+=($!)
  children+=("${pids[@]}")
  mosquitto_sub -h 127.0.0.1 -p "$port" -t 'meterpipe/+/json' -C 20 -W 60 >/dev/null || {
    say 'no readings come through the live pipe'
    exit 1
  }
  for pid in "${pids[@]}"; do
    # Of who holds keys, nobody but root may see it.
    pss=$(sed -n 's/^Pss: *\([0-9]*\) kB/\1/p' "/proc/$pid/smaps_rollup" 2>/dev/null) || pss=''
    if [ -z "$pss" ]; then
      skip 'memory of a live pipe (needs root)'
      return
    fi
    total=$((total + pss))
  done
  row 'five programs live (PSS)' "$(calculate "$total / 1024" 1)" MiB
}
