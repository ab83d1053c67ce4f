#!/usr/bin/env bats
# What the programs have given up while they run, as the kernel tells it; and what becomes of who
# tries it all the same (tests/support/contained.cpp).
load chain

# attempts KIND [PATH…] -- ATTEMPT…: what came of each, in one line; sentences go to err.
attempts() { "$METERPIPE_BUILD/tests/contained" "$@" <hex 2>err | paste -sd, -; }

# begin PROGRAM…: descriptor 5 is its standard input; its number to $pid. Nothing comes yet.
begin() {
  unset METERPIPE_SANDBOX
  [ -p feed ] || mkfifo feed
  exec 5<>feed
  "$@" <feed >out 2>err 3>&- 5>&- &
  pid=$!
  children+=("$pid")
}

# is_contained PID: a filter, no new privileges, no core dumps
is_contained() {
  of_process "$1" status 'Seccomp:[[:blank:]]*2' &&
    of_process "$1" status 'NoNewPrivs:[[:blank:]]*1' &&
    of_process "$1" limits 'Max core file size +0 +0 '
}
is_free() {
  hears "$1" && of_process "$1" status 'Seccomp:[[:blank:]]*0' &&
    of_process "$1" status 'NoNewPrivs:[[:blank:]]*0'
}

needs_containment() {
  # A sanitizer's build gives nothing up.
  [ -z "${METERPIPE_SANITIZED-}" ] || skip "a build with sanitizers is not contained"
  # What runs this may have said so, to look into the programs.
  unset METERPIPE_SANDBOX
}

# has_landlock ABI: this kernel has it, of this version or a later one
has_landlock() { [ "$("$METERPIPE_BUILD/tests/contained" landlock -)" -ge "$1" ]; }

@test "every program is contained while it waits for its first byte" {
  needs_containment
  while read -r program; do
    # shellcheck disable=SC2086
    begin $program
    wait_for is_contained "$pid" || { echo "$program"; cat err; return 1; }
    kill -KILL "$pid"
  done <<'PROGRAMS'
mbus-frame
dlms-decrypt -k keys
cosem-decode
cosem-decode --follow feed
mbus-read -p -
mbus-read --replay -
meter-doctor -k keys
meter-share -k keys
meter-share -k keys --new-keys new
obis-mqtt --dry-run
obis-mqtt --broker mqtt://127.0.0.1:9 --spool spool --metrics metrics
meter-sim --interval 1h
meter-sim --pty line
PROGRAMS
}

@test "--no-sandbox and METERPIPE_SANDBOX=0 leave a program as it was; a debugger sees it" {
  needs_containment
  for program in mbus-frame cosem-decode "mbus-read -p -" "obis-mqtt --dry-run" "meter-sim --interval 1h"; do
    # shellcheck disable=SC2086
    begin $program --no-sandbox
    wait_for is_free "$pid"
    printf 'zz\n' >&5 # it works, and goes on
    wait_for sleeps "$pid"
    is_free "$pid"
    kill -KILL "$pid"
  done
  begin env METERPIPE_SANDBOX=0 cosem-decode
  wait_for is_free "$pid"
}

# What every program may do, and none.
may="read ok,write ok,sleep ok,memory ok"
may_not="execute EPERM,fork EPERM,ptrace EPERM,kill EPERM,mount EPERM,uring EPERM,bpf EPERM"
never="execute fork ptrace kill mount uring bpf"

@test "a filter reads and writes what is open, and nothing else: EPERM, and a sentence once for each call" {
  needs_containment
  # shellcheck disable=SC2086
  [ "$(attempts filter -- read write sleep memory)" = "$may" ]
  [ ! -s err ]
  # shellcheck disable=SC2086
  [ "$(attempts filter -- $never)" = "$may_not" ]
  cat err
  # A process is made with signals blocked: refused without a word.
  [ "$(grep -c . err)" = 6 ]
  grep -qE '^contained: error: the system call execve \([0-9]+\) is none that this program needs: refused \(--no-sandbox allows it\)$' err
  [ "$(attempts filter -- open stat socket socket-unix thread)" = \
    "open EPERM,stat EPERM,socket EPERM,socket-unix EPERM,thread EPERM" ]
  [ "$(attempts filter -- memory-executable memory-made-executable ioctl-write)" = \
    "memory-executable EPERM,memory-made-executable EPERM,ioctl-write EPERM" ]
  # And without all this they could: what is tried is worth something.
  [ "$(attempts nothing -- fork open stat socket thread memory-executable memory-made-executable)" = \
    "fork ok,open ok,stat ok,socket ok,thread ok,memory-executable ok,memory-made-executable ok" ]
}

@test "one FILE is open before; more of them can be opened to be read, and so can what lies beside them" {
  needs_containment
  mkdir here there
  echo here >here/file
  echo there >there/file
  [ "$(attempts filter here/file -- read=here/file)" = "read=here/file EPERM" ]
  tries="read=here/file write=here/file make=here/new remove=here/file socket"
  # shellcheck disable=SC2086
  [ "$(attempts filter hex here/file -- $tries)" = \
    "read=here/file ok,write=here/file EPERM,make=here/new EPERM,remove=here/file EPERM,socket EPERM" ]
  # shellcheck disable=SC2086
  [ "$(attempts filter hex here/file -- $never)" = "$may_not" ]
  [ "$(attempts follow here/file -- read=there/file write=here/file)" = \
    "read=there/file ok,write=here/file EPERM" ]
  has_landlock 1 || skip "this kernel has no Landlock: no folder is closed"
  [ "$(attempts filter hex here/file -- read=there/file)" = "read=there/file EACCES" ]
}

@test "more FILEs, and one that comes later: read as ever" {
  needs_containment
  mkdir -p some
  cp hex some/one
  mkfifo slow
  mbus-frame some/one slow some/late >out 2>err 3>&- &
  pid=$!
  children+=("$pid")
  exec 5>slow
  wait_for is_contained "$pid"
  cp hex some/late
  cat hex >&5
  exec 5>&-
  ends "$pid"
  [ "$status" = 0 ]
  [ "$(jq -r .src out | paste -sd' ')" = "one slow late" ]
  [ ! -s err ]
}

@test "a reader of a port: a line is set and opened anew, a connection made; no process, no file written" {
  needs_containment
  for port in /dev/ttyS99 tcp://localhost:9; do
    # shellcheck disable=SC2086
    [ "$(attempts port $port -- $never)" = "$may_not" ]
    [ "$(attempts port $port -- socket-raw)" = "socket-raw EPERM" ]
    [ "$(attempts port $port -- open)" = "open ok" ]
  done
  [ "$(attempts port - -- open socket)" = "open EPERM,socket EPERM" ]
  [ "$(attempts port /dev/ttyS99 -- socket write=/dev/null)" = "socket EPERM,write=/dev/null ok" ]
  [ "$(attempts port tcp://localhost:9 -- connect thread write=/dev/null make=new)" = \
    "connect ok,thread ok,write=/dev/null EPERM,make=new EPERM" ]
  has_landlock 1 || skip "this kernel has no Landlock: no folder is closed"
  [ "$(attempts port /dev/ttyS99 -- make=new write=hex)" = "make=new EACCES,write=hex EACCES" ]
  has_landlock 4 || skip "this kernel has no Landlock for TCP"
  [ "$(attempts port tcp://localhost:9 -- bind)" = "bind EACCES" ]
}

@test "obis-mqtt connects, and writes where its spool and its metrics are" {
  needs_containment
  mkdir here
  # shellcheck disable=SC2086
  [ "$(attempts publish here -- $never)" = "$may_not" ]
  [ "$(attempts publish here -- connect thread open socket-raw make=here/new remove=here/new)" = \
    "connect ok,thread ok,open ok,socket-raw EPERM,make=here/new ok,remove=here/new ENOENT" ]
  has_landlock 1 || skip "this kernel has no Landlock: no folder is closed"
  [ "$(attempts publish here -- make=new write=hex remove=hex write=/dev/null)" = \
    "make=new EACCES,write=hex EACCES,remove=hex EACCES,write=/dev/null EACCES" ]
  has_landlock 4 || skip "this kernel has no Landlock for TCP"
  [ "$(attempts publish here -- bind)" = "bind EACCES" ]
}

@test "meter-share writes where it was told to; meter-sim makes a line, and no process and no socket" {
  needs_containment
  mkdir here
  for kind in "write here" pty; do
    # shellcheck disable=SC2086
    [ "$(attempts $kind -- $never)" = "$may_not" ]
    # shellcheck disable=SC2086
    [ "$(attempts $kind -- make=here/new socket thread)" = \
      "make=here/new ok,socket EPERM,thread EPERM" ]
  done
  has_landlock 1 || skip "this kernel has no Landlock: no folder is closed"
  [ "$(attempts write here -- make=new write=hex open)" = \
    "make=new EACCES,write=hex EACCES,open EACCES" ]
}

@test "a key is in locked memory, and nowhere else, before it is used and behind" {
  [ -z "${METERPIPE_SANITIZED-}" ] || skip "a sanitizer has memory of its own"
  [ "$(id -u)" = 0 ] || skip "only root may look into a program that holds a key"
  keys=$(sed -n 's/.*ek=\([0-9a-f]*\) ak=\([0-9a-f]*\).*/\1 \2/p' both)
  [ "$(wc -w <<<"$keys")" = 2 ]
  meter-sim --security 31 -n 5 | mbus-frame >tagged
  for form in letter plain named; do
    # shellcheck disable=SC2086
    set -- $keys
    case $form in
      letter) printf 'Encryption Key:\n%s\nAuthentication Key: %s\n' "$1" "$2" >keys ;;
      plain) printf '%s 0x%s\n' "$1" "$2" >keys ;;
      named) printf 'ek=%s ak="%s"\n' "$1" "$2" >keys ;;
    esac
    begin dlms-decrypt -k keys
    wait_for sleeps "$pid"
    wait_for hears "$pid"
    for used in no yes; do
      if [ $used = yes ]; then
        cat tagged >&5
        wait_for has_lines out 5
      fi
      # shellcheck disable=SC2086
      run --separate-stderr "$METERPIPE_BUILD/tests/held" "$pid" $keys
      echo "$form, used: $used: $output; $stderr"
      [ "$status" = 0 ]
      [ "${output#* }" = 0 ]
      [ "${output% *}" -ge 2 ]
    done
    # No more of it than a container may lock: what OpenSSL looks its ciphers up in holds no key.
    of_process "$pid" status 'VmLck:\s+64 kB'
    kill -KILL "$pid"
  done
}

# is_closed PID: no core dump of it, and nobody but root looks into it
is_closed() {
  hears "$1" && of_process "$1" limits 'Max core file size +0 +0 ' &&
    [ "$(stat -c %U "/proc/$1/environ")" = root ]
}

@test "a program that holds a key makes no core dump and lets nobody look into it, contained or not" {
  # Of root's own programs /proc belongs to root anyway.
  as=()
  if [ "$(id -u)" = 0 ]; then
    # All folders from here to that of the run were made for root alone.
    local folder=$PWD
    while [[ $folder == "$BATS_RUN_TMPDIR"* ]]; do
      chmod 711 "$folder"
      folder=${folder%/*}
    done
    chown nobody keys
    # The tools may lie where only root comes.
    mkdir programs
    cp "$METERPIPE_BUILD"/{dlms-decrypt,meter-doctor,meter-share,meter-sim,mbus-frame} programs
    chmod -R 755 programs
    PATH=$PWD/programs:/usr/bin:/bin
    as=(setpriv --reuid=nobody --clear-groups)
  fi
  ulimit -Sc 100 2>/dev/null || :
  while read -r program; do
    # shellcheck disable=SC2086
    begin "${as[@]}" env METERPIPE_SANDBOX=0 $program
    wait_for is_closed "$pid" || { echo "$program"; cat err; return 1; }
    kill -KILL "$pid"
  done <<'PROGRAMS'
dlms-decrypt -k keys
meter-doctor -k keys
meter-share -k keys
meter-sim -k keys --interval 1h
PROGRAMS
  # Without a key it may be looked into.
  begin "${as[@]}" env METERPIPE_SANDBOX=0 mbus-frame
  wait_for hears "$pid"
  run -1 is_closed "$pid"
}

@test "no signal goes to another process" {
  needs_containment
  has_landlock 6 || skip "this kernel has no Landlock for signals"
  for kind in "filter" "port /dev/ttyS99" "publish ." "write ."; do
    # shellcheck disable=SC2086
    [ "$(attempts $kind -- kill-thread)" = "kill-thread EPERM" ]
  done
}

@test "a kernel without seccomp: said once, and the work is done; without Landlock nothing is said" {
  needs_containment
  mbus-frame hex >wanted
  "$METERPIPE_BUILD/tests/contained" without seccomp mbus-frame hex >got 2>err
  cmp wanted got
  cat err
  [ "$(cat err)" = "mbus-frame: warning: not contained: this kernel takes no filter of system calls (seccomp: Function not implemented)" ]
  "$METERPIPE_BUILD/tests/contained" without landlock mbus-frame hex >got 2>err
  cmp wanted got
  [ ! -s err ]
  "$METERPIPE_BUILD/tests/contained" without landlock,seccomp mbus-frame --no-sandbox hex >got 2>err
  [ ! -s err ]
}

@test "the lists have the calls that 32-bit systems wait and tell time by" {
  needs_containment
  [ -x "$METERPIPE_BUILD/make-filters" ] || skip "built by a program of another build"
  calls=$BATS_TEST_DIRNAME/../../sandbox/calls
  "$METERPIPE_BUILD/make-filters" "$calls" --list arm pipe >arm
  for call in "ppoll_time64 414" "clock_gettime64 403" "futex_time64 422" "_llseek 140" "mmap2 192" "fstat64 197"; do
    grep -qx "$call" arm
  done
  "$METERPIPE_BUILD/make-filters" "$calls" --list aarch64 pipe >arm64
  grep -qx "ppoll 73" arm64
  run -1 grep -qE '^(poll|open|mmap2|ppoll_time64) ' arm64
  for profile in pipe files serial network publish write pty; do
    for machine in x86_64 aarch64 arm x86 riscv64; do
      "$METERPIPE_BUILD/make-filters" "$calls" --list "$machine" "$profile" >list
      grep -q '^read ' list
      run -1 grep -qE '^(execve|execveat|ptrace|fork|vfork|kill|tkill|bpf|mount|io_uring_setup|process_vm_writev) ' list
    done
  done
}
