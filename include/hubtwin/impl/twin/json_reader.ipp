// SPDX-License-Identifier: MIT
// Body of hubtwin/twin/json_reader.hpp.

#include <hubtwin/contract.hpp>
#include <hubtwin/twin/json_number.hpp>
#include <hubtwin/twin/json_reader.hpp>

#include <cstring>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_json_reader {

constexpr std::size_t kLeastScratch = 64;
constexpr unsigned kHighSurrogates = 0xD800;
constexpr unsigned kLowSurrogates = 0xDC00;
constexpr unsigned kAfterSurrogates = 0xE000;

static bool is_space(std::uint8_t byte) {
  return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

static bool is_digit(std::uint8_t byte) {
  return byte >= '0' && byte <= '9';
}

// A byte that stands for itself in a string: neither control, quote, backslash nor beyond ASCII.
static bool is_plain(std::uint8_t byte) {
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

static std::string_view text_between(const std::uint8_t* from, const std::uint8_t* to) {
  return {reinterpret_cast<const char*>(from), static_cast<std::size_t>(to - from)};
}

}  // namespace detail_json_reader

JsonReader::JsonReader(ByteSpan scratch, const JsonLimits& limits)
    : scratch_(scratch), limits_(limits) {
  HUBTWIN_EXPECTS(scratch.size() >= detail_json_reader::kLeastScratch);
  HUBTWIN_EXPECTS(limits.max_depth <= kDeepest);
  HUBTWIN_EXPECTS(limits.max_number >= 1 && limits.max_number <= kMaxNumberCharacters);
}

void JsonReader::begin(JsonHandler& handler) {
  handler_ = &handler;
  containers_ = 0;
  position_ = 0;
  state_ = State::kValue;
  error_ = Error::kNone;
  depth_ = 0;
  skip_depth_ = kNotSkipping;
}

Status JsonReader::feed(ByteView fragment) {
  if (state_ == State::kFailed) {
    return error_;
  }
  // A document that is too long is read as far as the limit goes, so that the error doesn't depend
  // on how it was cut.
  const std::size_t left = limits_.max_document - position_;
  const bool too_long = fragment.size() > left;
  const Byte start = fragment.begin();
  const Byte end = start + (too_long ? left : fragment.size());
  Byte at = start;
  while (at != end && state_ != State::kFailed) {
    switch (state_) {
      case State::kString:
        at = read_string(at, end);
        break;
      case State::kEscape:
        at = read_escape(at);
        break;
      case State::kNumber:
        at = read_number(at, end);
        break;
      case State::kLiteral:
        at = read_literal(at);
        break;
      default:
        at = detail_json_reader::is_space(*at) ? at + 1 : read_structure(at);
        break;
    }
  }
  position_ += static_cast<std::size_t>(at - start);
  if (too_long && state_ != State::kFailed) {
    fail(Error::kJsonTooLong);
  }
  return error_;
}

Status JsonReader::finish() {
  // Only here is it known that a number at the root has no further digit.
  if (state_ == State::kNumber && depth_ == 0 && number_complete()) {
    end_number(kept_text());
  }
  if (state_ != State::kDone && state_ != State::kFailed) {
    fail(Error::kJsonTruncated);
  }
  return error_;
}

// One byte of structure, which isn't white space.
JsonReader::Byte JsonReader::read_structure(Byte at) {
  const std::uint8_t byte = *at;
  switch (state_) {
    case State::kFirstElement:
      if (byte == ']') {
        close(false);
        break;
      }
      begin_value(byte);
      break;
    case State::kValue:
      begin_value(byte);
      break;
    case State::kFirstKey:
      if (byte == '}') {
        close(true);
        break;
      }
      [[fallthrough]];
    case State::kKey:
      if (byte == '"') {
        begin_string(true);
      } else {
        fail(Error::kJsonSyntax);
      }
      break;
    case State::kColon:
      if (byte == ':') {
        state_ = State::kValue;
      } else {
        fail(Error::kJsonSyntax);
      }
      break;
    case State::kNext:
      if (byte == ',') {
        state_ = in_object() ? State::kKey : State::kValue;
      } else if (byte == (in_object() ? '}' : ']')) {
        close(in_object());
      } else {
        fail(Error::kJsonSyntax);
      }
      break;
    default:
      fail(Error::kJsonTrailing);
      break;
  }
  // A number's first byte is read again, with the rest of it.
  return state_ == State::kNumber || state_ == State::kFailed ? at : at + 1;
}

void JsonReader::begin_value(std::uint8_t first) {
  switch (first) {
    case '{':
      open(true);
      return;
    case '[':
      open(false);
      return;
    case '"':
      begin_string(false);
      return;
    case 't':
      literal_rest_ = "rue";
      break;
    case 'f':
      literal_rest_ = "alse";
      break;
    case 'n':
      literal_rest_ = "ull";
      break;
    default:
      if (first != '-' && !detail_json_reader::is_digit(first)) {
        fail(Error::kJsonSyntax);
        return;
      }
      kept_ = 0;
      number_ = Number::kStart;
      state_ = State::kNumber;
      return;
  }
  literal_ = static_cast<char>(first);
  state_ = State::kLiteral;
}

void JsonReader::open(bool object) {
  if (depth_ >= (skipping() ? kDeepest : limits_.max_depth)) {
    fail(Error::kJsonTooDeep);
    return;
  }
  ++depth_;
  containers_ = (containers_ << 1) | (object ? 1U : 0U);
  state_ = object ? State::kFirstKey : State::kFirstElement;
  if (!skipping()) {
    told(object ? handler_->on_begin_object() : handler_->on_begin_array());
  }
}

void JsonReader::close(bool object) {
  if (!skipping() && !told(object ? handler_->on_end_object() : handler_->on_end_array())) {
    return;
  }
  --depth_;
  containers_ >>= 1;
  value_read();
}

void JsonReader::value_read() {
  if (depth_ == skip_depth_) {
    skip_depth_ = kNotSkipping;
  }
  state_ = depth_ == 0 ? State::kDone : State::kNext;
}

// Strings.

void JsonReader::begin_string(bool key) {
  is_key_ = key;
  kept_ = 0;
  utf8_.reset();
  state_ = State::kString;
}

std::size_t JsonReader::text_limit() const {
  const std::size_t limit = is_key_ ? limits_.max_key : limits_.max_string;
  return limit < scratch_.size() ? limit : scratch_.size();
}

std::string_view JsonReader::kept_text() const {
  return {reinterpret_cast<const char*>(scratch_.data()), kept_};
}

// From anywhere within a string up to its end, its next backslash or the fragment's end.
JsonReader::Byte JsonReader::read_string(Byte at, Byte end) {
  const Byte start = at;
  at = read_text(at, end);
  if (state_ == State::kFailed) {
    // What comes before the byte at fault may be too long already.
    const Byte fault = keep(start, at);
    return fault != at ? fault : at;
  }
  if (at != end && *at == '"' && kept_ == 0 && !skipping()) {
    const auto length = static_cast<std::size_t>(at - start);
    if (length > text_limit()) {
      fail(Error::kJsonTooLong);
      return start + text_limit();
    }
    end_string(detail_json_reader::text_between(start, at));
  } else {
    const Byte kept_to = keep(start, at);
    if (kept_to != at || at == end) {
      return kept_to;
    }
    if (*at == '"') {
      end_string(kept_text());
    } else {
      escape_ = Escape::kLetter;
      state_ = State::kEscape;
    }
  }
  return state_ == State::kFailed ? at : at + 1;
}

// Passes over what stands for itself, and checks UTF-8.
JsonReader::Byte JsonReader::read_text(Byte at, Byte end) {
  while (at != end) {
    if (utf8_.complete()) {
      while (at != end && detail_json_reader::is_plain(*at)) {
        ++at;
      }
      if (at == end || *at == '"' || *at == '\\') {
        return at;
      }
    }
    if (*at < 0x20 || !utf8_.take(*at)) {
      fail(Error::kJsonString);
      return at;
    }
    ++at;
  }
  return at;
}

JsonReader::Byte JsonReader::read_escape(Byte at) {
  const std::uint8_t byte = *at;
  switch (escape_) {
    case Escape::kLetter:
      if (byte == 'u') {
        escape_ = Escape::kHex;
        hex_digits_ = 0;
        code_unit_ = 0;
      } else {
        static constexpr char kLetters[] = "\"\\/bfnrt";
        static constexpr char kMeanings[] = "\"\\/\b\f\n\r\t";
        const void* letter = std::memchr(kLetters, byte, sizeof(kLetters) - 1);
        if (letter == nullptr) {
          fail(Error::kJsonString);
        } else {
          end_escape(
              static_cast<std::uint8_t>(kMeanings[static_cast<const char*>(letter) - kLetters]));
        }
      }
      break;
    case Escape::kHex:
      if (take_hex(byte) && hex_digits_ == 4) {
        if (code_unit_ < detail_json_reader::kHighSurrogates ||
            code_unit_ >= detail_json_reader::kAfterSurrogates) {
          end_escape(code_unit_);
        } else if (code_unit_ < detail_json_reader::kLowSurrogates) {
          high_surrogate_ = code_unit_;
          escape_ = Escape::kLowBackslash;
        } else {
          fail(Error::kJsonString);
        }
      }
      break;
    case Escape::kLowBackslash:
    case Escape::kLowU:
      if (byte != (escape_ == Escape::kLowU ? 'u' : '\\')) {
        fail(Error::kJsonString);
      }
      escape_ = escape_ == Escape::kLowU ? Escape::kLowHex : Escape::kLowU;
      hex_digits_ = 0;
      code_unit_ = 0;
      break;
    case Escape::kLowHex:
      if (take_hex(byte) && hex_digits_ == 4) {
        if (code_unit_ < detail_json_reader::kLowSurrogates ||
            code_unit_ >= detail_json_reader::kAfterSurrogates) {
          fail(Error::kJsonString);
        } else {
          end_escape(0x10000 + ((high_surrogate_ - detail_json_reader::kHighSurrogates) << 10) +
                     (code_unit_ - detail_json_reader::kLowSurrogates));
        }
      }
      break;
  }
  return state_ == State::kFailed ? at : at + 1;
}

bool JsonReader::take_hex(std::uint8_t digit) {
  unsigned value = 0;
  const auto lower = static_cast<std::uint8_t>(digit | 0x20);
  if (detail_json_reader::is_digit(digit)) {
    value = digit - static_cast<unsigned>('0');
  } else if (lower >= 'a' && lower <= 'f') {
    value = lower - static_cast<unsigned>('a') + 10;
  } else {
    fail(Error::kJsonString);
    return false;
  }
  code_unit_ = static_cast<std::uint16_t>((static_cast<unsigned>(code_unit_) << 4) | value);
  ++hex_digits_;
  return true;
}

void JsonReader::end_escape(std::uint32_t code_point) {
  const auto continuation = [&](unsigned shift) {
    return static_cast<std::uint8_t>(0x80 | ((code_point >> shift) & 0x3F));
  };
  std::uint8_t bytes[4];
  std::size_t count = 0;
  if (code_point < 0x80) {
    bytes[count++] = static_cast<std::uint8_t>(code_point);
  } else {
    if (code_point < 0x800) {
      bytes[count++] = static_cast<std::uint8_t>(0xC0 | (code_point >> 6));
    } else {
      if (code_point < 0x10000) {
        bytes[count++] = static_cast<std::uint8_t>(0xE0 | (code_point >> 12));
      } else {
        bytes[count++] = static_cast<std::uint8_t>(0xF0 | (code_point >> 18));
        bytes[count++] = continuation(12);
      }
      bytes[count++] = continuation(6);
    }
    bytes[count++] = continuation(0);
  }
  state_ = State::kString;
  keep(bytes, bytes + count);
}

// Puts bytes into the scratch; answers `to`, or the first byte that is too many.
JsonReader::Byte JsonReader::keep(Byte from, Byte to) {
  if (skipping() || from == to) {
    return to;
  }
  const auto length = static_cast<std::size_t>(to - from);
  const std::size_t room = text_limit() - kept_;
  if (length > room) {
    fail(Error::kJsonTooLong);
    return from + room;
  }
  std::memcpy(scratch_.data() + kept_, from, length);
  kept_ += length;
  return to;
}

void JsonReader::end_string(std::string_view text) {
  if (!is_key_) {
    if (skipping() || told(handler_->on_string(text))) {
      value_read();
    }
    return;
  }
  state_ = State::kColon;
  if (!skipping()) {
    const KeyAnswer answer = handler_->on_key(text);
    if (told(answer.error()) && answer.skips()) {
      skip_depth_ = depth_;
    }
  }
}

// Numbers.

bool JsonReader::number_complete() const {
  return number_ == Number::kZero || number_ == Number::kWhole || number_ == Number::kFraction ||
         number_ == Number::kExponent;
}

// Takes a number's next byte; false when none can follow that is this one.
bool JsonReader::take_number(std::uint8_t byte) {
  const bool digit = detail_json_reader::is_digit(byte);
  const bool exponent = byte == 'e' || byte == 'E';
  switch (number_) {
    case Number::kStart:
      number_ = byte == '-' ? Number::kMinus : byte == '0' ? Number::kZero : Number::kWhole;
      return true;
    case Number::kMinus:
      number_ = byte == '0' ? Number::kZero : Number::kWhole;
      return digit;
    case Number::kZero:
    case Number::kWhole:
      if (byte == '.' || exponent) {
        number_ = exponent ? Number::kE : Number::kPoint;
        return true;
      }
      return digit && number_ == Number::kWhole;
    case Number::kPoint:
      number_ = Number::kFraction;
      return digit;
    case Number::kFraction:
      number_ = exponent ? Number::kE : Number::kFraction;
      return digit || exponent;
    case Number::kE:
      number_ = digit ? Number::kExponent : Number::kSign;
      return digit || byte == '+' || byte == '-';
    case Number::kSign:
      number_ = Number::kExponent;
      return digit;
    case Number::kExponent:
      break;
  }
  return digit;
}

JsonReader::Byte JsonReader::read_number(Byte at, Byte end) {
  const Byte start = at;
  for (; at != end; ++at) {
    const bool complete = number_complete();
    if (!take_number(*at)) {
      if (!complete || detail_json_reader::is_digit(*at)) {  // a digit after a leading zero
        fail(Error::kJsonSyntax);
        return at;
      }
      break;
    }
    if (!skipping() && kept_ + static_cast<std::size_t>(at - start) >= limits_.max_number) {
      fail(Error::kJsonNumber);
      return at;
    }
  }
  if (at != end && kept_ == 0) {
    end_number(detail_json_reader::text_between(start, at));
    return at;
  }
  if (!skipping()) {
    std::memcpy(scratch_.data() + kept_, start, static_cast<std::size_t>(at - start));
    kept_ += static_cast<std::size_t>(at - start);
  }
  if (at != end) {
    end_number(kept_text());
  }
  return at;
}

void JsonReader::end_number(std::string_view token) {
  if (!skipping()) {
    if (number_ == Number::kZero || number_ == Number::kWhole) {
      const Result<std::int64_t> integer = parse_json_integer(token);
      if (integer) {
        if (told(handler_->on_integer(*integer))) {
          value_read();
        }
        return;
      }
    }
#if HUBTWIN_FLOAT
    const Result<double> number = parse_json_double(token);
    if (!told(number.error()) || !told(handler_->on_double(*number))) {
      return;
    }
#else
    fail(Error::kJsonNumber);
    return;
#endif
  }
  value_read();
}

// Literals.

JsonReader::Byte JsonReader::read_literal(Byte at) {
  if (*at != static_cast<std::uint8_t>(*literal_rest_)) {
    fail(Error::kJsonSyntax);
    return at;
  }
  ++literal_rest_;
  if (*literal_rest_ == '\0') {
    const bool fine = skipping() || told(literal_ == 'n' ? handler_->on_null()
                                                         : handler_->on_bool(literal_ == 't'));
    if (!fine) {
      return at;
    }
    value_read();
  }
  return at + 1;
}

bool JsonReader::told(Error error) {
  if (error == Error::kNone) {
    return true;
  }
  fail(error);
  return false;
}

void JsonReader::fail(Error error) {
  error_ = error;
  state_ = State::kFailed;
}

HUBTWIN_NAMESPACE_END
