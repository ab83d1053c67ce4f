# What `cmake --install` puts below any prefix, and `--target uninstall` takes away. The .deb holds the
# same (scripts/package).
install(TARGETS ${METERPIPE_TOOLS} RUNTIME DESTINATION bin)
install(DIRECTORY man/examples DESTINATION share/doc/meterpipe)
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

add_custom_target(uninstall COMMAND ${CMAKE_COMMAND} -DBUILD=${PROJECT_BINARY_DIR}
                                    -P ${CMAKE_CURRENT_LIST_DIR}/uninstall.cmake)
