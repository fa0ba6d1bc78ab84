// SPDX-License-Identifier: MIT
//
// Entropy for mbedTLS (MBEDTLS_ENTROPY_HARDWARE_ALT). The boards have no random number generator,
// so it is the emulator's host that gives it. FOR THE EMULATOR ONLY: a product takes it from its
// hardware.
#include <hubtwin/mps2/semihosting.hpp>

extern "C" int mbedtls_hardware_poll(void*, unsigned char* bytes, std::size_t size,
                                     std::size_t* given) {
  constexpr int kSourceFailed = -0x003C;  // MBEDTLS_ERR_ENTROPY_SOURCE_FAILED
  const auto got =
      hubtwin::mps2::semihosting_read_file("/dev/urandom", hubtwin::ByteSpan(bytes, size));
  *given = got.value_or(0);
  return got.ok() && *got == size ? 0 : kSourceFailed;
}
