// SPDX-License-Identifier: MIT
#include <hubtwin/mbedtls/mbedtls_random.hpp>

int main() {
  hubtwin::mbedtls::MbedtlsRandom random{"consumer"};
  return random.status().ok() ? 0 : 1;
}
