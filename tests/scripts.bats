#!/usr/bin/env bats
# What scripts/bootstrap, build, progress, fresh, booted, fuzz and bench say and do, on stand-ins.

bats_require_minimum_version 1.5.0
load support/wait

setup() {
  unset METERPIPE_WERROR METERPIPE_THOROUGH  # of the run that this is part of
  scripts=$(cd "$BATS_TEST_DIRNAME/../scripts" && pwd)
  cd "$BATS_TEST_TMPDIR" || return 1
}

# ninja N M OBJECT: a line of it
ninja() { echo "[$1/$2] Building CXX object CMakeFiles/meterpipe.dir/lib/$3.o"; }

@test "progress: the time left is that of the steps so far, by what they weigh" {
  source "$scripts/progress"
  [ "$(left 60000000 100 300)" = 180 ]
  [ "$(left 60000000 300 100)" = 20 ]
  [ "$(in_words 99)" = "99 s" ]
  [ "$(in_words 100)" = "2 min" ]
  [ "$(in_words 200)" = "3 min" ]
}

@test "progress: a line at every tenth, and how long it took; all goes to the log" {
  {
    echo "[0/2] Re-checking globbed directories..."
    echo "[1/2] Re-running CMake..."
    for n in {1..40}; do ninja "$n" 40 "apdu/part$n.cpp"; done
  } >lines
  run -0 "$scripts/progress" building log <lines
  echo "$output"
  [ "${#lines[@]}" -eq 10 ]
  [ "${lines[0]}" = "   building: 4 of 40  lib/apdu/part4.cpp" ]
  [ "${lines[8]}" = "   building: 36 of 40  lib/apdu/part36.cpp" ]
  [[ ${lines[9]} =~ ^"   building: 40 steps in "[0-9]+" s"$ ]]
  cmp lines log
}

# Five steps of which the last weighs twice what another does: it takes twice the seconds of the
# fourth, by which the rate is known.
@test "progress: the estimate goes by weight, from the fourth step on" {
  printf '100 CMakeFiles/meterpipe.dir/lib/a%s.o\n' 1 2 3 4 >weights
  echo '200 CMakeFiles/meterpipe.dir/lib/a5.o' >>weights
  mkfifo in
  : >said
  "$scripts/progress" building log weights <in >said 3>&- &
  progress=$!
  exec 5>in
  now_ms
  began=$ms
  for n in 1 2 3; do ninja $n 5 a$n; done >&5
  wait_for grep -qx '   building: 3 of 5  lib/a3' said
  nap 4000
  ninja 4 5 a4 >&5
  wait_for grep -q '4 of 5' said
  now_ms
  ninja 5 5 a5 >&5
  exec 5>&-
  ends $progress
  cat said
  left=$(sed -n 's,^   building: 4 of 5\, about \([0-9]*\) s left  lib/a4$,\1,p' said)
  [ "$left" -ge 7 ] && [ "$left" -le $(((ms - began) * 2 / 1000)) ]
}

@test "progress: what ctest prints is shown, with n of m in between" {
  for n in {1..10}; do
    printf '      Start %2d: unit.p%d\n' "$n" "$n"
    printf '%2d/10 Test %3s: unit.p%d ...........   Passed    0.01 sec\n' "$n" "#$n" "$n"
  done >lines
  run -0 "$scripts/progress" --through tests log <lines
  [ "${#lines[@]}" -eq 30 ]
  [ "${lines[1]}" = " 1/10 Test  #1: unit.p1 ...........   Passed    0.01 sec" ]
  [ "${lines[2]}" = "   tests: 1 of 10  unit.p1" ]
  [[ ${lines[29]} =~ ^"   tests: 10 in "[0-9]+" s"$ ]]
}

@test "progress: a terminal has one line, which is gone at the end" {
  { for n in {1..40}; do ninja "$n" 40 "apdu/part$n.cpp"; done; } >lines
  run -0 script -qec "'$scripts/progress' building log <lines" /dev/null
  text=$(tr -d '\r' <<<"$output")
  [ "$(wc -l <<<"$text")" -eq 1 ]
  [[ $text == *$'\033[K   building: 7 of 40  lib/apdu/part7.cpp'$'\033[K'* ]]
  [[ $text =~ $'\033[K   building: 40 steps in '[0-9]+' s'$ ]]
}

@test "progress: where nothing is done it says so" {
  run -0 "$scripts/progress" building log <<<"ninja: no work to do."
  [ "$output" = "   building: nothing to do" ]
}

# A project with scripts/build in it: some files in a row, one of them with a warning.
project() {
  mkdir -p project/scripts
  cp "$scripts/build" "$scripts/progress" project/scripts/
  cat >project/CMakePresets.json <<'END'
{"version": 6, "configurePresets": [{"name": "release", "generator": "Ninja", "binaryDir": "${sourceDir}/tree"}]}
END
  cat >project/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.25)
project(small LANGUAGES CXX)
option(METERPIPE_WERROR "" OFF)
if(METERPIPE_WERROR)
  add_compile_options(-Werror)
endif()
add_compile_options(-Wall)
add_library(small STATIC a.cpp b.cpp)
add_executable(unused main.cpp)
END
  echo 'int a() { return 1; }' >project/a.cpp
  echo 'int b() { int unused; return 2; }' >project/b.cpp
  echo 'int main() {}' >project/main.cpp
}

@test "build: builds what it is told and says how far it is" {
  project
  run -0 project/scripts/build release small
  echo "$output"
  [[ ${lines[-1]} =~ ^"   building: 3 steps in "[0-9]+" s"$ ]]
  [ -e project/tree/libsmall.a ]
  [ ! -e project/tree/unused ]
  run -0 project/scripts/build release small
  [ "$output" = "   building: nothing to do" ]
  # A warning is an error where one wants it, and stays so in that tree.
  METERPIPE_WERROR=1 run -1 project/scripts/build release small
  echo "$output"
  [[ $output == *"unused variable"*"build: building (release) failed" ]]
  run -1 project/scripts/build release small
  METERPIPE_WERROR=0 run -0 project/scripts/build release small
}

@test "build: a project that cannot be configured fails with cmake's words" {
  project
  echo 'find_package(NoSuchThing REQUIRED)' >>project/CMakeLists.txt
  run -1 project/scripts/build release
  [[ $output == *NoSuchThing*"build: configuring (release) failed" ]]
}

# A machine on which one package is missing; what is asked of apt-get is in the file "asked".
stand_ins() {
  mkdir bin
  cat >bin/dpkg-query <<'END'
#!/bin/sh
for last; do :; done
[ "$last" = libserialport-dev ] || [ "$last" = mmdebstrap ] || printf 'install ok installed'
END
  printf '#!/bin/sh\necho "$@" >>asked\n' >bin/apt-get
  printf '#!/bin/sh\nexec "$@"\n' >bin/sudo
  chmod +x bin/*
  PATH=$PWD/bin:$PATH
}

@test "bootstrap: asks for what is missing, without what is only recommended" {
  stand_ins
  run -0 "$scripts/bootstrap"
  [ "$output" = "bootstrap: installing libserialport-dev" ]
  grep -qx 'update -qq' asked
  grep -qE '^install .*--no-install-recommends libserialport-dev$' asked
  run -0 "$scripts/bootstrap" --all
  [ "$output" = "bootstrap: installing libserialport-dev mmdebstrap" ]
  run -64 "$scripts/bootstrap" --most
  sed -i 's/mmdebstrap/clang/' bin/dpkg-query
  run -0 "$scripts/bootstrap" --fuzz
  [ "$output" = "bootstrap: installing libserialport-dev clang" ]
  sed -i 's/clang/gnuplot-nox/' bin/dpkg-query
  run -0 "$scripts/bootstrap" --plot
  [ "$output" = "bootstrap: installing libserialport-dev gnuplot-nox" ]
}

@test "bootstrap: says and does nothing where all is there" {
  stand_ins
  printf '#!/bin/sh\nprintf "install ok installed"\n' >bin/dpkg-query
  run -0 "$scripts/bootstrap" --all
  [ -z "$output" ]
  [ ! -e asked ]
}

@test "fresh: explains itself, and knows no other Debian" {
  run -0 "$scripts/fresh" --help
  [[ ${lines[0]} == "Does what the README says"* ]]
  [[ ${lines[-1]} != *"#"* ]] && [[ $output != *"set -eu"* ]]
  run -64 "$scripts/fresh" sarge
  run -64 "$scripts/fresh" --as nobody
  run -64 "$scripts/fresh" -c
}

@test "fresh: without root it says what it needs" {
  [ "$(id -u)" -ne 0 ] || skip "is root"
  run -77 "$scripts/fresh"
  [[ $output == "fresh: needs root"* ]]
}

@test "booted: explains itself, and types lines that the README has" {
  run -0 "$scripts/booted" --help
  [[ ${lines[0]} == "Does what the README says of the service"* ]]
  [[ $output != *"set -eu"* ]]
  run -64 "$scripts/booted" --nothing
  run -64 "$scripts/booted" build build
  # lines and the_line, of the script itself.
  sed -n '/^lines() {/,/^}/p; /^the_line() {/,/^}/p' "$scripts/booted" >functions
  source ./functions
  cd "$scripts/.."
  mapfile -t service < <(lines "As a service" 'meterpipe init')
  [ "${service[0]}" = "sudo meterpipe init house" ]
  mapfile -t file < <(lines "Read your meter" 'meterpipe operators')
  local block pattern count=0
  while read -r block pattern; do
    local -n found=$block
    [ -n "$(the_line "$pattern" "${found[@]}")" ]
    count=$((count + 1))
  done < <(sed -nE "s/.*the_line '([^']*)' \"\\$\{(service|file)\[@\]\}.*/\2 \1/p" "$scripts/booted")
  [ $count -ge 9 ]
  run -1 the_line '^nothing like it$' "${service[@]}"
}

@test "package: explains itself, and knows no other architecture or Debian" {
  run -0 "$scripts/package" --help
  [[ $output == *"arm64"*"trixie"* ]]
  run -64 "$scripts/package" mips
  run -64 "$scripts/package" amd64 sarge
  run -64 "$scripts/try-package"
  run -64 "$scripts/image" only-one
  run -64 "$scripts/try-foreign" only-one
  run -64 "$scripts/try-addon"
  run -64 "$scripts/test" --arch mips
}

@test "package: --sizes has a row for each package that is there" {
  command -v dpkg-deb >/dev/null || skip "no dpkg here"
  mkdir -p tree/DEBIAN tree/usr/bin tree/usr/share/doc dist
  printf 'Package: meterpipe\nVersion: 1\nArchitecture: amd64\nMaintainer: nobody <nobody@localhost>\nDescription: none\n' \
    >tree/DEBIAN/control
  head -c 3072 /dev/zero >tree/usr/bin/one
  head -c 2048 /dev/zero >tree/usr/share/doc/two
  head -c 2048 /dev/zero >tree/usr/share/doc/three
  dpkg-deb --root-owner-group -b tree dist/meterpipe_1_amd64.deb >log
  run -0 "$scripts/package" --sizes -o dist
  [[ ${#lines[@]} -eq 3 && ${lines[2]} =~ ^" "*meterpipe_1_amd64\ +0\ KiB\ +3\ +7\ KiB\ +3\ KiB\ +4\ KiB$ ]]
}

@test "foreign: outputs must be the same, and hold readings" {
  source "$scripts/support/foreign.bash"
  mkdir amd64 other
  for n in {1..100}; do echo '{"t":"reading"}' >"amd64/$n"; done
  cp amd64/* other/
  run -0 same_outputs amd64 other
  [ "$output" = "   100 outputs compared with amd64's, 100 readings in them" ]
  echo more >>other/7
  run -1 same_outputs amd64 other
  [[ $output == *"amd64/7 and other/7 differ"* ]]
  rm amd64/7 other/7
  run -1 same_outputs amd64 other
  [ "$output" = "only 99 readings" ]
  run -64 qemu_of mips
}

@test "release: lists its steps, knows no others, and ends with the first that is red" {
  run -0 "$scripts/release" --list
  [[ ${lines[0]} == "tree "* && ${#lines[@]} -ge 9 ]]
  run -64 "$scripts/release" everything
  # A tree that is not as it was committed.
  git clone -q --depth 1 "file://$(git -C "$scripts" rev-parse --show-toplevel)" clone 2>/dev/null || skip "no git here"
  echo >>clone/README.md
  run -1 clone/scripts/release tree tests
  [[ $output == *"README.md"*"release: tree is red"* && $output != *": tests"* ]]
}

# A project of the release script and stand-ins for all that it runs: each writes its command to "ran",
# and fails if it is named in "red".
releasing() {
  mkdir -p project/{scripts/support,addon/meterpipe,bin}
  cp "$scripts/release" project/scripts/
  echo 'project(meterpipe VERSION 2.0.0 LANGUAGES CXX)' >project/CMakeLists.txt
  printf '# Changes\n\n## 2.0.0\n' >project/CHANGELOG.md
  printf 'dist\nran\nred\nbin\n' >project/.gitignore
  touch project/addon/meterpipe/Dockerfile
  cat >stand-in <<'END'
#!/usr/bin/env bash
set -eu
name=${0##*/}
echo "$name $*" >>ran
! grep -qx "$name" red 2>/dev/null || { echo "no" >&2; exit 3; }
case $name in
  package)
    mkdir -p dist/2.0.0
    for what in deb12_amd64 deb12_arm64 deb12_armhf deb13_amd64 deb13_arm64 deb13_armhf; do
      : >"dist/2.0.0/meterpipe_2.0.0~$what.deb"
    done
    ;;
  bench) echo '{"rows":[{"part":"memory","name":"peak","holds":"'"$(cat slow 2>/dev/null || echo must)"'"},{"part":"cpu","name":"rate","holds":"no"}]}' ;;
esac
END
  chmod +x stand-in
  local name
  for name in test bootstrap fuzz bench package try-package booted try-foreign image try-image try-addon; do
    cp stand-in "project/scripts/$name"
  done
  cp stand-in project/bin/ctest
  git -C project init -q
  git -C project add -A
  git -C project -c user.name=nobody -c user.email=nobody@localhost commit -qm all
}

@test "release: each step is run in its turn, and each ends it where it fails" {
  command -v git >/dev/null || skip "no git here"
  releasing
  cd project
  echo slow >>.git/info/exclude
  PATH=$PWD/bin:$PATH
  run -0 scripts/release
  [[ ${lines[-1]} == "== release 2.0.0: all is green: git tag v2.0.0" ]]
  mapfile -t steps < <(scripts/release --list | cut -d' ' -f1)
  [ "$(grep -c '^== release 2.0.0: ' <<<"$output")" -eq $((${#steps[@]} + 1)) ]
  grep -qx 'package --twice -o dist/2.0.0 all all' ran
  grep -qx 'try-foreign dist/2.0.0/meterpipe_2.0.0~deb13_armhf.deb dist/2.0.0/meterpipe_2.0.0~deb12_amd64.deb' ran
  grep -qx 'try-package dist/2.0.0/meterpipe_2.0.0~deb13_amd64.deb' ran
  grep -qx 'booted --package dist/2.0.0/meterpipe_2.0.0~deb13_amd64.deb' ran
  [ -e dist/2.0.0/addon/meterpipe/meterpipe_2.0.0~deb12_arm64.deb ]
  # What each step runs stands in --commands, and is there.
  scripts/release --commands | grep -oE 'scripts/[a-z-]+' | sort -u | while read -r command; do [ -x "$command" ]; done
  [ "$(scripts/release --commands | grep -oE 'scripts/[a-z-]+' | sort -u | wc -l)" -ge 9 ]
  local step command
  while read -r step command; do
    echo "$command" >red
    run -1 scripts/release
    [[ ${lines[-1]} == "release: $step is red: 2.0.0 is not released" ]] || { echo "$step: $output"; return 1; }
  done <<'END'
tests test
pages ctest
fuzz bootstrap
fuzz fuzz
bench bench
packages package
try try-package
try booted
foreign try-foreign
image image
image try-image
addon try-addon
END
  rm red
  echo no >slow
  run -1 scripts/release
  [[ ${lines[-3]} == "too much:" && ${lines[-2]} == "   peak" && ${lines[-1]} == "release: bench is red: "* ]]
  rm -r slow dist
  run -1 scripts/release addon
  [[ $output == *"dist/2.0.0 has no package for deb12, amd64: scripts/release packages"* ]]
  echo '## 2.0.0, not yet released' >CHANGELOG.md
  git -c user.name=nobody -c user.email=nobody@localhost commit -qam later
  run -1 scripts/release tree
  [[ $output == *"CHANGELOG.md begins with"* ]]
}

@test "fuzz: explains itself, lists its targets, and knows no others" {
  run -0 "$scripts/fuzz" --help
  [[ ${lines[0]} == "Looks for inputs that break"* ]]
  [[ $output != *"set -eu"* ]]
  run -0 "$scripts/fuzz" --list
  [[ " ${lines[*]} " == *" chain "*" link "* ]]
  [[ " ${lines[*]} " != *" entry "* && " ${lines[*]} " != *" seeds "* ]]
  local words
  for words in "" soon 0 1.5 12345678 "5 nothing"; do
    # shellcheck disable=SC2086
    run -64 "$scripts/fuzz" $words
    [ "${#lines[@]}" -eq 1 ]
  done
}

# A project with two targets, of which b finds something if the file "bad" is there.
fuzzed() {
  mkdir -p project/scripts project/tests/fuzz project/build-fuzz/tests/fuzz
  cp "$scripts/fuzz" project/scripts/
  touch project/tests/fuzz/{a,b,entry}.cpp
  echo 'METERPIPE_CAPTURES:PATH=/captures' >project/build-fuzz/CMakeCache.txt
  printf '#!/bin/sh\necho "building $*"\n' >project/scripts/build
  cd project/build-fuzz/tests/fuzz || return 1
  printf '#!/bin/sh\nmkdir -p "$3/a" && echo seed >"$3/a/one" && echo "counted: 1 of $2"\n' >fuzz-seeds
  cat >fuzz-a <<'END'
#!/bin/sh
echo "$*" >asked-a
echo '#4096 DONE   cov: 1234 ft: 2 corp: 1/1b exec/s: 1365 rss: 1Mb'
echo 'stat::number_of_executed_units: 4096'
echo 'stat::average_exec_per_sec:     1365'
END
  cat >fuzz-b <<'END'
#!/bin/sh
[ ! -e bad ] || { echo 'artifact_prefix=x; Test unit written to found/b/crash-1'; exit 77; }
END
  chmod +x ./* ../../../scripts/build
  cd - || return 1
}

@test "fuzz: the targets share seconds and cores; a table of what they did" {
  fuzzed
  run -0 project/scripts/fuzz 6
  echo "$output"
  [ "${lines[0]}" = "building fuzz fuzz" ]
  [ "${lines[1]}" = "counted: 1 of /captures" ]
  local cores
  cores=$(nproc)
  [ "$cores" -le 2 ] || cores=2
  [ "${lines[2]}" = "   fuzzing: 2 targets on $cores cores, $((6 * cores / 2)) s each" ]
  grep -qE '^a +4096 +1365 +1234 +1  0$' <<<"$output"
  grep -qE '^b .* 0  0$' <<<"$output"
  [[ ${lines[-1]} == "4096 inputs tried in "*" s: 0 of 2 targets have found something" ]]
  grep -q "^build-fuzz/corpus/a -max_total_time=$((6 * cores / 2)) .* -artifact_prefix=build-fuzz/found/a/$" project/asked-a
}

@test "fuzz: a finding is named, and the status is 1" {
  fuzzed
  touch project/bad
  run -1 project/scripts/fuzz 2 b
  echo "$output"
  [[ ${lines[3]} == "   fuzzing: b has found something" ]]
  grep -qE '^b .* 1: found/b/crash-1$' <<<"$output"
  [[ ${lines[-1]} == *"1 of 1 targets have found something" ]]
}

# figures VALUE: what scripts/bench --json prints, of two rows
figures() {
  cat <<END
{"machine": "a small one", "date": "2026-11-28", "versions": {"suite": "bookworm", "compiler": "gcc 12", "libc": "2.36",
 "openssl": "3.0", "simdjson": "3.0", "valgrind": "3.19"}, "rows": [
 {"part": "instructions", "name": "Salzburg three filters", "value": $1, "unit": "instructions",
  "must": 20000, "aim": 12000, "better": "less", "holds": "must"},
 {"part": "cpu", "name": "Salzburg messages per second", "value": 400000, "unit": "1/s",
  "must": 500000, "aim": null, "better": "more", "holds": "no"}]}
END
}

@test "bench: explains itself, and what it cannot do ends with 64" {
  run -0 "$scripts/bench" --help
  [[ ${lines[0]} == "What the programs cost"* ]]
  [[ $output != *"set -eu"* ]]
  figures 1 >a.json
  echo '{}' >none.json
  local words
  for words in --only --frobnicate "--only cpu,nothing" "-n 12" "-n many" "--compare absent.json" "--compare none.json" \
    "none.json" "a.json a.json" "--baseline a.json"; do
    # shellcheck disable=SC2086
    run -64 "$scripts/bench" $words
    [[ $output == "bench: "*"(see scripts/bench --help)" ]]
    [ "${#lines[@]}" -eq 1 ]
  done
  run -1 "$scripts/bench" -b absent
  [ "$output" = "bench: build first: scripts/test" ]
}

@test "bench: what must be, what is aimed at, and whether it holds" {
  part=cpu work=$PWD
  say() { echo "$@"; }
  source "$scripts/../tests/bench/common.bash"
  source "$scripts/../tests/bench/table.bash"
  versions() { echo '{}'; }
  row a 3 us 3 2 && row b 2.5 us 3 2.5 && row c 3.1 us 3 2 && row d 4 us && row e 5 us '' 4
  row f 9 1/s 10 '' more && row g 10 1/s 10 '' more
  collect <rows >got
  cat got
  [ "$(jq -c '.rows | map(.holds)' got)" = '["must","yes","no",null,"no","no","yes"]' ]
}

@test "bench: a table of what was measured, with targets and whether they hold" {
  figures 15878 >a.json
  run -0 "$scripts/bench" a.json
  echo "$output"
  [ "${lines[0]}" = "a small one; 2026-11-28" ]
  grep -qE '^  Salzburg three filters +15878  instructions +20000 +12000  must$' <<<"$output"
  grep -qE '^  Salzburg messages per second +400000  1/s +>=500000 +-  no$' <<<"$output"
}

@test "bench: --compare has old, new and ratio of each row" {
  figures 20000 >old.json
  figures 15000 | jq '.rows[1].name = "another"' >new.json
  run -0 "$scripts/bench" --compare old.json new.json
  echo "$output"
  grep -qE '^  Salzburg three filters +20000 +15000  instructions +0.75$' <<<"$output"
  grep -qE '^  another +- +400000  1/s +-$' <<<"$output"
  run -0 "$scripts/bench" --compare old.json --json new.json
  [ "$(jq -c '.rows | map(.ratio)' <<<"$output")" = "[0.75,null]" ]
}

@test "bench: --readme writes its rows between the two marks and nothing else" {
  mkdir -p project/scripts project/tests
  cp "$scripts/bench" project/scripts/
  cp -r "$scripts/../tests/bench" project/tests/
  printf '%s\n' before '<!-- scripts/bench --readme -->' old '<!-- end -->' after >project/README.md
  figures 15878 >a.json
  run -0 project/scripts/bench --readme a.json
  run -0 project/scripts/bench --readme a.json # a second time the same
  cat project/README.md
  [ "$(sed -n '1p;2p;$p' project/README.md)" = $'before\n<!-- scripts/bench --readme -->\nafter' ]
  [ "$(grep -c '^<!--' project/README.md)" -eq 2 ]
  [ "$(grep -c '^old$' project/README.md)" -eq 0 ]
  grep -qE '^\| instructions of a message .* \| 15,878 \| 20,000 \| 12,000 \|$' project/README.md
  grep -qE '^\| messages per second .* \| 400,000 \| ≥ 500,000 \| \|$' project/README.md
  echo none >project/README.md
  run -1 project/scripts/bench --readme a.json
}

@test "bench: a figure 5 % above the baseline of the same versions is red, of others not judged" {
  work=$PWD
  say() { echo "$@"; }
  source "$scripts/../tests/bench/instructions.bash"
  figures 10500 | jq '.rows |= .[:1]' >now.json
  figures 10000 | jq '.rows |= .[:1]' >then.json
  echo '[]' >base.json
  run -0 check_baseline now.json base.json
  echo "$output"
  [[ ${lines[0]} == "Salzburg three filters: 10500" && ${lines[1]} == "no baseline for "* ]]
  set_baseline then.json base.json
  run -0 check_baseline now.json base.json
  echo "$output"
  [ "$output" = "Salzburg three filters: 10500, 10000 in the baseline (5 %)" ]
  jq '.rows[0].value = 10501' now.json >more.json
  run -1 check_baseline more.json base.json
  jq '.versions.libc = "2.41"' more.json >other.json
  run -0 check_baseline other.json base.json
  [[ $output == *"nothing is judged" ]]
  # A row that the baseline does not know is one that nobody holds.
  jq '.rows[0].name = "new"' now.json >new.json
  run -1 check_baseline new.json base.json
}

@test "bench: a build with sanitizers has no instructions to judge, and says so" {
  mkdir -p tree/tests/bench
  printf '#!/bin/sh\n' >tree/tests/bench/cost
  chmod +x tree/tests/bench/cost
  echo 'METERPIPE_SANITIZE:STRING=address,undefined' >tree/CMakeCache.txt
  run -77 "$scripts/bench" -b tree --baseline
  [[ $output == *"skipped: instructions ("* ]]
}

# package LIBRARY…: one with a program that loads these, in package.deb
package() {
  mkdir -p tree/DEBIAN tree/usr/bin tree/usr/share/doc/meterpipe
  printf 'Package: meterpipe\nVersion: 1\nArchitecture: amd64\nMaintainer: nobody <nobody@localhost>\nDescription: none\n' \
    >tree/DEBIAN/control
  cp "$scripts/deb/copyright" tree/usr/share/doc/meterpipe/
  echo 'int main() { return 0; }' >main.c
  cc main.c -o tree/usr/bin/program -Wl,--no-as-needed "$@"
  dpkg-deb --root-owner-group -b tree package.deb >log
}

@test "sbom: says what is built in and what is loaded; no library may be missing in it, and none of those in the licences" {
  command -v dpkg-deb >/dev/null || skip "no dpkg here"
  printf 'simdjson 3.0.1-1\nfmt 9.1.0\nexpected 1.0\n' >versions
  package -lm
  "$scripts/support/sbom" package.deb versions >sbom
  [ "$(jq -r '.packages[] | "\(.name) \(.versionInfo // "-") \(.licenseDeclared)"' sbom | sort | paste -sd,)" = \
    "expected 1.0 CC0-1.0,fmt 9.1.0 MIT WITH fmt-exception,glibc - LGPL-2.1-or-later,meterpipe 1 MIT,simdjson 3.0.1-1 Apache-2.0 AND BSD-3-Clause AND MIT" ]
  [ "$(jq -r '.packages[0].checksums[0].checksumValue' sbom)  package.deb" = "$(sha256sum package.deb)" ]
  [ "$(jq '[.relationships[].relationshipType] | sort | join(" ")' sbom)" = '"DESCRIBES DYNAMIC_LINK STATIC_LINK STATIC_LINK STATIC_LINK"' ]
  echo 'zlib 1.2' >>versions
  run -1 "$scripts/support/sbom" package.deb versions
  [ "$output" = "sbom: zlib is built in and not in scripts/deb/copyright" ]
  sed -i '/zlib/d' versions
  package -lcrypt
  run -1 "$scripts/support/sbom" package.deb versions
  [[ $output == "sbom: programs load what is not expected: libcrypt.so."* ]]
}
