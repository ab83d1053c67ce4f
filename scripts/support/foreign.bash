# Programs of arm64 and armhf run here by qemu-user, and what the tools make of captures: for
# scripts/support/test-arch and scripts/try-foreign. Sourced.

# qemu_of ARCH: the program that runs those of ARCH
qemu_of() {
  case $1 in
    arm64) echo /usr/bin/qemu-aarch64-static ;;
    armhf) echo /usr/bin/qemu-arm-static ;;
    *) echo "arm64 or armhf, not '$1'" >&2; return 64 ;;
  esac
}

# needs_qemu ARCH
needs_qemu() {
  local qemu
  qemu=$(qemu_of "$1") || return
  [ -x "$qemu" ] || { echo "$qemu is missing: scripts/bootstrap --all" >&2; return 69; }
}

# run_foreign ARCH SYSROOT FOLDER: from here on the kernel runs programs of ARCH, with the libraries of
# SYSROOT, to which links are made in FOLDER; in a namespace of users and mounts of its own, where
# binfmt_misc is this one's (Linux 6.7)
run_foreign() {
  local machine class triplet
  case $1 in
    arm64) machine='\xb7\x00' class='\x02' triplet=aarch64-linux-gnu ;;
    armhf) machine='\x28\x00' class='\x01' triplet=arm-linux-gnueabihf ;;
  esac
  mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
  printf '%s' ":meterpipe:M::\\x7fELF$class\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00$machine:\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\xff:$(qemu_of "$1"):F" \
    >/proc/sys/fs/binfmt_misc/register
  # From Debian 13 on what is unpacked has no /lib: on a machine it is a link to /usr/lib.
  mkdir -p "$3/prefix"
  ln -sfn "$2/usr" "$3/prefix/usr"
  if [ -d "$2/lib" ]; then ln -sfn "$2/lib" "$3/prefix/lib"; else ln -sfn "$2/usr/lib" "$3/prefix/lib"; fi
  export QEMU_LD_PREFIX=$3/prefix
  # Whether a folder of libraries is there, the loader asks by statx(2), which qemu-arm answers for this
  # machine's own.
  export QEMU_SET_ENV=LD_LIBRARY_PATH=$3/prefix/lib/$triplet:$3/prefix/usr/lib/$triplet
  export METERPIPE_SANDBOX=0 # qemu knows no seccomp, and each program would say so
}

# captures_of_meters: the folder with captures of real meters, which the tests know
captures_of_meters() {
  realpath "$(sed -n 's|^set(METERPIPE_CAPTURES ${PROJECT_SOURCE_DIR}/\([^ ]*\) .*|\1|p' tests/CMakeLists.txt)"
}

# keys_of_meters TOOLS: a file of keys for all simulated meters
keys_of_meters() {
  local meter
  "$1/meter-sim" --list-meters | cut -d' ' -f1 | while read -r meter; do
    "$1/meter-sim" --meter "$meter" --print-keys
  done
}

# made_by TOOLS FOLDER: what they make of captures of real meters and of the simulated meters whose
# names are in FOLDER/../meters and keys in FOLDER/../keys
made_by() {
  local tools=$1 to=$2 captures meter file
  captures=$(captures_of_meters)
  mkdir -p "$to"
  for file in "$captures"/*.hex; do
    # Its head names its keys: encryption, authentication.
    (umask 077 && sed -n 's/^# key: //p; s/^# authentication-key: //p' "$file" | paste -sd' ' | sed -n '/./s/^/* /p' >"$to.key")
    "$tools/mbus-frame" -q "$file" | "$tools/dlms-decrypt" -q -k "$to.key" |
      "$tools/cosem-decode" -q >"$to/${file##*/}" || true
  done
  while read -r meter; do
    "$tools/meter-sim" --meter "$meter" -n 3 -o hex >"$to/$meter.hex"
    "$tools/mbus-frame" -q "$to/$meter.hex" | "$tools/dlms-decrypt" -q -k "$to/../keys" |
      "$tools/cosem-decode" -q >"$to/$meter.readings" || true
  done <"$to/../meters"
}

# same_outputs FOLDER FOLDER: whether all is the same, and that there is something
same_outputs() {
  local count readings
  count=$(find "$1" -type f | wc -l)
  readings=$(cat "$1"/* | grep -c '"t":"reading"') || true
  [ "$readings" -ge 100 ] || { echo "only $readings readings" >&2; return 1; }
  diff -rq "$1" "$2" || return 1
  echo "   $count outputs compared with amd64's, $readings readings in them"
}
