#!/usr/bin/env bash
# Holds the code against the map of the layers, lib/layers: which folder below lib/ may include which;
# and which folder sees which outside library. Prints what breaks it; counts what it looked at.
#
#   tests/layers.sh SOURCE
set -eu
cd "$1"

# folder: folders whose headers it may include
allowed() {
  sed -n "s/^$1: *//p" lib/layers
  grep -q "^$1:" lib/layers || { echo "lib/layers has no folder $1" >&2; return 1; }
}

# outside library (its header): the folder that may include it
owner() {
  case $1 in
    CLI/*) echo cli ;;
    simdjson.h) echo json ;;
    openssl/ssl.h | openssl/err.h | openssl/pem.h | openssl/x509*) echo mqtt ;; # TLS
    openssl/*) echo apdu ;;                                                     # ciphers
    mosquitto.h | mqtt_protocol.h) echo mqtt ;;
    sqlite3.h) echo spool ;;
    toml++/*) echo config ;;
    libserialport.h) echo serial ;;
    seccomp.h) echo nobody ;; # at build time alone: sandbox/make_filters.cpp
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
for folder in base json link transport axdr apdu cosem readings dump record decode views state config sim share; do
  [ -d "lib/$folder" ] || continue
  if grep -nE 'clock_gettime|system_clock::now|steady_clock::now|std::c(out|err)|f?printf\(|fopen|ifstream|ofstream' lib/"$folder"/*.?pp; then
    echo "lib/$folder reads a clock, opens a file or prints"
    wrong=$((wrong + 1))
  fi
done
echo "$files files, $includes includes looked at: $((wrong)) against the map"
[ "$wrong" -eq 0 ]
