# What `cmake --install` puts below any prefix, and `--target uninstall` takes away. The .deb holds the
# same (scripts/package).
install(TARGETS ${METERPIPE_TOOLS} RUNTIME DESTINATION bin)
install(DIRECTORY man/examples DESTINATION share/doc/meterpipe USE_SOURCE_PERMISSIONS)
install(FILES scripts/deb/copyright DESTINATION share/doc/meterpipe)
# bash loads what is called as the program is.
foreach(tool ${METERPIPE_TOOLS})
  install(FILES completion/meterpipe.bash DESTINATION share/bash-completion/completions RENAME ${tool})
endforeach()
install(FILES completion/_meterpipe DESTINATION share/zsh/site-functions)
# Below /usr and /usr/local systemd and udev find them there.
install(FILES scripts/systemd/70-meterpipe.rules DESTINATION lib/udev/rules.d)

# Pages and units name where they are, which is known when they are installed.
file(GLOB METERPIPE_PAGES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/man/*.[1-8])
file(GLOB METERPIPE_UNITS CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/scripts/systemd/meterpipe*)
install(CODE "set(METERPIPE_PAGES \"${METERPIPE_PAGES}\")
              set(METERPIPE_UNITS \"${METERPIPE_UNITS}\")
              set(METERPIPE_SCRATCH \"${PROJECT_BINARY_DIR}/installed\")
              set(METERPIPE_DEB_VERSION \"${METERPIPE_DEB_VERSION}\")")
install(SCRIPT ${CMAKE_CURRENT_LIST_DIR}/install_with_prefix.cmake)

# The library for other programs: one archive, one header, for CMake and for pkg-config. A package has
# the programs alone.
if(NOT METERPIPE_DEB_VERSION)
  file(STRINGS lib/layers below REGEX "^decoder:")
  string(REGEX MATCHALL "[a-z_]+" rooms ${below})
  set(closure)
  foreach(layer ${layers})  # those below a folder stand before it
    list(PREPEND reversed ${layer})
  endforeach()
  foreach(layer ${reversed})
    string(REGEX MATCHALL "[a-z_]+" folders ${layer})
    list(GET folders 0 folder)
    if(folder IN_LIST rooms)
      list(APPEND rooms ${folders})
      list(APPEND closure $<TARGET_OBJECTS:meterpipe-${folder}>)
    endif()
  endforeach()
  add_library(meterpipe-library STATIC ${closure})
  set_target_properties(meterpipe-library PROPERTIES OUTPUT_NAME meterpipe EXPORT_NAME decoder
                                                     LINKER_LANGUAGE CXX)
  target_compile_features(meterpipe-library INTERFACE cxx_std_20)
  target_include_directories(meterpipe-library INTERFACE $<INSTALL_INTERFACE:include>)
  set(private "libcrypto")
  set(config "include(CMakeFindDependencyMacro)\nfind_dependency(OpenSSL COMPONENTS Crypto)\n")
  target_link_libraries(meterpipe-library INTERFACE OpenSSL::Crypto)
  if(METERPIPE_BUILT_IN)
    target_sources(meterpipe-library PRIVATE $<TARGET_OBJECTS:simdjson-inside>)
  else()
    string(APPEND private ", fmt, simdjson")
    string(APPEND config "find_dependency(fmt)\nfind_dependency(simdjson)\n")
    target_link_libraries(meterpipe-library INTERFACE
                          $<INSTALL_INTERFACE:fmt::fmt> $<INSTALL_INTERFACE:simdjson::simdjson>)
  endif()
  set(cmake_folder lib/cmake/meterpipe)
  install(TARGETS meterpipe-library EXPORT meterpipe ARCHIVE DESTINATION lib)
  install(FILES lib/decoder/decoder.hpp DESTINATION include/meterpipe)
  install(EXPORT meterpipe NAMESPACE meterpipe:: FILE meterpipe-targets.cmake
          DESTINATION ${cmake_folder})
  file(WRITE ${PROJECT_BINARY_DIR}/meterpipe-config.cmake
       "${config}include(\${CMAKE_CURRENT_LIST_DIR}/meterpipe-targets.cmake)\n")
  include(CMakePackageConfigHelpers)
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/meterpipe-config-version.cmake
                                   COMPATIBILITY SameMajorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/meterpipe-config.cmake
                ${PROJECT_BINARY_DIR}/meterpipe-config-version.cmake DESTINATION ${cmake_folder})
  # By where it lies itself, in any prefix.
  file(WRITE ${PROJECT_BINARY_DIR}/meterpipe.pc
       "prefix=\${pcfiledir}/../..\nName: meterpipe\nVersion: ${PROJECT_VERSION}\n"
       "Description: smart meters' bytes to readings\n"
       "Requires: ${private}\nLibs: -L\${prefix}/lib -lmeterpipe\nCflags: -I\${prefix}/include\n")
  install(FILES ${PROJECT_BINARY_DIR}/meterpipe.pc DESTINATION lib/pkgconfig)
endif()

add_custom_target(uninstall COMMAND ${CMAKE_COMMAND} -DBUILD=${PROJECT_BINARY_DIR}
                                    -P ${CMAKE_CURRENT_LIST_DIR}/uninstall.cmake)
