// SPDX-License-Identifier: MIT

#include <functional>

int planted_call(const std::function<int()>& callable) {
  return callable();
}
