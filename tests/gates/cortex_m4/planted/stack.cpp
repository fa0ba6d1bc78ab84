// SPDX-License-Identifier: MIT

void use(char* bytes);
void planted_large_frame() {
  char bytes[513];
  use(bytes);
}
void planted_open_frame(unsigned size) {
  use(static_cast<char*>(__builtin_alloca(size)));
}
