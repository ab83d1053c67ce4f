# shellcheck shell=bash
# shellcheck disable=SC2154 # what scripts/bench and common.bash set
# The inner loops (inner_loops.cpp), by Google Benchmark.
measure_inner() {
  local program=$tools/tests/bench/inner-loops
  if [ ! -x "$program" ]; then
    skip 'inner (cmake --build build --target inner-loops, with libbenchmark-dev)'
    return
  fi
  "$program" --benchmark_format=json --benchmark_min_time=0.1 2>"$1/err" >"$1/json" || { cat "$1/err" >&2; exit 1; }
  while IFS=$'\t' read -r name ns rate; do
    row "$name" "$ns" ns
    [ -z "$rate" ] || row "$name, rate" "$rate" MB/s
  done < <(jq -r '.benchmarks[] | [.name, (.cpu_time * 10 | round / 10),
    (if .bytes_per_second then .bytes_per_second / 1e6 | round else "" end)] | @tsv' "$1/json")
}
