// SPDX-License-Identifier: MIT
//
// The board has an MQTT client of its own.
#include "mix.hpp"

hubtwin::Transport& transport_of(const Board& board, int client) {
  return *board.transports[client];
}
