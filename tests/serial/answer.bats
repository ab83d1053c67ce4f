# mbus-read --answer: what a meter hears that wants an answer, on a pty whose other end writes and reads.
bats_require_minimum_version 1.5.0
load helper
setup() { serial_setup; }
teardown() {
  exec 6>&-
  serial_teardown
}

SEARCH='\x10\x40\xf0\x30\x16'
# 68 0B 0B 68 53 F0 5B …, and the same to another address.
MESSAGE='\x68\x04\x04\x68\x53\xf0\x5b\xaa\x48\x16'
OTHER='\x68\x04\x04\x68\x53\xf1\x5b\xaa\x49\x16'
BROKEN='\x68\x04\x04\x68\x53\xf0\x5b\xab\x48\x16'

# A pty as the helper makes it, but what the program writes goes to the file "heard".
plug_both() {
  [ -p feed ] || mkfifo feed
  exec 7<>feed
  : >heard
  socat "PIPE:feed,rdonly!!OPEN:heard,wronly,append" "PTY,link=$TTY,rawer" 2>socat.err 3>&- 7>&- 8>&- &
  SOCAT=$!
  JOBS+=("$SOCAT")
  wait_for test -e "$TTY"
}
heard() { [ "$(xxd -p heard)" = "$1" ]; }

@test "E5 to the search and to each message, to nothing else, and never without the option" {
  plug_both
  start mbus-read -v --answer --line 9600-8E1 -p "$TTY" --stats
  wait_for is_open
  feed "$SEARCH"
  wait_for heard e5
  feed "$MESSAGE"
  wait_for heard e5e5
  taken "$OTHER"
  wait_for lines 3
  taken "$BROKEN"
  taken '\x00\xff'
  wait_for lines 4 # behind the silence that ends what is broken
  feed "$MESSAGE"
  wait_for heard e5e5e5
  stop
  [ "$(xxd -p heard)" = e5e5e5 ]
  [ "$(sed -n '/^{/p' err | jq .answers)" = 3 ]
  # Another address.
  start mbus-read -v --answer --answer-address F1 --line 9600-8E1 -p "$TTY"
  wait_for is_open
  : >heard
  feed "$OTHER"
  wait_for heard e5
  stop
  # Without it.
  : >heard
  start strace -f -y -o trace -e trace=read,write mbus-read -v --line 9600-8E1 -p "$TTY" -n 2
  wait_for said 'debug: '
  feed "$SEARCH$MESSAGE"
  finish
  [ ! -s heard ]
  grep -qE 'read\([0-9]+<[^>]*/pts/' trace # the port's name
  [ "$(grep -cE 'write\([0-9]+<[^>]*/pts/' trace)" -eq 0 ]
}

@test "the answer is there within the meter's half second, beside a reader that stalls" {
  plug_both
  start mbus-read -v --answer --line 9600-8E1 -p "$TTY"
  wait_for is_open
  local before=${EPOCHREALTIME/./}
  feed "$MESSAGE"
  wait_for heard e5
  echo "counted: answered after $(((${EPOCHREALTIME/./} - before) / 1000)) ms or less" >&3
  stop
}

@test "--answer needs a line that can be written to" {
  for wrong in "-p -" "--replay x" ""; do
    run -64 mbus-read --answer $wrong </dev/null
    [[ $output == *"--answer needs --port"* || $output == *"nothing to read"* ]]
  done
  run -64 mbus-read --answer-address f0 -p x
  run -64 mbus-read --answer --answer-address 1f0 -p x
  [[ $output == *"'1f0' are not two hex digits"* ]]
}
