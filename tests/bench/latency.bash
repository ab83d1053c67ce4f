# shellcheck shell=bash
# shellcheck disable=SC2154 # what scripts/bench and common.bash set
# From the last byte of a message on the line to its JSON at a subscriber: what the test of it counts
# (tests/support/latency.cpp).
measure_latency() {
  local program=$tools/tests/latency out=$1/out
  if ! command -v bats >/dev/null || [ ! -x "$program" ]; then
    skip 'latency (no bats, or a build without tests)'
    return
  fi
  PATH=$PATH:/usr/sbin METERPIPE_BIN=$tools LATENCY=$program bats -f '^latency' \
    "$top/tests/pipeline/live.bats" >"$out" 2>&1 || { cat "$out" >&2; exit 1; }
  row 'last byte to subscriber' "$(sed -n 's/.*latency last byte.*: median \([0-9.]*\) ms.*/\1/p' "$out" | head -n 1)" ms
  row "the broker's own hop" "$(sed -n "s/.*broker's own hop.*: median \([0-9.]*\) ms.*/\1/p" "$out" | head -n 1)" ms
  row 'the pipe' "$(sed -n 's/.*difference of the medians): \([0-9.]*\) ms.*/\1/p' "$out" | head -n 1)" ms '' 0.7
}
