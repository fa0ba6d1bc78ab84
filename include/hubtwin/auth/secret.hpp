// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Secrets: a type that can't be formatted, compared in haste or left behind in memory.

#include <hubtwin/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// Overwrites `bytes` with zeros in a way that the compiler doesn't drop.
void wipe(ByteSpan bytes);

/// A view of a secret that somebody else owns and wipes. It has no conversion to text: what needs
/// the characters says so by name.
class SecretView {
 public:
  constexpr SecretView() = default;
  constexpr explicit SecretView(std::string_view text) : text_(text) {}
  /// The characters; for what sends or signs them, never for logs or messages.
  constexpr std::string_view reveal() const { return text_; }
  constexpr std::size_t size() const { return text_.size(); }
  constexpr bool empty() const { return text_.empty(); }

 private:
  std::string_view text_;
};

/// Room for a secret of up to `Capacity` bytes; wiped when it is cleared, replaced or destroyed.
template <std::size_t Capacity>
class SecretBuffer {
 public:
  SecretBuffer() = default;
  SecretBuffer(const SecretBuffer&) = delete;
  SecretBuffer& operator=(const SecretBuffer&) = delete;
  ~SecretBuffer() { clear(); }

  void clear() {
    wipe(ByteSpan(bytes_, Capacity));
    size_ = 0;
  }
  /// Room to write into; follow with set_size.
  ByteSpan room() { return ByteSpan(bytes_, Capacity); }
  /// \pre size <= Capacity
  void set_size(std::size_t size) { size_ = size; }
  ByteView bytes() const { return ByteView(bytes_, size_); }
  SecretView view() const {
    return SecretView(std::string_view(reinterpret_cast<const char*>(bytes_), size_));
  }

 private:
  std::uint8_t bytes_[Capacity] = {};
  std::size_t size_ = 0;
};

HUBTWIN_NAMESPACE_END
