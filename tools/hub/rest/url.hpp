// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Request targets: taken apart first and percent-decoded afterwards, since ids may hold almost
/// any character.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hubtwin::hub::rest {

struct Target {
  std::vector<std::string> segments;         ///< "/a/b%20c/" is {"a", "b c"}
  std::map<std::string, std::string> query;  ///< the first of equal names counts
};

/// Empty for a target that doesn't begin with '/' or holds a '%' without two hex digits.
std::optional<Target> parse_target(std::string_view target);

/// Compares segment by segment; "*" in `pattern` takes any segment. Answers what "*" took, in
/// order.
std::optional<std::vector<std::string>> match_path(const std::vector<std::string>& segments,
                                                   const std::vector<std::string>& pattern);

}  // namespace hubtwin::hub::rest
