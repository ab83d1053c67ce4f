# sandbox/calls as BPF programs in a generated source. libseccomp is needed to build only: the
# programs load what it made.
set(METERPIPE_MAKE_FILTERS "" CACHE FILEPATH
    "to build for another machine: make-filters of a build for this one")
if(METERPIPE_MAKE_FILTERS)
  set(make_filters ${METERPIPE_MAKE_FILTERS})
elseif(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
  message(FATAL_ERROR "METERPIPE_MAKE_FILTERS is missing: make-filters of a build for this machine")
else()
  pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
  add_executable(make-filters ${CMAKE_CURRENT_LIST_DIR}/make_filters.cpp)
  target_link_libraries(make-filters PRIVATE PkgConfig::SECCOMP)
  target_compile_options(make-filters PRIVATE -O0)  # runs once
  set(make_filters make-filters)
endif()
set(METERPIPE_FILTER_SOURCE ${PROJECT_BINARY_DIR}/generated/sandbox_filters.cpp)
add_custom_command(
  OUTPUT ${METERPIPE_FILTER_SOURCE}
  COMMAND ${make_filters} ${CMAKE_CURRENT_LIST_DIR}/calls ${METERPIPE_FILTER_SOURCE}
  DEPENDS ${make_filters} ${CMAKE_CURRENT_LIST_DIR}/calls
  VERBATIM)
target_sources(meterpipe-os PRIVATE ${METERPIPE_FILTER_SOURCE})
if(METERPIPE_SANITIZE)
  # The sanitizers open files and start programs of their own.
  target_compile_definitions(meterpipe-os PRIVATE METERPIPE_NO_SANDBOX)
endif()
