// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// JsonReader: reads JSON that arrives in fragments of any size.

#include <hubtwin/bytes.hpp>
#include <hubtwin/config.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/twin/json_handler.hpp>
#include <hubtwin/twin/utf8.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// Bounds that hold while reading, whatever the fragments.
struct JsonLimits {
  /// Levels of objects and arrays of what is kept, the root being the first. The default is a whole
  /// twin: the root, a section, and HUBTWIN_MAX_DEPTH levels below it. At most
  /// JsonReader::kDeepest.
  std::uint8_t max_depth = HUBTWIN_MAX_DEPTH + 2;
  /// Characters of a kept number token; range 1 to 32.
  std::uint8_t max_number = 32;
  /// Bytes of a key, escapes resolved. The hub's limit is 1 KB (IoT Hub developer guide, device
  /// twins: limits).
  std::uint16_t max_key = 1024;
  /// Bytes of a kept string, escapes resolved. The hub's limit is 4 KB (same source).
  std::uint16_t max_string = 4096;
  /// Bytes of the whole document.
  std::uint32_t max_document = 0xFFFFFFFF;
};

/// A resumable reader of strict JSON (RFC 8259) in UTF-8: no comments, no trailing commas, no byte
/// order mark, nothing but white space after the root. Its working memory is the scratch: a key or
/// string must fit it when it is cut by a fragment's end or holds escapes, so that a longer one is
/// always refused, however it arrives. What a handler skips needs no memory.
///
/// A key that stands twice in an object is told twice; what handles it says which one counts (for
/// Patch: the last).
class JsonReader {
 public:
  /// Deepest nesting of anything, kept or skipped.
  static constexpr std::size_t kDeepest = 64;

  /// \param[in] scratch  At least 64 bytes; outlives the reader. Its size bounds keys and strings.
  explicit JsonReader(ByteSpan scratch, const JsonLimits& limits = JsonLimits());
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;

  /// Starts a document, whatever state an earlier one was left in. `handler` outlives it.
  void begin(JsonHandler& handler);

  /// Reads on. Handlers' calls run inside. After an error, feeding more changes nothing.
  /// \return what status() is then: success, or why the document is refused.
  Status feed(ByteView fragment);

  /// The document's end has come.
  /// \return success when exactly one value was read; Error::kJsonTruncated when more was due; or
  ///         the error met before.
  Status finish();

  /// The first error: Error::kJsonSyntax, Error::kJsonTooDeep, Error::kJsonNumber,
  /// Error::kJsonString, Error::kJsonTooLong, Error::kJsonTruncated, Error::kJsonTrailing, or what
  /// a handler answered.
  Status status() const { return error_; }
  /// Bytes read; after an error, the offset of the byte at which it was found.
  std::size_t position() const { return position_; }
  /// True once the root value is complete.
  bool complete() const { return state_ == State::kDone; }

 private:
  enum class State : std::uint8_t {
    kValue,         // a value is due
    kFirstElement,  // a value or `]`
    kFirstKey,      // a key or `}`
    kKey,           // a key
    kColon,
    kNext,  // `,` or the container's end
    kDone,
    kString,
    kEscape,  // within a string, after a backslash
    kNumber,
    kLiteral,
    kFailed,
  };
  enum class Escape : std::uint8_t { kLetter, kHex, kLowBackslash, kLowU, kLowHex };
  enum class Number : std::uint8_t {
    kStart,
    kMinus,
    kZero,
    kWhole,
    kPoint,
    kFraction,
    kE,
    kSign,
    kExponent
  };
  using Byte = const std::uint8_t*;

  // Each takes bytes from `at` on and answers where to go on; after fail() that is the byte at
  // fault.
  Byte read_tokens(Byte at, Byte end);
  Byte read_value(Byte at, Byte end);
  Byte begin_string(Byte at, Byte end, bool key);
  Byte begin_number(Byte at, Byte end);
  Byte begin_literal(Byte at, Byte end, const char* literal);
  Byte read_string(Byte start, Byte at, Byte end);
  Byte read_text(Byte at, Byte end);
  Byte read_escape(Byte at);
  Byte read_number(Byte at, Byte end);
  Byte read_literal(Byte at);
  void open(bool object);
  Byte close(Byte at);
  void end_string(std::string_view text);
  void end_number(std::string_view token);
#if HUBTWIN_FLOAT
  void end_double(const Result<double>& number);
#endif
  void end_escape(std::uint32_t code_point);
  void value_read();
  Byte keep(Byte from, Byte to);
  bool take_hex(std::uint8_t digit);
  bool take_number(std::uint8_t byte);
  bool number_complete() const;
  // Whether a handler's answer lets the reading go on.
  bool told(Error error) {
    if (error != Error::kNone) {
      fail(error);
    }
    return error == Error::kNone;
  }
  void fail(Error error) {
    error_ = error;
    state_ = State::kFailed;
  }
  std::size_t text_limit() const;
  std::string_view kept_text() const;
  bool skipping() const {
    return skip_depth_ != kNotSkipping;
  }
  bool in_object() const {
    return (containers_ & 1) != 0;
  }

  static constexpr std::uint8_t kNotSkipping = 0xFF;

  ByteSpan scratch_;
  JsonLimits limits_;
  JsonHandler* handler_ = nullptr;
  std::uint64_t containers_ = 0;  // one bit a level, the innermost lowest: 1 for an object
  std::size_t position_ = 0;
  std::size_t kept_ = 0;                // bytes of the present token in scratch
  const char* literal_rest_ = nullptr;  // of the literal being read
  State state_ = State::kFailed;
  Error error_ = Error::kWrongState;
  std::uint8_t depth_ = 0;
  std::uint8_t skip_depth_ = kNotSkipping;  // depth at which the skipped value stands
  char literal_ = 0;                        // first letter of the literal being read
  bool is_key_ = false;                     // the string being read is a key
  bool dropping_ = false;   // the value being read is refused and its handler doesn't mind
  bool in_pieces_ = false;  // the string being read is
  Number number_ = Number::kStart;
  Escape escape_ = Escape::kLetter;
  std::uint8_t hex_digits_ = 0;
  Utf8Checker utf8_;
  std::uint16_t code_unit_ = 0;
  std::uint16_t high_surrogate_ = 0;
};

HUBTWIN_NAMESPACE_END
