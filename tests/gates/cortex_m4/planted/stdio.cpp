// SPDX-License-Identifier: MIT

#include <cstdio>

void planted_format(char* text, unsigned size, int value) {
  std::snprintf(text, size, "%d", value);
}
