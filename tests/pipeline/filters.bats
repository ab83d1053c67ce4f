#!/usr/bin/env bats
# How the three filters end: signals, readers that stall or go, files and streams that are not there.

load ../support/wait

setup() {
  build=${METERPIPE_BUILD:-$BATS_TEST_DIRNAME/../../build}
  work=$(mktemp -d)
  cd "$work"
}

teardown() {
  if [[ -n ${pid:-} ]]; then kill -KILL "$pid" 2>/dev/null || true; fi
  rm -rf "$work"
}

# terminated COMMAND…: stops the job $! by SIGTERM when it has its handler and the command succeeds
terminated() {
  pid=$!
  wait_for hears "$pid"
  wait_for "$@"
  kill -TERM "$pid"
  ends "$pid"
  [ "$status" -eq 143 ]
}

@test "SIGTERM is heard while there is always more to read" {
  for tool in mbus-frame dlms-decrypt cosem-decode; do
    "$build/$tool" </dev/zero >/dev/null 2>&1 &
    terminated has_worked $! 10
  done
}

@test "SIGTERM is heard while nothing comes" {
  mkfifo nothing
  exec 5<>nothing
  "$build/mbus-frame" <&5 &
  terminated sleeps $!
}

@test "SIGTERM is heard while the reader of the output does not read" {
  mkfifo pipe
  exec 5<>pipe
  yes 0f00000001001105 | head -n 100000 >much || true
  "$build/mbus-frame" <much >pipe &
  terminated sleeps $!
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
  printf '68 fa fa 68 \033[2Jzz\n' >odd
  run "$build/cosem-decode" -o text odd
  [[ $output == *'?[2J'* ]]
  [[ $output != *$'\033'* ]]
}

@test "records of bytes alone: one line asks for mbus-frame" {
  PATH=$build:$PATH
  meter-sim --meter kaifa-salzburg -n 30 -o json >log
  meter-sim --meter kaifa-salzburg --print-keys >keys
  chmod 600 keys
  mkfifo in
  for tool in "dlms-decrypt -k keys" "dlms-decrypt -k keys --explain" cosem-decode \
    "cosem-decode -o annotated" "cosem-decode --suggest-profile"; do
    for n in 1 60; do
      head -n $n log | $tool 2>err >out
      [ "$(grep -c 'is mbus-frame in the pipe?' err)" = 1 ]
      [ "$(wc -l <err)" = 1 ]
    done
    # A line that is read may never end.
    : >err
    $tool <in 2>err >out &
    pid=$!
    exec 5>in
    cat log >&5
    wait_for grep -q 'is mbus-frame in the pipe?' err
    exec 5>&-
    ends $pid
    mbus-frame log | $tool 2>err >out
    ! grep 'mbus-frame in' err || return 1
    { head -n 3 log; mbus-frame log; } | $tool 2>err >out
    ! grep 'mbus-frame in' err || return 1
  done
}
