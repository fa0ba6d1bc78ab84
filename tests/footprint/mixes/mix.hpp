// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What the measured programs share. Ports come from outside, as a board's would, so that nothing
/// about them is known to the compiler; objects stand in static memory, so that an image's bss
/// tells their RAM.

#include <hubtwin/port/byte_stream.hpp>
#include <hubtwin/port/clock.hpp>
#include <hubtwin/port/crypto.hpp>
#include <hubtwin/port/random.hpp>
#include <hubtwin/port/transport.hpp>
#include <hubtwin/session/sizes.hpp>

#include <new>
#include <utility>

/// The board's ports, and who it is.
struct Board {
  hubtwin::Clock& clock;
  hubtwin::Crypto& crypto;
  hubtwin::Random& random;
  hubtwin::Transport* const* transports;  ///< The board's own, where it has MQTT itself.
  hubtwin::ByteStream* const* streams;    ///< What our MQTT client works on, where it doesn't.
  const char* const* connection_strings;
};

/// The transport of the client with that number: the board's own, or our MQTT client. Which of the
/// two is decided when the program is linked.
hubtwin::Transport& transport_of(const Board& board, int client);

/// What the memory of a program that only sends leaves out.
struct TelemetryOnly : hubtwin::DefaultSizes {
  static constexpr std::size_t kDesiredBytes = 0;
  static constexpr std::size_t kMethods = 0;
  static constexpr bool kMessages = false;
};
struct TelemetryAndTwin : hubtwin::DefaultSizes {
  static constexpr std::size_t kMethods = 0;
  static constexpr bool kMessages = false;
};

/// An object in static memory, never destroyed; one for each `kPlace`.
template <class T, int kPlace = 0, class... Args>
T& make_static(Args&&... args) {
  alignas(T) static unsigned char room[sizeof(T)];
  return *::new (static_cast<void*>(room)) T(std::forward<Args>(args)...);
}
