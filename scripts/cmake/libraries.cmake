# The libraries of others, and where each comes from.
find_package(PkgConfig REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto SSL)
pkg_check_modules(MOSQUITTO REQUIRED IMPORTED_TARGET libmosquitto)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(SERIALPORT REQUIRED IMPORTED_TARGET libserialport)

# A package needs what stays as it is from one Debian to the next. What changes its ABI with each
# version is built in then: fmt and toml++ by their headers, simdjson from source.
set(METERPIPE_BUILT_IN "" CACHE PATH
    "to build libraries in that have no stable ABI: where simdjson.h and simdjson.cpp are")
find_package(fmt REQUIRED)
pkg_check_modules(TOMLPLUSPLUS REQUIRED IMPORTED_TARGET tomlplusplus)
if(METERPIPE_BUILT_IN)
  set(METERPIPE_FMT fmt::fmt-header-only)
  add_library(toml-inside INTERFACE)
  target_compile_definitions(toml-inside INTERFACE TOML_HEADER_ONLY=1)
  set(METERPIPE_TOML toml-inside)
  add_library(simdjson-inside STATIC ${METERPIPE_BUILT_IN}/simdjson.cpp)
  target_include_directories(simdjson-inside SYSTEM PUBLIC ${METERPIPE_BUILT_IN})
  target_compile_options(simdjson-inside PRIVATE -w)
  set(METERPIPE_SIMDJSON simdjson-inside)
else()
  set(METERPIPE_FMT fmt::fmt)
  set(METERPIPE_TOML PkgConfig::TOMLPLUSPLUS)
  pkg_check_modules(SIMDJSON REQUIRED IMPORTED_TARGET simdjson)
  set(METERPIPE_SIMDJSON PkgConfig::SIMDJSON)
endif()
