// SPDX-License-Identifier: MIT
//
// A device with all that hubtwin offers: twin, methods, messages and telemetry.
#include "firmware.hpp"
#include <hubtwin/device_client.hpp>

#include <chrono>

extern "C" int firmware_main(const Board& board) {
  auto& context = make_static<hubtwin::SizedContext<>>(board.clock, board.crypto, board.random);
  const auto identity = hubtwin::Identity::parse(board.connection_string);
  if (!identity) {
    return static_cast<int>(identity.error());
  }
  auto& client = make_static<hubtwin::SizedDeviceClient<>>(context, board.transport, *identity);
  static std::int32_t limit;
  const hubtwin::Status outcomes[] = {
      client.twin().bind("limit", limit),
      client.twin().on_desired("valve", [](const hubtwin::DesiredChange&) {}),
      client.on_method("selfTest",
                       [](hubtwin::MethodCall call) { static_cast<void>(call.reply(200, "{}")); }),
      client.open(),
  };
  for (const hubtwin::Status& outcome : outcomes) {
    if (!outcome) {
      return static_cast<int>(outcome.error());
    }
  }
  client.on_message([](const hubtwin::Message&) {});
  for (;;) {
    client.poll();
    hubtwin::TelemetryMessage message;
    message.payload = hubtwin::as_bytes(R"({"temperature":21})");
    if (!client.send(message) || !client.twin().report("limit", limit)) {
      return 2;
    }
    context.wait(client.next_deadline());
  }
}
