// SPDX-License-Identifier: MIT
#include "tools/hub/rest/url.hpp"

#include "tools/hub/core/encoding.hpp"

namespace hubtwin::hub::rest {
namespace {

/// Cuts the text up to `separator` off the front of `rest`.
std::string_view cut(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view head = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return head;
}

}  // namespace

std::optional<Target> parse_target(std::string_view target) {
  std::string_view query = target.substr(0, target.find('#'));
  std::string_view path = cut(query, '?');
  if (path.empty() || path.front() != '/') {
    return std::nullopt;
  }
  path.remove_prefix(1);
  Target parsed;
  while (!path.empty()) {
    const std::optional<std::string> segment = percent_decode(cut(path, '/'));
    if (!segment) {
      return std::nullopt;
    }
    parsed.segments.push_back(*segment);
  }
  while (!query.empty()) {
    std::string_view value = cut(query, '&');
    const std::optional<std::string> name = percent_decode(cut(value, '='));
    const std::optional<std::string> decoded = percent_decode(value);
    if (!name || !decoded) {
      return std::nullopt;
    }
    parsed.query.emplace(*name, *decoded);
  }
  return parsed;
}

std::optional<std::vector<std::string>> match_path(const std::vector<std::string>& segments,
                                                   const std::vector<std::string>& pattern) {
  if (segments.size() != pattern.size()) {
    return std::nullopt;
  }
  std::vector<std::string> taken;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == "*") {
      taken.push_back(segments[i]);
    } else if (pattern[i] != segments[i]) {
      return std::nullopt;
    }
  }
  return taken;
}

}  // namespace hubtwin::hub::rest
