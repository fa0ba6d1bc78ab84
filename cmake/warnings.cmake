# Our own builds see every warning, by default as an error; a project that uses hubtwin never inherits
# that.
function(hubtwin_own_warnings target)
  if(hubtwin_top_level AND CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow
                                             $<$<BOOL:${HUBTWIN_WARNINGS_AS_ERRORS}>:-Werror>)
  endif()
endfunction()
