# shellcheck shell=bash
# shellcheck disable=SC2154 # what scripts/bench and common.bash set
# From the start of a program to its first byte of output, one message on its input; against cat with
# the same input, in turn, medians.
starts=101

measure_start() {
  local stem=$1/one
  wire Salzburg 1 >"$stem.wire"
  stages "$stem"
  must_be 'readings' 1 "$(lines "$stem.readings")"
  starting mbus-frame "$stem.wire"
  starting dlms-decrypt "$stem.apdu" -k "$work/keys"
  starting cosem-decode "$stem.plain"
  starting obis-mqtt "$stem.readings" --dry-run
}

starting() { # PROGRAM INPUT [OPTION…]
  "$tools/tests/bench/cost" first "$2.$1" $starts cat '|' "$tools/$1" -q "${@:3}" <"$2"
  local cat_us us
  read -r cat_us us <"$2.$1"
  row "$1" "$(calculate "$us / 1000")" ms 5 3
  row "$1 to cat" "$(calculate "$us / $cat_us")" times 2 1.5
}
