# Roots of Debians, for the scripts that build and try in them: scripts/fresh, scripts/booted,
# scripts/package, scripts/test --arch. Sourced; needs root and mmdebstrap. $cache is where roots are kept, for a week.

# sources SUITE: lines for mmdebstrap, from what apt of this machine uses of its own suite, with the
# suite's name exchanged; none (mmdebstrap has its own) where it is no Debian
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

took() { echo "$(($1 / 60)) min $(($1 % 60)) s"; }

# is_fresh PATH: it was made in the last week
is_fresh() { [ -n "$(find "$1" -maxdepth 0 -mtime -7 2>/dev/null)" ]; }

# bootstrap_root [--release] SUITE WHERE OPTION…: by mmdebstrap, with the package sources of this
# machine; of the suite as it was released, without what was mended since
bootstrap_root() {
  local without='^$' suite where lines=() mirrors log
  [ "$1" != --release ] || { without='-(updates|security) ' && shift; }
  suite=$1 where=$2
  shift 2
  mirrors=$(sources "$suite" | grep -vE -e "$without" || true)
  [ -z "$mirrors" ] || mapfile -t lines <<<"$mirrors"
  mkdir -p "${where%/*}"
  log=$(mktemp)
  if ! mmdebstrap "$@" "$suite" "$where" "${lines[@]}" >"$log" 2>&1; then
    tail -n 30 "$log"
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

# make_root SUITE NAME PACKAGE…: $cache/NAME.tar, with what Debian calls essential, apt, and these
# packages; from the cache, if it was made there within a week of the same packages
make_root() {
  local tarball=$cache/$2.tar packages
  packages=$(IFS=, && echo "${*:3}")
  if is_fresh "$tarball" && [ "$(cat "$tarball.packages" 2>/dev/null)" = "$packages" ]; then
    echo "== $2: a root from $tarball"
    return
  fi
  echo "== $2: making a root (a few minutes)"
  bootstrap_root "$1" "$tarball.part.tar" --variant=apt --include="$packages" || return 1
  mv "$tarball.part.tar" "$tarball"
  echo "$packages" >"$tarball.packages"
}

# What the tools are built of and for; -dev packages are of the machine that is built for.
build_tools=(ca-certificates ccache cmake dpkg-dev g++ lintian libseccomp-dev ninja-build pkg-config
  crossbuild-essential-arm64 crossbuild-essential-armhf)
built_with=(libc6-dev libssl-dev libcli11-dev libexpected-dev libfmt-dev libmosquitto-dev
  libserialport-dev libsqlite3-dev libtomlplusplus-dev doctest-dev)

# build_root SUITE: a root with compilers for all architectures, in $cache/build-SUITE
build_root() {
  local where=$cache/build-$1 include
  is_fresh "$where" && return
  echo "== $1: making a root to build in (a few minutes)"
  rm -rf --one-file-system "$where" "$where.part"
  include=$(IFS=,; echo "${build_tools[*]},${built_with[*]}")
  bootstrap_root "$1" "$where.part" --variant=apt --include="$include" || return 1
  mkdir "$where.part/sysroot" "$where.part/build"
  touch "$where.part"
  mv "$where.part" "$where"
}

# simdjson_source: Debian 12's, for all suites (there is no static library of it), in $cache/simdjson:
# simdjson.h, simdjson.cpp, and what Debian says of its licences
simdjson_source() {
  local where=$cache/simdjson
  [ -s "$where/simdjson.cpp" ] && return
  echo "== simdjson's source, of Debian 12"
  rm -rf "$where.root" "$where.part"
  build_root bookworm || return 1
  # Through apt, which holds it against Debian's signature.
  unshare --mount --propagation private bash -eu -c '
    mount -t tmpfs scratch /mnt
    mkdir /mnt/upper /mnt/work /mnt/root
    mount -t overlay overlay -o "lowerdir=$1,upperdir=/mnt/upper,workdir=/mnt/work" /mnt/root
    cp -L /etc/resolv.conf /mnt/root/etc/
    chroot /mnt/root sh -eu -c "
      sed s/^deb/deb-src/ /etc/apt/sources.list >/etc/apt/sources.list.d/source.list
      apt-get update -qq
      cd /tmp
      apt-get source -qq simdjson"
    mkdir "$2"
    cp /mnt/root/tmp/simdjson-*/singleheader/simdjson.h /mnt/root/tmp/simdjson-*/singleheader/simdjson.cpp "$2"
    cp /mnt/root/tmp/simdjson-*/debian/copyright "$2"
    sed -n "1s/.*(\(.*\)).*/\1/p" /mnt/root/tmp/simdjson-*/debian/changelog >"$2/version"
  ' _ "$cache/build-bookworm" "$where.part" >"$cache/simdjson.log" 2>&1 || { tail -n 20 "$cache/simdjson.log"; return 1; }
  mv "$where.part" "$where"
}

# sysroot ARCH SUITE: what is built for a foreign ARCH finds headers and libraries in $cache/sysroot-…;
# its packages are unpacked, not installed, and their lists stand where dpkg-shlibdeps looks, with
# the paths that they have in the root that is built in. The packages are those of the release: what
# is built with them runs with all that came after.
sysroot() {
  local where=$cache/sysroot-$1-$2 include
  is_fresh "$where" && return
  echo "== $1 $2: making a sysroot"
  rm -rf --one-file-system "$where" "$where.part"
  include=$(IFS=,; echo "${built_with[*]},libstdc++6,libgcc-s1")
  bootstrap_root --release "$2" "$where.part" --variant=extract --architectures="$1" --include="$include" \
    --extract-hook="$(realpath scripts/support/list-packages) \"\$1\" /sysroot" || return 1
  touch "$where.part"
  mv "$where.part" "$where"
}

# in_root SUITE ARCH FOLDER COMMAND: in the suite's root for building, which stays as it is; the
# architecture's sysroot is /sysroot, FOLDER is /build, simdjson is /simdjson. What was compiled before
# is not compiled again (CCACHE_DISABLE=1: it is). It ends with this shell.
in_root() {
  local status=0
  mkdir -p "$cache/ccache"
  unshare --mount --propagation private --pid --fork --kill-child bash -eu -c '
    mount -t tmpfs scratch /mnt
    mkdir /mnt/upper /mnt/work /mnt/root
    mount -t overlay overlay -o "lowerdir=$1,upperdir=/mnt/upper,workdir=/mnt/work" /mnt/root
    mount -t proc proc /mnt/root/proc
    mount --bind /dev /mnt/root/dev
    mount --bind "$3" /mnt/root/build
    mkdir /mnt/root/simdjson
    mount --bind "$4" /mnt/root/simdjson
    mkdir /mnt/root/ccache
    mount --bind "$6" /mnt/root/ccache
    [ ! -d "$2" ] || mount --bind "$2" /mnt/root/sysroot
    exec chroot /mnt/root env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
      CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_DIR=/ccache ${7:+CCACHE_DISABLE=1} \
      bash -eu -o pipefail -c "$5"
  ' _ "$cache/build-$1" "$cache/sysroot-$2-$1" "$3" "$cache/simdjson" "$4" "$cache/ccache" \
    "${CCACHE_DISABLE-}" </dev/null &
  running=$!
  wait "$running" || status=$?
  running=
  return "$status"
}
running=

# mount_machine ROOT: what a machine has, in a namespace of mounts; /dev has no terminals of this one
mount_machine() {
  local root=$1 device
  mount -t proc proc "$root/proc"
  mount --bind /sys "$root/sys"
  mount -o remount,bind,ro "$root/sys"
  mount -t tmpfs -o mode=755,nosuid dev "$root/dev"
  for device in null zero full random urandom tty; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  mkdir "$root/dev/pts" "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$root/dev/pts"
  mount -t tmpfs -o mode=1777,nosuid,nodev shm "$root/dev/shm"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  for device in stdin:0 stdout:1 stderr:2; do
    ln -s "/proc/self/fd/${device#*:}" "$root/dev/${device%:*}"
  done
}
