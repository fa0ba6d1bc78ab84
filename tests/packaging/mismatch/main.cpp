// SPDX-License-Identifier: MIT
#include <hubtwin/status.hpp>

int main() {
  return hubtwin::to_string(hubtwin::Error::kNone) == nullptr ? 1 : 0;
}
