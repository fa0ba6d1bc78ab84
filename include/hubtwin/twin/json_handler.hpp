// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// JsonHandler: what takes a document apart token by token.

#include <hubtwin/config.hpp>
#include <hubtwin/status.hpp>

#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>

HUBTWIN_NAMESPACE_BEGIN

/// A handler's answer to a key: read its value, skip it, or give up.
class KeyAnswer {
 public:
  /// The value's tokens are wanted.
  static constexpr KeyAnswer read() { return KeyAnswer(Error::kNone); }
  /// The value is checked for being JSON, kept nowhere and told to nobody.
  static constexpr KeyAnswer skip() { return KeyAnswer(kSkip); }
  /// Reading ends with this error.
  constexpr KeyAnswer(Error error) : answer_(static_cast<Answer>(error)) {}  // NOLINT: implicit

  constexpr bool skips() const { return answer_ == kSkip; }
  constexpr Error error() const { return skips() ? Error::kNone : static_cast<Error>(answer_); }

 private:
  // One number, which returns in a register.
  using Answer = std::underlying_type_t<Error>;
  static constexpr Answer kSkip = (std::numeric_limits<Answer>::max)();  // no error has that number
  constexpr explicit KeyAnswer(Answer answer) : answer_(answer) {}

  Answer answer_;
};

/// Takes the tokens of a JSON document in order, one call each. Texts live until the call returns.
/// An answer other than Error::kNone ends the reading with that error. The defaults take anything
/// and do nothing.
class JsonHandler {
 public:
  virtual Error on_null() { return Error::kNone; }
  virtual Error on_bool(bool) { return Error::kNone; }
  /// A number without fraction or exponent that fits 64 bits with sign.
  virtual Error on_integer(std::int64_t) { return Error::kNone; }
#if HUBTWIN_FLOAT
  /// Any other number, correctly rounded, always finite.
  virtual Error on_double(double) {
    return Error::kNone;
  }
#endif
  /// Escapes are resolved; valid UTF-8; may hold NUL.
  virtual Error on_string(std::string_view) {
    return Error::kNone;
  }
  /// Whether a string that is longer than the reader keeps is to come by on_string_piece() instead
  /// of on_refused(). Asked when that is known.
  virtual bool takes_long_strings() const {
    return false;
  }
  /// The string's next piece, which may be cut within a character; the last one may be empty.
  virtual Error on_string_piece(std::string_view, bool /*last*/) {
    return Error::kNone;
  }
  /// In a value's stead, when it can't be given: Error::kJsonTooLong for a string longer than the
  /// reader keeps (JsonLimits::max_string, or the scratch) unless takes_long_strings(),
  /// Error::kJsonNumber for a number with more characters than JsonLimits::max_number or beyond
  /// what a double holds, or any with a fraction or exponent where HUBTWIN_FLOAT is 0. Called as
  /// soon as that is known. Answered by Error::kNone, the rest of the value is checked for being
  /// JSON and told to nobody.
  virtual Error on_refused(Error reason) {
    return reason;
  }
  /// A member's name; its value follows unless the answer skips it.
  virtual KeyAnswer on_key(std::string_view) {
    return KeyAnswer::read();
  }
  virtual Error on_begin_object() {
    return Error::kNone;
  }
  virtual Error on_end_object() {
    return Error::kNone;
  }
  virtual Error on_begin_array() {
    return Error::kNone;
  }
  virtual Error on_end_array() {
    return Error::kNone;
  }

 protected:
  ~JsonHandler() = default;
};

HUBTWIN_NAMESPACE_END
