// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// UTC as text, as message properties carry it.

#include <hubtwin/time.hpp>

#include <cstddef>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// Characters of "2026-11-22T06:34:30Z".
constexpr std::size_t kUtcTextSize = 20;

/// First and last second that to_utc_text() can write.
constexpr UtcTime kFirstTextUtc{std::chrono::seconds(0)};
constexpr UtcTime kLastTextUtc{std::chrono::seconds(253402300799)};  // 9999-12-31T23:59:59Z

/// Writes `time` as ISO 8601 in whole seconds.
/// \pre kFirstTextUtc <= time <= kLastTextUtc
/// \return a view of `room`.
std::string_view to_utc_text(UtcTime time, char (&room)[kUtcTextSize]);

HUBTWIN_NAMESPACE_END
