// SPDX-License-Identifier: MIT
//
// mbedTLS 2.28 for a device that connects to IoT Hub: TLS 1.2 as client, chains of RSA and of P-256
// and P-384 keys with SHA-256, SHA-384 and SHA-512, ECDHE with AES-GCM, records of up to 16 KB
// received. All memory comes from the array given to mbedtls_memory_buffer_alloc_init(). An
// example: a program with other needs names a header of its own by HUBTWIN_MBEDTLS_CONFIG.
#ifndef HUBTWIN_MBEDTLS_CLIENT_CONFIG_H
#define HUBTWIN_MBEDTLS_CLIENT_CONFIG_H

// The platform: no heap, no files, no printf. Random numbers begin with mbedtls_hardware_poll(),
// which the board defines.
#define MBEDTLS_HAVE_ASM
#define MBEDTLS_NO_PLATFORM_ENTROPY
#define MBEDTLS_ENTROPY_HARDWARE_ALT
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_NO_STD_FUNCTIONS
#define MBEDTLS_MEMORY_BUFFER_ALLOC_C
#define MBEDTLS_MEMORY_DEBUG  // tells the most memory ever used
#define MBEDTLS_PLATFORM_FPRINTF_MACRO(...) 0
#define MBEDTLS_PLATFORM_EXIT_MACRO(status) __builtin_trap()
#define MBEDTLS_PLATFORM_SNPRINTF_MACRO snprintf
// MBEDTLS_HAVE_TIME_DATE is left out on purpose: hubtwin's TlsStream holds the certificates' dates
// against the Clock port by itself, and newlib's gmtime would want a heap.

// TLS
#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_PROTO_TLS1_2
#define MBEDTLS_SSL_SERVER_NAME_INDICATION
#define MBEDTLS_SSL_EXTENDED_MASTER_SECRET
// Out: what is sent is cut into records of so much; a client certificate's chain must fit in one.
// The peer's chain isn't kept: it is parsed where it was received, and only its key outlives the
// check.
#if defined(HUBTWIN_MBEDTLS_IN_CONTENT_LEN)
#define MBEDTLS_SSL_IN_CONTENT_LEN HUBTWIN_MBEDTLS_IN_CONTENT_LEN
#else
#define MBEDTLS_SSL_IN_CONTENT_LEN 16384
#endif
#if MBEDTLS_SSL_IN_CONTENT_LEN < 16384
#define MBEDTLS_SSL_MAX_FRAGMENT_LENGTH  // with room for whole records there is nothing to ask for
#endif
#if defined(HUBTWIN_MBEDTLS_OUT_CONTENT_LEN)
#define MBEDTLS_SSL_OUT_CONTENT_LEN HUBTWIN_MBEDTLS_OUT_CONTENT_LEN
#else
#define MBEDTLS_SSL_OUT_CONTENT_LEN 2048
#endif
#define MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED
#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED
// clang-format off
#define MBEDTLS_SSL_CIPHERSUITES \
  MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, \
  MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, \
  MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, \
  MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
// clang-format on

// Certificates
#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_X509_CHECK_KEY_USAGE
#define MBEDTLS_X509_CHECK_EXTENDED_KEY_USAGE
#define MBEDTLS_PEM_PARSE_C
#define MBEDTLS_BASE64_C
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_OID_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C

// Cryptography, small rather than fast where the handshake hardly feels it
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_NO_UDBL_DIVISION  // rarely divides; the library function takes 700 bytes
#define MBEDTLS_RSA_C
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_ECP_C
#define MBEDTLS_ECDH_C
#define MBEDTLS_ECDSA_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#define MBEDTLS_ECP_DP_SECP384R1_ENABLED
#define MBEDTLS_ECP_NIST_OPTIM
#define MBEDTLS_ECP_WINDOW_SIZE 4
#define MBEDTLS_ECP_FIXED_POINT_OPTIM 0
#define MBEDTLS_AES_C
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_AES_FEWER_TABLES
#define MBEDTLS_AES_SETKEY_DEC_ALT
#define MBEDTLS_AES_DECRYPT_ALT
#define HUBTWIN_MBEDTLS_AES_WITHOUT_DECRYPTION  // GCM has no need of it
#define MBEDTLS_GCM_C
#define MBEDTLS_CIPHER_C
#define MBEDTLS_MD_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA256_SMALLER
#define MBEDTLS_SHA512_C
#define MBEDTLS_SHA512_SMALLER
#define MBEDTLS_ENTROPY_C
#define MBEDTLS_ENTROPY_FORCE_SHA256
#define MBEDTLS_CTR_DRBG_C

#include "mbedtls/check_config.h"

#endif
