# A toolchain file: for METERPIPE_ARCH, Debian's name of an architecture, with Debian's cross compiler
# and the headers and libraries in METERPIPE_SYSROOT (scripts/support/roots.bash makes one).
#
#   arm64   ARMv8: Raspberry Pi OS 64 bit
#   armhf   ARMv7 with VFPv3: Raspberry Pi OS 32 bit on a Pi 2 or later; not the ARMv6 of Pi 1 and Zero
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES METERPIPE_ARCH METERPIPE_SYSROOT)
set(CMAKE_SYSTEM_NAME Linux)
if(METERPIPE_ARCH STREQUAL "arm64")
  set(CMAKE_SYSTEM_PROCESSOR aarch64)
  set(triplet aarch64-linux-gnu)
elseif(METERPIPE_ARCH STREQUAL "armhf")
  set(CMAKE_SYSTEM_PROCESSOR armv7l)
  set(triplet arm-linux-gnueabihf)
else()
  message(FATAL_ERROR "METERPIPE_ARCH is arm64 or armhf, not '${METERPIPE_ARCH}'")
endif()
set(CMAKE_CXX_COMPILER ${triplet}-g++)
set(CMAKE_C_COMPILER ${triplet}-gcc)
set(CMAKE_SYSROOT ${METERPIPE_SYSROOT})
set(CMAKE_LIBRARY_ARCHITECTURE ${triplet})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${METERPIPE_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR}
    ${METERPIPE_SYSROOT}/usr/lib/${triplet}/pkgconfig:${METERPIPE_SYSROOT}/usr/share/pkgconfig)
# 64 bits for times and sizes of files, as all of Debian 13 has them.
if(METERPIPE_ARCH STREQUAL "armhf")
  add_compile_definitions(_FILE_OFFSET_BITS=64 _TIME_BITS=64)
endif()
