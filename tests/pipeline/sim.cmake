# meter-sim end to end, how the filters end, and the project's own captures against their goldens.
find_program(BATS bats)
if(BATS AND NOT TEST pipeline.sim)
  foreach(part annotated bad_input cipher contained damage doctor drawing faults filters layouts links p1 pasted profiles
               readings running same_input share sim stats trust wired words)
    add_test(NAME pipeline.${part} COMMAND ${BATS} --timing ${CMAKE_CURRENT_LIST_DIR}/${part}.bats)
    set_tests_properties(pipeline.${part} PROPERTIES ENVIRONMENT
                         "METERPIPE_BUILD=${PROJECT_BINARY_DIR}")
  endforeach()
endif()
add_test(NAME regress COMMAND ${PROJECT_SOURCE_DIR}/scripts/regress -b ${PROJECT_BINARY_DIR} run)
