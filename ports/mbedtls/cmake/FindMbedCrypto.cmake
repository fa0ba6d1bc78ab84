# Finds mbedTLS's crypto library as MbedTLS::mbedcrypto: by mbedTLS's own package file where it has
# one (3.x), else by looking for header and library (2.28, whose Debian package has none).
if(NOT TARGET MbedTLS::mbedcrypto)
  find_package(MbedTLS CONFIG QUIET)
endif()
if(TARGET MbedTLS::mbedcrypto)
  set(MbedCrypto_FOUND TRUE)
  return()
endif()

find_path(MbedCrypto_INCLUDE_DIR mbedtls/md.h)
find_library(MbedCrypto_LIBRARY mbedcrypto)
mark_as_advanced(MbedCrypto_INCLUDE_DIR MbedCrypto_LIBRARY)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(MbedCrypto REQUIRED_VARS MbedCrypto_LIBRARY
                                                           MbedCrypto_INCLUDE_DIR)
if(MbedCrypto_FOUND)
  add_library(MbedTLS::mbedcrypto UNKNOWN IMPORTED)
  set_target_properties(MbedTLS::mbedcrypto PROPERTIES
    IMPORTED_LOCATION "${MbedCrypto_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${MbedCrypto_INCLUDE_DIR}")
endif()
