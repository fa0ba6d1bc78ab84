// SPDX-License-Identifier: MIT
/// \file
/// strstr() in a few bytes. mbedTLS looks for the first and the last line of a certificate with it;
/// newlib's is made for long texts, and takes 1 KB.

#include <cstring>

extern "C" char* strstr(const char* text, const char* wanted) {
  const std::size_t size = std::strlen(wanted);
  for (; *text != '\0' || size == 0; ++text) {
    if (std::strncmp(text, wanted, size) == 0) {
      return const_cast<char*>(text);
    }
  }
  return nullptr;
}
