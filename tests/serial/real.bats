# mbus-read on a real port, which libserialport opens and sets: METERPIPE_PORT, or /dev/ttyS0. Nothing
# needs to be wired to it. Skipped where it may not be opened or somebody uses it.
load helper

PORT=${METERPIPE_PORT-/dev/ttyS0}

setup() {
  serial_setup
  stty -F "$PORT" >/dev/null 2>why || skip "1 check not made, no port: $(head -n 1 why)"
  ! fuser -s "$PORT" 2>why || skip "1 check not made, $PORT is in use"
  saved=$(stty -F "$PORT" -g)
}

teardown() {
  serial_teardown
  [ -n "${saved-}" ] || return 0
  # At the first time stty complains of a speed that has no name.
  stty -F "$PORT" "$saved" 2>/dev/null || stty -F "$PORT" "$saved"
}

settings() { stty -F "$PORT" -a; }

@test "a real port: locked, opened and set by the library, then marked" {
  [ -z "${METERPIPE_SANITIZED-}" ] || skip "the leak sanitizer does not work under strace"
  start strace -D -o trace -e trace=ioctl,flock,openat mbus-read -v -p "$PORT"
  wait_for is_open
  grep -nE 'flock|TIOCEXCL|TCSETS|openat.*O_RDWR' trace >steps
  # ours, its lock, the library's, its settings, ours with the marks, all with the same line
  awk -F: '{ print $2 }' steps | grep -oE 'flock|TIOCEXCL|TCSETS2|TCSETS|openat' | uniq >order
  diff - order <<<$'openat\nflock\nopenat\nTCSETS\nTIOCEXCL\nTCSETS\nTCSETS2'
  grep -qE 'TCSETS, \{.*c_cflag=B2400\|CS8\|CREAD\|PARENB\|' trace
  grep -qE 'TCSETS2, \{c_iflag=PARMRK\|INPCK, c_oflag=[A-Z0|]*, c_cflag=B2400\|CS8\|CREAD\|PARENB\|CLOCAL, c_lflag=,' trace
  settings >set
  grep -q 'speed 2400 baud' set
  for word in parenb -parodd cs8 -cstopb -hupcl clocal -crtscts parmrk inpck -ixon -icanon -echo 'min = 1;'; do
    grep -qE -- "(^|[ ;])$word" set || { echo "$word"; cat set; false; } >&2
  done
  grep -q '^ *mbus-read: debug: .*: open, line 2400-8E1' err
  ! grep -q 'not taken in full' err
}

@test "a real port: 7E1 and an odd baud rate are set, and read back" {
  ln -s "$PORT" meter
  for line in 300-7E1 12345-8O2 9600-8N1; do
    start mbus-read -v --line $line -p ./meter
    wait_for is_open
    ! grep 'not taken in full' err || return 1  # a speed that was not taken, too
    settings >set
    case $line in
      300-7E1) words="300 baud; parenb -parodd cs7 -cstopb parmrk" ;;
      12345-8O2) words="parenb parodd cs8 cstopb parmrk" ;;  # stty has no name for the speed
      9600-8N1) words="9600 baud; -parenb cs8 -cstopb parmrk inpck" ;;
    esac
    for word in $words; do grep -qE -- "(^|[ ;])$word" set; done
    stop
    [ "$STATUS" -eq 143 ]
  done
}

@test "a real port: a second reader is refused and takes nothing from the first" {
  start mbus-read -v -p "$PORT"
  wait_for is_open
  settings >before
  run mbus-read --line 9600-8N1 -p "$PORT"
  [ "$status" -eq 74 ]
  [[ $output == "mbus-read: error: $PORT: locked by mbus-read (pid $PID): stop it, or read another port" ||
    $output == "mbus-read: error: $PORT: in exclusive use by mbus-read (pid $PID)"* ]]
  settings >after
  diff before after
  stop
}
