# All simulated meters at one go, in few starts of the tools. They are in PATH.

# play_all OPTION…: what each of them sends and says that it encoded, in sent/NAME and truth/NAME; the
# keys of all in the file "keys", the names in $meters (all, unless it names some)
play_all() {
  local meter
  [[ ${meters-} ]] || mapfile -t meters < <(meter-sim --list-meters | cut -d' ' -f1)
  mkdir -p sent truth
  (umask 077 && : >keys)
  for meter in "${meters[@]}"; do
    meter-sim --meter "$meter" --print-keys >>keys
    meter-sim --meter "$meter" --truth "truth/$meter" "$@" >"sent/$meter"
  done
}

# read_all: what the filters make of sent/NAME, in readings/NAME
read_all() {
  mkdir -p readings
  mbus-frame sent/* | dlms-decrypt -q -k keys | cosem-decode |
    awk -F'"src":"' '{ name = $2; sub(/".*/, "", name); print >("readings/" name) }'
}

# Those that speak DLMS or P1, by name.
dlms_meters() { meter-sim --list-meters | cut -d' ' -f1 | grep -vE '^(mbus-.*|sml-.*|readout-.*|amis)$'; }
