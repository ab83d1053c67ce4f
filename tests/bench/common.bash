# shellcheck shell=bash
# shellcheck disable=SC2154 # what scripts/bench sets
# For all parts of scripts/bench: rows, messages, medians, a broker. $work and $tools are its folders.

# row NAME VALUE UNIT [MUST [AIM [more]]]: one figure; a target is an upper bound, or a lower (more)
row() { printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$part" "$1" "$2" "$3" "${4-}" "${5-}" "${6-less}" >>"$work/rows"; }

calculate() { awk "BEGIN { printf \"%.${2:-2}f\", $1 }"; } # EXPRESSION [DECIMALS]
# median FILE COLUMN
median() { cut -d' ' -f"$2" "$1" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# must_be WHAT WANTED GOT
must_be() {
  [ "$2" -eq "$3" ] || {
    say "$1: $3, not $2"
    exit 1
  }
}

# The meters that are measured, by the names of their operators.
declare -A meter_of=([Salzburg]=kaifa-salzburg [EVN]=kaifa-evn)

a_key() { (umask 077 && echo '* 4d657465725069706520626368303031' >"$1"); }
# wire HOUSE COUNT [OPTION…]: messages in hex, a line each
wire() { "$tools/meter-sim" --meter "${meter_of[$1]}" -k "$work/keys" -n "$2" "${@:3}" -o hex; }
[ -e "$work/keys" ] || a_key "$work/keys"
# stages STEM [KEYS]: from STEM.wire the input of each program behind it
stages() {
  "$tools/mbus-frame" -q <"$1.wire" >"$1.apdu" || [ $? -eq 65 ]
  "$tools/dlms-decrypt" -q -k "${2-$work/keys}" <"$1.apdu" >"$1.plain" || [ $? -eq 65 ]
  "$tools/cosem-decode" -q <"$1.plain" >"$1.readings" || [ $? -eq 65 ]
}
lines() { wc -l <"$1"; }
readings() { grep -c '^{"v":1,"t":"reading"' "$1" || true; }

# cost OUT PROGRAM… '|' PROGRAM…: see cost.cpp
cost() { "$tools/tests/bench/cost" pipe "$@"; }

listens() { (: >"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
# start_broker: if there is none yet, on a free port, to $port; fails where there is no mosquitto
start_broker() {
  local mosquitto
  [ -z "${port-}" ] || return 0
  mosquitto=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v mosquitto) || return 1
  for _ in {1..20}; do
    port=$((10000 + RANDOM % 7000))
    listens "$port" || break
  done
  printf '%s\n' "listener $port 127.0.0.1" 'allow_anonymous true' 'max_queued_messages 0' 'sys_interval 1' >"$work/broker.conf"
  [ "$(id -u)" -ne 0 ] || echo 'user root' >>"$work/broker.conf"
  "$mosquitto" -c "$work/broker.conf" >"$work/broker.log" 2>&1 &
  children+=($!)
  for _ in {1..100}; do
    ! listens "$port" || return 0
    sleep 0.1
  done
  cat "$work/broker.log" >&2
  return 1
}

from_cache() { sed -n "s/^$1:[^=]*=//p" "$tools/CMakeCache.txt"; }
