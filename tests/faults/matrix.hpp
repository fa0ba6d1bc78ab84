// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The rows of the fault matrix.

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace hubtwin::faults {

class Trial;

/// What a row shows isn't so.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Row {
  std::string fault;  ///< for the table
  std::function<void(Trial&)> play;
  /// Alone, since it changes what all clients of the hub see.
  bool alone = false;
  /// Most of a minute long: left out unless asked for.
  bool slow = false;
};

/// All rows, in the order of the table.
const std::vector<Row>& all_rows();

std::vector<Row> network_rows();
std::vector<Row> packet_rows();
std::vector<Row> hub_rows();
std::vector<Row> tls_rows();
std::vector<Row> trust_rows();

}  // namespace hubtwin::faults
