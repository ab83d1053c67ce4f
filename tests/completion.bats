#!/usr/bin/env bats
# What bash and zsh offer behind the beginning of a command, asked of the functions that they load.
bats_require_minimum_version 1.5.0

setup() {
  build=${METERPIPE_BUILD:-$BATS_TEST_DIRNAME/../build}
  PATH="$build:$PATH"
  # The leak sanitizer may spin for ever below zsh.
  [ -z "${METERPIPE_SANITIZED-}" ] || export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
  folder=$BATS_TEST_DIRNAME/../completion
  cd "$BATS_TEST_TMPDIR"
  : >some-file
}

# bash_offers WORD…: behind these words, the last of which is being written
bash_offers() {
  bash -c 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _meterpipe; printf "%s\n" "${COMPREPLY[@]}"' _ \
    "$folder/meterpipe.bash" "$@"
}
# The same of zsh: its completion needs a terminal, so compadd and _files say what they are given.
zsh_offers() {
  zsh -f -c 'folder=$1; shift
    compset() { : } ; compadd() { shift; print -l -- "$@" } ; _files() { print -l -- * }
    words=("$@"); CURRENT=$#
    autoload -U +X $folder/_meterpipe 2>/dev/null; source $folder/_meterpipe' _ "$folder" "$@" | grep -e "^${!#}" || true
}

# offers WORDS: both shells, the same
offers() {
  local from_bash from_zsh
  from_bash=$(bash_offers "$@" | LC_ALL=C sort)
  from_zsh=$(zsh_offers "$@" | LC_ALL=C sort)
  [ "$from_bash" = "$from_zsh" ] || { diff <(echo "$from_bash") <(echo "$from_zsh"); return 1; }
  echo "$from_bash"
}

@test "options of every program are those of --help" {
  local program count=0
  for program in mbus-read mbus-frame dlms-decrypt cosem-decode obis-mqtt meter-sim meter-doctor meter-share meterpipe; do
    diff <(offers $program --) <("$program" --help | grep -oE '^  (-.,)?--[a-z0-9-]+' | grep -oE -e '--[a-z0-9-]+' | LC_ALL=C sort)
    count=$((count + $(offers $program -- | wc -l)))
  done
  echo "counted: $count options offered by both shells" >&3
  [ $count -gt 200 ]
}

@test "choices, meters, faults, profiles, operators, commands, files" {
  [ "$(offers cosem-decode -o "" | tr '\n' ' ')" = "annotated csv hex json text tree xml " ]
  [ "$(offers cosem-decode --output h)" = hex ]
  diff <(offers meter-sim --meter "") <(meter-sim --list-meters | cut -d' ' -f1 | LC_ALL=C sort)
  diff <(offers meter-sim --fault "") <(meter-sim --list-faults | sed 's/[[ ].*//' | LC_ALL=C sort)
  offers cosem-decode --profile "" | grep -qx auto
  diff <(offers meterpipe operators "") <(meterpipe operators | cut -d' ' -f1 | LC_ALL=C sort)
  [ "$(offers meterpipe che)" = check ]
  [ "$(offers mbus-frame some)" = some-file ]
  [ "$(offers mbus-read --answer some)" = some-file ] # a flag wants no value
  [ "$(bash_offers cosem-decode --lang = d)" = de ]
}
