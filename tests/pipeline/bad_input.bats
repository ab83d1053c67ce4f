#!/usr/bin/env bats
# The filters on bad input: what is said, where, with which status; and that no good message is lost
# before or behind it. Also all ways to give the same bytes and the same key.

bats_require_minimum_version 1.5.0
load ../support/wait

setup_file() {
  PATH=${METERPIPE_BUILD:?folder of the built tools}:$PATH
  cd "$BATS_FILE_TMPDIR" || return 1
  umask 077
  meter-sim --print-keys >keys
  meter-sim -n 1 >hex
  meter-sim -n 1 -o bin >bin
  mbus-frame hex >apdu
  dlms-decrypt -k keys apdu >plain
  cosem-decode plain >reading
  meter-sim -n 3000 >many
  mbus-frame many >many-apdu
  dlms-decrypt -k keys many-apdu >many-plain
}

setup() {
  PATH=$METERPIPE_BUILD:$PATH
  export LC_ALL=C # grep and sed are faster on bytes
  unset CREDENTIALS_DIRECTORY JOURNAL_STREAM
  umask 077
  cd "$BATS_TEST_TMPDIR" || return 1
  cp "$BATS_FILE_TMPDIR"/{keys,hex,bin,apdu,plain,reading} .
  many=$BATS_FILE_TMPDIR/many
  filters=(mbus-frame dlms-decrypt cosem-decode)
  children=()
}

teardown() {
  exec 5>&-
  local pid log
  for pid in "${children[@]}"; do kill -KILL "$pid" 2>/dev/null; done
  wait 2>/dev/null
  if [ "${BATS_TEST_COMPLETED:-}" != 1 ]; then
    for log in err out; do
      [ -s $log ] && { echo "---- $log"; tail -n 20 $log | cut -c1-300; }
    done
  fi
  return 0
}

# A good input line of each filter, as a file; and 3000 of them.
good_for() { case $1 in mbus-frame) echo hex ;; dlms-decrypt) echo apdu ;; *) echo plain ;; esac; }
many_for() { case $1 in mbus-frame) echo "$many" ;; dlms-decrypt) echo "$many-apdu" ;; *) echo "$many-plain" ;; esac; }
keys_for() { [ "$1" != dlms-decrypt ] || echo "-k keys"; }
hex_of() { sed 's/.*"hex":"//; s/".*//' "$@"; }
codes() { sed -n 's/.*"code":"\([^"]*\)".*/\1/p' "$@"; }
texts() { jq -r 'select(.t == "error").text' "$@"; }
# each KEY: of each record its error code, or else what stands under that key
each() {
  awk -v key="$1" 'BEGIN { value = "\"" key "\":\"[^\"]*"; skip = length(key) + 4 }
    match($0, /"code":"[^"]*/) { print substr($0, RSTART + 8, RLENGTH - 8); next }
    match($0, value) { print substr($0, RSTART + skip, RLENGTH - skip) }'
}
# What has a code and a value, of readings or of a truth, a line each.
values() {
  tr '{' '\n' | awk -F'"' '$2 == "obis" && ($6 == "value" || $6 == "name" && $10 == "value") {
    value = $0; sub(/.*"value":/, "", value); sub(/,.*/, "", value); print $4, value }'
}
chain() { mbus-frame "$@" | dlms-decrypt -k keys | cosem-decode; }

# same A B, shown where they differ
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | cut -c1-200 | head -n 10; return 1; }; }
one_line() { [ "$(wc -l <"$1")" -eq 1 ] || { echo "not one line:"; head "$1"; return 1; }; }
has() { [[ $1 == *"$2"* ]] || { echo "'$1' has no '$2'"; return 1; }; }


# ---- the bytes

@test "noise between messages and before them: one error each, in its place, no message lost" {
  h=$(cat hex)
  { echo 00ff68aa; echo "$h"; echo e6e6e6; echo "${h}5a"; echo "$h"; } >in
  mbus-frame in >out 2>err
  [ ! -s err ]
  [ "$(jq -r '.t + " " + (.code // "")  + " " + if .t == "error" then .hex else "" end' out)" = "error noise 00ff68aa
apdu  
error noise e6e6e6
apdu  
error noise 5a
apdu  " ]
  [ "$(grep '"t":"apdu"' out | hex_of | sort -u)" = "$(hex_of apdu)" ]
  [ "$(texts out | sed -n 1p)" = "4 bytes that belong to no frame" ]
}

@test "a frame that is cut, or has a wrong byte: where, and what was expected" {
  h=$(cat hex)
  run -0 mbus-frame <<<"${h:0:300}"
  [ "${#lines[@]}" -eq 1 ]
  has "$output" '"code":"truncated","text":"frame at byte 0 is cut: it needs 256 bytes, 150 are there"'
  has "$output" "\"hex\":\"${h:0:300}\""
  run -65 mbus-frame --strict <<<"${h:0:300}"

  # A wrong byte costs its frame, its frame costs its message, the next message arrives.
  { echo "${h:0:60}$(printf %02x $((0x${h:60:2} ^ 1)))${h:62}"; echo "$h"; } >in
  mbus-frame in >out
  [ "$(codes out)" = $'bad-checksum\nsegment-lost' ]
  read -r is sum <<<"$(texts out |
    sed -nE 's/^frame at byte 0: checksum is (..), bytes add up to (..)$/\1 \2/p')"
  [ $(((0x$is - 0x$sum) & 255)) -eq 1 ] || [ $(((0x$sum - 0x$is) & 255)) -eq 1 ]
  texts out | grep -qF 'segment 1 came where segment 0 was due'
  [ "$(grep '"t":"apdu"' out | hex_of)" = "$(hex_of apdu)" ]
}

@test "a message without its second segment: lost, the next one is not" {
  meter-sim -n 2 --truth truth >two
  { sed -n '1s/^\(.\{512\}\).*/\1/p' two; sed -n 2p two; } | mbus-frame >out
  [ "$(jq -r '.t + " " + (.code // "")' out)" = "error segment-lost
apdu " ]
  [ "$(sed -n 2p out | hex_of)" = "$(sed -n '2s/.*"apdu":"\([0-9a-f]*\)".*/\1/p' truth)" ]
}

@test "a whole message cut at every 7th byte of it: an error and no value, and the next one is read" {
  h=$(cat hex)
  for ((at = 2; at < ${#h}; at += 14)); do
    # in a record each: an own source, so that the second is not the rest of the first
    printf '{"v":1,"t":"bytes","ts":"2026-03-02T06:00:00.000000Z","src":"a","seq":%s,"hex":"%s"}\n' 1 "${h:0:at}"
    printf '{"v":1,"t":"bytes","ts":"2026-03-02T06:00:10.000000Z","src":"a","seq":%s,"hex":"%s"}\n' 2 "$h"
  done >in
  # each pair a source of its own
  awk '{ n = int((NR - 1) / 2); sub(/"src":"a"/, "\"src\":\"a" n "\""); print }' in >in2
  chain in2 >out
  pairs=$(($(wc -l <in) / 2))
  [ "$(grep -c '"t":"reading"' out)" -eq "$pairs" ]
  [ "$(grep '"t":"reading"' out | values | sort | uniq -c | awk '{ print $1 }' | sort -u)" = "$pairs" ]
  # each source has its error before its reading
  jq -r '.src + " " + .t' out | awk '$2 == "error" { e[$1] = 1 } $2 == "reading" && !e[$1] { print "no error before " $1; bad = 1 } END { exit bad }'
  echo "counted: $pairs cut messages, none read, the one behind each read" >&3
}

@test "three meters interleaved frame by frame: each is read as if alone" {
  for meter in kaifa-salzburg kaifa-evn sagemcom-t210d; do
    meter-sim --meter $meter --print-keys
    meter-sim --meter $meter -n 20 -o json --truth $meter.truth >$meter.json
    [ "$(wc -l <$meter.json)" -eq 40 ]
  done >keys
  paste -d '\n' kaifa-salzburg.json kaifa-evn.json sagemcom-t210d.json | chain >out
  [ "$(grep -c '"t":"reading"' out)" -eq 60 ]
  [ "$(wc -l <out)" -eq 60 ]
  for meter in kaifa-salzburg kaifa-evn sagemcom-t210d; do
    grep "\"src\":\"$meter\"" out | values >a
    values <$meter.truth >b
    [ -s b ]
    same a b
  done
}

@test "APDUs that are cut, too long or of no kind: which byte, and no value" {
  p=$(hex_of plain) c=$(hex_of apdu)
  run -0 cosem-decode <<<"${p:0:200}"
  has "$output" '"code":"bad-apdu","text":"3 elements announced at byte 96, 2 bytes are left"'
  run -0 cosem-decode <<<"${p}00"
  has "$output" "\"code\":\"trailing-bytes\",\"text\":\"1 bytes left over behind byte $((${#p} / 2))\""
  run -0 cosem-decode <<<ffff
  has "$output" '"code":"not-dlms","text":"first byte ff is no DLMS APDU'
  run -0 dlms-decrypt -k keys <<<"${c:0:200}"
  has "$output" "\"code\":\"truncated\",\"text\":\"APDU is cut: it needs $((${#c} / 2)) bytes, 100 are there\""
  has "$output" '"security":{"service":"general-glo-ciphering","title":"4b464d1020895441","counter":'
  run -0 dlms-decrypt -k keys <<<db
  has "$output" '"t":"error"'
  # Cut anywhere: an error from one of the two, never a value; strict says so.
  for ((at = 2; at < ${#p}; at += 10)); do echo "${p:0:at}"; done >cuts
  cosem-decode cuts >out
  [ "$(grep -c '"t":"error"' out)" -eq "$(wc -l <cuts)" ]
  [ "$(wc -l <out)" -eq "$(wc -l <cuts)" ]
  for ((at = 2; at < ${#c}; at += 10)); do echo "${c:0:at}"; done >cuts
  dlms-decrypt -k keys cuts | cosem-decode >out
  [ "$(grep -c '"t":"error"' out)" -eq "$(wc -l <cuts)" ]
  [ "$(wc -l <out)" -eq "$(wc -l <cuts)" ]
}

# ---- the lines

@test "half hex and no hex: the line, the column and the character; the lines around are read" {
  for tool in "${filters[@]}"; do
    good=$(hex_of "$(good_for $tool)")
    { echo "$good"; echo "68 0"; echo "6x"; echo "$good"; } >in
    # shellcheck disable=SC2046
    $tool $(keys_for $tool) <in >out 2>err
    [ ! -s err ]
    [ "$(wc -l <out)" -eq 4 ]
    [ "$(sed -n '2,3p' out | jq -r '[.t, .by, .code, .src] | join(" ")')" = "error $tool bad-record stdin
error $tool bad-record stdin" ]
    texts out | sed -n 1p | grep -qE '^line 2: column 4: 1 hex digits?, an even number was expected: 68 0$'
    [ "$(texts out | sed -n 2p)" = "line 3: column 2: 'x' is no hex digit: 6x" ]
    [ "$(sed -n '1p;4p' out | grep -vc '"t":"error"')" -eq 2 ]
    # shellcheck disable=SC2046
    run -65 $tool --strict $(keys_for $tool) in
  done
}

@test "JSON that is none, lacks a key or has a wrong one: named with its line, the others are read" {
  for tool in "${filters[@]}"; do
    type=apdu
    [ $tool != mbus-frame ] || type=bytes
    good=$(good_for $tool)
    {
      cat "$good"
      echo "{\"v\":1,\"t\":\"$type\",\"hex\":\"68\""
      echo "{\"v\":1,\"t\":\"$type\",\"hex\":12}"
      echo "{\"v\":1,\"t\":\"$type\",\"hex\":\"0g\"}"
      echo "{\"v\":1,\"t\":\"$type\",\"hex\":\"012\"}"
      echo "{\"v\":1,\"t\":\"$type\"}"
      echo "{\"v\":1,\"t\":\"$type\",\"hex\":\"00\",\"hex\":\"11\"}"
      echo "{\"v\":1,\"t\":\"$type\",\"src\":\"a\",\"other\":1,\"src\":\"b\",\"hex\":\"00\"}"
      cat "$good"
    } >in
    # shellcheck disable=SC2046
    $tool $(keys_for $tool) <in >out 2>err
    [ ! -s err ]
    [ "$(wc -l <out)" -eq 9 ]
    [ "$(codes out | sort | uniq -c | tr -s ' ')" = " 7 bad-record" ]
    texts out >texts
    cat texts
    sed -n 1p texts | grep -q "^line 2: not a JSON object: {"
    sed -n 2p texts | grep -qE "^line 3: column 2[0-9]: a value of the wrong form: \{"
    sed -n 3p texts | grep -qE "^line 4: column 2[0-9]: a value of the wrong form: \{"
    sed -n 4p texts | grep -qE "^line 5: column 2[0-9]: a value of the wrong form: \{"
    sed -n 5p texts | grep -q "^line 6: a key is missing that this record needs: {"
    sed -n 6p texts | grep -q "^line 7: a key stands twice: {"
    sed -n 7p texts | grep -q "^line 8: a key stands twice: {"
  done
}

@test "a higher version passes unchanged, with one line per run; 65 under --strict" {
  for tool in "${filters[@]}"; do
    good=$(good_for $tool)
    {
      cat "$good"
      for t in bytes apdu reading; do
        echo "{\"v\":2,\"t\":\"$t\",\"hex\":[1, 2],  \"new\":{\"b\":1.50,\"a\":\"\\u00e4\"}}"
      done
      cat "$good"
    } >in
    # shellcheck disable=SC2046
    run -0 --separate-stderr $tool $(keys_for $tool) - <in
    [ "${#lines[@]}" -eq 5 ]
    [ "$(printf '%s\n' "${lines[@]:1:3}")" = "$(sed -n 2,4p in)" ]
    echo "$stderr"
    [ "${#stderr_lines[@]}" -eq 1 ]
    has "$stderr" "$tool: warning: stdin:2: record of version 2, this program knows 1"
    # shellcheck disable=SC2046
    run -65 --separate-stderr $tool --strict $(keys_for $tool) in
    [ "${#lines[@]}" -eq 5 ]
  done
}

@test "records of unknown type pass unchanged, byte for byte, through all three" {
  {
    echo '{"v":1,"t":"weather","hex":"00","hex2":[1.10,1e3,-0.0],"text":"ä \u00e4 \" \\ / \/ "}'
    echo '{ "v" : 1 , "t" : "note" ,"a":{"b":[{},[],null,true]} }'
    echo '{"t":"note"}'
    echo '{"v":7,"t":"weather"}'
    echo '{"v":1,"t":"mbus","id":"12345678","x":1}'
    echo '{"v":1,"t":"stats","n":12345678901234567890.12345678901234567890}'
  } >foreign
  for tool in "${filters[@]}"; do
    # shellcheck disable=SC2046
    cat foreign "$(good_for $tool)" foreign | $tool --strict $(keys_for $tool) >out 2>err || status=$?
    [ "${status:-0}" -eq 0 ] || { cat err; false; }
    [ "$(wc -l <out)" -eq 13 ]
    sed -n 1,6p out >a
    sed -n 8,13p out >b
    same a foreign
    same b foreign
  done
}

@test "10,000 good messages with bad ones between: all good ones arrive, each bad one is one error in its place" {
  meter-sim -n 10000 --security 31 --truth truth >sim
  each apdu <truth >sent
  each plain <truth >meant
  [ "$(sort -u sent | wc -l)" -eq 10000 ]

  # mbus-frame: behind every 10th message a bad line. `want` has what is to come out.
  awk -v want=want1 'BEGIN {
      split("zz,{\"v\":1,{\"v\":1;\"t\":\"bytes\"},6806066853ff100167aa7516,0ff0,123", bad, ",")
      n = split("bad-record bad-record bad-record bad-checksum noise bad-record", code, " ")
      gsub(";", ",", bad[3])
    }
    FNR == NR { apdu[FNR] = $0; next }
    { print; print apdu[FNR] >want }
    FNR % 10 == 0 { k = (FNR / 10) % n + 1; print bad[k]; print code[k] >want }' sent sim >in1
  mbus-frame in1 >out1 2>err
  [ ! -s err ]
  each hex <out1 >got1
  same got1 want1

  # dlms-decrypt: the same, with changed bytes, cut ones and a foreign title.
  awk -v want=want2 'BEGIN {
      n = split("tag-failed truncated no-key bad-record bad-record", code, " ")
    }
    FILENAME ~ /meant/ { plain[FNR] = $0; next }
    { print; print plain[FNR] >want }
    FNR % 10 == 0 {
      k = (FNR / 10) % n + 1
      c = substr($0, 101, 1) == "0" ? "1" : "0"
      if (k == 1) print substr($0, 1, 100) c substr($0, 102)
      if (k == 2) print substr($0, 1, 300)
      if (k == 3) print substr($0, 1, 4) "1122334455667788" substr($0, 21)
      if (k == 4) print "{\"v\":1,\"t\":\"apdu\",\"hex\":\"" $0 "}"
      if (k == 5) print substr($0, 1, 201)
      print code[k] >want
    }' meant sent >in2
  dlms-decrypt -k keys in2 >out2 2>err
  [ ! -s err ]
  each hex <out2 >got2
  same got2 want2
  [ "$(grep -c '"auth":"verified"' out2)" -eq 10000 ]

  # cosem-decode: what dlms-decrypt passes on, its errors too, and bad ones of its own.
  awk -v want=want3 'BEGIN {
      n = split("trailing-bytes bad-record not-dlms no-key bad-apdu", code, " ")
    }
    /"t":"error"/ { sub(/.*"code":"/, ""); sub(/".*/, ""); next }
    { print
      match($0, /"counter":[0-9]*/); print "4b464d1020895441:" substr($0, RSTART + 10, RLENGTH - 10) >want
      good++
    }
    good % 10 == 0 {
      h = $0; sub(/.*"hex":"/, "", h); sub(/".*/, "", h)
      k = (good / 10) % n + 1
      if (k == 1) print h "00"
      if (k == 2) print h "0"
      if (k == 3) print "aa" h
      if (k == 4) print "db084b464d102089544109210000000100112233"
      if (k == 5) print substr(h, 1, 200)
      print code[k] >want
    }' out2 >in3
  cosem-decode in3 >out3 2>err
  [ ! -s err ]
  each id <out3 >got3
  same got3 want3
  grep '"t":"reading"' out3 | values >a
  values <truth >b
  [ "$(wc -l <b)" -eq 150000 ]
  same a b
  echo "counted: 3 x 10000 good messages among 3 x 1000 bad ones, none lost" >&3
}

# ---- the process

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
    echo zz >&5
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
    { cat "$good"; echo zz; cat "$good"; } >in
    cat "$good" "$good" >clean
    # shellcheck disable=SC2046
    $tool -o $form $(keys_for $tool) <clean >want
    # shellcheck disable=SC2046
    $tool -o $form $(keys_for $tool) <in >got 2>err
    echo "$tool -o $form"
    [ -s want ]
    same got want
    [ "$(cat err)" = "$tool: error: stdin: bad-record: line 2: column 1: 'z' is no hex digit: zz" ]
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

# ---- the same bytes in other clothes

@test "by hand: the chain of hex gives what the chain of records gives" {
  for security in 21 31 11 none; do
    meter-sim -n 3 --security $security >three
    printf '%s\n' "$(cat three)" | mbus-frame -o hex | dlms-decrypt -k keys -o hex | cosem-decode -o text >got
    mbus-frame <three | dlms-decrypt -k keys | cosem-decode -o text >want
    [ "$(wc -l <want)" -eq 47 ]
    same got want
    # Records at the end: title, counter and auth have come through the #@ lines, and so has ts.
    meter-sim -n 3 --security $security -o json >records
    mbus-frame -o hex records | dlms-decrypt -k keys -o hex >by-hand
    [ "$(grep -c '^#@ ts=2026-03-02T06:00:' by-hand)" -eq 3 ]
    cosem-decode <by-hand >got
    chain records | sed 's/"seq":[0-9]*,//' >want
    [ "$(wc -l <want)" -eq 3 ]
    sed -i 's/"seq":[0-9]*,//' got
    same got want
  done
}

@test "dumps: xxd, hexdump -C, Wireshark, blanks and upper case are what bare hex is" {
  # 120 equal bytes, so that hexdump writes a *
  text=$(printf '41%.0s' {1..120})
  printf '0f0000000100020209060000600100ff0978%s' "$text" >long.hex
  hex_of apdu >apdu.hex
  cp hex frame.hex
  while read -r tool file; do
    xxd -r -p $file.hex >raw
    # shellcheck disable=SC2046
    $tool $(keys_for $tool) <$file.hex >want
    [ "$(wc -l <want)" -eq 1 ]
    [ "$(grep -c '"t":"error"' want)" -eq 0 ]
    xxd raw >dump.xxd
    xxd -c 8 raw >dump.xxd8
    xxd -c 32 -g 1 -u raw >dump.xxd32
    xxd -p raw | tr -d '\n' | sed 's/../0x& /g' >dump.0x
    hexdump -C raw >dump.hexdump
    hexdump -v -C raw >dump.hexdump-v
    xxd -g 1 raw | sed 's/^0000\(....\): /\1   /; s/  *\( [^ ]*\)$/  \1/' >dump.wireshark
    tr 'a-f' 'A-F' <$file.hex | sed 's/../& /g' >dump.upper
    sed 's/../&:/g; s/:$//' $file.hex >dump.colons
    for dump in dump.*; do
      # shellcheck disable=SC2046
      $tool $(keys_for $tool) <$dump >got 2>err
      same got want || { echo "$tool $dump"; head -n 3 $dump; false; }
      [ ! -s err ]
    done
    # shellcheck disable=SC2046
    $tool -i bin $(keys_for $tool) <raw >got
    same got want
    od -A x -t x1 raw >od
    for dump in dump.xxd dump.hexdump dump.wireshark od; do
      # shellcheck disable=SC2046
      $tool -i hexdump $(keys_for $tool) <$dump >got
      same got want
    done
  done <<'INPUTS'
mbus-frame frame
dlms-decrypt apdu
cosem-decode long
INPUTS
  grep -q '^\*$' dump.hexdump
  # Two dumps in a row are two.
  cat dump.xxd dump.xxd >two
  [ "$(cosem-decode <two | grep -c '"t":"reading"')" -eq 2 ]
}

# ---- keys

@test "keys: from a file, standard input, a pipe, the credentials" {
  dlms-decrypt -k keys apdu >want
  [ "$(jq -r '.security.auth + .security.key' want)" = nonekaifa-salzburg ]
  dlms-decrypt -k - apdu <keys >got
  same got want
  dlms-decrypt -k <(cat keys) apdu >got
  same got want
  mkdir credentials
  cp keys credentials/
  CREDENTIALS_DIRECTORY=$PWD/credentials dlms-decrypt apdu >got
  same got want
  # Others may read a credential no more than a file; -k goes before.
  echo 'ek=00000000000000000000000000000001' >credentials/keys
  CREDENTIALS_DIRECTORY=$PWD/credentials dlms-decrypt -k keys apdu >got
  same got want
  CREDENTIALS_DIRECTORY=$PWD/credentials dlms-decrypt apdu >got
  [ "$(codes got)" = wrong-key ]
  CREDENTIALS_DIRECTORY=$PWD/none dlms-decrypt apdu >got
  [ "$(codes got)" = no-key ]
  [ "$(jq -r '.security | [.title, .sc, .suite, .auth] | join(" ")' got)" = "4b464d1020895441 21 1 none" ]
}

@test "a key file with a typo: 78, file, line and column, and no digit of the key" {
  key=$(sed 's/.*ek=\([0-9a-f]*\).*/\1/' keys)
  while IFS='|' read -r line column says; do
    # shellcheck disable=SC2059
    printf "# mine\n\n$line\n" "$key" >typo
    run -78 --separate-stderr dlms-decrypt -k typo apdu
    echo "$line: $stderr"
    [ -z "$output" ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    has "$stderr" "dlms-decrypt: error: typo:3: column $column: $says"
    for ((i = 0; i + 6 <= ${#key}; i++)); do
      [[ $stderr != *"${key:i:6}"* ]]
    done
  done <<'TYPOS'
ek=%sO|36|
ek=x%.31s|4|'x' is no hex digit
title=4b464d1020895441 ek=%.30sxy|57|'x' is no hex digit
%.31s|32|an odd number of hex digits
key=%s|1|unknown field before '='
ek=%s broadcast=12|47|
ek=%s ek=12|37|ek= stands twice on this line
TYPOS
  # Others may read it: 77, unless it is wanted.
  for mode in 640 604 644; do
    chmod $mode keys
    run -77 --separate-stderr dlms-decrypt -k keys apdu
    [ "$stderr" = "dlms-decrypt: error: keys: others may read the keys (mode 0$mode): chmod 600 it, or use --insecure-key-file" ]
    [ -z "$output" ]
  done
  run -0 dlms-decrypt --insecure-key-file -k keys apdu
  has "$output" '"t":"apdu"'
}

@test "--auth: never a reading for a tag that fails" {
  meter-sim -n 1 --security 31 | mbus-frame -o hex | grep -v '^#' >c31
  meter-sim -n 1 --security 11 | mbus-frame -o hex | grep -v '^#' >c11
  grep -v '^#' <(mbus-frame -o hex hex) >c21
  sed 's/ ak=\(.\)/ ak=\1\1/; s/\( ak=.\{32\}\)./\1/' keys >wrong-ak
  sed 's/ ak=[0-9a-f]*//' keys >no-ak
  not_same() { ! cmp -s "$1" "$2"; }
  not_same wrong-ak keys
  # KEYS AUTH MESSAGE WHAT: one record each
  while read -r keys auth message what; do
    echo "$keys $auth $message $what" >>want
    # A line of its own for each, whatever comes.
    dlms-decrypt -k "$keys" --auth "$auth" "$message" >decrypted
    printf '{"case":"%s"}\n' "$keys $auth $message" >>cases
    cosem-decode decrypted >>cases
  done <<'CASES'
keys check c31 verified 15
keys check c11 verified 15
keys check c21 none 15
keys require c31 verified 15
keys require c11 verified 15
keys require c21 not-authenticated 4b464d1020895441
keys ignore c31 unverified 15
keys ignore c11 unverified 15
keys ignore c21 none 15
wrong-ak check c31 tag-failed 4b464d1020895441
wrong-ak check c11 tag-failed 4b464d1020895441
wrong-ak check c21 none 15
wrong-ak require c31 tag-failed 4b464d1020895441
wrong-ak require c11 tag-failed 4b464d1020895441
wrong-ak ignore c31 unverified 15
no-ak check c31 unverified 15
no-ak check c11 unverified 15
no-ak require c31 not-authenticated 4b464d1020895441
no-ak require c11 not-authenticated 4b464d1020895441
no-ak ignore c31 unverified 15
CASES
  jq -rn 'foreach inputs as $line (""; if $line.case then $line.case else . end;
    if $line.case then empty
    elif $line.t == "error" then "\(.) \($line.code) \($line.security.title)"
    else "\(.) \($line.auth) \($line.values | length)" end)' cases >got
  [ "$(wc -l <want)" -eq 20 ]
  diff want got
  dlms-decrypt -k keys --auth require plain | cosem-decode >out
  [ "$(codes out)" = "" ] # was deciphered before: it passes as it is
  dlms-decrypt -k keys --auth require <<<"$(hex_of plain)" | cosem-decode >out
  [ "$(codes out)" = not-authenticated ]
}

@test "one byte changed anywhere in a message with a tag: an error, no value" {
  sed -i 's/title=[^ ]*/title=*/' keys # or a changed title would have no key
  for security in 31 11; do
    c=$(meter-sim -n 1 --security $security | mbus-frame -o hex | grep -v '^#')
    for ((at = 0; at < ${#c}; at += 2)); do
      printf '%s%02x%s\n' "${c:0:at}" $((0x${c:at:2} ^ 0x04)) "${c:at+2}"
    done >changed
    dlms-decrypt -k keys changed | cosem-decode >out
    [ "$(wc -l <out)" -eq "$(wc -l <changed)" ]
    grep -v '"t":"error"' out | cut -c1-200
    [ "$(grep -c '"t":"error"' out)" -eq "$(wc -l <changed)" ]
    echo "counted: $(wc -l <changed) messages with one changed byte, none read" >&3
  done
}
