# Compiles mbedTLS 2.28 as MbedTLS::mbedtls with a configuration of one's own, as firmware does.
enable_language(C)
set(HUBTWIN_MBEDTLS_CONFIG ${CMAKE_CURRENT_SOURCE_DIR}/config/mbedtls_client_config.h CACHE FILEPATH
    "Configuration header that mbedTLS is compiled with")
file(GLOB mbedtls_sources ${HUBTWIN_MBEDTLS_SOURCE}/library/*.c)
if(NOT mbedtls_sources)
  message(FATAL_ERROR "HUBTWIN_MBEDTLS_SOURCE holds no library/*.c: ${HUBTWIN_MBEDTLS_SOURCE}")
endif()
add_library(mbedtls_from_source STATIC ${mbedtls_sources} config/aes_without_decryption.c)
add_library(MbedTLS::mbedtls ALIAS mbedtls_from_source)
target_include_directories(mbedtls_from_source SYSTEM PUBLIC ${HUBTWIN_MBEDTLS_SOURCE}/include)
# Whoever includes mbedTLS's headers must see the same configuration: it decides what structures hold.
target_compile_definitions(mbedtls_from_source PUBLIC
                           MBEDTLS_CONFIG_FILE="${HUBTWIN_MBEDTLS_CONFIG}")
target_compile_options(mbedtls_from_source PRIVATE -w)

# For a program without a client certificate: linked to it directly, takes the place of the library's
# functions that need a private key.
add_library(mbedtls_without_private_keys OBJECT EXCLUDE_FROM_ALL config/without_private_keys.c)
target_include_directories(mbedtls_without_private_keys SYSTEM PRIVATE ${HUBTWIN_MBEDTLS_SOURCE}/library)
target_compile_options(mbedtls_without_private_keys PRIVATE -w)
target_link_libraries(mbedtls_without_private_keys PRIVATE mbedtls_from_source)
