# The profiles as one generated source: each file's text is a raw string, parsed when first needed.
file(GLOB METERPIPE_PROFILES CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.profile)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${METERPIPE_PROFILES})
set(METERPIPE_PROFILE_TEXTS "")
foreach(file ${METERPIPE_PROFILES})
  file(READ ${file} text)
  # The messages and what they give are for the tests; a program does without them.
  string(REGEX REPLACE "\n(test|gives) [^\n]*" "" text "${text}")
  get_filename_component(name ${file} NAME)
  string(APPEND METERPIPE_PROFILE_TEXTS
         "    // ${name}\n    R\"profile(${text})profile\",\n")
endforeach()
string(CONCAT METERPIPE_PROFILE_CODE
       "// Made of profiles/*.profile by profiles/profiles.cmake.\n"
       "#include \"readings/builtin_texts.hpp\"\n\n"
       "namespace meterpipe::readings {\n\n"
       "namespace {\nconstexpr std::string_view kTexts[]{\n    {},\n"
       "${METERPIPE_PROFILE_TEXTS}};\n}  // namespace\n\n"
       "std::span<const std::string_view> builtin_texts() {\n"
       "  return std::span(kTexts).subspan(1);\n}\n\n"
       "}  // namespace meterpipe::readings\n")
meterpipe_generated_source(meterpipe-readings builtin_texts.cpp "${METERPIPE_PROFILE_CODE}")
