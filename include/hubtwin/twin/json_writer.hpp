// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// JsonWriter: writes compact JSON into a buffer of the caller's.

#include <hubtwin/bytes.hpp>
#include <hubtwin/config.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/twin/property_value.hpp>
#include <hubtwin/twin/property_view.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// Writes one JSON value, token by token, without white space. The first error sticks and later
/// calls do nothing, so a document is written in one go and status() asked at the end. Commas and
/// colons come by themselves. Independent of any locale.
class JsonWriter {
 public:
  /// Deepest nesting it writes.
  static constexpr std::size_t kDeepest = 64;

  /// \param[in] room  Where to write; outlives the writer.
  explicit JsonWriter(Span<char> room) : room_(room) {}

  void begin_object() { open('{', true); }
  void end_object() { close('}', true); }
  void begin_array() { open('[', false); }
  void end_array() { close(']', false); }
  /// The next member's name. \pre An object is open and no key is waiting for its value.
  void key(std::string_view name);
  /// A scalar, or an empty object or array. Doubles are written so that reading gives the same
  /// one. Error::kPropertyValue for a double that isn't finite, Error::kOutOfRange for an integer
  /// beyond 64 bits with sign, Error::kJsonString for text that isn't UTF-8.
  void value(const PropertyValue& value);
  /// Inserts a value that is JSON already; it is not checked. Empty text is Error::kJsonSyntax.
  void raw(std::string_view json);
  /// A whole value out of a tree; Error::kNotFound nowhere.
  void write(PropertyView value);
  /// key() and value() in one.
  void member(std::string_view name, const PropertyValue& what) {
    key(name);
    value(what);
  }

  /// The first error: Error::kNoSpace, Error::kJsonTooDeep, Error::kWrongState for tokens out of
  /// order, or one named above. The text is then no JSON.
  Status status() const { return error_; }
  /// Whether a whole value stands there and nothing went wrong.
  bool complete() const { return error_ == Error::kNone && depth_ == 0 && size_ > 0; }
  /// What has been written.
  std::string_view text() const { return {room_.data(), size_}; }
  std::size_t size() const { return size_; }
  /// Starts again with the same room.
  void clear() { *this = JsonWriter(room_); }

 private:
  bool before_value();
  void open(char bracket, bool object);
  void close(char bracket, bool object);
  void put(std::string_view text);
  void put_string(std::string_view text);
  void put_integer(std::int64_t value);
  void put_double(const PropertyValue& value);
  void fail(Error error);

  Span<char> room_;
  std::size_t size_ = 0;
  std::uint64_t objects_ = 0;  // one bit a level, the innermost lowest: 1 for an object
  std::uint8_t depth_ = 0;
  bool comma_ = false;      // a value stands before in this container
  bool key_waits_ = false;  // a key waits for its value
  Error error_ = Error::kNone;
};

HUBTWIN_NAMESPACE_END
