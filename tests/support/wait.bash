# Waiting, for all bats files: for what has happened, never for a time to pass. No test may depend on
# the speed of the machine, nor on what else runs there.

# The one deadline, in seconds. It measures nothing: it ends a wait for what will never come with a
# sentence, before ctest ends the test without one (METERPIPE_TEST_TIMEOUT in tests/CMakeLists.txt).
: "${METERPIPE_PATIENCE:=240}"

# wait_for COMMAND…: until it succeeds
wait_for() {
  local end=$((SECONDS + METERPIPE_PATIENCE)) pause=1
  until "$@"; do
    if [ $SECONDS -ge $end ]; then
      echo "waited $METERPIPE_PATIENCE s in vain for this to come true: $*" >&2
      return 1
    fi
    nap $pause
    pause=$((pause < 50 ? pause * 2 : 50))
  done
}

# nap MILLISECONDS: without starting a program. The pipe is one on which nothing ever comes.
nap() {
  local seconds
  if [ -z "${nap_fd-}" ]; then
    exec {nap_fd}<> <(:)
    # bats keeps a stack for each command: dear, where many of them wait.
    bats_add_debug_exclude_path "${BASH_SOURCE[0]%/*}"
  fi
  printf -v seconds '%d.%03d' $(($1 / 1000)) $(($1 % 1000))
  read -rt "$seconds" -u "$nap_fd" || :
}

# in_time COMMAND…: a program that must end by itself; 124 if it does not
in_time() { timeout "$METERPIPE_PATIENCE" "$@"; }

# ends PID: waits for a background job of this shell, its status to $status
ends() {
  wait_for is_gone "$1" || return 1
  status=0
  wait "$1" || status=$?
}
# What has ended is there until the shell has taken its status, which can be long after.
is_gone() { ! of_process "$1" stat "\\) [^ZX] $BASHPID "; }

# hears PID [SIGNAL]: the job is the program by now, no more the shell that was to become it, and the
# program has a handler for SIGNAL (TERM). Before that a signal ends it, or is lost in the shell.
hears() {
  local number
  case ${2:-TERM} in INT) number=2 ;; USR1) number=10 ;; TERM) number=15 ;; *) return 2 ;; esac
  of_process "$1" status 'Name:[[:blank:]]*([^[:space:]]*).*SigCgt:[[:blank:]]*([0-9a-f]*)' &&
    [ "${BASH_REMATCH[1]}" != bash ] && (((0x${BASH_REMATCH[2]} >> (number - 1)) & 1))
}

# has_taken PID: no signal that was sent to the process is pending any more, or it has ended of it
has_taken() { of_process "$1" status 'ShdPnd:[[:blank:]]*0+[[:space:]]' || [ ! -e "/proc/$1" ]; }

# sends SIGNAL PID: to a process that hears it; it has taken it when this returns
sends() { kill "-$1" "$2" && wait_for has_taken "$2"; }

# sleeps PID: it waits for something. Where its input is a file, that can be its output only.
sleeps() { of_process "$1" stat '\) S '; }

# count_of PID rchar|wchar: the bytes that it has read or written since it started, whatever they are
count_of() { of_process "$1" io "$2: ([0-9]+)" && echo "${BASH_REMATCH[1]}"; }
has_counted() { of_process "$1" io "$2: ([0-9]+)" && [ "${BASH_REMATCH[1]}" -ge "$3" ]; } # … BYTES
# has_worked PID TICKS: it has had so much of the processor. Of a program that holds keys nobody but
# root may know how much it has read, but everybody this.
has_worked() {
  local text fields
  IFS= read -rd "" text 2>/dev/null <"/proc/$1/stat" || :
  read -ra fields <<<"${text##*) }"
  [ $((${fields[11]:-0} + ${fields[12]:-0})) -ge "$2" ]
}


of_process() { # PID FILE PATTERN: whether the file in /proc has it
  local text=
  IFS= read -rd "" text 2>/dev/null <"/proc/$1/$2" || :
  [[ $text =~ $3 ]]
}

# has_lines FILE COUNT: so many whole lines or more
has_lines() {
  local lines
  mapfile -n "$2" lines 2>/dev/null <"$1" || return 1
  [ "${#lines[@]}" -ge "$2" ] && [[ ${lines[-1]} == *$'\n' ]]
}

# now_ms: of the clock of the day, to $ms
now_ms() { ms=$((${EPOCHREALTIME//[!0-9]/} / 1000)); }
