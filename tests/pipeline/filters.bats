#!/usr/bin/env bats
# How the three filters end: signals, readers that stall or go, files and streams that are not there.

setup() {
  build=${METERPIPE_BUILD:-$BATS_TEST_DIRNAME/../../build}
  work=$(mktemp -d)
  cd "$work"
}

teardown() { rm -rf "$work"; }

# Runs a command for half a second, then stops it by SIGTERM; $status is 143 if that was heard
# within 5 s.
terminated() {
  run timeout --signal=TERM --kill-after=5 0.5 "$@"
}

@test "SIGTERM is heard while there is always more to read" {
  for tool in mbus-frame dlms-decrypt cosem-decode; do
    terminated bash -c "exec $build/$tool </dev/zero >/dev/null 2>&1"
    [ "$status" -eq 124 ]
  done
}

@test "SIGTERM is heard while nothing comes" {
  terminated bash -c "exec $build/mbus-frame < <(sleep 9)"
  [ "$status" -eq 124 ]
}

@test "SIGTERM is heard while the reader of the output does not read" {
  mkfifo pipe
  sleep 9 <pipe &
  reader=$!
  terminated bash -c "exec $build/mbus-frame < <(yes 0f0000000100110$((RANDOM % 10))) >pipe"
  kill "$reader"
  [ "$status" -eq 124 ]
}

@test "what came before a file that is not there is written" {
  echo 0f00000001001105 >good
  run bash -c "$build/cosem-decode good missing 2>err"
  [ "$status" -eq 66 ]
  [[ $output == *'"value":5'* ]]
  grep -q 'missing: No such file' err
}

@test "closed streams are errors, and no file takes their place" {
  echo 0f00000001001105 >good
  echo 36c66639e48a8ca4d6bc8b282a793bbb >keys
  chmod 600 keys
  run bash -c "$build/dlms-decrypt -k keys <&-"
  [ "$status" -eq 74 ]
  run bash -c "$build/cosem-decode good >&-"
  [ "$status" -eq 74 ]
  run bash -c "$build/cosem-decode good >/dev/full"
  [ "$status" -eq 74 ]
  [[ $output == *'No space left'* ]]
  run bash -c "yes 0f00000001001105 | $build/cosem-decode | head -1; echo \${PIPESTATUS[*]}"
  [ "${lines[1]}" = "141 141 0" ]
}

@test "what a message quotes does not reach the terminal as it is" {
  printf 'ab\033[2Jcd\n' >odd
  run "$build/cosem-decode" -o text odd
  [[ $output == *'?[2J'* ]]
  [[ $output != *$'\033'* ]]
}

@test "records of bytes alone: one line asks for mbus-frame" {
  PATH=$build:$PATH
  meter-sim --meter kaifa-salzburg -n 30 -o json >log
  meter-sim --meter kaifa-salzburg --print-keys >keys
  chmod 600 keys
  for tool in "dlms-decrypt -k keys" "dlms-decrypt -k keys --explain" cosem-decode \
    "cosem-decode -o annotated" "cosem-decode --suggest-profile"; do
    for n in 1 60; do
      head -n $n log | $tool 2>err >out
      [ "$(grep -c 'is mbus-frame in the pipe?' err)" = 1 ]
      [ "$(wc -l <err)" = 1 ]
    done
    # A line that is read may never end.
    { cat log; sleep 0.5; } | $tool 2>err >out &
    for _ in $(seq 100); do [ -s err ] && break; sleep 0.01; done
    grep -q 'is mbus-frame in the pipe?' err
    wait
    mbus-frame log | $tool 2>err >out
    ! grep 'mbus-frame in' err || return 1
    { head -n 3 log; mbus-frame log; } | $tool 2>err >out
    ! grep 'mbus-frame in' err || return 1
  done
}
