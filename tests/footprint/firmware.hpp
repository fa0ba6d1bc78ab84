// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What the images share. Ports come from outside, as a board's would, so that nothing about them
/// is known to the compiler; objects stand in static memory, so that an image's bss tells their
/// RAM.

#include <hubtwin/port/clock.hpp>
#include <hubtwin/port/crypto.hpp>
#include <hubtwin/port/random.hpp>
#include <hubtwin/port/transport.hpp>

#include <new>
#include <utility>

/// The board's ports.
struct Board {
  hubtwin::Clock& clock;
  hubtwin::Crypto& crypto;
  hubtwin::Random& random;
  hubtwin::Transport& transport;
  const char* connection_string;
};

/// The one object of its type, in static memory and never destroyed.
template <class T, class... Args>
T& make_static(Args&&... args) {
  alignas(T) static unsigned char room[sizeof(T)];
  return *::new (static_cast<void*>(room)) T(std::forward<Args>(args)...);
}
