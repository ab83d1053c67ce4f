#!/usr/bin/env bats
# What is said of a start inside a message, of a program that is missing in the pipe, and of files from
# which nothing could be read.

bats_require_minimum_version 1.5.0

setup() {
  PATH=${METERPIPE_BUILD:?folder of the built tools}:$PATH
  cd "$BATS_TEST_TMPDIR" || return 1
}

bytes_of() { meter-sim --meter "$1" -n 4 --security none -o bin; }
codes() { jq -r '.t + (if .start then " start" else "" end)' | uniq | tr '\n' ' '; }

@test "a start inside a message: marked, one remark, no trouble, and every message behind it" {
  count=0
  for meter in kaifa-salzburg kaifa-evn e450-swiss kaifa-norway sagemcom-t210d; do
    bytes_of $meter >whole
    mbus-frame -i bin -q whole >want
    [ "$(wc -l <want)" -eq 4 ]
    size=$(($(wc -c <whole) / 4))
    for part in 3 17 40 75 95; do
      tail -c +$((size * part / 100 + 2)) whole >cut
      run -0 --separate-stderr mbus-frame --strict -i bin - <cut
      [ "$(jq -r 'select(.t == "apdu").hex' <<<"$output")" = "$(tail -n 3 want | jq -r .hex)" ]
      [ "$(jq -c 'select(.t == "error") | .start' <<<"$output" | sort -u)" = true ]
      [[ $stderr =~ ^mbus-frame:\ info:\ stdin:\ begins\ inside\ a\ message:\ [0-9]+\ bytes\ before\ the\ first\ whole\ one$ ]]
      mbus-frame -q -i bin <cut >records
      dlms-decrypt --strict records | cosem-decode --strict >readings
      [ "$(codes <readings)" = "error start reading " ]
      obis-mqtt --strict --allow-old --dry-run readings >published 2>said
      [ ! -s said ] || { cat said; return 1; }
      ! grep -q error published
      cosem-decode -o text records >text 2>said
      [ ! -s said ]
      mbus-frame -i bin -o hex <cut >hex 2>said
      [ "$(wc -l <said)" -eq 1 ]
      count=$((count + 1))
    done
  done
  echo "counted: $count starts inside a message, three messages behind each" >&3
}

@test "behind the start an error is one, and a start that no message follows, too" {
  bytes_of kaifa-salzburg >whole
  size=$(($(wc -c <whole) / 4))
  { tail -c +100 whole | head -c $((size - 99)); printf 'noise'; tail -c $size whole; } >noisy
  run -65 --separate-stderr mbus-frame --strict -i bin - <noisy
  [ "$(codes <<<"$output")" = "error start error apdu " ] || { codes <<<"$output"; return 1; }
  head -c 150 whole | tail -c 90 >part
  run -65 --separate-stderr mbus-frame --strict -i bin - <part
  [ "$(codes <<<"$output")" = "error start " ]
  printf '%s\n' "$output" >records
  run -65 obis-mqtt --dry-run --strict records
  # A first message that begins and does not end is lost, and that is no start.
  meter-sim --meter kaifa-salzburg -n 3 --security none -o hex | mbus-frame --frames |
    jq -r 'select(.t == "frame").hex' | sed 2d >lost
  run -65 --separate-stderr mbus-frame -q --strict - <lost
  [ "$(codes <<<"$output")" = "error apdu " ] || { codes <<<"$output"; return 1; }
  # The same source twice: it begins once.
  { cat noisy; cat noisy; } | mbus-frame -q -i bin >twice
  [ "$(jq -c 'select(.start)' twice | wc -l)" -le 2 ]
}

@test "a program that is missing in the pipe is named" {
  meter-sim -n 1 -o hex >wire
  run -0 bash -c 'mbus-frame wire | cosem-decode'
  [ "$(jq -r '.code + ": " + .text' <<<"$output")" = \
    "no-key: ciphered: is dlms-decrypt, with a key for it, in the pipe before this program?" ]
  for meter in kaifa-salzburg e450-swiss; do
    bytes_of $meter >frames
    for tool in dlms-decrypt cosem-decode; do
      run -0 bash -c "xxd -p -c 100000 frames | $tool"
      [ "$(jq -r .code <<<"$output")" = not-dlms ]
      [[ $(jq -r .text <<<"$output") == *"is mbus-frame in the pipe?" ]]
    done
  done
}

@test "files from which nothing could be read: 65 and one line; empty ones, and answers of others, are not" {
  meter-sim -n 1 | mbus-frame >apdu
  meter-sim -n 1 >hex
  echo "Dear operator, please send the key." >prose
  head -c 300 /dev/zero | tr '\0' 'U' >junk
  run -65 --separate-stderr dlms-decrypt apdu
  [ "$stderr" = "dlms-decrypt: error: apdu: nothing in it could be read, first no-key: ciphered and there is no key for it: give one with --keys, for its title or for any" ]
  run -65 --separate-stderr mbus-frame prose
  [ "${stderr_lines[-1]}" = "mbus-frame: error: prose: nothing in it could be read" ]
  run -65 --separate-stderr mbus-frame -q prose -i bin junk
  [[ ${stderr_lines[-1]} == "mbus-frame: error: 2 files: nothing in it could be read, first noise: "* ]]
  run -65 --separate-stderr cosem-decode apdu
  # Something good is enough, and so is standard input, whatever it holds.
  run -0 mbus-frame prose hex
  run -0 dlms-decrypt - <apdu
  : >empty
  printf '\n# a comment\n\n' >comment
  for tool in mbus-frame dlms-decrypt cosem-decode; do
    run -0 --separate-stderr $tool empty comment
    [ -z "$output$stderr" ]
  done
  echo 68161668080172785634122448010200000000040312345678fa16 >heat
  meter-sim --list-meters >/dev/null
  printf '%s\n' '{"v":1,"t":"mbus","id":"12345678"}' '{"v":1,"t":"weather"}' >others
  run -0 cosem-decode others
}

@test "an option's value: none, an empty one, two, one too many, in words of ours" {
  meter-sim -n 1 | mbus-frame >apdu
  meter-sim --print-keys >keys
  chmod 600 keys
  # What stands behind "=" is the value, also where that is nothing: no word behind it is taken for it.
  for words in "--keys=" "--keys ''" "-k ''" "--counter-state="; do
    run -64 --separate-stderr timeout 20 bash -c "dlms-decrypt $words apdu </dev/null"
    [[ $stderr == "dlms-decrypt: error: --"*": the name of a file is missing (see dlms-decrypt --help)" && -z $output ]] || { echo "$words: $stderr"; return 1; }
  done
  run -64 --separate-stderr dlms-decrypt -k keys --auth= apdu
  [ "$stderr" = "dlms-decrypt: error: --auth: '' is none of check|require|ignore (see dlms-decrypt --help)" ]
  dlms-decrypt -k keys apdu | cosem-decode >reading
  run -0 --separate-stderr obis-mqtt -q --dry-run --no-json --topic 't/{name}' --topic-invalid '[ a]' --topic-replacement= reading
  [[ $output == *t/VoltgeL1* ]]
  run -0 --separate-stderr dlms-decrypt --keys=keys -- apdu
  run -64 --separate-stderr mbus-frame -o hex -o json apdu
  [ "$stderr" = "mbus-frame: error: --output stands more than once, and takes one value (see mbus-frame --help)" ]
  run -64 --separate-stderr mbus-frame apdu --gap
  [ "$stderr" = "mbus-frame: error: --gap: its value is missing (TIME) (see mbus-frame --help)" ]
  run -64 --separate-stderr mbus-frame apdu --quiet=hunter2
  [ "$stderr" = "mbus-frame: error: --quiet takes no value (see mbus-frame --help)" ]
  run -64 --separate-stderr obis-mqtt --dry-run --error-topic off reading
  [[ $stderr == "obis-mqtt: error: --error-topic: off is for --stats-topic and --bridge-topic alone (see"* ]]
  run -64 --separate-stderr obis-mqtt --dry-run --json-topic off reading
  [[ $stderr == *": --no-json leaves readings out (see"* ]]
  run -0 obis-mqtt -q --dry-run --stats-topic off --bridge-topic off reading
  run -64 meter-doctor -p /dev/none --time 0
  [[ $output == *"--time: longer than 0"* ]]
}

@test "an option that would do nothing where it stands is a mistake" {
  count=0
  # says WORDS… -- TEXT
  says() {
    run -64 --separate-stderr "${@:1:$#-1}" </dev/null
    [[ $stderr == "$1: error: ${*: -1} (see $1 --help)" ]] || { echo "$stderr"; return 1; }
    count=$((count + 1))
  }
  says cosem-decode --xml gurux "--xml: only with -o xml"
  says cosem-decode -o tree --xml gurux "--xml: only with -o xml"
  says cosem-decode -o text --keep apdu "--keep: only with -o json"
  says meter-sim -n 1 --fault-share 0.5 "--fault-share says nothing without --fault"
  says meterpipe operators salzburg "operators: 'salzburg' is none of those that \`meterpipe operators\` lists: did you mean salzburg-netz?"
  says meterpipe first none --log kept "--log: first has none"
  says meterpipe units house --set line=9600-8N1 "--set: units has none"
  says meterpipe units house --operator tinetz "--operator: units has none"
  says meterpipe init house --log-size 2000 "--log-size: init has none"
  says meterpipe check house --timeout 5s "--timeout: check has none"
  says meterpipe run house --dry-run "--dry-run: run has none"
  [ $count -eq 11 ]
}

@test "what is of another step of the pipe is said, and not left out without a word" {
  meter-sim --meter aidon-norway -n 3 | mbus-frame | cosem-decode >readings
  run -0 --separate-stderr cosem-decode -o text readings
  [ "$stderr" = "cosem-decode: warning: readings: a reading is decoded already and left out: only -o json passes it on" ]
  run -0 --separate-stderr cosem-decode readings
  [ -z "$stderr" ] && [ "$output" = "$(cat readings)" ]
  # Hex is hex, with blanks, too.
  echo '68 66 66 68 53 ff' >hex
  run -0 --separate-stderr obis-mqtt --dry-run hex
  [ "$stderr" = "obis-mqtt: error: hex:1: 6 bytes of hex where a reading was expected, as JSON (cosem-decode makes it)" ]
  echo '68 66 6' >hex
  run -0 --separate-stderr obis-mqtt --dry-run hex
  [[ $stderr == "obis-mqtt: error: hex:1: column 1: 5 hex digits, an even number was expected;"* ]]
  # Who can wait for a port says so, and who cannot does not.
  run -66 mbus-read -p ./none
  [[ $output == *"mbus-read --list shows those there are; --wait waits for it" ]]
  run -66 mbus-poll -p ./none -m 5
  [[ $output == *"--wait waits for it" ]]
  run -66 meter-doctor -q -p ./none
  [[ $output == *"shows those there are" ]]
}
