# Finds mbedTLS's libraries as MbedTLS::mbedtls, MbedTLS::mbedx509 and MbedTLS::mbedcrypto: by
# mbedTLS's own package file where it has one (3.x), else by looking for headers and libraries (2.28,
# whose Debian package has none).
if(NOT TARGET MbedTLS::mbedtls)
  find_package(MbedTLS CONFIG QUIET)
endif()
if(TARGET MbedTLS::mbedtls)
  set(MbedTLSLibraries_FOUND TRUE)
  return()
endif()

find_path(MbedTLS_INCLUDE_DIR mbedtls/ssl.h)
set(mbedtls_variables MbedTLS_INCLUDE_DIR)
foreach(library mbedtls mbedx509 mbedcrypto)
  find_library(MbedTLS_${library}_LIBRARY ${library})
  list(APPEND mbedtls_variables MbedTLS_${library}_LIBRARY)
endforeach()
mark_as_advanced(${mbedtls_variables})
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(MbedTLSLibraries REQUIRED_VARS ${mbedtls_variables})
if(MbedTLSLibraries_FOUND)
  foreach(library mbedtls mbedx509 mbedcrypto)
    add_library(MbedTLS::${library} UNKNOWN IMPORTED)
    set_target_properties(MbedTLS::${library} PROPERTIES
      IMPORTED_LOCATION "${MbedTLS_${library}_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${MbedTLS_INCLUDE_DIR}")
  endforeach()
  set_target_properties(MbedTLS::mbedtls PROPERTIES
    INTERFACE_LINK_LIBRARIES "MbedTLS::mbedx509;MbedTLS::mbedcrypto")
  set_target_properties(MbedTLS::mbedx509 PROPERTIES INTERFACE_LINK_LIBRARIES MbedTLS::mbedcrypto)
endif()
