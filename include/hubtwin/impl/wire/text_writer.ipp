// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/wire/text_writer.hpp.

#include <hubtwin/auth/percent.hpp>
#include <hubtwin/wire/decimal.hpp>
#include <hubtwin/wire/text_writer.hpp>

#include <algorithm>

HUBTWIN_NAMESPACE_BEGIN

TextWriter& TextWriter::text(std::string_view text) {
  if (overflown_ || text.size() > room_.size() - size_) {
    overflown_ = true;
    return *this;
  }
  std::copy(text.begin(), text.end(), room_.begin() + size_);
  size_ += text.size();
  return *this;
}

TextWriter& TextWriter::percent(std::string_view text) {
  if (overflown_) {
    return *this;
  }
  const Result<std::string_view> encoded = percent_encode(text, rest());
  if (!encoded) {
    overflown_ = true;
    return *this;
  }
  size_ += encoded->size();
  return *this;
}

TextWriter& TextWriter::number(std::uint64_t number) {
  char digits[kMaxDecimalDigits];
  return text(to_decimal(number, digits));
}

HUBTWIN_NAMESPACE_END
