# shellcheck shell=bash
# shellcheck disable=SC2154 # what scripts/bench and common.bash set
# Instructions of a message, by callgrind: the difference of two sizes, so that start-up does not
# count. Kaifa MA309M: two frames, 376 bytes, 15 values (EVN: 12); hex in, JSON out.
few=200 many=1200

# instructions PROGRAM STEM STAGE [OPTION…]: of one message, to $count
instructions() {
  local size sums=()
  for size in $few $many; do
    # valgrind knows no seccomp, and works inside the program.
    sums+=("$(METERPIPE_SANDBOX=0 valgrind --tool=callgrind --callgrind-out-file=/dev/null \
      "$tools/$1" "${@:4}" <"$2.$size.$3" 2>&1 >/dev/null | sed -n 's/.*Collected : \([0-9]*\).*/\1/p')")
  done
  count=$(((sums[1] - sums[0]) / (many - few)))
}

measure_instructions() {
  local house size stem together json
  local houses=(Salzburg EVN)
  [ -z "${baseline-}" ] || houses=(Salzburg)
  # No figures are no mistake: 77, which ctest shows as skipped, where they were to be judged.
  local why=''
  command -v valgrind >/dev/null || why='no valgrind'
  [ -z "$(from_cache METERPIPE_SANITIZE)" ] || why='a build with sanitizers'
  if [ -n "$why" ]; then
    skip "instructions ($why)"
    [ -z "${baseline-}" ] || exit 77
    return
  fi

  for house in "${houses[@]}"; do
    stem=$1/$house
    for size in $few $many; do
      wire "$house" "$size" >"$stem.$size.wire"
      stages "$stem.$size"
      must_be "readings of $house" "$size" "$(lines "$stem.$size.readings")"
    done
    instructions mbus-frame "$stem" wire
    row "$house mbus-frame" "$count" instructions
    together=$count
    instructions dlms-decrypt "$stem" apdu -k "$work/keys"
    row "$house dlms-decrypt" "$count" instructions
    together=$((together + count))
    instructions cosem-decode "$stem" plain
    row "$house cosem-decode" "$count" instructions
    json=$count together=$((together + count))
    row "$house three filters" "$together" instructions 20000 12000
    for view in text csv; do
      instructions cosem-decode "$stem" plain -o $view
      row "$house cosem-decode -o $view" "$count" instructions "$json"
    done
    instructions obis-mqtt "$stem" readings -q --dry-run
    row "$house obis-mqtt --dry-run" "$count" instructions 60000
  done
}

# What the figures hold for, besides the code.
same_machine='{suite, architecture, simd, build, compiler, libc, openssl, simdjson, fmt, valgrind}'

# check_baseline NEW.json FILE: 1 where a figure grew by more than 5 %
check_baseline() {
  jq -nr --slurpfile new "$1" --slurpfile known "$2" '
    ($new[0].versions | '"$same_machine"') as $here
    | [$known[0][] | select(.holds_for == $here)][0] as $base
    | $new[0].rows[]
    | . as $row | ($base.figures // {})[.name] as $was
    | if $base == null then "\(.name): \(.value)"
      elif $was == null then "\(.name): \(.value), not in the baseline\tgrew"
      else "\(.name): \(.value), \($was) in the baseline (\((.value / $was - 1) * 1000 | round / 10) %)"
        + (if .value > $was * 1.05 then "\tgrew" elif .value < $was * 0.95 then "\tless" else "" end)
      end,
    if $row.name == $new[0].rows[-1].name and $base == null
      then "no baseline for \($here | tojson): nothing is judged" else empty end' >"$work/judged"
  tr '\t' ' ' <"$work/judged"
  if grep -q $'\tless$' "$work/judged"; then
    say "a figure is 5 % below the baseline: scripts/bench --set-baseline keeps it there"
  fi
  if grep -q $'\tgrew$' "$work/judged"; then
    say "a figure is more than 5 % above the baseline (scripts/bench --set-baseline, if it must be)"
    return 1
  fi
}

# set_baseline NEW.json FILE: in place of the one for the same versions
set_baseline() {
  jq -n --slurpfile new "$1" --slurpfile known "$2" '
    ($new[0].versions | '"$same_machine"') as $here
    | [$known[0][] | select(.holds_for != $here)]
      + [{holds_for: $here, figures: ($new[0].rows | map({(.name): .value}) | add)}]' >"$work/baseline"
  cp "$work/baseline" "$2"
  say "written to $2"
}
