#!/usr/bin/env bats
# A new meter's files: from five answers, and from the file of smart-meter-mbus-dlms.
load support

KEY=36C66639E48A8CA4D6BC8B282A793BBB

# old: its file as its template has it, with comments and commas
old() {
  cat <<'END'
{
  // serial port of the M-Bus adapter
  serial: { port: "/dev/ttyUSB0", baudRate: 2400, dataBits: 8, parity: 'none', stopBits: 1, },
  decryption: { key: "36C66639E48A8CA4D6BC8B282A793BBB", },
  obis: { obisLanguage: "de", obisNameFormat: "[measurement], [measurementType]", obisNameDelimiterCharacters: ",- " },
  mqtt: {
    enabled: true, testMode: false, host: "broker.lan", port: 1883, clientId: "SmartMeter", username: "me", password: "hunter2",
    rejectUnauthorized: false, topicBase: "SmartMeter/Electricity/Main/",
    topicObisIdentifier: "name", topicIdentifierReplaceUmlauts: true,
    topicIdentifierInvalidCharsRegex: "[^a-zA-z0-9_]", topicIdentifierInvalidCharsReplacement: "",
    publishSingleJson: true, publishIndividualValues: true, includeUnitInIndividualValues: false,
    valueDateTimeFormat: "iso-local", minSecondsBetweenMessages: 0, publishIntervalSeconds: "", publishIntervalMinutes: "0, 15, 30, 45",
  },
  debug: { maxBytes: 0, maxTelegrams: 0, maxApplicationDataUnits: 1, logSerialPort: false, logTelegramRaw: false,
    logTelegramJson: false, logApduRaw: true, logApduJson: false, logApduEncryptedRaw: false, logApduDecryptedRaw: false,
    logApduCosemJson: false, logApduCosemXml: false, logObisValuesJson: false, logObisValuesPlain: false, logTimes: false, }, /* end */
}
END
}
# remarks: of the last run, a key a line
remarks() { sed -nE 's/^meterpipe: warning: [^ ]+: ([A-Za-z.]+): .*/\1/p' <<<"$output"; }

@test "import: every key of the old file is taken, or named with the reason" {
  old >default.json5
  run -0 meterpipe import default.json5 house.conf
  [ "$(remarks)" = $'obis.obisNameDelimiterCharacters\nmqtt.rejectUnauthorized\nmqtt.topicObisIdentifier\ndebug.maxApplicationDataUnits\ndebug.logApduRaw' ]
  [[ $output != *hunter2* && $output != *$KEY* ]]
  grep -v '^#' house.conf >plain
  diff plain - <<'END'
port = "/dev/ttyUSB0"
line = "2400-8E1"
keys = "house.keys"
broker = "mqtt://me@broker.lan"
password-file = "house.password"
preset = "predecessor"

[obis-mqtt]
language = "de"
name-format = "[measurement], [measurementType]"
client-id = "SmartMeter"
topic-base = "SmartMeter/Electricity/Main"
umlauts = "replace"
topic-invalid = "[^a-zA-z0-9_]"
time-format = "iso-local"
at-minutes = "0, 15, 30, 45"
END
  # Its 8N1 is explained where it is gone.
  grep -q '^# It was 2400-8N1. Wired M-Bus is 8E1 by the standard' house.conf
  [ "$(cat house.keys)" = "* $KEY" ]
  [ "$(cat house.password)" = hunter2 ]
  [ "$(stat -c %a house.conf house.keys house.password | paste -sd,)" = 644,600,600 ]
  # Nothing is overwritten, and nothing half written.
  rm house.conf
  run -74 meterpipe import default.json5 house.conf
  [[ $output == *"house.keys: is there already; nothing is written"* ]]
  [ ! -e house.conf ]
}

@test "import: what comes out publishes on the old topics" {
  old | sed 's/publishIntervalMinutes: "0, 15, 30, 45"/publishIntervalMinutes: ""/' >default.json5
  meterpipe import default.json5 house.conf 2>/dev/null
  meter-sim -n 1 -o json >sent
  (umask 077 && meter-sim --print-keys >house.keys)
  sed -i 's/^port = .*//' house.conf
  meterpipe run house.conf --set mbus-read.replay=sent --set mbus-read.speed=max --set dry-run=true >out
  grep -q $'^SmartMeter/Electricity/Main/L1SpannungMomentanwert\t23' out
  grep -q $'^SmartMeter/Electricity/Main/json\t\[{"code":"0-0:96.1.0\*255"' out
}

@test "import: variants of the file" {
  count=0
  # try SED LINE…: with that change these lines stand in ours
  try() {
    old | sed -E "$1" >v.json5
    rm -f v.conf v.keys v.password
    run -0 meterpipe import v.json5 v.conf
    for line in "${@:2}"; do
      grep -qxF -- "$line" v.conf || { echo "$1: no $line"; cat v.conf; return 1; }
    done
    count=$((count + 1))
  }
  try "s/parity: 'none'/parity: 'even'/" 'line = "2400-8E1"'
  not grep -q '8N1' v.conf
  try "s/baudRate: 2400/baudRate: 115200/" 'line = "115200-8N1"'
  try 's/stopBits: 1/stopBits: 1.5/' 'line = "2400-8E1"'
  [[ $output == *"stopBits: 1.5 stop bits are refused"* ]]
  try 's/port: 1883/port: 8883/; s/"me"/"m@e"/' 'broker = "mqtt://m%40e@broker.lan:8883"'
  try 's/testMode: false/testMode: true/' 'dry-run = true'
  try 's/enabled: true/enabled: false/' 'dry-run = true'
  try 's/publishSingleJson: true/publishSingleJson: false/; s/includeUnit(.*): false/includeUnit\1: true/' 'json = false' 'with-unit = true'
  try 's/"iso-local"/"epoch"/; s/(minSecondsBetweenMessages): 0/\1: 10/' 'time-format = "epoch-ms"' 'min-interval = "10s"'
  try 's/maxTelegrams: 0/maxTelegrams: 7/; s/(maxApplicationDataUnits): 1/\1: 0/' 'count = 7'
  try 's/username: "me", //'
  not test -e v.password
  [[ $output == *"password: not taken: there is no user"* ]]
  try 's/(testMode: false)/\1, colour: "red"/'
  [[ $output == *"mqtt.colour: is unknown here and not taken"* ]]
  try 's/key: "[0-9A-F]+"/key: "YOUR KEY"/'
  not test -e v.keys
  [[ $output == *"this is no key (32 hex digits)"*"no key in it"* ]]
  try 's/(key: "[0-9A-F]+)B"/\1"/'
  not test -e v.keys
  [[ $output == *"decryption.key: not taken: this is no key (31 in place of 32 hex digits)"* && $output != *36C6* ]]
  try 's/key: "36C66639/key: "36 C6 66 39 /'
  [ "$(cat v.keys)" = "* $KEY" ]
  # Of hex digits, too, and no key: what a generator of passwords gives.
  try 's/"hunter2"/"00FF00FF00FF00FF00FF00FF00FF00FF"/' 'password-file = "v.password"'
  [ "$(cat v.keys v.password)" = "* $KEY"$'\n00FF00FF00FF00FF00FF00FF00FF00FF' ]
  try 's/clientId: "SmartMeter"/clientId: "00FF00FF00FF00FF00FF00FF00FF00FF"/'
  [ "$(cat v.keys)" = "* $KEY" ]
  [[ $output == *"mqtt.clientId: not taken: it looks like a key"* && $output != *00FF* ]]
  try 's/"0, 15, 30, 45"/[0, 30]/' 'at-minutes = "0,30"'
  try 's/"broker.lan"/"fe80::1"/' 'broker = "mqtt://me@[fe80::1]"'
  try 's/"\[\^a-zA-z0-9_\]"/""/' 'topic-invalid = "(?!)"'
  try "s/parity: 'none'/parity: 'mark'/"
  [[ $output == *"serial.parity: is none of none, even and odd: none is written"* ]]
  try 's/maxTelegrams: 0/maxTelegrams: -7/; s/maxBytes: 0/maxBytes: "9"/' 'max-bytes = 9'
  [[ $output == *"debug.maxTelegrams: not taken: it is no whole number"* ]]
  try 's/(key: "[0-9A-F]+")/\1, authKey: "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"/'
  [ "$(cat v.keys)" = "* $KEY D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF" ]
  try 's/"SmartMeter\/Electricity\/Main\/"/"a \\"b\\" c"/' 'topic-base = "a \"b\" c"'
  [ $count -ge 14 ]
  # No JSON5, and no value of ours.
  echo '{ serial: { port: b } }' >v.json5
  rm -f v.*
  echo '{ serial: { port: b } }' >v.json5
  run -78 meterpipe import v.json5 v.conf
  [ "$output" = "meterpipe: error: v.json5:1:19: no JSON5: a value was expected, and found 'b'" ]
  old | sed 's/"iso-local"/"stardate"/' >v.json5
  run -78 meterpipe import v.json5 v.conf
  [[ $output == *'v.conf:'*': [obis-mqtt] time-format: "stardate" is none of as-is'*': 1 mistake (see meterpipe.conf(5)); nothing is written (--dry-run shows it)' ]]
  [ ! -e v.conf ] && [ ! -e v.keys ] && [ ! -e v.password ]
  run -78 meterpipe import --dry-run v.json5 v.conf
  [[ $output == *'time-format = "stardate"'*'v.conf:'*': [obis-mqtt] time-format: "stardate" is none of as-is'* ]]
  run -66 meterpipe import nowhere.json5 v.conf
}

@test "import --dry-run shows and writes nothing, no secret either" {
  old >default.json5
  run -0 meterpipe import default.json5 house.conf --dry-run
  [[ $output == *'== house.conf'*'port = "/dev/ttyUSB0"'*'.keys: not shown'*'.password: not shown'* ]]
  [[ $output != *hunter2* && $output != *$KEY* ]]
  [ "$(ls)" = default.json5 ]
}

@test "init, first, check, once, run for each Austrian preset, by answers that are piped in" {
  start_broker
  count=0
  for file in "$here"/../../operators/*.operator; do
    name=$(basename "$file" .operator)
    # All of them where there is time.
    [[ -n ${METERPIPE_THOROUGH-} || $name =~ ^(salzburg-netz|netz-burgenland|energienetze-steiermark-p1)$ ]] || continue
    grep -q '^country = "AT"' "$file" && grep -q '^simulated = \["' "$file" || continue
    meter=$(sed -nE 's/^simulated = \["([^"]+)".*/\1/p' "$file")
    read -r _ ek ak _ <<<"$(meter-sim --meter "$meter" --print-keys | sed -E 's/#.*//; s/(title|ek|ak|label)=//g')"
    grep -q '^keys = 2' "$file" || ak=
    rm -f house.* line
    printf '%s\n' "$PWD/line" "$name" "$ek" ${ak:+"$ak"} "mqtt://$host:$port" n |
      meterpipe init house.conf >said 2>&1 || { cat said; return 1; }
    not grep -qi "$ek" said
    meter-sim --meter "$meter" --period 3s --pty line 2>meter.err 3>&- &
    sim=$!
    children+=("$sim")
    wait_for test -e line
    run -0 meterpipe check house.conf
    # One of each kind of line is waited for.
    if [ -n "${METERPIPE_THOROUGH-}" ] || [ "$name" = energienetze-steiermark-p1 ]; then
      run -0 meterpipe first "$PWD/line" house.keys --operator "$name"
      [[ $output == *"port = \"$PWD/line\""* ]]
      run -0 meterpipe once house.conf -q --set allow-old=true
      # What is retained is not what run brings.
      subscribe -R -t 'meterpipe/+/json' -C 1
      start_run -q --set allow-old=true
      wait_for has_lines sub 1
      kill -TERM "$runner"
      end_run
    fi
    kill -KILL "$sim"
    count=$((count + 1))
  done
  [ $count -ge 3 ]
  [ -z "${METERPIPE_THOROUGH-}" ] || [ $count -ge 12 ]
}

@test "init: wrong answers are asked again, the end of the answers writes nothing" {
  run -0 meterpipe init house.conf <<END
/dev/ttyS9
nobody
?
tinetz

12
$KEY
broker
mqtt://me@localhost
hunter2
maybe
y
END
  [[ $output == *"there is none of this name"*"without it nothing can be read"*"this is no key"*"has no scheme"*"y or n"* ]]
  [[ $output != *hunter2* && $output != *$KEY* ]]
  [ "$(cat house.keys)" = "* $KEY" ]
  [ "$(cat house.password)" = hunter2 ]
  [ "$(stat -c %a house.conf house.keys house.password | paste -sd,)" = 644,600,600 ]
  grep -qx 'operator = "tinetz"' house.conf
  grep -qx 'discovery = true' house.conf
  run -74 meterpipe init house.conf </dev/null
  run -64 meterpipe init other.conf <<<$'/dev/x\ntinetz'
  [[ $output == *"the answers ended before the last question; nothing is written"* ]]
  [ ! -e other.conf ]
  # Nothing is ciphered: no key is asked for.
  run -0 meterpipe init czech.conf <<<$'/dev/x\negd\nmqtt://localhost\nn'
  [ ! -e czech.keys ]
  run -0 meterpipe init dry.conf --dry-run <<<$'/dev/x\n\n\nmqtt://localhost\nn'
  [[ $output == *'== dry.conf'*'line = "2400-8E1"'* ]]
  [ ! -e dry.conf ]
  run -0 meterpipe init 'my house.conf' <<<$'/dev/x\negd\nmqtt://localhost\nn'
  [[ $output == *"Next: meterpipe check 'my house.conf', meterpipe once 'my house.conf', meterpipe run 'my house.conf'" ]] || { echo "$output"; return 1; }
}

@test "init: where it may not write it says so before it asks" {
  run -66 meterpipe init nowhere/house.conf </dev/null
  [[ $output == "meterpipe: error: nowhere/: No such file or directory" ]] || { echo "$output"; return 1; }
  [ "$(id -u)" -eq 0 ] || skip "needs root"
  [ ! -e /etc/meterpipe/house.conf ] || skip "there is a meter house here"
  somebody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
  "${somebody[@]}" test -x "$METERPIPE_BIN/meterpipe" || skip "others may not run the programs here"
  status=0
  "${somebody[@]}" "$METERPIPE_BIN/meterpipe" init house </dev/null >out 2>err || status=$?
  [ "$status" -eq 77 ]
  said 'only root may write there: sudo meterpipe, or a file of your own: ./house.conf'
  [ ! -s out ]
}

@test "init: on a full disk nothing is left" {
  [ -z "${METERPIPE_COUNTED-}" ] || skip "the counters are files, too"
  run -74 bash -c 'ulimit -f 0; meterpipe init house.conf' <<<$'/dev/x\negd\nmqtt://localhost\nn'
  [[ $output == *"house.conf: File too large"* ]]
  [ ! -e house.conf ]
}

@test "log: what comes off the line, and nothing else" {
  start_meter
  settings
  meterpipe log house.conf --log kept >out 2>err 3>&- &
  runner=$!
  children+=("$runner")
  wait_for has_lines kept 2
  [ "$(pgrep -P "$runner" | wc -l)" -eq 2 ]
  kill -TERM "$runner"
  end_run
  [ "$status" -eq 143 ]
  [ ! -s out ]
  mbus-frame kept | dlms-decrypt -k keys | cosem-decode -n 1 -o text | grep -q 'Active energy import'
  run -78 meterpipe log house.conf
  [[ $output == *'log: is missing: log = "FILE"'* ]]
  # Nothing else would come of it.
  run -66 meterpipe log house.conf --log nowhere/kept
  [[ $output == *'nowhere/kept: No such file or directory'* ]]
}
