# The .deb, by CPack: scripts/package configures a tree with METERPIPE_DEB_VERSION and runs cpack.
set(METERPIPE_DEB_VERSION "" CACHE STRING "to make a .deb: its version")
if(NOT METERPIPE_DEB_VERSION)
  return()
endif()
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME meterpipe)
set(CPACK_PACKAGE_VERSION ${METERPIPE_DEB_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CONTACT "the meterpipe authors <meterpipe@localhost>")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
if(METERPIPE_ARCH)
  set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE ${METERPIPE_ARCH})
endif()
# Zones for times in words, certificates for a broker in the net.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates, tzdata")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "mosquitto, mosquitto-clients")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "smart meters to MQTT, each layer of the protocol a program")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "Reads the customer interface of smart meters (wired M-Bus, HDLC, P1, infrared
heads), deciphers what they send, and publishes the values by MQTT, for Home
Assistant and whoever else listens. Heat, water and gas meters on M-Bus and SML
files are read too. Values stay exact decimals from the meter to the broker.

meterpipe init makes the file of settings by five questions, meterpipe units
lets systemd run it.")
set(folder ${PROJECT_SOURCE_DIR}/scripts/deb)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${folder}/postinst ${folder}/prerm ${folder}/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
install(FILES ${PROJECT_BINARY_DIR}/changelog.gz DESTINATION share/doc/meterpipe)
install(FILES ${folder}/lintian-overrides DESTINATION share/lintian/overrides RENAME meterpipe)

# In Debian's form: it points to the one that people read.
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)  # by SOURCE_DATE_EPOCH
file(WRITE ${PROJECT_BINARY_DIR}/changelog
     "meterpipe (${METERPIPE_DEB_VERSION}) unstable; urgency=medium\n\n"
     "  * What changed stands in NEWS.md.gz beside this file.\n\n"
     " -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
configure_file(${PROJECT_SOURCE_DIR}/CHANGELOG.md ${PROJECT_BINARY_DIR}/NEWS.md COPYONLY)
execute_process(COMMAND gzip -9nf changelog NEWS.md WORKING_DIRECTORY ${PROJECT_BINARY_DIR}
                COMMAND_ERROR_IS_FATAL ANY)
install(FILES ${PROJECT_BINARY_DIR}/NEWS.md.gz DESTINATION share/doc/meterpipe)
include(CPack)
