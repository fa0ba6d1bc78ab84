// SPDX-License-Identifier: MIT
//
// AES as GCM and CTR_DRBG want it: they only ever encrypt. mbedTLS's tables for decryption would
// take 2.5 KB of flash all the same, since its table of ciphers names the function.
#include MBEDTLS_CONFIG_FILE

#if defined(HUBTWIN_MBEDTLS_AES_WITHOUT_DECRYPTION)

#include <mbedtls/aes.h>

int mbedtls_aes_setkey_dec(mbedtls_aes_context* aes, const unsigned char* key, unsigned int bits) {
  (void)aes;
  (void)key;
  (void)bits;
  return MBEDTLS_ERR_AES_FEATURE_UNAVAILABLE;
}

int mbedtls_internal_aes_decrypt(mbedtls_aes_context* aes, const unsigned char input[16],
                                 unsigned char output[16]) {
  (void)aes;
  (void)input;
  (void)output;
  return MBEDTLS_ERR_AES_FEATURE_UNAVAILABLE;
}

#else

typedef int hubtwin_mbedtls_nothing_here;  // ISO C wants a declaration

#endif
