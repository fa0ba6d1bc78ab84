// SPDX-License-Identifier: MIT
//
// A device and three modules in one image: what the second and further clients add.
#include "firmware.hpp"
#include <hubtwin/device_client.hpp>
#include <hubtwin/module_client.hpp>

namespace {

// One a place in memory, whatever the client's type.
template <class Client, int kPlace>
bool starts(hubtwin::Context& context, const Board& board) {
  struct Placed : Client {
    using Client::Client;
  };
  const auto identity = hubtwin::Identity::parse(board.connection_string);
  if (!identity) {
    return false;
  }
  hubtwin::Client& client = make_static<Placed>(context, board.transport, *identity);
  return client
             .on_method("selfTest",
                        [](hubtwin::MethodCall call) { static_cast<void>(call.reply(200, "{}")); })
             .ok() &&
         client.twin().report("state", "idle").ok() && client.open().ok();
}

}  // namespace

extern "C" int firmware_main(const Board (&boards)[4]) {
  auto& context =
      make_static<hubtwin::SizedContext<>>(boards[0].clock, boards[0].crypto, boards[0].random);
  if (!starts<hubtwin::SizedDeviceClient<>, 0>(context, boards[0]) ||
      !starts<hubtwin::SizedModuleClient<>, 1>(context, boards[1]) ||
      !starts<hubtwin::SizedModuleClient<>, 2>(context, boards[2]) ||
      !starts<hubtwin::SizedModuleClient<>, 3>(context, boards[3])) {
    return 1;
  }
  for (;;) {
    context.poll();
    context.wait(context.next_deadline());
  }
}
