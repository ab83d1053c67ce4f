# The manual's own test: bats over man/, with the tools of this build.
find_program(BATS bats)
if(BATS)
  add_test(NAME pages COMMAND ${BATS} ${CMAKE_CURRENT_LIST_DIR}/pages.bats)
  set_tests_properties(pages PROPERTIES ENVIRONMENT "METERPIPE_BUILD=${PROJECT_BINARY_DIR}")
else()
  message(STATUS "bats not found: the manual is not tested")
endif()
