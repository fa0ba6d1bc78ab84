# Our own builds treat warnings as errors; a project that uses hubtwin never inherits that.
function(hubtwin_own_warnings target)
  if(hubtwin_top_level AND CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
  endif()
endfunction()
