#!/usr/bin/env bats
# The units of scripts/systemd and the scripts themselves, as their own checkers see them.

bats_require_minimum_version 1.5.0

setup() {
  scripts=$BATS_TEST_DIRNAME/../scripts
  cd "$BATS_TEST_TMPDIR" || return 1
}

# verify FILE…: what systemd-analyze says of the units, in any of the ways in which it says it. The
# exit status is no help: it is 0 for a key that systemd does not know.
verify() { SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no "$@" 2>&1; }

need_systemd() {
  command -v systemd-analyze >/dev/null || skip "systemd-analyze is not installed"
}

@test "systemd-analyze has nothing to say about the units" {
  need_systemd
  cp "$scripts"/systemd/* .
  # A template is checked by an instance of it. The program need not be installed.
  local units=()
  for file in *@.*; do
    sed 's|^ExecStart=meterpipe |ExecStart=/bin/true |' "$file" >"${file/@/@house}"
    units+=("./${file/@/@house}")
  done
  [ "${#units[@]}" -ge 3 ]
  run -0 verify "${units[@]}"
  echo "$output"
  [ -z "$output" ]
}

@test "and this check would see a key that systemd does not know" {
  need_systemd
  sed 's/^DynamicUser=/DynamicUsr=/' "$scripts/systemd/meterpipe@.service" >"meterpipe@house.service"
  run verify ./meterpipe@house.service
  [[ $output == *"Unknown key"*DynamicUsr* ]]
}

@test "udevadm has nothing to say about the rule, and would have of a mistake" {
  command -v udevadm >/dev/null || skip "udevadm is not installed"
  udevadm verify --help >/dev/null 2>&1 || skip "udevadm $(udevadm --version) does not verify rules yet"
  cp "$scripts"/systemd/*.rules .
  run -0 udevadm verify --no-summary ./*.rules
  [ -z "$output" ]
  for mistake in 's/SYMLINK+=/SYMLINK=+/' 's/^SUBSYSTEM!=/SUBSISTEM!=/' 's/^LABEL=.*//'; do
    sed "$mistake" "$scripts"/systemd/70-meterpipe.rules >mistaken.rules
    run udevadm verify --no-summary mistaken.rules
    [ "$status" -ne 0 ] || { echo "$mistake: not seen"; return 1; }
    [[ $output == *mistaken.rules:* ]]
  done
}

@test "the units run commands that there are, and systemd finds little to blame in them" {
  for file in "$scripts"/systemd/*.service; do
    command=$(sed -n 's/^ExecStart=meterpipe \([a-z]*\) %i$/\1/p' "$file")
    [ -n "$command" ]
    [ -z "${METERPIPE_BUILD:-}" ] || "$METERPIPE_BUILD/meterpipe" --help | tr '\n' ' ' | grep -q " $command  *NAME|FILE"
    # Nothing is retried that somebody has to mend first.
    [[ $file == *once* ]] || grep -qx 'RestartPreventExitStatus=64 66 77 78 243' "$file"
    grep -q '^StateDirectory=meterpipe/%i$' "$file"
    ! grep -q '^LoadCredential=' "$file"
  done
  need_systemd
  for file in "$scripts"/systemd/*.service; do
    instance=$(basename "${file/@/@house}")
    cp "$file" "$instance"
    run systemd-analyze security --offline=true --no-pager --threshold=20 "./$instance"
    echo "${lines[-1]}"
    [ "$status" -eq 0 ]
  done
}

@test "meterpipe units: the drop-in, what systemd is told, and nothing with --dry-run" {
  [ -n "${METERPIPE_BUILD:-}" ] || skip "METERPIPE_BUILD is not set"
  [ "$(id -u)" -eq 0 ] || skip "needs root"
  # In a chroot the root is no mount, and what is mounted could not be kept from others.
  unshare -m --propagation private true 2>why || skip "no mounts of its own here: $(head -n 1 why)"
  mkdir -p etc bin
  # /etc of its own, and a systemctl that tells what it is told.
  cat >bin/systemctl <<'END'
#!/bin/sh
echo "$@" >>told
END
  chmod +x bin/systemctl
  cat >inside <<'END'
set -eu
mount --bind etc /etc 2>/dev/null || exit 99
mkdir -p /etc/meterpipe /etc/systemd/system
printf '%s\n' 'port = "/dev/ttyUSB7"' 'keys = "house.keys"' 'broker = "mqtt://me@localhost"' \
  'password-file = "/etc/meterpipe/100%.password"' 'spool = "/var/lib/meterpipe/house/spool"' 'log = "/tmp/cap"' >/etc/meterpipe/house.conf
PATH=$PWD/bin:$PATH
meterpipe units house 2>missing && exit 1
[ ! -e told ]
(umask 077 && touch /etc/meterpipe/house.keys '/etc/meterpipe/100%.password')
meterpipe units house --dry-run >dry 2>dry.err
[ ! -e told ] && [ -z "$(ls /etc/systemd/system)" ]
meterpipe units house >out 2>err
meterpipe units house --once >out.once 2>>err
cp -r /etc/systemd/system made
sed -i 's|/dev/ttyUSB7|/dev/null|' /etc/meterpipe/house.conf
meterpipe units house --dry-run >device 2>>err
for name in 'my house' zähler '%n'; do
  cp /etc/meterpipe/house.conf "/etc/meterpipe/$name.conf"
  meterpipe units "$name" --dry-run 2>>names && exit 1
done
printf '%s\n' '#!/bin/sh' 'exit 5' >bin/systemctl
status=0
meterpipe units house >/dev/null 2>failed || status=$?
[ $status -eq 74 ] && grep -qx 'meterpipe: error: systemctl daemon-reload: status 5' failed
END
  PATH=$METERPIPE_BUILD:$PATH run unshare -m --propagation private bash inside
  [ "$status" -ne 99 ] || skip "mounts are not allowed here"
  echo "$output"
  [ "$status" -eq 0 ]
  diff - made/meterpipe@house.service.d/settings.conf <<'END'
# Made by meterpipe units of /etc/meterpipe/house.conf.
[Service]
LoadCredential=keys:/etc/meterpipe/house.keys
LoadCredential=mqtt-password:/etc/meterpipe/100%%.password
END
  cmp made/meterpipe@house.service.d/settings.conf made/meterpipe-once@house.service.d/settings.conf
  diff - told <<'END'
daemon-reload
enable --now meterpipe@house.service
daemon-reload
disable --now meterpipe@house.service
enable --now meterpipe-once@house.timer
END
  # A secret that is not there is said before anything is done.
  grep -qx 'meterpipe: error: /etc/meterpipe/house.conf: keys: /etc/meterpipe/house.keys: No such file or directory' missing
  grep -q 'systemctl enable --now meterpipe@house.service' dry
  grep -q 'LoadCredential=keys:/etc/meterpipe/house.keys' dry
  # Names that are none of a unit.
  [ "$(grep -c 'the name of a service is of letters from a to z, digits' names)" -eq 3 ]
  # A port of another kind is allowed by name; a file elsewhere is warned of.
  grep -qx 'DeviceAllow=/dev/null rw' device
  grep -q 'warning: /etc/meterpipe/house.conf: /tmp/cap: the service may write below /var/lib/meterpipe/house/ and' dry.err
  [ "$(grep -c warning dry.err)" -eq 1 ]
  # A file that no service would read.
  echo 'port = "x"' >other.conf
  run "$METERPIPE_BUILD/meterpipe" units other.conf --dry-run
  [ "$status" -eq 78 ]
}

@test "keys and passwords are in no unit and in no command line" {
  for file in "$scripts"/systemd/*; do
    run -1 grep -nEi '[0-9a-f]{32}|--password[ =]|--key[ =][0-9a-f]' "$file"
  done
}

@test "shellcheck has nothing to say about the scripts" {
  command -v shellcheck >/dev/null || skip "shellcheck is not installed"
  local files=()
  for file in "$scripts"/*; do
    [ -f "$file" ] && head -n 1 "$file" | grep -qE '^#!.*(bash|sh)$' && files+=("$file")
  done
  [ "${#files[@]}" -ge 4 ]
  run shellcheck --severity=warning "${files[@]}"
  echo "$output"
  [ "$status" -eq 0 ]
}
