// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/auth/secret.hpp.

#include <hubtwin/auth/secret.hpp>

HUBTWIN_NAMESPACE_BEGIN

void wipe(ByteSpan bytes) {
  // A volatile store is an effect that the compiler has to keep, even right before the memory's
  // end.
  volatile std::uint8_t* target = bytes.data();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    target[i] = 0;
  }
}

HUBTWIN_NAMESPACE_END
