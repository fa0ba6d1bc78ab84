// SPDX-License-Identifier: MIT
//
// Our MQTT client for each of up to two clients.
#include "mix.hpp"
#include <hubtwin/mqtt/transport.hpp>

namespace {

template <int kPlace>
hubtwin::Transport& over(hubtwin::ByteStream& stream) {
  auto& memory = make_static<hubtwin::mqtt::SizedTransportMemory<>, kPlace>();
  return make_static<hubtwin::mqtt::Transport, kPlace>(stream, memory.memory());
}

}  // namespace

hubtwin::Transport& transport_of(const Board& board, int client) {
#if HUBTWIN_FOOTPRINT_CLIENTS > 1
  if (client == 1) {
    return over<1>(*board.streams[1]);
  }
#endif
  return over<0>(*board.streams[client]);
}
