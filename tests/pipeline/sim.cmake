# meter-sim end to end, how the filters end, and the project's own captures against their goldens.
find_program(BATS bats)
if(BATS AND NOT TEST pipeline.sim)
  add_test(NAME pipeline.sim COMMAND ${BATS} ${CMAKE_CURRENT_LIST_DIR}/sim.bats)
  add_test(NAME pipeline.filters COMMAND ${BATS} ${CMAKE_CURRENT_LIST_DIR}/filters.bats)
  foreach(part annotated cipher damage doctor drawing faults layouts links p1 profiles readings share stats)
    add_test(NAME pipeline.${part} COMMAND ${BATS} ${CMAKE_CURRENT_LIST_DIR}/${part}.bats)
  endforeach()
  set_tests_properties(pipeline.sim pipeline.filters pipeline.cipher pipeline.drawing
                       pipeline.links pipeline.layouts pipeline.damage pipeline.p1 pipeline.annotated pipeline.doctor pipeline.stats pipeline.faults
                       pipeline.readings pipeline.share pipeline.profiles PROPERTIES ENVIRONMENT
                       "METERPIPE_BUILD=${PROJECT_BINARY_DIR}")
endif()
add_test(NAME regress COMMAND ${PROJECT_SOURCE_DIR}/scripts/regress -b ${PROJECT_BINARY_DIR} run)
