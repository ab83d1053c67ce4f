#!/usr/bin/env bats
# Files of settings: what is wrong in them, what comes of them, and what goes before what.
load support

# words FILE PROGRAM [OPTION…]: the command line of a program of a run, as the kernel has it
words() {
  local file=$1 program=$2
  shift 2
  meterpipe run "$file" "$@" 2>err 3>&- 5>&- >out &
  runner=$!
  children+=("$runner")
  wait_for stage "$program" >/dev/null
  tr '\0' ' ' <"/proc/$(stage "$program")/cmdline"
  kill -TERM "$runner"
  local status
  ends "$runner"
}

@test "a table of mistakes: each with line, column, key, what was found and what is allowed" {
  # Each costs the start of a dozen programs: a third of them, and all where there is time.
  count=0 rows=0
  while IFS= read -r row; do
    [[ $row == *"  =>  "* ]] || continue
    rows=$((rows + 1))
    [ -n "${METERPIPE_THOROUGH-}" ] || [ $((rows % 3)) -eq 0 ] || continue
    text=${row%%  =>  *} want=${row#*  =>  }
    printf '%s\n' "${text//'\n'/$'\n'}" >f.conf
    run -78 meterpipe check f.conf --set port=/dev/none
    # shellcheck disable=SC2053
    [[ ${lines[0]} == $(pattern "meterpipe: error: f.conf:$want") && ${#lines[@]} -eq 2 &&
      ${lines[1]} == "meterpipe: error: f.conf: 1 mistake (see meterpipe.conf(5))" ]] ||
      { printf '%s\nwant: %s\n%s\n' "$text" "$want" "$output"; return 1; }
    [[ $output != *hunter2* && ${output//[^0-9a-f]/} != *00112233445566778899aabbccddeeff* ]]
    count=$((count + 1))
  done <"$here/bad.table"
  echo "# $count of $rows files" >&3
  [ "$rows" -ge 60 ] && [ "$count" -ge 20 ]
}
# All but the star as it stands.
pattern() {
  local text
  printf -v text '%q' "$1"
  printf '%s' "${text//'\*'/*}"
}

@test "all mistakes of a file are said at once, those of the programs too" {
  printf 'prot = "a"\nport = 5\n[obis-mqtt]\nqueue = "x"\n' >f.conf
  run -78 meterpipe run f.conf
  [ "${#lines[@]}" -eq 4 ]
  [ "${lines[3]}" = "meterpipe: error: f.conf: 3 mistakes (see meterpipe.conf(5))" ]
  printf 'port = "a"\nline = "x"\nbroker = "x"\n[mbus-frame]\ngap = "x"\n' >f.conf
  run -78 meterpipe run f.conf
  [ "${#lines[@]}" -eq 4 ]
  [[ ${lines[0]} == "meterpipe: error: f.conf:2:8: line: "* ]]
  [[ ${lines[1]} == "meterpipe: error: f.conf:3:10: broker: "* ]]
  [[ ${lines[2]} == "meterpipe: error: f.conf:5:7: [mbus-frame] gap: 'x' is no duration"* ]]
  # Those of the file hide none of the programs, and one of a program none of its others.
  printf 'prot = "a"\nline = "2400-9E1"\noperator = "wiener"\n[nowhere]\na = 1\n[obis-mqtt]\nclock-limit = "x"\nqueue = "many"\npower-limit = "x"\n' >f.conf
  run -78 meterpipe run f.conf
  [ "$(sed -nE 's/^meterpipe: error: f.conf:([0-9:]+): .*/\1/p' <<<"$output" | xargs)" = "1:1 2:8 3:12 4:2 7:15 8:9 9:15" ] || { echo "$output"; return 1; }
  [[ ${lines[1]} == *": line: '2400-9E1': data bits must be 5, 6, 7 or 8" ]]
  # What is wrong beside a value that is wrong may be for that.
  printf 'port = "a"\nbroker = "x"\nca = "c"\n' >f.conf
  run -78 meterpipe run f.conf
  [ "${#lines[@]}" -eq 2 ]
  printf 'port = "tcp://host"\n' >f.conf
  run -78 meterpipe run f.conf
  [[ ${lines[0]} == "meterpipe: error: f.conf:1:8: port: 'tcp://host': the port's number is missing"* ]]
  printf 'port = "localhost:3333"\n' >f.conf
  run -78 meterpipe run f.conf
  [[ ${lines[0]} == "meterpipe: error: f.conf:1:8: port: 'localhost:3333' is no path of a port: tcp://localhost:3333?" ]]
  : >f.conf
  run -78 meterpipe once f.conf
  [[ ${lines[0]} == 'meterpipe: error: f.conf: port: is missing: port = "/dev/ttyUSB0"'* ]]
}

@test "a file that is none: 66, 77, 78, and which" {
  run -66 meterpipe check nowhere.conf
  [ "$output" = "meterpipe: error: nowhere.conf: there is no such file: meterpipe init nowhere.conf makes it" ]
  run -66 meterpipe check nobody
  [ "$output" = "meterpipe: error: /etc/meterpipe/nobody.conf: there is no such file: meterpipe init nobody makes it" ]
  mkdir folder.conf
  run -78 meterpipe check folder.conf
  head -c 2000000 /dev/zero >zero.conf
  run -78 meterpipe check zero.conf
  [[ $output == *"more than 1 MiB"* ]]
  head -c 2000 /dev/urandom >random.conf
  run -78 meterpipe check random.conf
}

@test "the command line goes before a section, a section before what stands for all, that before defaults" {
  : >keys
  printf '%s\n' 'port = "none"' 'verbose = 1' 'no-fcs = true' 'stats = "1m"' 'only = ["1.8.0", "2.8.0"]' \
    'at-minutes = [0, 30]' 'retain = false' 'broker = "mqtt://127.0.0.1:9"' 'silence = 90' \
    '[mbus-frame]' 'verbose = 0' 'stats = false' '[mbus-read]' 'verbose = 2' >f.conf
  [ "$(words f.conf mbus-read)" = "mbus-read --no-fcs --port=none --silence=90 --stats=1m --verbose --verbose --wait " ]
  [ "$(words f.conf mbus-frame)" = "mbus-frame --no-fcs " ]
  [ "$(words f.conf cosem-decode)" = "cosem-decode --only=1.8.0 --only=2.8.0 --stats=1m --verbose " ]
  [ "$(words f.conf obis-mqtt)" = "obis-mqtt --at-minutes=0,30 --broker=mqtt://127.0.0.1:9 --client-id=meterpipe-f --no-retain --stats=1m --verbose " ]
  [ "$(words f.conf mbus-frame --set mbus-frame.gap=5s --set stats=true -q)" = "mbus-frame --gap=5s --no-fcs --quiet --stats " ]
  [ "$(words f.conf cosem-decode --set verbose=0 --set 'only=["1.7.0"]' --set cosem-decode.stats=false)" = "cosem-decode --only=1.7.0 " ]
  [ "$(words f.conf obis-mqtt --set client-id=me --set topic-base='a b/c' --set at-minutes=15)" = \
    "obis-mqtt --at-minutes=15 --broker=mqtt://127.0.0.1:9 --client-id=me --no-retain --stats=1m --topic-base=a b/c --verbose " ]
}

@test "what is part of another option goes before none that stands by itself" {
  printf 'port = "x"\nevery = "15m"\ntries = 2\n[mbus-read]\nreadout = true\ntimeout = "3s"\n' >f.conf
  [ "$(words f.conf obis-mqtt | grep -o -- '--every=15m')" = --every=15m ]
  run -0 words f.conf mbus-read
  [[ $output == *"--readout"*"--timeout=3s --tries=2"* && $output != *--every* ]]
  printf '[mbus-read]\nport = "x"\nreadout = true\nevery = "5m"\n' >f.conf
  [[ $(words f.conf mbus-read) == *--every=5m* ]]
}

@test "--set: mistakes like those of a file" {
  echo 'port = "-"' >f.conf
  run -78 meterpipe check f.conf --set lin=1
  [ "${lines[0]}" = "meterpipe: error: --set lin: lin: there is no such key: did you mean line?" ]
  run -78 meterpipe check f.conf --set obis-mqt.qos=1
  [[ ${lines[0]} == *"[obis-mqt]: there is no such section"* ]]
  run -78 meterpipe check f.conf --set line=x
  [[ ${lines[0]} == "meterpipe: error: --set line: line: 'x'"* ]]
  run -64 meterpipe check f.conf --set line
  [[ $output == *"--set: 'line' is no KEY=VALUE"* ]]
  # What looks like a number and is a text.
  [[ $(words f.conf dlms-decrypt --set port=none --set system-title=5341470500000000) == *" --system-title=5341470500000000 "* ]]
  run -78 meterpipe check f.conf --set line=9600
  [[ ${lines[0]} == "meterpipe: error: --set line: line: '9600': expected '-' and data bits"* ]]
  run -78 meterpipe check f.conf --set count=1 --set wait=2
  [[ $output == *"count: means something else in each program"* ]]
}

@test "files are meant from where the file is, and only they" {
  mkdir -p etc
  printf 'port = "-"\nkeys = "sub/k"\nspool = "/var/tmp/meterpipe-s"\nlog = "l"\nprofile = ["kaernten", "./p", "auto"]\n' >etc/f.conf
  mkdir etc/sub && (umask 077; : >etc/sub/k) && cp "$here/../../profiles/kaernten.profile" etc/p
  run -74 meterpipe check etc/f.conf --set broker=mqtt://127.0.0.1:9
  [[ ${lines[2]} == "keys    ok      etc/sub/k can be read"* ]]
  # Of several brokers each is greeted.
  run -74 meterpipe check etc/f.conf --set 'broker=["mqtt://127.0.0.1:9", "mqtt://127.0.0.1:10"]'
  [ "${lines[3]}" = 'files   ok      etc/l, /var/tmp/meterpipe-s can be written' ]
  [[ ${lines[4]} == "broker  broken  mqtt://127.0.0.1:9: "* && ${lines[5]} == "broker  broken  mqtt://127.0.0.1:10: "* ]]
  printf 'port = "-"\nkeys = "nowhere/k"\n' >etc/f.conf
  run -66 meterpipe check etc/f.conf
  [[ $output == *"broken  etc/nowhere/k: No such file"* ]]
  printf 'port = "-"\nprofile = "nowhere"\n' >etc/f.conf
  run -78 meterpipe check etc/f.conf
  [[ ${lines[0]} != *"etc/nowhere"* ]]
  printf 'port = "-"\nprofile = "no/where"\n' >etc/f.conf
  run -78 meterpipe check etc/f.conf
  [[ ${lines[0]} == *"etc/f.conf:2:11: profile: etc/no/where: No such file"* ]]
}

@test "every program says what can be set of it, and checks without doing anything" {
  for program in mbus-read mbus-frame dlms-decrypt cosem-decode obis-mqtt meterpipe meter-sim; do
    "$program" --describe-options >described
    [ "$(wc -l <described)" -ge 5 ]
    # Those of --help, but for help and version.
    "$program" --help | sed -nE 's/^  (-.,)?--([a-z0-9-]+).*/\2/p' | grep -vxE 'help|version' | sort >want
    cut -f1 described | sort | diff - want
    # Four columns, a known kind.
    awk -F'\t' 'NF != 4 || $2 !~ /^(flag|toggle|count|text|number|list|choice|flag-or-time)$/ || $4 == "" { exit 1 }' described
  done
  run -0 mbus-read --check-options -p /dev/nowhere --line 9600-8N1
  [ -z "$output" ]
  run -64 mbus-read --check-options -p /dev/nowhere --line x
  run -0 obis-mqtt --check-options --broker mqtt://127.0.0.1:9 --spool made
  [ ! -e made ]
}

@test "the example that is installed has no mistake, nor have the examples in its comments" {
  example=$here/../../man/examples/meterpipe.conf
  # What is in it is whole; the port alone is not there.
  run -66 meterpipe check "$example" --set port=/dev/nowhere --set broker=mqtt://127.0.0.1:9
  [[ ${lines[0]} == "file    ok "* ]]
  sed -E 's/^#([a-z-]+ = )/\1/' "$example" | awk '!/^[a-z]/ || !seen[$1]++' >all.conf
  [ "$(grep -c '^[a-z].* = ' all.conf)" -ge 10 ]
  run -66 meterpipe check all.conf --set port=/dev/nowhere --set broker=mqtt://me@127.0.0.1:9
  [[ ${lines[0]} == "file    ok "* ]]
}

@test "a file that is written is nobody else's, and not written" {
  echo hunter2 >pw
  : >keys
  chmod 600 pw keys
  # rejected LINE WORDS…: the first mistake, of the line behind the others
  rejected() {
    printf '%s\n' 'port = "-"' 'keys = "keys"' 'broker = "mqtt://me@localhost"' 'password-file = "pw"' "$1" >f.conf
    run -78 meterpipe run f.conf
    [ "${lines[0]}" = "meterpipe: error: f.conf:5:$2" ] && [ "${#lines[@]}" -eq 2 ] || { echo "$output"; return 1; }
  }
  rejected 'log = "keys"' '7: log: it is that of keys, too: give it a file of its own'
  rejected 'spool = "./keys"' '9: spool: it is that of keys, too: give it a file of its own'
  rejected 'spool = "pw"' '9: spool: it is that of password-file, too: give it a file of its own'
  rejected 'log = "f.conf"' '7: log: it is that of these settings, too: give it a file of its own'
  printf '%s\n' 'spool = "s"' 'metrics = "s"' 'port = "-"' >f.conf
  run -78 meterpipe check f.conf --log s
  [ "$(grep -c 'give it a file of its own' <<<"$output")" -eq 2 ]
  [ "$(cat pw)" = hunter2 ] && [ ! -s keys ] && [ ! -e s ]
  echo '{"v":1,"t":"reading","meter":"A","values":[]}' >in
  run -64 obis-mqtt --broker "mqtt://me@$host:9" --password-file pw --spool pw in
  [[ $output == *"--spool: pw is a password or a certificate: give it a file of its own"* ]]
}
