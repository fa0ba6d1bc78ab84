// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The part of IoT Hub's query language that this hub speaks.

#include <optional>
#include <string>
#include <string_view>

namespace hubtwin::hub {

/// SELECT * FROM devices | devices.modules [WHERE deviceId = '...']
struct Query {
  bool modules = false;
  std::optional<std::string> device;
};

/// Words in any case, white space where it likes. Empty for everything else.
std::optional<Query> parse_query(std::string_view text);

}  // namespace hubtwin::hub
