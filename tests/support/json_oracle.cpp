// SPDX-License-Identifier: MIT
#include "support/json_oracle.hpp"

#include <hubtwin/twin/json_number.hpp>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace hubtwin::test {

namespace {

std::string bits_of(double value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  return "d " + std::to_string(bits);
}

// A surrogate in UTF-8: RapidJSON makes one of a lone \uDC00 to \uDFFF.
bool has_surrogate(std::string_view text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == '\xED' && static_cast<std::uint8_t>(text[i + 1]) >= 0xA0) {
      return true;
    }
  }
  return false;
}

// RapidJSON's events into a verdict.
class Judge {
 public:
  Judge(JsonVerdict& verdict, std::size_t max_string)
      : verdict_(verdict), max_string_(max_string) {}

  bool Null() { return ok(tokens().on_null()); }
  bool Bool(bool value) { return ok(tokens().on_bool(value)); }
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    const std::string token(text, size);
    if (token.find_first_of(".eE") == std::string::npos) {
      std::int64_t integer = 0;
      if (size <= kMaxNumberCharacters &&
          std::from_chars(text, text + size, integer).ec == std::errc()) {
        return ok(tokens().on_integer(integer));
      }
    }
    const double real = std::strtod(token.c_str(), nullptr);
    if (size > kMaxNumberCharacters || !std::isfinite(real) || HUBTWIN_FLOAT == 0) {
      return ok(tokens().on_refused(Error::kJsonNumber));
    }
    return ok(tokens().add(bits_of(real)));
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    const std::string_view value(text, size);
    if (has_surrogate(value)) {
      return false;
    }
    return ok(size > max_string_ ? tokens().on_refused(Error::kJsonTooLong)
                                 : tokens().on_string(value));
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    const std::string_view key(text, size);
    verdict_.longest = std::max<std::size_t>(verdict_.longest, size);
    verdict_.odd_keys |= key.empty() || key.find('.') != key.npos;
    return !has_surrogate(key) && ok(tokens().on_key(key).error());
  }
  bool StartObject() { return deeper() && ok(tokens().on_begin_object()); }
  bool EndObject(rapidjson::SizeType) { return ended(tokens().on_end_object()); }
  bool StartArray() { return deeper() && ok(tokens().on_begin_array()); }
  bool EndArray(rapidjson::SizeType) { return ended(tokens().on_end_array()); }

 private:
  TokenLog& tokens() { return verdict_.tokens; }
  static bool ok(Error error) { return error == Error::kNone; }
  bool deeper() {
    verdict_.depth = std::max(verdict_.depth, ++depth_);
    return true;
  }
  bool ended(Error error) {
    --depth_;
    return ok(error);
  }

  JsonVerdict& verdict_;
  std::size_t max_string_;
  std::size_t depth_ = 0;
};

}  // namespace

#if HUBTWIN_FLOAT
Error TokenLog::on_double(double value) {
  return add(bits_of(value));
}
#endif

JsonVerdict judge_json(std::string_view text, std::size_t max_string) {
  JsonVerdict verdict;
  if (text.find('\0') != std::string_view::npos) {
    return verdict;  // for RapidJSON that is a text's end; in JSON it stands nowhere
  }
  Judge judge(verdict, max_string);
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::GenericReader<rapidjson::UTF8<>, rapidjson::UTF8<>> reader;
  const rapidjson::ParseResult result =
      reader.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                   rapidjson::kParseNumbersAsStringsFlag>(stream, judge);
  verdict.valid = !result.IsError();
  verdict.unsure = result.Code() == rapidjson::kParseErrorNumberTooBig;
  return verdict;
}

}  // namespace hubtwin::test
