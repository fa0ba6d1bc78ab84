// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// JsonWriter: writes compact JSON into a buffer of the caller's, or in pieces to a sink.

#include <hubtwin/bytes.hpp>
#include <hubtwin/config.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/twin/property_value.hpp>
#include <hubtwin/twin/property_view.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// Takes a document in pieces, in order, as it is written.
class JsonSink {
 public:
  /// \param[in] piece  Not empty; lives until the call returns.
  /// \return anything but Error::kNone ends the writing with that error.
  virtual Error write(std::string_view piece) = 0;

 protected:
  ~JsonSink() = default;
};

/// Writes one JSON value, token by token, without white space. The first error sticks and later
/// calls do nothing, so a document is written in one go and status() asked at the end. Commas and
/// colons come by themselves. Independent of any locale.
///
/// With a sink the room is only a buffer: whenever it is full it goes to the sink, so a document
/// may be of any length. What the sink was given before an error can't be taken back.
class JsonWriter {
 public:
  /// Deepest nesting it writes.
  static constexpr std::size_t kDeepest = 64;

  /// \param[in] room  Where to write; outlives the writer.
  explicit JsonWriter(Span<char> room) : room_(room), limit_(room.size()) {}
  /// \param[in] room  At least one byte; outlives the writer.
  /// \param[in] sink  Takes what is written, in pieces of the room's size and a last one at
  ///                  finish(); outlives the writer.
  JsonWriter(Span<char> room, JsonSink& sink);

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
  /// Gives the sink what it hasn't got yet. Without a sink it does nothing.
  /// \return status()
  Status finish();

  /// The first error: Error::kNoSpace, Error::kJsonTooDeep, Error::kWrongState for tokens out of
  /// order, one named above, or what the sink answered. The text is then no JSON.
  Status status() const { return error_; }
  /// Whether a whole value was written, has gone to the sink if there is one, and nothing went
  /// wrong.
  bool complete() const {
    return error_ == Error::kNone && depth_ == 0 && begun_ && (sink_ == nullptr || size_ == 0);
  }
  /// What stands in the room: without a sink, all that was written.
  std::string_view text() const { return {room_.data(), size_}; }
  /// Bytes written, those that went to the sink included.
  std::size_t size() const { return sent_ + size_; }
  /// Starts again with the same room and sink; what the sink hasn't got is forgotten.
  void clear();

 private:
  bool before_value();
  void open(char bracket, bool object);
  void close(char bracket, bool object);
  void put(char character);
  void put(std::string_view text);
  void put_beyond_room(std::string_view text);
  void send();
  void put_string(std::string_view text);
  void put_escape(std::uint8_t byte);
  const std::uint8_t* pass_text(const std::uint8_t* at, const std::uint8_t* end);
  void put_integer(std::int64_t value);
  void put_double(const PropertyValue& value);
  void fail(Error error);
  bool in_object() const { return (objects_ & 1) != 0; }

  Span<char> room_;
  JsonSink* sink_ = nullptr;
  std::size_t limit_;          // of size_: the room's size, or after an error what stands there
  std::size_t size_ = 0;       // bytes in the room
  std::size_t sent_ = 0;       // bytes that went to the sink
  std::uint64_t objects_ = 0;  // one bit a level, the innermost lowest: 1 for an object
  std::uint8_t depth_ = 0;
  bool comma_ = false;      // a value stands before in this container
  bool key_waits_ = false;  // a key waits for its value
  bool begun_ = false;      // the root value
  Error error_ = Error::kNone;
};

HUBTWIN_NAMESPACE_END
