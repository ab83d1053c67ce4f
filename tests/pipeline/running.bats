#!/usr/bin/env bats
# How the filters run: files and descriptors, mistakes on the command line, signals, ends.

bats_require_minimum_version 1.5.0
load chain

@test "mbus-frame -n: so many messages and no more, of whatever link, though more came at once" {
  for meter in kaifa-salzburg kaifa-evn aidon-norway dsmr-p1 sml-ebz mbus-water amis; do
    meter-sim --meter "$meter" -n 5 -o hex | tr -d '\n' >dump
    for n in 1 3; do
      [ "$(mbus-frame -q -n $n dump | wc -l)" -eq $n ] || { echo "$meter: -n $n"; return 1; }
    done
  done
}

@test "a missing file: 66, named; what came before it is written; a folder and a file without permission" {
  for tool in "${filters[@]}"; do
    good=$(good_for $tool)
    # shellcheck disable=SC2046
    run -66 --separate-stderr $tool $(keys_for $tool) "$good" no/such.file
    [ "${#lines[@]}" -eq 1 ]
    [ "$stderr" = "$tool: error: no/such.file: No such file or directory" ]
    # shellcheck disable=SC2046
    run -74 --separate-stderr $tool $(keys_for $tool) .
    [ "$stderr" = "$tool: error: .: Is a directory" ]
  done
  if [ "$(id -u)" -ne 0 ]; then
    chmod 000 hex
    run -77 --separate-stderr mbus-frame hex
    [ "$stderr" = "mbus-frame: error: hex: Permission denied" ]
  fi
  run -66 --separate-stderr dlms-decrypt -k nokeys apdu
  [ "$stderr" = "dlms-decrypt: error: nokeys: No such file or directory" ]
  [ -z "$output" ]
}

@test "mistakes on the command line: 64, one line on stderr, nothing on stdout" {
  while read -r tool wrong; do
    # shellcheck disable=SC2086
    run -64 --separate-stderr $tool $wrong </dev/null
    echo "$tool $wrong: $stderr"
    [ -z "$output" ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    has "$stderr" "$tool: error: "
    has "$stderr" "(see $tool --help)"
  done <<'WRONG'
mbus-frame --nonsense
mbus-frame -o text
mbus-frame -i xml
mbus-frame -n x
mbus-frame -n -1
mbus-frame --gap soon
mbus-frame --frames -o hex
dlms-decrypt --nonsense
dlms-decrypt -o text
dlms-decrypt --auth maybe
dlms-decrypt -k
dlms-decrypt -k -
dlms-decrypt --key=00112233445566778899aabbccddeeff
cosem-decode --nonsense
cosem-decode -o yaml
cosem-decode --only 1.8.x
cosem-decode --lang fr
cosem-decode --keep all
cosem-decode --name-format [nothing]
WRONG
}

@test "a full disk, and a stdout that is closed: 74, said once" {
  for tool in "${filters[@]}"; do
    for input in "$(good_for $tool)" "$(many_for $tool)"; do
      for form in json hex; do
        # shellcheck disable=SC2046
        run -74 bash -c '"$@" >/dev/full' - $tool -o $form $(keys_for $tool) "$input"
        [ "$output" = "$tool: error: cannot write to standard output: No space left on device" ]
      done
    done
    # shellcheck disable=SC2046
    run -74 bash -c '"$@" >&-' - $tool $(keys_for $tool) "$(good_for $tool)"
    [ "$output" = "$tool: error: cannot write to standard output: Bad file descriptor" ]
    run -74 bash -c '"$@" >/dev/full' - $tool --help
    [ "$output" = "$tool: error: cannot write to standard output: No space left on device" ]
  done
}

@test "words are those for a terminal wherever stderr is not the journal's stream" {
  for stream in nonsense 1:x 0:0; do
    JOURNAL_STREAM=$stream run -66 mbus-frame nowhere
    [[ $output == "mbus-frame: error: nowhere: "* ]]
  done
}

@test "a reader that has enough ends it by SIGPIPE, silently" {
  for tool in "${filters[@]}"; do
    # shellcheck disable=SC2046
    run -0 bash -c '"$@" 2>err | head -n 2 | wc -l; echo "${PIPESTATUS[0]}"' - \
      $tool $(keys_for $tool) "$(many_for $tool)"
    [ "$output" = $'2\n141' ]
    [ ! -s err ]
  done
}

@test "-n 1 ends at once with 0 though the input goes on" {
  for tool in "${filters[@]}"; do
    mkfifo $tool.in
    # shellcheck disable=SC2046
    $tool -n 1 $(keys_for $tool) <$tool.in >out 2>err 5>&- &
    pid=$!
    children+=($pid)
    exec 5>$tool.in
    echo 68 fa fa 68 zz >&5
    cat "$(good_for $tool)" >&5
    ends $pid
    exec 5>&-
    [ "$status" -eq 0 ]
    [ ! -s err ]
    [ "$(jq -r .t out | tr '\n' ' ' | cut -d' ' -f1)" = error ]
    [ "$(wc -l <out)" -eq 2 ]
    # shellcheck disable=SC2046
    run -0 $tool -n 2 $(keys_for $tool) "$(many_for $tool)" missing
    [ "${#lines[@]}" -eq 2 ]
  done
  # A whole pipe: the earlier ones end by SIGPIPE or with the input, the last one with 0.
  run -0 bash -c 'cat "$1" | mbus-frame | dlms-decrypt -k keys | cosem-decode -n 1' - "$many"
  [ "${#lines[@]}" -eq 1 ]
}

@test "SIGTERM and SIGINT while waiting: what is there is out, ends by the signal" {
  # All at a time: each waits 2 s for the end of its input, which does not come.
  pids=()
  for signal in TERM INT; do
    for tool in "${filters[@]}"; do
      mkfifo in.$tool.$signal
      exec 5<>in.$tool.$signal
      # In the background SIGINT would be ignored.
      # shellcheck disable=SC2046
      env --default-signal=INT $tool $(keys_for $tool) <&5 >out.$tool.$signal 2>err.$tool.$signal &
      pids+=($!)
      children+=($!)
      cat "$(good_for $tool)" >&5
      wait_for has_lines out.$tool.$signal 1
    done
  done
  i=0
  for signal in TERM INT; do
    for tool in "${filters[@]}"; do kill -$signal "${pids[i++]}"; done
  done
  i=0
  for signal in TERM INT; do
    for tool in "${filters[@]}"; do
      ends "${pids[i++]}"
      echo "$tool: SIG$signal: status $status"
      [ "$status" -eq $((128 + $(kill -l $signal))) ]
      [ ! -s err.$tool.$signal ]
      [ "$(wc -l <out.$tool.$signal)" -eq 1 ]
    done
  done
}

@test "SIGTERM while input still comes: it is read to its end" {
  for tool in "${filters[@]}"; do
    mkfifo in.$tool
    # shellcheck disable=SC2046
    $tool $(keys_for $tool) <in.$tool >out.$tool 2>err 5>&- &
    pid=$!
    children+=($pid)
    exec 5>in.$tool
    good=$(cat "$(good_for $tool)")
    printf '%s\n' "$good" >&5
    wait_for has_lines out.$tool 1
    sends TERM $pid
    printf '%s\n' "$good" "$good" >&5
    exec 5>&-
    ends $pid
    [ "$status" -eq 143 ]
    [ "$(wc -l <out.$tool)" -eq 3 ]
    [ ! -s err ]
  done
}

@test "several files: one after the other, each a source with its own count; a message does not span files" {
  h=$(cat hex)
  echo "${h:0:512}" >first
  echo "${h:512}" >second
  mbus-frame hex first second hex >out
  [ "$(jq -r '[.t, .src, .seq, (.code // "-")] | join(" ")' out)" = "apdu hex 1 -
error first 1 segment-lost
error second 1 segment-lost
apdu hex 2 -" ]
  # With - standard input in its place.
  [ "$(mbus-frame hex - hex <hex | jq -r .src | tr '\n' ' ')" = "hex stdin hex " ]
}

@test "--follow: a file that grows, is cut and is replaced; ends with -n" {
  meter-sim -n 6 >six
  line() { sed -n "$1p" six; }
  line 1 >log
  : >out
  mbus-frame --follow -n 6 log >out 2>err &
  pid=$!
  children+=($pid)
  wait_for has_lines out 1
  line 2 >>log
  wait_for has_lines out 2
  line 3 | head -c 400 >>log # half a line now, the rest later
  line 3 | tail -c +401 >>log
  wait_for has_lines out 3
  line 4 >log # cut and written anew
  wait_for has_lines out 4
  line 5 >new
  mv new log
  wait_for has_lines out 5
  line 6 >>log
  ends $pid
  [ "$status" -eq 0 ]
  mbus-frame six | hex_of >want
  hex_of out >got
  same got want
  # The same for the other two, growing.
  for tool in dlms-decrypt cosem-decode; do
    cp "$(good_for $tool)" log.$tool
    # shellcheck disable=SC2046
    $tool --follow -n 2 $(keys_for $tool) log.$tool >out.$tool 2>err &
    pid=$!
    children+=($pid)
    wait_for has_lines out.$tool 1
    cat "$(good_for $tool)" >>log.$tool
    ends $pid
    [ "$status" -eq 0 ]
    has_lines out.$tool 2
  done
}

@test "forms other than json: errors go to stderr, with source and code; stdout has the good ones alone" {
  while read -r tool form; do
    good=$(good_for $tool)
    { cat "$good"; echo 68 fa fa 68 zz; cat "$good"; } >in
    cat "$good" "$good" >clean
    # shellcheck disable=SC2046
    $tool -o $form $(keys_for $tool) <clean >want
    # shellcheck disable=SC2046
    $tool -o $form $(keys_for $tool) <in >got 2>err
    echo "$tool -o $form"
    [ -s want ]
    same got want
    [ "$(cat err)" = "$tool: error: stdin: bad-record: line 2: column 13: 'z' is no hex digit: 68 fa fa 68 zz" ]
    # shellcheck disable=SC2046
    run -65 --separate-stderr $tool --strict -o $form $(keys_for $tool) in
    # an error record of the tool before it, too
    # shellcheck disable=SC2046
    run -0 --separate-stderr $tool -o $form $(keys_for $tool) - \
      <<<'{"v":1,"t":"error","src":"tty0","seq":5,"by":"mbus-read","code":"overrun","text":"7 records dropped"}'
    has "$stderr" "overrun"
    has "$stderr" "7 records dropped"
  done <<'FORMS'
mbus-frame hex
mbus-frame bin
dlms-decrypt hex
dlms-decrypt bin
cosem-decode hex
cosem-decode text
cosem-decode csv
cosem-decode xml
cosem-decode tree
FORMS
}

@test "a program that needs no cipher does not load one, and names plain messages all the same" {
  for tool in mbus-frame cosem-decode; do
    ! ldd "$(command -v $tool)" | grep -E 'libcrypto|libssl'
  done
  [ "$(cosem-decode <<<0f00000001000201060000002a | jq -r .id)" = "$(printf '0f00000001000201060000002a' |
    xxd -r -p | sha256sum | cut -c1-16)" ]
}

@test "SIGTERM and SIGINT end a program that waits for the other end of a FIFO, or for its writer" {
  # All at a time: some wait 2 s for the end of their input, which does not come.
  pids=() ends=() writers=() names=()
  for signal in TERM INT; do
    for command in "mbus-frame FIFO" "dlms-decrypt FIFO" "cosem-decode FIFO" "meter-doctor FIFO" \
      "obis-mqtt --dry-run FIFO" "dlms-decrypt -k FIFO -" "cosem-decode --profile FIFO -" "mbus-read --replay FIFO" \
      "obis-mqtt --broker mqtts://127.0.0.1:1 --ca FIFO -"; do
      for writer in no yes; do
        fifo=fifo${#pids[@]}
        mkfifo -m 600 $fifo
        # A shell starts background jobs with SIGINT ignored.
        # shellcheck disable=SC2086
        env --default-signal=INT ${command/FIFO/$fifo} </dev/null >/dev/null 2>&1 5>&- &
        pids+=($!)
        children+=($!)
        [ $writer = no ] || { exec {end}<>$fifo; writers+=("$end"); }
        ends+=($signal)
        names+=("$signal $command, writer: $writer")
      done
    done
  done
  for pid in "${pids[@]}"; do wait_for sleeps "$pid"; done
  for i in "${!pids[@]}"; do kill -"${ends[i]}" "${pids[i]}"; done
  for i in "${!pids[@]}"; do
    status=0
    wait "${pids[i]}" || status=$?
    [ "$status" -eq $((128 + $(kill -l "${ends[i]}"))) ] || { echo "${names[i]}: $status"; return 1; }
  done
  for end in "${writers[@]}"; do exec {end}>&-; done
  echo "counted: ${#pids[@]} ends at a FIFO" >&3
  mkfifo -m 600 fifo
  # What comes late is read all the same.
  dlms-decrypt -k fifo apdu >got 5>&- &
  pid=$!
  { cat keys; } >fifo
  wait $pid
  same got plain
}

@test "out of memory: 70 and a sentence, wherever it runs out" {
  [ -z "${METERPIPE_SANITIZED-}" ] || skip "sanitizers reserve terabytes"
  awk 'BEGIN { for (i = 0; i < 20000; i++) printf "%016x %032x\n", i + 1, i * 7 + 1 }' >keys
  chmod 600 keys
  printf '{"v":1,"t":"bytes","ms":1,"why":"gap","hex":"%01500000d"}\n' 0 >big
  local limit tool out=0 fine=0
  for limit in $(seq 14000 3700 58000); do
    for tool in mbus-frame "dlms-decrypt -k keys" cosem-decode meter-doctor "obis-mqtt --dry-run"; do
      # shellcheck disable=SC2086
      run bash -c "ulimit -v $limit; exec $tool big" 2>&1
      case $status in
        70)
          [[ ${lines[-1]} == *": error: out of memory: there is no more, or a limit (ulimit -v) allows no more" ]]
          out=$((out + 1))
          ;;
        127) [[ $output == *"error while loading shared libraries"* ]] ;; # it cannot even begin
        0 | 1 | 65) fine=$((fine + 1)) ;;
        *) echo "$tool with $limit: $status $output"; return 1 ;;
      esac
    done
  done
  echo "counted: $out runs out of memory, $fine with enough" >&3
  [ "$out" -ge 5 ]
  [ "$fine" -ge 10 ]
}
