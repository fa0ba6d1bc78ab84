// SPDX-License-Identifier: MIT

#include <cstdlib>

void* planted_malloc() {
  return std::malloc(8);
}
int* planted_new() {
  return new int[3];
}
struct Base {
  virtual ~Base();  // its deleting destructor refers to operator delete
};
Base::~Base() = default;
