// SPDX-License-Identifier: MIT
/// \file
/// strlen() and strstr() in a few bytes. mbedTLS looks for the first and the last line of a
/// certificate with them; newlib's are made for long texts, and take 1.2 KB.

#include <cstring>

extern "C" std::size_t strlen(const char* text) {
  std::size_t size = 0;
  while (text[size] != '\0') {
    ++size;
  }
  return size;
}

extern "C" char* strstr(const char* text, const char* wanted) {
  const std::size_t size = std::strlen(wanted);
  for (; *text != '\0' || size == 0; ++text) {
    if (std::strncmp(text, wanted, size) == 0) {
      return const_cast<char*>(text);
    }
  }
  return nullptr;
}
