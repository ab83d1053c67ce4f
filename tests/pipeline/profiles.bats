#!/usr/bin/env bats
# Each profile's file holds messages and what they give: both are held against each other.

bats_require_minimum_version 1.5.0

setup() {
  build=${METERPIPE_BUILD:-$BATS_TEST_DIRNAME/../../build}
  profiles=$BATS_TEST_DIRNAME/../../profiles
  PATH=$build:$PATH
  cd "$BATS_TEST_TMPDIR"
}

# check FILE…: the profiles in these files, and no others
check() {
  local options=() file
  for file in "$@"; do options+=(--profile "$file"); done
  METERPIPE_PROFILES=$BATS_TEST_TMPDIR/none cosem-decode --check-profiles "${options[@]}"
}

@test "every profile has a test, and every test gives what its file says" {
  run -0 --separate-stderr check "$profiles"/*.profile
  [ -z "$stderr" ]
  [ "$(cut -f1 <<<"$output" | sort)" = "$(grep -LZ '^mbus ' "$profiles"/*.profile | xargs -0 sed -n 's/^profile //p' | sort)" ]
  [ "$(cut -f4 <<<"$output" | sort -u)" = ok ]
  echo "# $(wc -l <<<"$output") profiles, $(grep -c '^gives ' <(cat "$profiles"/*.profile)) values" >&3
}

@test "what is wrong is named with its line" {
  local file=$profiles/wels.profile line
  line=$(grep -n '^gives 1-0:1.8.0' "$file" | cut -d: -f1)
  sed "${line}s/[0-9]* Wh/7 Wh/" "$file" >wrong.profile
  run -65 check wrong.profile
  [[ $output == *"profile wels: line $line: 1-0:1.8.0 is 25153635 Wh, 7 Wh expected"* ]]
  [[ $output == *$'wels\t1 tests\t'*$'\twrong'* ]]
  sed "${line}s/Wh/kWh/" "$file" >wrong.profile
  run -65 check wrong.profile
  sed "${line}s/1-0:1.8.0/1-0:9.8.0/" "$file" >wrong.profile
  run -65 check wrong.profile
  [[ $output == *"1-0:9.8.0 is not among the values"* ]]
  sed 's/^1   text /1   clock/' "$file" >wrong.profile
  run -65 check wrong.profile
  [[ $output == *"the message does not fit this profile"* ]]
  grep -v '^gives' "$file" >wrong.profile
  run -65 check wrong.profile
  [[ $output == *"no line says what it gives"* ]]
  { cat "$file" && printf '# %1100000s\n' x; } >wrong.profile
  run -78 check wrong.profile
  [[ $output == *"wrong.profile: larger than 1 MiB: no profile" ]]
  grep -v '^test' "$file" >wrong.profile
  run -78 check wrong.profile
  [[ $output == *"'test HEX' was expected before it"* ]]
}

@test "the page's example holds" {
  sed -n '/^profile town-works/,/^\.Ed/p; /^test 0f/,/^\.Ed/p' "$BATS_TEST_DIRNAME/../../man/meter-profiles.5" |
    grep -v '^\.Ed' >town.profile
  run -0 check town.profile
  [[ $output == *$'town-works\t1 tests\t3 values\tok'* ]]
}
