#!/usr/bin/env bats
# What `cmake --install` puts into a folder, and that the target uninstall takes all of it away.
bats_require_minimum_version 1.5.0

setup() {
  build=${METERPIPE_BUILD:-$BATS_TEST_DIRNAME/../build}
  root=$BATS_TEST_TMPDIR/root
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
