#!/usr/bin/env bats
# The manual: lint, options and defaults against --help, examples against what the tools print,
# error codes and statuses against the code. Tools come from METERPIPE_BUILD; a page whose tool is
# not built there is left out and named.

setup() {
  root=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
  build=$(cd "${METERPIPE_BUILD:?folder of the built tools}" && pwd)
  export METERPIPE_BUILD=$build
  facts=$root/tests/support/man_facts
  scratch=$BATS_TEST_TMPDIR
  shopt -s nullglob
  pages=("$root"/man/*.[1-8])
  tool_pages=("$root"/man/*.1)
}

tool_of() { basename "$1" .1; }

# What $1 has and $2 has not, each line with a word before it; fails if there is anything.
lacks() {
  local missing
  missing=$(LC_ALL=C comm -23 "$1" "$2")
  [ -z "$missing" ] || { sed "s|^|$3: |" <<<"$missing"; return 1; }
}

@test "every page is clean to mandoc" {
  [ "${#pages[@]}" -ge 6 ]
  run mandoc -T lint -W warning "${pages[@]}"
  echo "$output"
  [ -z "$output" ] && [ "$status" -eq 0 ]
}

# What groff has no room for it breaks into a word a line.
@test "tables fit a terminal of 80 columns" {
  count=0
  for page in "${pages[@]}"; do
    # Its lists by columns.
    while IFS= read -r -d '' table; do
      printf '.Dd January 1, 2026\n.Dt TABLE 7\n.Os\n.Sh TABLE\n%s' "$table" >"$scratch/table.7"
      mandoc -T ascii -O width=78 "$scratch/table.7" | col -bx >"$scratch/table"
      grep -q TABLE "$scratch/table"
      # A topic is one word, which is not broken.
      wide=$(awk 'length > 78 && !/Instantaneousvalue|Timeintegral1|Zeitintegral1/' "$scratch/table")
      [ -z "$wide" ] || { echo "$page: $wide"; return 1; }
      count=$((count + 1))
    done < <(awk '/^\.Bl -column/ { taken = 1 } taken { text = text $0 "\n" }
      taken && /^\.El/ { printf "%s%c", text, 0; text = ""; taken = 0 }' "$page")
  done
  [ "$count" -ge 5 ]
}

@test "every tool has a page, every page of a tool a tool" {
  for source in "$root"/tools/*.cpp; do
    tool=$(basename "$source" .cpp)
    [ -e "$root/man/$tool.1" ] || echo "# $tool has no page yet" >&3
  done
  for page in "${tool_pages[@]}"; do
    [ -e "$root/tools/$(tool_of "$page").cpp" ] || { echo "$page: no such tool"; return 1; }
  done
}

@test "every tool page has the usual sections" {
  for section in NAME SYNOPSIS DESCRIPTION "EXIT STATUS" EXAMPLES "SEE ALSO"; do
    missing=$(grep -L "^\.Sh $section\$" "${tool_pages[@]}" || true)
    [ -z "$missing" ] || { echo "no $section: $missing"; return 1; }
  done
}

@test "options are those of --help" {
  for page in "${tool_pages[@]}"; do
    tool=$(tool_of "$page")
    [ -x "$build/$tool" ] || { echo "# $tool is not built" >&3; continue; }
    "$build/$tool" --help | "$facts" help-options > "$scratch/help"
    "$facts" page-options "$page" > "$scratch/page"
    [ -s "$scratch/help" ]
    lacks "$scratch/help" "$scratch/page" "$tool.1 lacks"
    lacks "$scratch/page" "$scratch/help" "$tool --help lacks"
  done
}

@test "defaults are those of --help" {
  for page in "${tool_pages[@]}"; do
    tool=$(tool_of "$page")
    [ -x "$build/$tool" ] || continue
    "$build/$tool" --help | "$facts" help-defaults > "$scratch/help"
    "$facts" page-defaults "$page" > "$scratch/page"
    lacks "$scratch/help" "$scratch/page" "$tool.1 does not give the default"
  done
}

@test "options that the pages use exist" {
  "$facts" used-options "${pages[@]}" > "$scratch/used"
  [ -s "$scratch/used" ]
  for tool in $(cut -d' ' -f1 "$scratch/used" | sort -u); do
    [ -x "$build/$tool" ] || continue
    "$build/$tool" --help | "$facts" help-options > "$scratch/help"
    sed -n "s/^$tool //p" "$scratch/used" > "$scratch/options"
    lacks "$scratch/options" "$scratch/help" "$tool --help lacks"
  done
}

@test "meterpipe.conf(5) has every option of every program, and no other" {
  "$build/meterpipe" options > "$scratch/options"
  [ "$(grep -c '^\[' "$scratch/options")" -eq 6 ]
  "$root/tests/support/conf_options" < "$scratch/options" > "$scratch/want"
  "$root/tests/support/conf_options" -p "$root/man/meterpipe.conf.5" | diff - "$scratch/want" ||
    { echo "tests/support/conf_options -w man/meterpipe.conf.5 mends it"; return 1; }
}

@test "examples print what the pages show" {
  total=0
  for page in "${pages[@]}"; do
    grep -q '^\.\\" runnable' "$page" || continue
    run "$root/tests/support/man_examples" "$page" "$root/man/examples"
    [ "$status" -eq 0 ] || { echo "$output"; return 1; }
    total=$((total + $(grep -o '^[0-9]*' <<<"$output" | tail -n 1)))
  done
  echo "# $total commands of examples run" >&3
  [ "$total" -ge 40 ]
}

@test "error codes of meter-records(5) are those of the code" {
  "$facts" page-codes "$root/man/meter-records.5" > "$scratch/page"
  "$facts" code-codes "$root/lib/record/fault_text.cpp" > "$scratch/code"
  [ "$(wc -l < "$scratch/code")" -ge 15 ]
  lacks "$scratch/code" "$scratch/page" "meter-records(5) lacks"
  lacks "$scratch/page" "$scratch/code" "the code lacks"
}

@test "statuses are those of the code" {
  "$facts" code-statuses "$root/lib/os/status.hpp" > "$scratch/code"
  "$facts" page-statuses "$root/man/meterpipe.7" > "$scratch/page"
  [ -s "$scratch/code" ]
  lacks "$scratch/code" "$scratch/page" "meterpipe(7) lacks"
  lacks "$scratch/page" "$scratch/code" "the code lacks"
  for page in "${tool_pages[@]}"; do
    "$facts" page-statuses "$page" > "$scratch/page"
    [ -s "$scratch/page" ] || { echo "$page: no statuses"; return 1; }
    lacks "$scratch/page" "$scratch/code" "$(basename "$page") has a status that the code lacks"
  done
}

@test "pages refer to pages that exist" {
  while read -r name section; do
    case $name in
      systemd*|cron|tee|jq|mosquitto*|stty|socat|ser2net|udev*|lsof|cu|tail|timeout|xargs) continue ;;
      mbus-read|obis-mqtt|meter-sim) [ -e "$root/tools/$name.cpp" ] || continue ;;
    esac
    [ -e "$root/man/$name.$section" ] ||
      { grep -n "^\.Xr $name $section" "${pages[@]}"; echo "no $name($section)"; return 1; }
  done < <(sed -n 's/^\.Xr \([^ ]*\) \([1-8]\).*/\1 \2/p' "${pages[@]}" | sort -u)
}

@test "each statement of meterpipe-security(7) names a test, and all of them exist" {
  page=$root/man/meterpipe-security.7
  # Items of the lists that say what is and what is not.
  awk '/^\.Bl -bullet -width 2n/ { inside = 1; next } /^\.El/ { if (inside && item && !proof) print item; inside = item = 0 }
       inside && /^\.It$/ { if (item && !proof) print item; item = NR; proof = 0 } /^\.\\" test: / { proof = 1 }' "$page" >"$scratch/unproved"
  [ ! -s "$scratch/unproved" ] || { sed 's/^/no test for the item at line /' "$scratch/unproved"; return 1; }
  count=0
  while IFS=: read -r file words; do
    words=${words# }
    # Names of tests alone; a long one of the unit tests goes on in the next line.
    grep -hE -A 2 '@test "|TEST_CASE' "$root/$file" | tr '\n' ' ' | sed 's/" *"//g' | grep -qF -- "$words" ||
      { echo "$file has no test '$words'"; return 1; }
    count=$((count + 1))
  done < <(sed -n 's/^\.\\" test: //p' "$page")
  [ "$count" -ge 40 ]
  echo "# $count tests named" >&3
}
