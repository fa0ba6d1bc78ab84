// SPDX-License-Identifier: MIT
// Body of hubtwin/twin/json_reader.hpp.

#include <hubtwin/contract.hpp>
#include <hubtwin/impl/twin/plain_text.hpp>
#include <hubtwin/twin/json_number.hpp>
#include <hubtwin/twin/json_reader.hpp>

#include <cstring>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_json_reader {

constexpr std::size_t kLeastScratch = 64;

static bool is_space(std::uint8_t byte) {
  return byte <= ' ' && (byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t');
}

static bool is_digit(std::uint8_t byte) {
  return byte >= '0' && byte <= '9';
}

// Adds what digits follow, beyond 64 bits without notice; answers where they end.
static const std::uint8_t* take_digits(const std::uint8_t* at, const std::uint8_t* end,
                                       std::uint64_t& value) {
  constexpr std::uint32_t kLeastOfLong = 100000000;  // one digit more still fits
  if (value < kLeastOfLong) {
    auto low = static_cast<std::uint32_t>(value);
    for (; at != end && is_digit(*at) && low < kLeastOfLong; ++at) {
      low = low * 10 + (*at - static_cast<std::uint32_t>('0'));
    }
    value = low;
  }
  for (; at != end && is_digit(*at); ++at) {
    value = value * 10 + (*at - static_cast<std::uint32_t>('0'));
  }
  return at;
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
  if (scratch.size() < limits_.max_key) {
    limits_.max_key = static_cast<std::uint16_t>(scratch.size());
  }
  if (scratch.size() < limits_.max_string) {
    limits_.max_string = static_cast<std::uint16_t>(scratch.size());
  }
}

void JsonReader::begin(JsonHandler& handler) {
  handler_ = &handler;
  containers_ = 0;
  position_ = 0;
  state_ = State::kValue;
  error_ = Error::kNone;
  depth_ = 0;
  skip_depth_ = kNotSkipping;
  dropping_ = false;
  in_pieces_ = false;
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
        at = read_string(at, at, end);
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
        at = read_tokens(at, end);
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

// What every token takes part in is inlined, since the compiler counts on it in other sources.

inline void JsonReader::value_read() {
  if (depth_ == skip_depth_) {
    skip_depth_ = kNotSkipping;
  }
  state_ = depth_ == 0 ? State::kDone : State::kNext;
}

inline void JsonReader::open(bool object) {
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

inline JsonReader::Byte JsonReader::close(Byte at) {
  if (!skipping() && !told(in_object() ? handler_->on_end_object() : handler_->on_end_array())) {
    return at;
  }
  --depth_;
  containers_ >>= 1;
  value_read();
  return at + 1;
}

inline void JsonReader::end_string(std::string_view text) {
  if (!is_key_) {
    if (skipping() || dropping_ || told(handler_->on_string(text))) {
      dropping_ = false;
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

inline JsonReader::Byte JsonReader::read_value(Byte at, Byte end) {
  switch (*at) {
    case '{':
    case '[':
      open(*at == '{');
      return state_ == State::kFailed ? at : at + 1;
    case '"':
      return begin_string(at + 1, end, false);
    case 't':
      return begin_literal(at, end, "true");
    case 'f':
      return begin_literal(at, end, "false");
    case 'n':
      return begin_literal(at, end, "null");
    default:
      return begin_number(at, end);
  }
}

// From between two tokens on, as far as tokens are whole; one that the fragment's end may cut is
// left to the steps that can be resumed.
JsonReader::Byte JsonReader::read_tokens(Byte at, Byte end) {
  while (at != end && state_ < State::kString) {
    if (detail_json_reader::is_space(*at)) {
      ++at;
      continue;
    }
    switch (state_) {
      case State::kFirstKey:
        if (*at == '}') {
          at = close(at);
          continue;
        }
        [[fallthrough]];
      case State::kKey:
        if (*at != '"') {
          break;
        }
        at = begin_string(at + 1, end, true);
        if (state_ != State::kColon || at == end) {
          continue;
        }
        [[fallthrough]];
      case State::kColon:
        if (detail_json_reader::is_space(*at)) {
          continue;
        }
        if (*at != ':') {
          break;
        }
        state_ = State::kValue;
        ++at;
        if (at == end || detail_json_reader::is_space(*at)) {
          continue;
        }
        at = read_value(at, end);
        continue;
      case State::kFirstElement:
        if (*at == ']') {
          at = close(at);
          continue;
        }
        [[fallthrough]];
      case State::kValue:
        at = read_value(at, end);
        continue;
      case State::kNext:
        if (*at == ',') {
          state_ = in_object() ? State::kKey : State::kValue;
          ++at;
          continue;
        }
        if (in_object() ? *at == '}' : *at == ']') {
          at = close(at);
          continue;
        }
        break;
      default:
        fail(Error::kJsonTrailing);
        return at;
    }
    fail(Error::kJsonSyntax);
  }
  return at;
}

// Strings.

// From the first byte within a string on.
JsonReader::Byte JsonReader::begin_string(Byte at, Byte end, bool key) {
  const Byte stop = detail_plain_text::skip_plain(at, end);
  is_key_ = key;
  if (stop != end && *stop == '"' && static_cast<std::size_t>(stop - at) <= text_limit()) {
    end_string(detail_json_reader::text_between(at, stop));
    return state_ == State::kFailed ? stop : stop + 1;
  }
  kept_ = 0;
  utf8_.reset();
  state_ = State::kString;
  return read_string(at, stop, end);
}

std::size_t JsonReader::text_limit() const {
  return is_key_ ? limits_.max_key : limits_.max_string;
}

std::string_view JsonReader::kept_text() const {
  return {reinterpret_cast<const char*>(scratch_.data()), kept_};
}

// From anywhere within a string up to its end, its next backslash or the fragment's end; what comes
// before `at` is known to be plain.
JsonReader::Byte JsonReader::read_string(Byte start, Byte at, Byte end) {
  at = read_text(at, end);
  if (state_ == State::kFailed) {
    // What comes before the byte at fault may be too long already.
    const Error fault = error_;
    const Byte kept_to = keep(start, at);
    fail(kept_to == at ? fault : error_);
    return kept_to;
  }
  if (at != end && *at == '"' && kept_ == 0 && !in_pieces_ &&
      static_cast<std::size_t>(at - start) <= text_limit()) {
    end_string(detail_json_reader::text_between(start, at));
  } else {
    const Byte kept_to = keep(start, at);
    if (state_ == State::kFailed || at == end) {
      return kept_to;
    }
    if (*at == '"' && in_pieces_) {
      in_pieces_ = false;
      if (told(handler_->on_string_piece({}, true))) {
        value_read();
      }
    } else if (*at == '"') {
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
      at = detail_plain_text::skip_plain(at, end);
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

// Puts bytes into the scratch; answers `to`, or the first byte that is too many.
JsonReader::Byte JsonReader::keep(Byte from, Byte to) {
  if (skipping() || dropping_ || from == to) {
    return to;
  }
  const auto length = static_cast<std::size_t>(to - from);
  const std::size_t room = text_limit() - kept_;
  if (!in_pieces_ && length <= room) {
    std::memcpy(scratch_.data() + kept_, from, length);
    kept_ += length;
    return to;
  }
  if (in_pieces_ || (!is_key_ && handler_->takes_long_strings())) {
    in_pieces_ = kept_ == 0 || told(handler_->on_string_piece(kept_text(), false));
    kept_ = 0;
    const std::string_view piece = detail_json_reader::text_between(from, to);
    return in_pieces_ && told(handler_->on_string_piece(piece, false)) ? to : from;
  }
  dropping_ = told(is_key_ ? Error::kJsonTooLong : handler_->on_refused(Error::kJsonTooLong));
  return dropping_ ? to : from + room;
}

// Numbers.

// From a number's first byte on. Whole and short ones without exponent are read here, all others
// and all that are none byte by byte.
JsonReader::Byte JsonReader::begin_number(Byte at, Byte end) {
  const bool negative = *at == '-';
  const Byte first = at + (negative ? 1 : 0);
  std::uint64_t digits = 0;
  Byte stop = detail_json_reader::take_digits(first, end, digits);
  const std::ptrdiff_t whole = stop - first;
  int exponent = 0;
  bool fraction = false;
  if (stop != end && *stop == '.' && whole > 0) {
    fraction = true;
    const Byte point = stop;
    stop = detail_json_reader::take_digits(point + 1, end, digits);
    exponent = static_cast<int>(point + 1 - stop);
  }
  constexpr std::ptrdiff_t kCertain = 18;  // digits that 63 bits hold
  if (whole == 0 || (whole > 1 && *first == '0') || whole - exponent > kCertain ||
      (fraction && exponent == 0) || stop == end || (*stop | 0x20) == 'e' ||
      stop - at > limits_.max_number) {
    if (whole == 0 && !negative) {
      fail(Error::kJsonSyntax);
      return at;
    }
    kept_ = 0;
    number_ = Number::kStart;
    state_ = State::kNumber;
    return at;
  }
  if (skipping()) {
    value_read();
  } else if (!fraction) {
    const auto integer = static_cast<std::int64_t>(digits);
    if (told(handler_->on_integer(negative ? -integer : integer))) {
      value_read();
    }
  } else {
#if HUBTWIN_FLOAT
    Result<double> number = decimal_to_double(digits, exponent);
    if (negative && number) {
      number = -*number;
    }
    end_double(number);
#else
    if (told(handler_->on_refused(Error::kJsonNumber))) {
      value_read();
    }
#endif
  }
  return stop;
}

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
    if (!skipping() && !dropping_ &&
        kept_ + static_cast<std::size_t>(at - start) >= limits_.max_number) {
      dropping_ = told(handler_->on_refused(Error::kJsonNumber));
      if (!dropping_) {
        return at;
      }
    }
  }
  if (at != end && kept_ == 0) {
    end_number(detail_json_reader::text_between(start, at));
    return at;
  }
  if (!skipping() && !dropping_) {
    std::memcpy(scratch_.data() + kept_, start, static_cast<std::size_t>(at - start));
    kept_ += static_cast<std::size_t>(at - start);
  }
  if (at != end) {
    end_number(kept_text());
  }
  return at;
}

void JsonReader::end_number(std::string_view token) {
  if (!skipping() && !dropping_) {
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
    end_double(parse_json_double(token));
    return;
#else
    if (!told(handler_->on_refused(Error::kJsonNumber))) {
      return;
    }
#endif
  }
  dropping_ = false;
  value_read();
}

#if HUBTWIN_FLOAT
void JsonReader::end_double(const Result<double>& number) {
  if (told(number ? handler_->on_double(*number) : handler_->on_refused(number.error()))) {
    value_read();
  }
}
#endif

// Literals.

JsonReader::Byte JsonReader::begin_literal(Byte at, Byte end, const char* literal) {
  literal_ = *literal;
  literal_rest_ = literal + 1;
  state_ = State::kLiteral;
  for (++at; at != end && state_ == State::kLiteral;) {
    at = read_literal(at);
  }
  return at;
}

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

HUBTWIN_NAMESPACE_END
