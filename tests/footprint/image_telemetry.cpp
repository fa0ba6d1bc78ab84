// SPDX-License-Identifier: MIT
//
// A sensor that only sends.
#include "firmware.hpp"
#include <hubtwin/device_client.hpp>

namespace {
struct Sizes : hubtwin::DefaultSizes {
  static constexpr std::size_t kDesiredBytes = 0;
  static constexpr std::size_t kMethods = 0;
  static constexpr bool kMessages = false;
};
}  // namespace

extern "C" int firmware_main(const Board& board) {
  auto& context = make_static<hubtwin::SizedContext<>>(board.clock, board.crypto, board.random);
  const auto identity = hubtwin::Identity::parse(board.connection_string);
  if (!identity) {
    return static_cast<int>(identity.error());
  }
  auto& client =
      make_static<hubtwin::SizedDeviceClient<Sizes>>(context, board.transport, *identity);
  if (!client.open()) {
    return 1;
  }
  for (;;) {
    client.poll();
    hubtwin::TelemetryMessage message;
    message.payload = hubtwin::as_bytes(R"({"temperature":21})");
    if (!client.send(message)) {
      return 2;
    }
    context.wait(client.next_deadline());
  }
}
