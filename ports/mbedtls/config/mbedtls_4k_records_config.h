// SPDX-License-Identifier: MIT
//
// The same with records of up to 4 KB, which saves 12 KB of RAM, for servers that honour RFC 6066's
// wish for short records (RecordLimit::k4096) and whose certificates fit in one: mbedTLS 2.28
// doesn't put handshake messages of several records together. IoT Hub honours no such wish; a
// gateway may.
#ifndef HUBTWIN_MBEDTLS_4K_RECORDS_CONFIG_H
#define HUBTWIN_MBEDTLS_4K_RECORDS_CONFIG_H

#define HUBTWIN_MBEDTLS_IN_CONTENT_LEN 4096
// mbedTLS wishes for no more than it sends itself.
#define HUBTWIN_MBEDTLS_OUT_CONTENT_LEN 4096
#include "mbedtls_client_config.h"

#endif
