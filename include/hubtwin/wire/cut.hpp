// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Cutting texts in pieces. std::string_view::substr throws for an offset out of range; these cut
/// what is there and link no exception.

#include <hubtwin/config.hpp>

#include <cstddef>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// The first `size` characters, or all where there are fewer.
constexpr std::string_view head(std::string_view text, std::size_t size) {
  return {text.data(), size < text.size() ? size : text.size()};
}

/// What follows the first `size` characters; empty where there are fewer.
constexpr std::string_view tail(std::string_view text, std::size_t size) {
  text.remove_prefix(size < text.size() ? size : text.size());
  return text;
}

/// Whether `text` begins with `prefix`.
constexpr bool has_prefix(std::string_view text, std::string_view prefix) {
  return head(text, prefix.size()) == prefix;
}

/// Takes `prefix` off `text`, or leaves `text` as it is and answers false.
constexpr bool strip_prefix(std::string_view& text, std::string_view prefix) {
  if (!has_prefix(text, prefix)) {
    return false;
  }
  text.remove_prefix(prefix.size());
  return true;
}

/// A text cut at the first separator.
struct Cut {
  std::string_view before;  ///< All of the text where there is no separator.
  std::string_view after;
  bool found = false;  ///< Whether there was a separator.
};
/// Cuts `text` at the first `separator`, which is part of neither piece.
constexpr Cut cut(std::string_view text, char separator) {
  const std::size_t position = text.find(separator);
  if (position == std::string_view::npos) {
    return {text, {}, false};
  }
  return {head(text, position), tail(text, position + 1), true};
}

HUBTWIN_NAMESPACE_END
