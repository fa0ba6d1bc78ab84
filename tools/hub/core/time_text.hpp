// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Times as text.

#include "tools/hub/core/message.hpp"

#include <string>

namespace hubtwin::hub {

/// How the service writes a time that never came.
constexpr char kNever[] = "0001-01-01T00:00:00Z";

/// UTC, ISO 8601, to a ten-millionth of a second: "2026-11-22T06:15:00.1234567Z".
std::string to_iso8601(TimePoint time);

}  // namespace hubtwin::hub
