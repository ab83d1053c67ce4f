# meterpipe_generated_source(TARGET NAME CODE): a source of the target that holds this, in generated/;
# written only where it changed, so that nothing is built anew for nothing.
function(meterpipe_generated_source target name code)
  set(source ${PROJECT_BINARY_DIR}/generated/${name})
  set(old "")
  if(EXISTS ${source})
    file(READ ${source} old)
  endif()
  if(NOT code STREQUAL old)
    file(WRITE ${source} "${code}")
  endif()
  target_sources(${target} PRIVATE ${source})
endfunction()
