// SPDX-License-Identifier: MIT

#include <iostream>

void planted_print(int value) {
  std::cout << value;
}
