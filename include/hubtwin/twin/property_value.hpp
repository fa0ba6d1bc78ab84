// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A single twin value on its way into a tree or a document.

#include <hubtwin/config.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>

HUBTWIN_NAMESPACE_BEGIN

/// What stands at a place of a twin document.
enum class PropertyType : std::uint8_t {
  kNone,     ///< Nothing: the place doesn't exist.
  kNull,     ///< `null`: a tombstone, or an element of an array.
  kBool,     ///< `true` or `false`.
  kInteger,  ///< A whole number from -2^63 to 2^63-1, exact.
  kDouble,   ///< Any other number; never with HUBTWIN_FLOAT=0.
  kString,   ///< A string of UTF-8.
  kObject,   ///< Members by key, in the order in which they came.
  kArray,    ///< Elements by position.
};

/// A scalar, or an empty object or array, given by value. A string is referred to, not copied: it
/// must live until the call returns.
class PropertyValue {
 public:
  /// `null`.
  constexpr PropertyValue() = default;
  constexpr PropertyValue(std::nullptr_t) {}  // NOLINT: implicit, as are all that follow
  /// Any arithmetic type. An unsigned value above 2^63-1 makes the value `too_large()`.
  template <class T, std::enable_if_t<std::is_arithmetic_v<T>, int> = 0>
  constexpr PropertyValue(T value) {  // NOLINT: implicit
    if constexpr (std::is_same_v<T, bool>) {
      type_ = PropertyType::kBool;
      integer_ = value ? 1 : 0;
    } else if constexpr (std::is_integral_v<T>) {
      type_ = PropertyType::kInteger;
      if constexpr (std::is_unsigned_v<T> && sizeof(T) >= sizeof(std::int64_t)) {
        too_large_ = value > static_cast<T>((std::numeric_limits<std::int64_t>::max)());
      }
      integer_ = static_cast<std::int64_t>(value);
    } else {
#if HUBTWIN_FLOAT
      static_assert(sizeof(T) <= sizeof(double), "long double has no place in JSON");
      type_ = PropertyType::kDouble;
      double_ = static_cast<double>(value);
#else
      static_assert(!std::is_floating_point_v<T>, "this build has HUBTWIN_FLOAT=0");
#endif
    }
  }
  /// Text: whatever turns into a std::string_view by itself, std::string among them.
  template <class T, std::enable_if_t<std::is_convertible_v<const T&, std::string_view> &&
                                          !std::is_same_v<T, std::nullptr_t>,
                                      int> = 0>
  constexpr PropertyValue(const T& text)  // NOLINT: implicit
      : type_(PropertyType::kString), text_(std::string_view(text)) {}

  /// `{}`.
  static constexpr PropertyValue object() {
    return PropertyValue(PropertyType::kObject);
  }
  /// `[]`.
  static constexpr PropertyValue array() {
    return PropertyValue(PropertyType::kArray);
  }

  constexpr PropertyType type() const {
    return type_;
  }
  /// True when the integer given doesn't fit 64 bits with sign; what takes values refuses it with
  /// Error::kOutOfRange.
  constexpr bool too_large() const {
    return too_large_;
  }
  /// \pre type() is kBool.
  constexpr bool boolean() const {
    return integer_ != 0;
  }
  /// \pre type() is kInteger.
  constexpr std::int64_t integer() const {
    return integer_;
  }
#if HUBTWIN_FLOAT
  /// \pre type() is kDouble.
  constexpr double number() const {
    return double_;
  }
#endif
  /// \pre type() is kString.
  constexpr std::string_view text() const {
    return text_;
  }

 private:
  constexpr explicit PropertyValue(PropertyType type) : type_(type) {}

  PropertyType type_ = PropertyType::kNull;
  bool too_large_ = false;
  std::int64_t integer_ = 0;
#if HUBTWIN_FLOAT
  double double_ = 0;
#endif
  std::string_view text_;
};

HUBTWIN_NAMESPACE_END
