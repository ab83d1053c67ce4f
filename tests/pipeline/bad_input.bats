#!/usr/bin/env bats
# The filters on bad input: what is said, where, with which status; and that no good message is lost
# before or behind it.

bats_require_minimum_version 1.5.0
load chain

# ---- the bytes

@test "noise between messages and before them: one error each, in its place, no message lost" {
  h=$(cat hex)
  { echo 00ff68aa; echo "$h"; echo e6e6e6; echo "${h}5a"; echo "$h"; } >in
  mbus-frame in >out 2>err
  [ "$(cat err)" = "mbus-frame: info: in: begins inside a message: 4 bytes before the first whole one" ]
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
  cosem-decode <cuts >out
  [ "$(grep -c '"t":"error"' out)" -eq "$(wc -l <cuts)" ]
  [ "$(wc -l <out)" -eq "$(wc -l <cuts)" ]
  for ((at = 2; at < ${#c}; at += 10)); do echo "${c:0:at}"; done >cuts
  dlms-decrypt -k keys cuts | cosem-decode >out
  [ "$(grep -c '"t":"error"' out)" -eq "$(wc -l <cuts)" ]
  [ "$(wc -l <out)" -eq "$(wc -l <cuts)" ]
}

# ---- the lines

@test "a record of a log that cannot be played again is an error in its place" {
  run -0 --separate-stderr mbus-read --replay - <<'IN'
{"v":1,"t":"bytes","src":"a","seq":1,"hex":"e5"}
{"v":1,"t":"bytes","src":"a","seq":2,"hex":"e"}
{"v":1,"t":"bytes","src":"a","seq":3,"hex":"e5"}
IN
  [ "$(jq -r '.t' <<<"$output" | tr '\n' ' ')" = "bytes error bytes " ]
}

@test "raw bytes without end are no APDU, and not gathered without end" {
  for tool in dlms-decrypt cosem-decode; do
    run -65 $tool -i bin < <(head -c 17000000 /dev/zero)
    [ "$output" = "$tool: error: stdin: more than 16 MiB of raw bytes are no APDU" ]
  done
}

@test "half hex and no hex: the line, the column and the character; the lines around are read" {
  for tool in "${filters[@]}"; do
    good=$(hex_of "$(good_for $tool)")
    { echo "$good"; echo "68 0"; echo "68 fa fa 68 6x"; echo "$good"; } >in
    # shellcheck disable=SC2046
    $tool $(keys_for $tool) <in >out 2>err
    [ ! -s err ]
    [ "$(wc -l <out)" -eq 4 ]
    [ "$(sed -n '2,3p' out | jq -r '[.t, .by, .code, .src] | join(" ")')" = "error $tool bad-record stdin
error $tool bad-record stdin" ]
    texts out | sed -n 1p | grep -qE '^line 2: column 4: 1 hex digits?, an even number was expected: 68 0$'
    [ "$(texts out | sed -n 2p)" = "line 3: column 14: 'x' is no hex digit: 68 fa fa 68 6x" ]
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
      split("68 fa fa 68 zz,{\"v\":1,{\"v\":1;\"t\":\"bytes\"},6806066853ff100167aa7516,0ff0,123", bad, ",")
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
  dlms-decrypt -k both in2 >out2 2>err
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
