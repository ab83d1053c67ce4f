# shellcheck shell=bash
# shellcheck disable=SC2154 # what scripts/bench and common.bash set
# Rows as JSON, and JSON as tables; the files are what scripts/bench --json prints:
#
#   {"machine":…, "date":…, "versions":{…}, "rows":[
#     {"part":"cpu", "name":…, "value":4.1, "unit":"us", "must":…, "aim":…, "better":"less", "holds":"yes"}]}
#
# holds: yes (what must be and, if there is one, what is aimed at), must (that alone), no, null (no target).

first_line() { "$@" 2>&1 | head -n 1 | tr -s ' ' || true; }
the_version() { first_line "$@" | grep -oE '[0-9]+(\.[0-9]+)+[^ ,)]*' | head -n 1 || true; }

versions() {
  local compiler suite simd=none flag
  compiler=$(from_cache CMAKE_CXX_COMPILER)
  # shellcheck source=/dev/null
  suite=$(. /etc/os-release 2>/dev/null && echo "${VERSION_CODENAME-$ID}") || suite=unknown
  # What hex, JSON and AES use of the processor, best last; valgrind passes these on.
  for flag in asimd sse2 sse4_2 avx2; do
    ! grep -qE "^(flags|Features).*\b$flag\b" /proc/cpuinfo || simd=$flag
  done
  jq -n --arg suite "$suite" --arg architecture "$(uname -m)" --arg simd "$simd" \
    --arg build "$(from_cache CMAKE_BUILD_TYPE)$([ "$(from_cache METERPIPE_UNITY)" != OFF ] || echo ', files singly')" \
    --arg compiler "$(first_line "$compiler" --version | sed -E 's/^(g|c)[^ ]* \(/gcc (/')" \
    --arg libc "$(the_version ldd --version)" --arg openssl "$(the_version openssl version)" \
    --arg simdjson "$(the_version pkg-config --modversion simdjson)" \
    --arg fmt "$(the_version pkg-config --modversion fmt)" \
    --arg valgrind "$(the_version valgrind --version)" \
    --arg mosquitto "$(the_version mosquitto_pub --version)" --arg kernel "$(uname -r)" '$ARGS.named'
}

machine() {
  local model
  model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
  echo "${model:-$(uname -m)}, $(nproc) cores"
}

# collect < ROWS: the JSON
collect() {
  jq -Rn --arg machine "$(machine)" --arg date "$(date -u +%F)" --argjson versions "$(versions)" '
    def number: if . == "" then null else tonumber end;
    def fits($bound): if .better == "more" then .value >= $bound else .value <= $bound end;
    {machine: $machine, date: $date, versions: $versions, rows: [inputs | split("\t")
      | {part: .[0], name: .[1], value: (.[2] | tonumber), unit: .[3],
         must: (.[4] | number), aim: (.[5] | number), better: .[6]}
      | .holds = (if .must == null and .aim == null then null
                  elif .must != null and (fits(.must) | not) then "no"
                  elif .aim != null and (fits(.aim) | not) then (if .must == null then "no" else "must" end)
                  else "yes" end)]}'
}

# What both tables say first.
heading='"\(.machine); \(.date)", (.versions | "\(.suite), \(.compiler), libc \(.libc), OpenSSL \(.openssl), simdjson \(.simdjson), valgrind \(.valgrind)")'
shown='def shown: if . == null then "-" else tostring end;'

print_table() {
  jq -r "$heading" "$1"
  jq -r "$shown"'.rows[] | [.part, .name, (.value | shown), .unit, (.must | shown), (.aim | shown),
    (if .better == "more" then ">=" else "<=" end), (.holds // "-")] | @tsv' "$1" |
    awk -F'\t' '
      NR == 1 { printf "%-48s %10s  %-16s %10s %8s  %s\n", "", "value", "unit", "must", "aim", "holds" }
      $1 != part { print part = $1 }
      { printf "  %-46s %10s  %-16s %10s %8s  %s\n", $2, $3, $4, bound($5), bound($6), $8 }
      function bound(x) { return x == "-" ? x : $7 == ">=" ? ">=" x : x }'
}

# compare FORMAT OLD.json NEW.json: the rows of both, their values and the new one as a part of the old
compare() {
  jq -n --slurpfile old "$2" --slurpfile new "$3" '
    def key: "\(.part) \(.name)";
    ($old[0].rows | map({(key): .value}) | add // {}) as $was
    | {old: $old[0].date, new: $new[0].date, rows: [$new[0].rows[]
        | {part, name, unit, old: $was[key], new: .value}
        | .ratio = (if (.old // 0) == 0 then null else (.new / .old * 1000 | round / 1000) end)]}' >"$work/compared"
  if [ "$1" = json ]; then
    cat "$work/compared"
  else
    jq -r "$shown"'["", "", "old", "new", "unit", "ratio"],
      (.rows[] | [.part, .name, (.old | shown), (.new | shown), .unit, (.ratio | shown)]) | @tsv' "$work/compared" |
      awk -F'\t' '
        $1 != part { print part = $1 }
        { printf "  %-46s %10s %10s  %-16s %s\n", $2, $3, $4, $5, $6 }'
  fi
}

# The rows that README.md has, and how they are called there.
readme_rows='[
  ["instructions", "Salzburg three filters", "instructions of a message in the three filters (Kaifa, Salzburg)"],
  ["instructions", "Salzburg obis-mqtt --dry-run", "instructions of its 16 messages in obis-mqtt"],
  ["cpu", "Salzburg three filters", "CPU of a message in the three filters"],
  ["cpu", "Salzburg three filters to four cats", "the same against four cat"],
  ["cpu", "Salzburg messages per second", "messages per second through the pipe"],
  ["cpu", "mix messages per second", "the same of all simulated meters mixed, two in a thousand broken"],
  ["mqtt", "QoS 1, one meter to mosquitto_pub", "CPU of a reading to a broker, QoS 1, against mosquitto_pub"],
  ["memory", "cosem-decode, many messages", "peak memory of cosem-decode"],
  ["memory", "obis-mqtt --dry-run, many messages", "peak memory of obis-mqtt"],
  ["memory", "five programs live (PSS)", "memory of the five programs live"],
  ["start", "cosem-decode", "start of cosem-decode to its first byte"],
  ["latency", "last byte to subscriber", "latency of the pipe, last byte to subscriber"]]'

# write_readme NEW.json README: between the two marks
write_readme() {
  local from='<!-- scripts/bench --readme -->' to='<!-- end -->'
  if ! grep -qxF -e "$from" "$2" || ! grep -qxF -e "$to" "$2"; then
    say "$2 has no '$from' and '$to'"
    return 1
  fi
  {
    echo "$from"
    jq -r "$shown"'def grouped: tostring | if test("^[0-9]{5,}$") then [scan("[0-9]")] | reverse
          | [range(0; length; 3) as $i | .[$i:$i + 3] | reverse | join("")] | reverse | join(",") else . end;
      def bound($row): if . == null then "" elif $row.better == "more" then "≥ \(grouped)" else grouped end;
      "| \(.machine); Debian \(.versions.suite), \(.versions.compiler | sub(" [(].*[)]"; "")); \(.date) | | must | aim |", "|---|---|---|---|",
      (.rows as $rows | '"$readme_rows"'[] as [$part, $name, $words]
        | $rows[] | select(.part == $part and .name == $name) | . as $row
        | "| \($words) | \(.value | grouped) \({instructions: "", "1/s": "", us: "µs"}[.unit] // .unit) | \(.must | bound($row)) | \(.aim | bound($row)) |"
        | gsub(" +\\|"; " |"))' "$1"
    echo "$to"
  } >"$work/table"
  awk -v from="$from" -v to="$to" -v table="$work/table" '
    $0 == from { while ((getline line <table) > 0) print line; inside = 1 }
    !inside { print }
    $0 == to { inside = 0 }' "$2" >"$work/readme"
  cp "$work/readme" "$2"
}
