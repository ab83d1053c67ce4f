# The operators as one generated source: each file's name and text, parsed when first needed.
file(GLOB METERPIPE_OPERATORS CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.operator)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${METERPIPE_OPERATORS})
set(METERPIPE_OPERATOR_TEXTS "")
foreach(file ${METERPIPE_OPERATORS})
  file(READ ${file} text)
  get_filename_component(name ${file} NAME_WE)
  string(APPEND METERPIPE_OPERATOR_TEXTS
         "    {\"${name}\", R\"operator(${text})operator\"},\n")
endforeach()
string(CONCAT METERPIPE_OPERATOR_CODE
       "// Made of operators/*.operator by operators/operators.cmake.\n"
       "#include \"config/operator_texts.hpp\"\n\n"
       "namespace meterpipe::config {\n\n"
       "namespace {\nconstexpr OperatorText kOperatorTexts[]{\n"
       "${METERPIPE_OPERATOR_TEXTS}};\n}  // namespace\n\n"
       "std::span<const OperatorText> operator_texts() { return kOperatorTexts; }\n\n"
       "}  // namespace meterpipe::config\n")
meterpipe_generated_source(meterpipe-config operator_texts.cpp "${METERPIPE_OPERATOR_CODE}")
