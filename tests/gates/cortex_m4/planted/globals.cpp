// SPDX-License-Identifier: MIT

int planted_counter = 3;
namespace {
int hidden_counter;
}
int planted_next() {
  static int calls;
  return ++hidden_counter + ++calls + planted_counter;
}
