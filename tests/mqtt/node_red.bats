#!/usr/bin/env bats
# Node-RED as a consumer that nobody here wrote: its mqtt-in nodes tell by themselves what a payload is.
load support

# install_node_red: from npm, into the cache of this user; its program to $node_red
install_node_red() {
  local folder=${XDG_CACHE_HOME:-$HOME/.cache}/meterpipe/node-red-3.1.15
  node_red=$folder/node_modules/.bin/node-red
  [ -x "$node_red" ] && return
  mkdir -p "$folder"
  npm install --prefix "$folder" --no-audit --no-fund --omit=dev node-red@3.1.15 >npm.log 2>&1 || {
    tail -n 20 npm.log
    return 1
  }
}

# start_node_red: what it takes for a payload goes to "taken", as {"topic":…,"type":…,"payload":…}
start_node_red() {
  # No id may be a word that stands as a value somewhere: Node-RED takes it for a reference.
  jq -n --arg host $host --arg port "$port" --arg file "$PWD/taken" '[
    {id: "n0", type: "tab", label: "meters"},
    {id: "n1", type: "mqtt-broker", broker: $host, port: $port, clientid: "nodered", autoConnect: true,
     protocolVersion: "4", keepalive: "60", cleansession: true},
    {id: "n2", type: "mqtt in", z: "n0", topic: "#", qos: "1", datatype: "auto-detect", broker: "n1",
     inputs: 0, wires: [["n3"]]},
    {id: "n3", type: "function", z: "n0", outputs: 1, wires: [["n4"]], func:
     "msg.payload = JSON.stringify({topic: msg.topic, type: Buffer.isBuffer(msg.payload) ? \"buffer\" : Array.isArray(msg.payload) ? \"array\" : msg.payload === null ? \"null\" : typeof msg.payload, payload: msg.payload}); return msg;"},
    {id: "n4", type: "file", z: "n0", filename: $file, filenameType: "str", appendNewline: true,
     overwriteFile: "false", encoding: "utf8", wires: [[]]}]' >flows.json
  mkdir user
  echo 'module.exports = { uiHost: "127.0.0.1", httpAdminRoot: false, logging: { console: { level: "warn" } } }' >user/settings.js
  "$node_red" --userDir user --port "$(free_port)" flows.json >node-red.log 2>&1 3>&- 5>&- &
  children+=($!)
  wait_for said 'Sending SUBACK to nodered' broker.log || { cat node-red.log; return 1; }
}

make_readings() {
  local meter
  for meter in kaifa-salzburg e450-burgenland am550-kaernten e570-swiss kaifa-norway-18; do
    (umask 077 && "$METERPIPE_BIN/meter-sim" --meter $meter --print-keys >>keys)
    "$METERPIPE_BIN/meter-sim" --meter $meter -n 5 --start now -o json | "$METERPIPE_BIN/mbus-frame"
  done >apdus
  "$METERPIPE_BIN/dlms-decrypt" -k keys apdus | "$METERPIPE_BIN/cosem-decode" >readings
  [ "$(jq -c 'select(.t == "reading")' readings | wc -l)" = 25 ]
}

@test "numbers are numbers, JSON is JSON" {
  [ -n "${METERPIPE_THOROUGH-}" ] || skip "METERPIPE_THOROUGH"
  command -v npm >/dev/null || skip "npm is not installed (scripts/bootstrap --all)"
  install_node_red || return 1
  make_readings
  start_broker
  start_node_red
  run -0 publish --discovery --stats-topic 'meterpipe/{meter}/stats' --client-id values readings
  run -0 publish --preset json --topic 'objects/{meter}/{obis}' --bridge-topic off readings
  mosquitto_pub -h $host -p "$port" -q 1 -t test/end -m end
  wait_for said '"test/end"' taken
  # Numbers, as the record has them. A plain payload does not say that it is a text: of a meter's number
  # that is all digits Node-RED makes a number.
  values='select(.t == "reading") | .meter as $meter | .values[] | select(.obis and .value != null)'
  jq -c "$values"' | select((.value | type) == "number" or (.value | type == "string" and test("^[1-9][0-9]*$"))) |
    ["meterpipe/\($meter)/\(.obis)", (.value | tonumber)]' readings | sort >want
  # Of hex it does the same where it looks like a number: 0e281e00 is a time of day.
  jq -r 'select(.t == "reading") | .meter as $meter | .values[] | select(.obis and .value == null and .hex) |
    "\"meterpipe/\($meter)/\(.obis)\","' readings | sort -u >in.hex
  [ -s in.hex ]
  jq -c 'select(.type == "number" and (.topic | startswith("meterpipe/"))) | [.topic, .payload]' taken |
    sort | grep -vFf in.hex >got
  diff want got
  # In objects a text is a text.
  jq -c 'select(.t == "reading") | .meter as $meter | .values[] | select(.obis and (.value // .hex)) | ["objects/\($meter)/\(.obis)", (.value // .hex)]' readings | sort >want.objects
  jq -c 'select(.topic | test("^objects/[^/]*/[0-9]+-[0-9]+:[0-9.]+$")) | [.topic, .payload.value]' taken | sort | diff want.objects -
  # Each topic that is JSON is an object, and the whole reading is the record.
  not eval "jq -e 'select((.topic | test(\"/(json|config|stats|diagnostics|error|quarantine)$|^objects/\")) and .type != \"object\")' taken"
  jq -cS 'select(.topic | test("^meterpipe/.*/json$")).payload' taken | sort >got.readings
  jq -cS 'select(.t == "reading")' readings | sort | diff - got.readings
  # No number in words, nothing that is no text.
  not eval "jq -e 'select(.type == \"buffer\" or (.type == \"string\" and (.payload | test(\"^-?[0-9.]+\$\"))))' taken"
  echo "# counted: Node-RED took $(wc -l <taken) messages: $(wc -l <got) values as numbers," \
    "$(jq -c 'select(.type == "object")' taken | wc -l) as objects," \
    "$(jq -c 'select(.type == "string")' taken | wc -l) as text" >&3
  [ "$(wc -l <got)" -ge 200 ]
}
