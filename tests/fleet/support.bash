# For the tests of this folder: a fleet of simulated meters, a subscriber that keeps all, and what is
# counted of it.
load ../mqtt/support
PATH=$METERPIPE_BIN:$PATH
worker_program=$BATS_TEST_DIRNAME/../../man/examples/fleet/fleet-worker

only_thorough() {
  [ -n "${METERPIPE_THOROUGH-}" ] || skip "METERPIPE_THOROUGH"
  [ -z "${METERPIPE_SANITIZED-}" ] || skip "of the release build alone: it counts messages per second"
}

# make_fleet METERS MESSAGES: "apdus" as mbus-frame at the edges has them, a "ring" of 10,000 keys, and
# the "ids" that must arrive
make_fleet() {
  local from
  from=$(date -u -d "@$(($(date +%s) - 5 * $2 / $1))" +%FT%TZ) # it ends now
  (umask 077 && meter-sim --number 0-9999 --print-keys >ring)
  meter-sim --number "0-$(($1 - 1))" -n "$2" --start "$from" --seed "${METERPIPE_SEED:-1}" -o json | mbus-frame >apdus
  dlms-decrypt -k ring apdus | cosem-decode | ids_of >ids
  [ "$(sort -u ids | wc -l)" = "$2" ]
}

# Of each line its first id, TITLE:COUNTER.
ids_of() { awk 'match($0, /"id":"[^"]*/) { print substr($0, RSTART + 6, RLENGTH - 6) }'; }

# watch [QOS]: readings, a counter and the meter's time of all meters, into "sub"
watch() {
  subscribe -q "${1:-1}" -F '%t %p' -t 'meterpipe/+/json' -t 'meterpipe/+/1-0:1.8.0' -t 'meterpipe/+/0-0:1.0.0'
}
arrived() { [ "$(grep -c '/json ' sub)" -ge "$1" ]; }
all_arrived() { arrived "$(wc -l <ids)" && [ "$(missing)" = 0 ]; }
missing() { grep '/json ' sub | ids_of | sort -u | comm -13 - <(sort ids) | wc -l; }

# out_of_order: readings that came for the first time behind a later one of their meter
out_of_order() {
  grep '/json ' sub | ids_of | awk -F: '!seen[$0]++ { if ($2 + 0 < last[$1]) n++; else last[$1] = $2 + 0 } END { print n + 0 }'
}
# gone_back: values of a counter or a clock that are below the one before them on their topic
gone_back() {
  awk '$1 ~ /1-0:1.8.0$/ { if ($2 + 0 < number[$1]) n++; number[$1] = $2 + 0 }
       $1 ~ /0-0:1.0.0$/ { if ($2 < text[$1]) n++; text[$1] = $2 }
       END { print n + 0 }' sub
}
