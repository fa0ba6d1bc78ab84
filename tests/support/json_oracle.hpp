// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a JSON text says by RapidJSON, written down as the library's reader can be made to.

#include <hubtwin/twin/json_reader.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hubtwin::test {

/// A document's tokens as text, doubles by their bits; values that can't be kept as such.
class TokenLog final : public JsonHandler {
 public:
  Error on_null() override { return add("null"); }
  Error on_bool(bool value) override { return add(value ? "true" : "false"); }
  Error on_integer(std::int64_t value) override { return add("i " + std::to_string(value)); }
#if HUBTWIN_FLOAT
  Error on_double(double value) override;
#endif
  Error on_string(std::string_view value) override {
    return add("s " + std::string(value));
  }
  Error on_refused(Error) override {
    ++refused;
    return add("refused");
  }
  KeyAnswer on_key(std::string_view key) override {
    return add("k " + std::string(key));
  }
  Error on_begin_object() override {
    return add("{");
  }
  Error on_end_object() override {
    return add("}");
  }
  Error on_begin_array() override {
    return add("[");
  }
  Error on_end_array() override {
    return add("]");
  }

  Error add(std::string_view token) {
    text += token;
    text += '\n';
    return Error::kNone;
  }

  std::string text;
  std::size_t refused = 0;  ///< Values that can't be kept.
};

/// What RapidJSON says of a text.
struct JsonVerdict {
  bool valid = false;       ///< JSON by RFC 8259, in UTF-8.
  bool unsure = false;      ///< RapidJSON gave up over a number: whether it is valid isn't known.
  std::size_t depth = 0;    ///< Most containers open at once.
  std::size_t longest = 0;  ///< Bytes of the longest key.
  bool odd_keys = false;    ///< A key is empty or has a dot, so that paths don't tell which it is.
  TokenLog tokens;          ///< Up to the end, or to what isn't JSON.
};

/// \param[in] max_string  Bytes of a string beyond which it counts as one that can't be kept.
JsonVerdict judge_json(std::string_view text, std::size_t max_string);

}  // namespace hubtwin::test
