// SPDX-License-Identifier: MIT
//
// The least that any program takes: reasons and their texts.
#include <hubtwin/status.hpp>

extern "C" const char* firmware_main(int error) {
  return hubtwin::to_string(static_cast<hubtwin::Error>(error));
}
