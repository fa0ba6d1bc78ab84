// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Composes a text in memory of fixed size: topics, user names, tokens.

#include <hubtwin/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// Appends to a caller's memory. What doesn't fit marks the writer as overflown, and from then on
/// nothing is written, so that one check at the end is enough.
class TextWriter {
 public:
  explicit TextWriter(Span<char> room) : room_(room) {}

  /// Appends as it stands.
  TextWriter& text(std::string_view text);
  /// Appends percent-encoded; see percent_encode().
  TextWriter& percent(std::string_view text);
  /// Appends in decimal.
  TextWriter& number(std::uint64_t number);
  /// Goes back to an earlier size(), e.g. to take back what was half written; clears no overflow.
  /// \pre size <= size()
  void truncate(std::size_t size) { size_ = size; }

  /// False once something did not fit.
  bool ok() const { return !overflown_; }
  std::size_t size() const { return size_; }
  /// What has been written.
  std::string_view view() const { return {room_.data(), size_}; }
  /// The memory behind it.
  Span<char> rest() const { return room_.subspan(size_); }

 private:
  Span<char> room_;
  std::size_t size_ = 0;
  bool overflown_ = false;
};

HUBTWIN_NAMESPACE_END
