# Puts a bug into a copy of one of the library's bodies, to see that the simulation would notice it.
# cmake -DBODY=<the body> -DCOPY=<where the copy goes> -DBUG=<one of the files beside this> -P ...
cmake_minimum_required(VERSION 3.20)

file(READ ${BODY} text)

# What is replaced has to stand there exactly once: a plant that doesn't apply any more must be seen.
function(instead_of old new)
  string(FIND "${text}" "${old}" first)
  string(FIND "${text}" "${old}" last REVERSE)
  if(first EQUAL -1 OR NOT first EQUAL last)
    message(FATAL_ERROR "${BUG} doesn't apply to ${BODY} any more: this stands there not exactly "
                        "once:\n${old}")
  endif()
  string(REPLACE "${old}" "${new}" text "${text}")
  set(text "${text}" PARENT_SCOPE)
endfunction()

include(${BUG})
file(WRITE ${COPY} "${text}")
