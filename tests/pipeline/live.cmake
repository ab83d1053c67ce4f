# The whole pipe live on a pty and a broker, the files of scripts/.
find_program(BATS bats REQUIRED)
find_program(MOSQUITTO_BROKER mosquitto PATHS /usr/sbin /usr/local/sbin REQUIRED)
find_program(MOSQUITTO_SUB mosquitto_sub REQUIRED)

add_executable(latency ${CMAKE_CURRENT_LIST_DIR}/../support/latency.cpp)
target_link_libraries(latency PRIVATE meterpipe-rooms)

add_test(NAME pipeline.live COMMAND ${BATS} --timing ${CMAKE_CURRENT_LIST_DIR}/live.bats)
set_tests_properties(pipeline.live PROPERTIES ENVIRONMENT
  "METERPIPE_BIN=${PROJECT_BINARY_DIR};LATENCY=$<TARGET_FILE:latency>;MOSQUITTO=${MOSQUITTO_BROKER};MOSQUITTO_SUB=${MOSQUITTO_SUB}")
add_test(NAME scripts COMMAND ${BATS} ${CMAKE_CURRENT_LIST_DIR}/../systemd.bats
         ${CMAKE_CURRENT_LIST_DIR}/../scripts.bats)
set_tests_properties(scripts PROPERTIES ENVIRONMENT "METERPIPE_BUILD=${PROJECT_BINARY_DIR}")
