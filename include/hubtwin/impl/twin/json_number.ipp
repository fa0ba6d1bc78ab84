// SPDX-License-Identifier: MIT
// Body of hubtwin/twin/json_number.hpp.

#include <hubtwin/contract.hpp>
#include <hubtwin/twin/json_number.hpp>
#include <hubtwin/wire/cut.hpp>

#include <cfloat>
#include <cstring>
#include <limits>

HUBTWIN_NAMESPACE_BEGIN

Result<std::int64_t> parse_json_integer(std::string_view token) {
  const bool negative = token[0] == '-';
  constexpr auto kMost = static_cast<std::uint64_t>((std::numeric_limits<std::int64_t>::max)());
  const std::uint64_t limit = negative ? kMost + 1 : kMost;
  std::uint64_t magnitude = 0;
  for (const char character : tail(token, negative ? 1 : 0)) {
    const auto digit = static_cast<unsigned>(character - '0');
    if (magnitude > kMost / 10 || (magnitude == kMost / 10 && digit > limit % 10)) {
      return Error::kOutOfRange;
    }
    magnitude = magnitude * 10 + digit;
  }
  return static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
}

#if HUBTWIN_FLOAT
namespace detail_json_number {

constexpr int kMantissaBits = 53;
constexpr int kLeastExponent = -1074;  // of the lowest bit of a subnormal double
constexpr int kMostExponent = 971;     // of the lowest bit of the largest double

// Bits of a number without leading zeros.
static int bit_width(std::uint64_t number) {
#if defined(__GNUC__)
  return number == 0 ? 0 : 64 - __builtin_clzll(number);
#else
  int bits = 0;
  for (; number != 0; number >>= 1) {
    ++bits;
  }
  return bits;
#endif
}

// An unsigned integer of up to 896 bits: 58 bits more than 5^358.
class BigInteger {
 public:
  explicit BigInteger(std::uint64_t value) : size_(2) {
    words_[0] = static_cast<std::uint32_t>(value);
    words_[1] = static_cast<std::uint32_t>(value >> 32);
    trim();
  }

  int bits() const {
    if (size_ == 0) {
      return 0;
    }
    return static_cast<int>(size_ - 1) * 32 + bit_width(words_[size_ - 1]);
  }

  void multiply_add(std::uint32_t factor, std::uint32_t carry) {
    for (std::size_t i = 0; i < size_; ++i) {
      const std::uint64_t product = static_cast<std::uint64_t>(words_[i]) * factor + carry;
      words_[i] = static_cast<std::uint32_t>(product);
      carry = static_cast<std::uint32_t>(product >> 32);
    }
    if (carry != 0) {
      HUBTWIN_EXPECTS(size_ < kWords);
      words_[size_++] = carry;
    }
  }

  void multiply_by_power_of_5(int exponent) {
    constexpr int kStep = 13;  // the largest power of 5 in 32 bits
    constexpr std::uint32_t kPower = 1220703125;
    for (; exponent >= kStep; exponent -= kStep) {
      multiply_add(kPower, 0);
    }
    for (; exponent > 0; --exponent) {
      multiply_add(5, 0);
    }
  }

  void shift_left(int count) {
    if (size_ == 0 || count == 0) {
      return;
    }
    const auto whole = static_cast<std::size_t>(count / 32);
    const int part = count % 32;
    HUBTWIN_EXPECTS(size_ + whole < kWords);
    words_[size_] = 0;
    for (std::size_t i = size_ + 1; i-- > 0;) {
      const std::uint32_t below = i > 0 && part > 0 ? words_[i - 1] >> (32 - part) : 0;
      words_[i + whole] = (words_[i] << part) | below;
    }
    for (std::size_t i = 0; i < whole; ++i) {
      words_[i] = 0;
    }
    size_ += whole + 1;
    trim();
  }

  // \pre divisor has 16 bits, so that small processors divide by an instruction. \return the rest.
  std::uint32_t divide(std::uint32_t divisor) {
    std::uint32_t rest = 0;
    for (std::size_t i = size_; i-- > 0;) {
      const std::uint32_t high = (rest << 16) | (words_[i] >> 16);
      const std::uint32_t low = ((high % divisor) << 16) | (words_[i] & 0xFFFF);
      words_[i] = ((high / divisor) << 16) | (low / divisor);
      rest = low % divisor;
    }
    trim();
    return rest;
  }

  // \return whether there was a rest.
  bool divide_by_power_of_5(int exponent) {
    constexpr int kStep = 6;  // the largest power of 5 in 16 bits
    constexpr std::uint32_t kPower = 15625;
    bool inexact = false;
    for (; exponent >= kStep; exponent -= kStep) {
      inexact = divide(kPower) != 0 || inexact;
    }
    for (; exponent > 0; --exponent) {
      inexact = divide(5) != 0 || inexact;
    }
    return inexact;
  }

  // What is left when the lowest `count` bits are dropped. \pre 33 to 64 bits are left.
  std::uint64_t without(int count, bool& inexact) const {
    const auto whole = static_cast<std::size_t>(count / 32);
    const int part = count % 32;
    for (std::size_t i = 0; i < whole; ++i) {
      inexact = inexact || words_[i] != 0;
    }
    std::uint64_t left = words_[whole] | (static_cast<std::uint64_t>(words_[whole + 1]) << 32);
    inexact = inexact || (left & ((std::uint64_t{1} << part) - 1)) != 0;
    left >>= part;
    if (part > 0 && whole + 2 < size_) {
      left |= static_cast<std::uint64_t>(words_[whole + 2]) << (64 - part);
    }
    return left;
  }

 private:
  static constexpr std::size_t kWords = 28;

  void trim() {
    while (size_ > 0 && words_[size_ - 1] == 0) {
      --size_;
    }
  }

  std::uint32_t words_[kWords];
  std::size_t size_;
};

struct Token {
  bool negative = false;
  int digits = 0;           // significant ones
  std::uint64_t value = 0;  // of the digits taken as a whole number, where 64 bits hold it
  int exponent = 0;         // of ten, for that number
};

static Token scan(std::string_view text) {
  Token token;
  std::size_t at = 0;
  if (text[at] == '-') {
    token.negative = true;
    ++at;
  }
  bool fraction = false;
  for (; at < text.size() && (text[at] | 0x20) != 'e'; ++at) {
    if (text[at] == '.') {
      fraction = true;
      continue;
    }
    token.exponent -= fraction ? 1 : 0;
    if (token.digits > 0 || text[at] != '0') {
      ++token.digits;
      token.value = token.value * 10 + static_cast<std::uint64_t>(text[at] - '0');
    }
  }
  if (at < text.size()) {
    ++at;
    const bool down = text[at] == '-';
    at += down || text[at] == '+' ? 1U : 0U;
    constexpr int kBeyond = 100000;  // no token can bring such an exponent back into range
    int exponent = 0;
    for (; at < text.size(); ++at) {
      exponent = exponent < kBeyond ? exponent * 10 + (text[at] - '0') : exponent;
    }
    token.exponent += down ? -exponent : exponent;
  }
  return token;
}

// 2^exponent * (mantissa + rest), 0 <= rest < 1, as a double; `mantissa` has 54 bits or more, so
// that `inexact`, whether the rest isn't 0, only decides ties.
static Result<double> round_to_double(std::uint64_t mantissa, int exponent, bool inexact) {
  const int bits = bit_width(mantissa);
  int drop = bits - kMantissaBits;
  if (exponent + drop < kLeastExponent) {
    drop = kLeastExponent - exponent;
  }
  if (drop > bits) {
    return 0.0;
  }
  const std::uint64_t half = std::uint64_t{1} << (drop - 1);
  const std::uint64_t dropped = mantissa & (half | (half - 1));
  std::uint64_t kept = mantissa >> drop;
  if (dropped > half || (dropped == half && (inexact || (kept & 1) != 0))) {
    ++kept;
  }
  exponent += drop;
  if (kept == std::uint64_t{1} << kMantissaBits) {
    kept >>= 1;
    ++exponent;
  }
  if (exponent > kMostExponent) {
    return Error::kJsonNumber;
  }
  constexpr std::uint64_t kHidden = std::uint64_t{1} << (kMantissaBits - 1);
  std::uint64_t pattern = kept;
  if (kept >= kHidden) {
    const int biased = exponent - kLeastExponent + 1;
    pattern = (kept - kHidden) | (static_cast<std::uint64_t>(biased) << (kMantissaBits - 1));
  }
  double value;
  std::memcpy(&value, &pattern, sizeof(value));
  return value;
}

// number * 10^exponent by exact arithmetic: with so many bits before the division that enough are
// left of the quotient, whose rest only says whether it is exact.
HUBTWIN_NOINLINE static Result<double> convert(BigInteger& number, int exponent) {
  constexpr int kBits = kMantissaBits + 5;
  const int power = exponent < 0 ? -exponent : 0;
  const int divisor_bits = power * 2322 / 1000 + 1;  // log2(5) is 2.3219...
  const int shift = kBits + divisor_bits - number.bits();
  if (exponent > 0) {
    number.multiply_by_power_of_5(exponent);
  } else if (shift > 0) {
    number.shift_left(shift);
    exponent -= shift;
  }
  bool inexact = number.divide_by_power_of_5(power);
  const int missing = kBits - number.bits();
  if (missing > 0) {
    number.shift_left(missing);
    exponent -= missing;
  }
  const int drop = number.bits() - kBits;
  const std::uint64_t mantissa = number.without(drop, inexact);
  return round_to_double(mantissa, exponent + drop, inexact);
}

HUBTWIN_NOINLINE static Result<double> convert_exactly(std::uint64_t digits, int exponent) {
  BigInteger whole(digits);
  return convert(whole, exponent);
}

// The same of a token with more digits than 64 bits hold.
HUBTWIN_NOINLINE static Result<double> convert_exactly(std::string_view text, int exponent) {
  BigInteger whole(0);
  for (const char character : text) {
    if (character >= '0' && character <= '9') {
      whole.multiply_add(10, static_cast<std::uint32_t>(character - '0'));
    } else if ((character | 0x20) == 'e') {
      break;
    }
  }
  return convert(whole, exponent);
}

// digits / 10^places by long division, in steps that the machine has an instruction for; most
// numbers of a twin are of this kind, and most small processors have no doubles.
// \pre digits > 0, 0 < places <= kShortPlaces
constexpr int kShortPlaces = 6;
static Result<double> divide_short(std::uint64_t digits, int places) {
  static constexpr std::uint16_t kPowersOf5[kShortPlaces + 1] = {1, 5, 25, 125, 625, 3125, 15625};
  constexpr int kLimbBits = static_cast<int>(sizeof(unsigned long)) * 4;
  constexpr int kBits = 64;
  const unsigned long divisor = kPowersOf5[places];
  const int shift = kBits - bit_width(digits);
  const std::uint64_t dividend = digits << shift;
  std::uint64_t quotient = 0;
  unsigned long rest = 0;
  for (int at = kBits - kLimbBits; at >= 0; at -= kLimbBits) {
    const auto limb = static_cast<unsigned long>(dividend >> at) & ((1UL << kLimbBits) - 1);
    const unsigned long part = (rest << kLimbBits) | limb;
    quotient = (quotient << kLimbBits) | (part / divisor);
    rest = part % divisor;
  }
  // As many bits again as the division took.
  const int more = bit_width(divisor) - 1;
  rest <<= more;
  quotient = (quotient << more) | (rest / divisor);
  return round_to_double(quotient, -shift - more - places, rest % divisor != 0);
}

// False when that takes more than one operation on doubles.
static bool convert_small(std::uint64_t digits, int exponent, double& value) {
  // Both operands are exact, so one operation rounds once (Clinger 1990).
  constexpr int kExactPower = 22;
  static constexpr double kPowers[kExactPower + 1] = {
      1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 16
  return false;  // wider intermediates would round twice
#else
  if (digits >= std::uint64_t{1} << kMantissaBits || exponent < -kExactPower ||
      exponent > kExactPower) {
    return false;
  }
  const auto whole = static_cast<double>(digits);
  value = exponent < 0 ? whole / kPowers[-exponent] : whole * kPowers[exponent];
  return true;
#endif
}

}  // namespace detail_json_number

Result<double> decimal_to_double(std::uint64_t digits, int exponent) {
  if (digits == 0) {
    return 0.0;
  }
  if (exponent < 0 && exponent >= -detail_json_number::kShortPlaces) {
    return detail_json_number::divide_short(digits, -exponent);
  }
  double value = 0;
  if (detail_json_number::convert_small(digits, exponent, value)) {
    return value;
  }
  return detail_json_number::convert_exactly(digits, exponent);
}

Result<double> parse_json_double(std::string_view text) {
  HUBTWIN_EXPECTS(!text.empty() && text.size() <= kMaxNumberCharacters);
  namespace detail = detail_json_number;
  constexpr int kMostDigits = 310;    // 1e310 and more is beyond the range
  constexpr int kLeastDigits = -325;  // what is below 1e-325 rounds to 0
  const detail::Token token = detail::scan(text);
  const int magnitude = token.digits + token.exponent;
  Result<double> result = 0.0;
  if (token.digits > 0 && magnitude > kLeastDigits) {
    if (magnitude > kMostDigits) {
      return Error::kJsonNumber;
    }
    constexpr int kCertain = 19;  // digits that 64 bits hold
    if (token.digits <= kCertain) {
      result = decimal_to_double(token.value, token.exponent);
    } else {
      result = detail::convert_exactly(text, token.exponent);
    }
  }
  if (token.negative && result.ok()) {
    result = -*result;
  }
  return result;
}
#endif

HUBTWIN_NAMESPACE_END
