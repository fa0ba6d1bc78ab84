// SPDX-License-Identifier: MIT
// mbedTLS's own pk_wrap.c without what needs a private key: signing, decrypting, and checking that
// a key pair is one. Its tables name these functions, so that the linker keeps them, 4 KB, in a
// program that only verifies. Linked before the library by a program that has no client
// certificate; see from_source.cmake.
#include "common.h"

#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>
#include <mbedtls/pk_internal.h>
#include <mbedtls/rsa.h>

#define mbedtls_rsa_pkcs1_sign(...) MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE
#define mbedtls_rsa_pkcs1_encrypt(...) MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE
#define mbedtls_rsa_pkcs1_decrypt(...) MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE
#define mbedtls_rsa_check_pub_priv(...) MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE
#define mbedtls_ecdsa_write_signature(...) MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE
#define mbedtls_ecp_check_pub_priv(...) MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE

#include "pk_wrap.c"
