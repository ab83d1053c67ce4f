# Roots of Debian for scripts/fresh and scripts/booted, sourced by them. `cache` is the folder where
# they are kept, `work` the one of this run. They use the package sources of this machine, with the
# suite's name exchanged, if it is a Debian; else mmdebstrap's own.

# sources SUITE: lines for mmdebstrap, from what apt of this machine uses of its own suite
sources() {
  local own
  own=$(. /etc/os-release && [ "$ID" = debian ] && echo "${VERSION_CODENAME-}") || return 0
  [ -n "$own" ] || return 0
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' |
    sort -u |
    awk -v own="$own" -v suite="$1" '
      $3 == "main" && ($2 == own || $2 == own "-updates" || $2 == own "-security") {
        print "deb", $1, suite substr($2, length(own) + 1), "main"
      }'
}

# make_root SUITE NAME PACKAGE…: $cache/NAME.tar, with what Debian calls essential, apt, and these
# packages; from the cache, if it was made there within a week of the same packages
make_root() {
  local suite=$1 tarball=$cache/$2.tar lines=() mirrors packages
  packages=$(IFS=, && echo "${*:3}")
  if [ -n "$(find "$tarball" -mtime -7 2>/dev/null)" ] &&
    [ "$(cat "$tarball.packages" 2>/dev/null)" = "$packages" ]; then
    echo "== $2: a root from $tarball"
    return
  fi
  echo "== $2: making a root (a few minutes)"
  mirrors=$(sources "$suite")
  [ -z "$mirrors" ] || mapfile -t lines <<<"$mirrors"
  mkdir -p "$cache"
  if ! mmdebstrap --variant=apt --include="$packages" "$suite" "$tarball.part.tar" "${lines[@]}" \
    >"$work/mmdebstrap.log" 2>&1; then
    tail -n 30 "$work/mmdebstrap.log"
    return 1
  fi
  mv "$tarball.part.tar" "$tarball"
  echo "$packages" >"$tarball.packages"
}
