#!/usr/bin/env bats
# What `cmake --install` puts into a folder, and that the target uninstall takes all of it away.
bats_require_minimum_version 1.5.0

setup() {
  build=${METERPIPE_BUILD:-$BATS_TEST_DIRNAME/../build}
  root=$BATS_TEST_TMPDIR/root
  cd "$BATS_TEST_TMPDIR" || return 1
}

@test "programs, pages, completions, units and examples are installed, and uninstalled without a trace" {
  DESTDIR=$root cmake --install "$build" --prefix /usr >log
  local program count
  for program in mbus-read mbus-frame dlms-decrypt cosem-decode obis-mqtt meter-sim meter-doctor meter-share meterpipe; do
    "$root/usr/bin/$program" --version >/dev/null
    [ -s "$root/usr/share/man/man1/$program.1" ]
    [ -s "$root/usr/share/bash-completion/completions/$program" ]
  done
  [ -s "$root/usr/share/zsh/site-functions/_meterpipe" ]
  [ -s "$root/usr/lib/systemd/system/meterpipe@.service" ]
  count=$(find "$root" -type f | wc -l)
  [ "$count" -ge 40 ]
  # What others have put there stays.
  : >"$root/usr/share/man/man1/other.1"
  DESTDIR=$root cmake -DBUILD="$build" -P "$BATS_TEST_DIRNAME/../scripts/cmake/uninstall.cmake"
  [ "$(find "$root" -type f | sed "s|$root||")" = /usr/share/man/man1/other.1 ]
  [ "$(find "$root" -name '*meterpipe*' | wc -l)" -eq 0 ]
  echo "counted: $count files installed and removed" >&3
}

@test "pages and units name the prefix that they are installed to" {
  local share=/share/doc/meterpipe/examples
  for prefix in /usr /usr/local /opt/meter; do
    DESTDIR=$root cmake --install "$build" --prefix "$prefix" >log
    grep -qF " $prefix$share" "$root$prefix/share/man/man1/mbus-frame.1"
    grep -rhoE '[^ ]*/share/doc/meterpipe' "$root$prefix/share/man" | sort -u >named
    [ "$(<named)" = "$prefix/share/doc/meterpipe" ]
    [ -s "$root$prefix$share/meterpipe.conf" ]
  done
  # Where systemd looks by itself the unit is what is tested as a unit.
  cmp "$root/usr/lib/systemd/system/meterpipe@.service" "$BATS_TEST_DIRNAME/../scripts/systemd/meterpipe@.service"
  grep -qx 'ExecStart=/opt/meter/bin/meterpipe run %i' "$root/opt/meter/lib/systemd/system/meterpipe@.service"
  cmp "$root/usr/share/man/man5/meter-records.5" "$BATS_TEST_DIRNAME/../man/meter-records.5"
}

@test "what the README installs is configured without tests" {
  grep -q '^    cmake --preset install && cmake --build --preset install && sudo cmake --install build-install$' \
    "$BATS_TEST_DIRNAME/../README.md"
  cmake -S "$BATS_TEST_DIRNAME/.." --preset install -B "$BATS_TEST_TMPDIR/tree" >log
  ninja -C tree -t targets all | sed 's/: .*//' >targets
  grep -qx obis-mqtt targets
  run ! grep -qE '^(unit-|test-support|capture-check)' targets
}

@test "the example of 20 lines is built against the installed library, by CMake and by pkg-config, and reads what cosem-decode reads" {
  local own=$BATS_TEST_DIRNAME/captures keys
  [ "$(sed '1,/^int main/d' "$BATS_TEST_DIRNAME/package/example/decode.cpp" | wc -l)" -le 20 ]
  cmake --install "$build" --prefix "$root" >log
  [ "$(find "$root/include" -type f)" = "$root/include/meterpipe/decoder.hpp" ]
  # What the library was built with that its users link: sanitizers, counters.
  cached() { sed -n "s/^$1:[^=]*=//p" "$build/CMakeCache.txt"; }
  local sanitizers
  sanitizers=$(cached METERPIPE_SANITIZE)
  CXXFLAGS="$(cached CMAKE_CXX_FLAGS) ${sanitizers:+-fsanitize=$sanitizers}"
  export CXXFLAGS
  cmake -G Ninja -S "$BATS_TEST_DIRNAME/package/example" -B example -DCMAKE_PREFIX_PATH="$root" >log
  cmake --build example >log
  export PKG_CONFIG_PATH=$root/lib/pkgconfig
  # shellcheck disable=SC2086 # words
  c++ -std=c++20 $CXXFLAGS "$BATS_TEST_DIRNAME/package/example/decode.cpp" -o by-pkg-config \
    $(pkg-config --cflags --libs meterpipe)
  [ "$(pkg-config --modversion meterpipe)" = "$("$build/meterpipe" --version | sed 's/.* //')" ]
  "$build/meter-sim" --meter kaifa-salzburg --seed 3 -n 2 -o hex >wire
  (umask 077 && "$build/meter-sim" --meter kaifa-salzburg --print-keys >keys)
  "$build/mbus-frame" wire | "$build/dlms-decrypt" -k keys | "$build/cosem-decode" |
    jq -r '.values[] | "\(.obis // "") \(.name // "") = \(.value) \(.unit // "")"' >want
  example/decode "$(<keys)" <wire >got
  # Some jq write 233.0 as 233.
  short() { sed "s/\(= [0-9]*\)\.0 /\1 /" "$1"; }
  diff <(short want) <(short got)
  ./by-pkg-config "$(<keys)" <wire | diff got -
  [ "$(wc -l <got)" -ge 20 ]
  # A key that is none is said with its line.
  run example/decode "* 0011" <wire
  [[ $status -ne 0 && $output == *"keys:1: "* ]] || { echo "$output"; return 1; }
  # With another key there is no reading, and an error.
  run -1 example/decode "* 00112233445566778899aabbccddeeff" <wire
  [ -z "$output" ]
}

@test "each library of others that the code includes is linked, or has its licence in the copyright file" {
  local root=$BATS_TEST_DIRNAME/.. name
  cd "$root"
  # Folders of headers that no Debian has without a library's package.
  grep -rhoE '^ *#include <[^>]*>' lib tools | sed 's/.*<//; s/>//' | grep -E '/|^(mosquitto|sqlite3|libserialport|simdjson|mqtt_protocol)' |
    sed 's|/.*||; s|\.h$||' | sort -u | grep -vxE 'arpa|asm|linux|net|netinet|sys' >"$BATS_TEST_TMPDIR/used"
  while read -r name; do
    case $name in
      openssl | mosquitto | mqtt_protocol | sqlite3 | libserialport) continue ;; # loaded: scripts/support/sbom has them
      CLI) name=CLI11 ;;
      tl) name=expected ;;
    esac
    grep -qx "Files: built-in/$name" scripts/deb/copyright || { echo "$name: not in scripts/deb/copyright"; return 1; }
  done <"$BATS_TEST_TMPDIR/used"
  [ "$(wc -l <"$BATS_TEST_TMPDIR/used")" -ge 8 ]
}
