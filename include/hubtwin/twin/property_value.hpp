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
  constexpr PropertyValue() : PropertyValue(PropertyType::kNull) {}
  constexpr PropertyValue(std::nullptr_t) : PropertyValue() {}  // NOLINT: implicit, as all below
  /// Any arithmetic type. An unsigned value above 2^63-1 makes the value `too_large()`.
  template <class T, std::enable_if_t<std::is_arithmetic_v<T>, int> = 0>
  constexpr PropertyValue(T value)  // NOLINT: implicit
      : PropertyValue(number_of(value)) {}
  /// Text: whatever turns into a std::string_view by itself, std::string among them.
  template <class T, std::enable_if_t<std::is_convertible_v<const T&, std::string_view> &&
                                          !std::is_same_v<T, std::nullptr_t>,
                                      int> = 0>
  constexpr PropertyValue(const T& text)  // NOLINT: implicit
      : PropertyValue(PropertyType::kString, std::string_view(text)) {}

  /// `{}`.
  static constexpr PropertyValue object() { return PropertyValue(PropertyType::kObject); }
  /// `[]`.
  static constexpr PropertyValue array() { return PropertyValue(PropertyType::kArray); }

  constexpr PropertyType type() const { return type_; }
  /// True when the integer given doesn't fit 64 bits with sign; what takes values refuses it with
  /// Error::kOutOfRange.
  constexpr bool too_large() const { return too_large_; }
  /// \pre type() is kBool.
  constexpr bool boolean() const { return content_.integer != 0; }
  /// \pre type() is kInteger.
  constexpr std::int64_t integer() const { return content_.integer; }
#if HUBTWIN_FLOAT
  /// \pre type() is kDouble.
  constexpr double number() const {
    return content_.number;
  }
#endif
  /// \pre type() is kString.
  constexpr std::string_view text() const {
    return {content_.text.data, content_.text.size};
  }

 private:
  struct Text {  // a text view without a constructor, for the union
    const char* data;
    std::size_t size;
  };
  // As type_ says.
  union Content {
    constexpr Content(std::int64_t whole) : integer(whole) {}  // NOLINT: implicit, as those below
#if HUBTWIN_FLOAT
    constexpr Content(double real) : number(real) {}  // NOLINT: implicit
#endif
    // NOLINTNEXTLINE: implicit
    constexpr Content(std::string_view view) : text{view.data(), view.size()} {}

    std::int64_t integer;
#if HUBTWIN_FLOAT
    double number;
#endif
    Text text;
  };

  constexpr explicit PropertyValue(PropertyType type, Content content = std::int64_t{0},
                                   bool too_large = false)
      : type_(type), too_large_(too_large), content_(content) {}

  template <class T>
  static constexpr PropertyValue number_of(T value) {
    if constexpr (std::is_same_v<T, bool>) {
      return PropertyValue(PropertyType::kBool, std::int64_t{value ? 1 : 0});
    } else if constexpr (std::is_integral_v<T>) {
      bool too_large = false;
      if constexpr (std::is_unsigned_v<T> && sizeof(T) >= sizeof(std::int64_t)) {
        too_large = value > static_cast<T>((std::numeric_limits<std::int64_t>::max)());
      }
      return PropertyValue(PropertyType::kInteger, static_cast<std::int64_t>(value), too_large);
    } else {
#if HUBTWIN_FLOAT
      static_assert(sizeof(T) <= sizeof(double), "long double has no place in JSON");
      return PropertyValue(PropertyType::kDouble, static_cast<double>(value));
#else
      static_assert(!std::is_floating_point_v<T>, "this build has HUBTWIN_FLOAT=0");
#endif
    }
  }

  PropertyType type_;
  bool too_large_ = false;
  Content content_;
};

HUBTWIN_NAMESPACE_END
