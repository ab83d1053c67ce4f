#!/usr/bin/env bash
# Holds the map of the layers: which folder below lib/ may include which, and which folder sees which
# outside library. Prints what breaks it; counts what it looked at.
#
#   tests/layers.sh SOURCE
set -eu
cd "$1"

# folder: folders whose headers it may include, besides its own; a folder comes behind those it may
# include
allowed() {
  case $1 in
    # bytes to values
    base) echo "" ;;
    json) echo "base" ;;
    axdr) echo "base" ;;
    apdu) echo "base axdr" ;;
    cosem) echo "base axdr apdu" ;;
    link) echo "base axdr apdu" ;; # a bare APDU is its own frame: its extent is asked of apdu
    transport) echo "base axdr apdu link" ;;
    readings) echo "base axdr apdu cosem" ;;
    # records, and from one to the next
    record) echo "base json axdr apdu cosem" ;;
    decode) echo "base json link transport axdr apdu cosem readings record" ;;
    views) echo "base json axdr apdu cosem readings record decode" ;;
    # the world outside
    os) echo "base" ;;
    keys) echo "base apdu os" ;;
    io) echo "base os" ;;
    serial) echo "base link record os io" ;;
    cli) echo "base json link readings record os keys io" ;;
    mqtt) echo "base json os io" ;;
    spool) echo "base os io mqtt" ;;
    # from readings to topics
    state) echo "base" ;;
    shape) echo "base json cosem record os state" ;;
    flow) echo "base json cosem record os io mqtt state shape" ;;
    judge) echo "base json cosem record os state flow" ;;
    count) echo "base json record os mqtt state shape flow" ;;
    home_assistant) echo "base json cosem record os mqtt state shape flow" ;;
    # beside the pipe
    doctor) echo "base json link transport axdr apdu cosem readings record decode views os keys io serial" ;;
    sim) echo "base json link transport axdr apdu cosem readings record os io serial doctor" ;;
    share) echo "base json link transport axdr apdu cosem readings record decode os serial sim" ;;
    *) echo "unknown folder $1" >&2; return 1 ;;
  esac
}

# outside library (its header): the folder that may include it
owner() {
  case $1 in
    CLI/*) echo cli ;;
    simdjson.h) echo json ;;
    openssl/ssl.h | openssl/err.h | openssl/x509*) echo mqtt ;; # TLS
    openssl/*) echo apdu ;;                                     # ciphers
    mosquitto.h | mqtt_protocol.h) echo mqtt ;;
    sqlite3.h) echo spool ;;
    libserialport.h) echo serial ;;
    *) echo "" ;;
  esac
}

sources=(lib/*/*.cpp lib/*/*.hpp tools/*.cpp tools/*/*.?pp)
files=${#sources[@]} includes=0 wrong=0
declare -A folders_of owner_of # what the two functions say, asked once
while IFS=: read -r file include; do
  target=${include#*[\"<]}
  target=${target%%[\">]*}
  folder=${file#lib/}
  folder=${folder%%/*}
  case $include in
    *'#include "'*)
      includes=$((includes + 1))
      to=${target%%/*}
      [[ $file != tools/* && $to != "$folder" && -d lib/$to ]] || continue
      [ -n "${folders_of[$folder]-}" ] || folders_of[$folder]=" $(allowed "$folder") "
      if [[ ${folders_of[$folder]} != *" $to "* ]]; then
        echo "$file includes $target: $folder must not know $to"
        wrong=$((wrong + 1))
      fi
      ;;
    *)
      [ -n "${owner_of[$target]-}" ] || owner_of[$target]=" $(owner "$target")"
      to=${owner_of[$target]# }
      if [[ -n $to && $file != lib/$to/* ]]; then
        echo "$file includes <$target>: only lib/$to may"
        wrong=$((wrong + 1))
      fi
      ;;
  esac
done < <(grep -oE '^ *#include ("[^"]*"|<[^>]*>)' /dev/null "${sources[@]}")
# The decoders know bytes and values: no clock, no file, no printing.
for folder in base json link transport axdr apdu cosem readings record decode views state sim share; do
  [ -d "lib/$folder" ] || continue
  if grep -nE 'clock_gettime|system_clock::now|steady_clock::now|std::c(out|err)|f?printf\(|fopen|ifstream|ofstream' lib/"$folder"/*.?pp; then
    echo "lib/$folder reads a clock, opens a file or prints"
    wrong=$((wrong + 1))
  fi
done
echo "$files files, $includes includes looked at: $((wrong)) against the map"
[ "$wrong" -eq 0 ]
