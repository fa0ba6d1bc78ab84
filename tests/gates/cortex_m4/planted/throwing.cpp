// SPDX-License-Identifier: MIT
// flags: -fexceptions

void planted_throw() {
  throw 1;
}
