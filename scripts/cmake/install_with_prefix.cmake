# Part of the installation (install.cmake): pages and units, in which the prefix stands.

# install_with(FILE FOLDER FROM TO): below the prefix, with FROM exchanged for TO
function(install_with file folder from to)
  file(READ ${file} text)
  string(REPLACE "${from}" "${to}" text "${text}")
  cmake_path(GET file FILENAME name)
  set(changed ${METERPIPE_SCRATCH}/${name})
  file(WRITE ${changed} "${text}")
  if(METERPIPE_DEB_VERSION AND folder MATCHES "/man")  # as Debian wants pages
    execute_process(COMMAND gzip -9nf ${changed} COMMAND_ERROR_IS_FATAL ANY)
    set(changed ${changed}.gz)
  endif()
  file(INSTALL DESTINATION ${CMAKE_INSTALL_PREFIX}/${folder} TYPE FILE
       PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ FILES ${changed})
  set(CMAKE_INSTALL_MANIFEST_FILES ${CMAKE_INSTALL_MANIFEST_FILES} PARENT_SCOPE)
endfunction()

foreach(page ${METERPIPE_PAGES})
  cmake_path(GET page EXTENSION LAST_ONLY section)
  string(REPLACE "." "man" section ${section})
  install_with(${page} share/man/${section} /usr/share/doc/meterpipe
               ${CMAKE_INSTALL_PREFIX}/share/doc/meterpipe)
endforeach()
# systemd looks for programs below these by itself.
set(program meterpipe)
if(NOT CMAKE_INSTALL_PREFIX MATCHES "^/usr(/local)?$")
  set(program ${CMAKE_INSTALL_PREFIX}/bin/meterpipe)
endif()
foreach(unit ${METERPIPE_UNITS})
  install_with(${unit} lib/systemd/system "ExecStart=meterpipe " "ExecStart=${program} ")
endforeach()
file(REMOVE_RECURSE ${METERPIPE_SCRATCH})
