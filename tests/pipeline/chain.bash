# What the tests of the three filters share: a meter's messages in every form, and short words to look
# at what comes out.

bats_require_minimum_version 1.5.0
load ../support/wait

setup_file() {
  PATH=${METERPIPE_BUILD:?folder of the built tools}:$PATH
  cd "$BATS_FILE_TMPDIR" || return 1
  umask 077
  meter-sim --print-keys >keys
  meter-sim --security 31 --print-keys >both # with an AK
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
  cp "$BATS_FILE_TMPDIR"/{keys,both,hex,bin,apdu,plain,reading} .
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
