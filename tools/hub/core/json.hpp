// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The hub's JSON type, and the one way in which text from outside becomes JSON.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace hubtwin::hub {

/// Keeps members in the order in which they were written, as IoT Hub does.
/// Beware: operator== compares that order too; use same_value() where order means nothing.
using Json = nlohmann::ordered_json;

/// Containers within containers that parse_json() accepts.
constexpr std::size_t kMaxJsonDepth = 64;

/// Parses one complete JSON value. Empty for text that isn't JSON, isn't UTF-8, or nests deeper
/// than `max_depth`; `why` then says what is wrong and where, without quoting the text.
std::optional<Json> parse_json(std::string_view text, std::string* why = nullptr,
                               std::size_t max_depth = kMaxJsonDepth);

/// Equality without regard to the order of members.
bool same_value(const Json& left, const Json& right);

}  // namespace hubtwin::hub
