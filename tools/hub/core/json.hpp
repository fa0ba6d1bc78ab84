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

/// Members of one object that parse_json() accepts: keeping their order costs a search for each.
constexpr std::size_t kMaxJsonMembers = 4096;

/// Parses one complete JSON value. Empty for text that isn't JSON, isn't UTF-8, or goes beyond
/// these bounds; `why` then says what is wrong and where, without quoting the text.
std::optional<Json> parse_json(std::string_view text, std::string* why = nullptr);

/// Equality without regard to the order of members.
bool same_value(const Json& left, const Json& right);

}  // namespace hubtwin::hub
