// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Keeping application variables in step with desired properties: conversions and checks of bind().

#include <hubtwin/status.hpp>
#include <hubtwin/twin/desired_change.hpp>
#include <hubtwin/twin/property_view.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

HUBTWIN_NAMESPACE_BEGIN

/// The check of a binding that takes every value its variable can hold.
struct AcceptAny {
  template <class T>
  constexpr bool operator()(const T&) const {
    return true;
  }
};

/// The check made by in_range(). It keeps its bounds as bytes, so that two 64-bit bounds fit the
/// capture of a handler on 32-bit targets, too.
template <class T>
class InRange {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  InRange(T low, T high) {
    std::memcpy(low_, &low, sizeof(T));
    std::memcpy(high_, &high, sizeof(T));
  }

  template <class V>
  bool operator()(const V& value) const {
    T low;
    T high;
    std::memcpy(&low, low_, sizeof(T));
    std::memcpy(&high, high_, sizeof(T));
    if constexpr (std::is_integral_v<T> && std::is_integral_v<V>) {
      return !less(value, low) && !less(high, value);
    } else {
      return !(value < low) && !(high < value);
    }
  }

 private:
  // Compares by value, whatever the signedness.
  template <class A, class B>
  static constexpr bool less(A a, B b) {
    if constexpr (std::is_signed_v<A> == std::is_signed_v<B>) {
      return a < b;
    } else if constexpr (std::is_signed_v<A>) {
      return a < 0 || static_cast<std::make_unsigned_t<A>>(a) < b;
    } else {
      return b >= 0 && a < static_cast<std::make_unsigned_t<B>>(b);
    }
  }

  unsigned char low_[sizeof(T)];
  unsigned char high_[sizeof(T)];
};

/// A check for bind(): takes values from `low` to `high`, both included; durations in any unit,
/// e.g. `in_range(1s, 24h)`.
template <class Low, class High>
auto in_range(Low low, High high) {
  using Bound = std::conditional_t<std::is_integral_v<Low> && std::is_integral_v<High>,
                                   std::int64_t, std::common_type_t<Low, High>>;
  return InRange<Bound>(static_cast<Bound>(low), static_cast<Bound>(high));
}

/// How bind() reads a value into a variable: a boolean, an integer of any width, float or double.
/// The variable is written only on success.
/// \return Error::kNotFound, Error::kWrongType, or Error::kOutOfRange when the value doesn't fit.
template <class T>
std::enable_if_t<std::is_arithmetic_v<T>, Status> read_value(PropertyView value, T& variable) {
  const Result<T> read = value.as<T>();
  if (read.ok()) {
    variable = *read;
  }
  return read.status();
}

/// A duration is an integer in the variable's own unit: `7` is 7 s for std::chrono::seconds and
/// 7 ms for std::chrono::milliseconds.
template <class Rep, class Period>
std::enable_if_t<std::is_integral_v<Rep>, Status> read_value(
    PropertyView value, std::chrono::duration<Rep, Period>& variable) {
  Rep count{};
  const Status status = read_value(value, count);
  if (status.ok()) {
    variable = std::chrono::duration<Rep, Period>(count);
  }
  return status;
}

/// Desired changes as bindings see them; not for applications.
class BindingAccess {
 public:
  template <class T, class Check>
  static void assign(const DesiredChange& change, const Check& check) {
    T candidate{};
    change.refusal_ = read_value(change.value(), candidate);
    if (change.refusal_.ok() && !check(static_cast<const T&>(candidate))) {
      change.refusal_ = Error::kOutOfRange;
    }
    if (change.refusal_.ok()) {
      *static_cast<T*>(change.variable_) = candidate;
    }
  }

  template <std::size_t N, class Check>
  static void assign_text(const DesiredChange& change, const Check& check) {
    const Result<std::string_view> text = change.value().as_string();
    change.refusal_ = text.status();
    const bool fits = text.ok() && text->size() < N && text->find('\0') == std::string_view::npos;
    if (text.ok() && (!fits || !check(*text))) {
      change.refusal_ = Error::kOutOfRange;
    }
    if (change.refusal_.ok()) {
      char* variable = static_cast<char*>(change.variable_);
      if (!text->empty()) {
        std::memcpy(variable, text->data(), text->size());
      }
      variable[text->size()] = '\0';
    }
  }
};

HUBTWIN_NAMESPACE_END
