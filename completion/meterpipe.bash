# Completion for bash of all of meterpipe's programs. It asks the program itself: options and their
# choices by --describe-options and --help, meters, faults, profiles, operators and ports by the option
# that lists them. So it knows what the installed version knows.

# What may follow the option $2 of the program $1, a line each; nothing: a file.
_meterpipe_values() {
  case $1:$2 in
    meter-sim:--meter) meter-sim --list-meters ;;
    meter-sim:--fault) meter-sim --list-faults ;;
    mbus-read:--port | mbus-read:-p | mbus-poll:--port | mbus-poll:-p | meter-doctor:--port | meter-doctor:-p)
      mbus-read --list ;;
    *:--profile)
      cosem-decode --list-profiles
      printf '%s\n' auto none ;;
    *:--operator | *:operators) meterpipe operators ;;
    *) "$1" --describe-options | awk -F'\t' -v long="${2#--}" '$1 == long && ($2 == "choice" || $3 ~ /^[a-z0-9-]+(\|[a-z0-9-]+)+$/) {
         n = split($3, choices, "|"); for (i = 1; i <= n; i++) print choices[i] }' ;;
  esac 2>/dev/null | sed 's/[[:space:][].*//'
}

# The long name of the option $2 of the program $1: -p is --port.
_meterpipe_long() {
  case $2 in
    --*) printf '%s\n' "${2%%=*}" ;;
    -?) "$1" --help 2>/dev/null | sed -n "s/^ *$2,\\(--[a-z0-9-]*\\).*/\\1/p" ;;
  esac
}

# Whether the option $2 of the program $1 wants a value.
_meterpipe_wants() {
  "$1" --describe-options 2>/dev/null |
    awk -F'\t' -v long="${2#--}" '$1 == long { found = $2 != "flag" && $2 != "toggle" && $2 != "count" && $2 != "flag-or-time" } END { exit !found }'
}

_meterpipe() {
  local program=${COMP_WORDS[0]##*/} word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} long words
  type -P "$program" >/dev/null || return 0
  COMPREPLY=()
  # bash parts a word at =, and takes that for a word of its own.
  if [ "$word" = = ]; then
    word=
  elif [ "$before" = = ] && [ "$COMP_CWORD" -ge 2 ]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  long=$(_meterpipe_long "$program" "$before")
  if [ -n "$long" ] && { [ "${COMP_WORDS[COMP_CWORD - 1]}" = = ] || _meterpipe_wants "$program" "$long"; }; then
    words=$(_meterpipe_values "$program" "$long")
  elif [[ $word == -* ]]; then
    words=$("$program" --help 2>/dev/null | sed -n 's/^  \(-.,\)\{0,1\}\(--[a-z0-9-]*\).*/\2/p')
  elif [ "$program" = meterpipe ]; then
    case $before in
      meterpipe) words=$(meterpipe --help | tr '\n' ' ' | tr -s ' ' | grep -oE '[a-z]+ (\[PORT|\[NAME|\[PROGRAM|NAME|OLDFILE)' | cut -d' ' -f1 | sort -u) ;;
      operators) words=$(_meterpipe_values meterpipe operators) ;;
      options) words="mbus-read mbus-frame dlms-decrypt cosem-decode obis-mqtt meterpipe" ;;
      run | once | check | watch | log | units)
        words=$(cd /etc/meterpipe 2>/dev/null && for file in *.conf; do [ -e "$file" ] && printf '%s\n' "${file%.conf}"; done) ;;
    esac
  fi
  if [ -n "$words" ]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  fi
  if [ ${#COMPREPLY[@]} -eq 0 ] && [[ $word != -* ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
    compopt -o filenames 2>/dev/null || true
  fi
}

complete -F _meterpipe mbus-read mbus-frame mbus-poll dlms-decrypt cosem-decode obis-mqtt meter-sim meter-doctor meter-share meterpipe
