// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Views of bytes that somebody else owns.

#include <hubtwin/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// A sequence of elements owned by somebody else; C++17's stand-in for std::span.
template <class T>
class Span {
 public:
  constexpr Span() = default;
  constexpr Span(T* data, std::size_t size) : data_(data), size_(size) {}
  template <std::size_t N>
  constexpr Span(T (&array)[N]) : data_(array), size_(N) {}  // NOLINT: implicit as std::span's
  /// A view of mutable elements is a view of constant ones.
  constexpr operator Span<const T>() const { return {data_, size_}; }  // NOLINT: implicit likewise

  constexpr T* data() const { return data_; }
  constexpr std::size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr T& operator[](std::size_t index) const { return data_[index]; }
  constexpr T* begin() const { return data_; }
  constexpr T* end() const { return data_ + size_; }
  /// \pre count <= size()
  constexpr Span first(std::size_t count) const { return {data_, count}; }
  /// \pre offset <= size()
  constexpr Span subspan(std::size_t offset) const { return {data_ + offset, size_ - offset}; }
  /// \pre offset + count <= size()
  constexpr Span subspan(std::size_t offset, std::size_t count) const {
    return {data_ + offset, count};
  }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Bytes to read.
using ByteView = Span<const std::uint8_t>;
/// Bytes to write.
using ByteSpan = Span<std::uint8_t>;

/// The bytes of a text.
inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
/// Bytes taken as text; nothing is checked.
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

HUBTWIN_NAMESPACE_END
