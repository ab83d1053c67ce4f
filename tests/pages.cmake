# What users see of the programs beside them, with the tools of this build: the manual, what shells
# complete, what is installed.
find_program(BATS bats)
if(BATS)
  foreach(test pages completion install addon)
    add_test(NAME ${test} COMMAND ${BATS} ${CMAKE_CURRENT_LIST_DIR}/${test}.bats)
    set_tests_properties(${test} PROPERTIES
      TIMEOUT ${METERPIPE_TEST_TIMEOUT} ENVIRONMENT "METERPIPE_BUILD=${PROJECT_BINARY_DIR}")
  endforeach()
else()
  message(STATUS "bats not found: the manual is not tested")
endif()
