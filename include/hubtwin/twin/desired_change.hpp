// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a handler of desired properties is told.

#include <hubtwin/function.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/twin/patch.hpp>
#include <hubtwin/twin/property_view.hpp>

#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// A section's `$version`. It starts at 1 and grows with every accepted write to the section (IoT
/// Hub developer guide, device twins: optimistic concurrency).
using TwinVersion = std::int64_t;
/// No version is known.
constexpr TwinVersion kNoVersion = 0;

/// Why a desired property's handler runs.
enum class DesiredCause : std::uint8_t {
  kFirstState,  ///< The handler sees the property for the first time since the program started.
  kChange,      ///< The hub told of a change while the link stood.
  kCatchUp,  ///< The change was missed, e.g. while offline, and was found by reading the whole twin
             ///< and comparing.
};
/// Constant text, e.g. "first state".
const char* to_string(DesiredCause cause);

/// The changed leaves at and below one path, for range-based for.
class ChangesBelow {
 public:
  /// Walks them in document order.
  class Iterator {
   public:
    Iterator(ChangeIterator at, std::string_view path) : at_(at), path_(path) { settle(); }
    const Change& operator*() const { return *at_; }
    const Change* operator->() const { return &*at_; }
    Iterator& operator++() {
      ++at_;
      settle();
      return *this;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }
    friend bool operator!=(const Iterator& a, const Iterator& b) { return !(a == b); }

   private:
    void settle() {
      while (at_ != ChangeIterator() && !at_->is_at_or_below(path_)) {
        ++at_;
      }
    }

    ChangeIterator at_;
    std::string_view path_;
  };

  ChangesBelow(const Patch* patch, std::string_view path) : patch_(patch), path_(path) {}

  Iterator begin() const {
    return {patch_ == nullptr ? ChangeIterator() : patch_->changes().begin(), path_};
  }
  Iterator end() const { return {ChangeIterator(), path_}; }
  bool empty() const { return begin() == end(); }

 private:
  const Patch* patch_;
  std::string_view path_;
};

/// One real change of desired properties, as one handler sees it. Made for the call: it and its
/// views live until the handler returns.
class DesiredChange {
 public:
  /// The path that the handler was registered for; empty for a handler of the whole section.
  std::string_view path() const { return path_; }
  /// The present value at path(), which may be an object; exists() is false when it has gone.
  PropertyView value() const { return value_; }
  /// True when there is no value at path() any more.
  bool gone() const { return !value_.exists(); }
  /// The scalar or array that was at path() before; exists() is false when there was none, or none
  /// was kept. What an object held before is told leaf by leaf by changes().
  PropertyView old_value() const { return old_value_; }
  /// False when the arena had no room to keep old values beside the new ones: then old_value() and
  /// changes() tell nothing.
  bool old_value_kept() const { return old_value_kept_; }
  /// The changed leaves at and below path(), each with its old and new value. Empty where nothing
  /// was compared: for a handler that was registered after the values it sees had come.
  ChangesBelow changes() const { return {patch_, path_}; }
  /// The section's version that brought the present value. One document is one version: all
  /// handlers of one version run before those of the next.
  TwinVersion version() const { return version_; }
  DesiredCause cause() const { return cause_; }

 private:
  friend class BindingAccess;
  friend class Desired;

  std::string_view path_;
  PropertyView value_;
  PropertyView old_value_;
  const Patch* patch_ = nullptr;
  TwinVersion version_ = kNoVersion;
  void* variable_ = nullptr;  // of a binding
  mutable Status refusal_;    // what a binding answers
  DesiredCause cause_ = DesiredCause::kFirstState;
  bool old_value_kept_ = true;
};

/// Called once for each document that really changed something at its path or below. Everything may
/// be called inside except poll() and the client's destructor.
using DesiredHandler = Function<void(const DesiredChange&)>;

/// A desired value that a bound variable didn't take, or that can't be kept at all.
struct RefusedValue {
  /// The registered path. For a value that can't be kept, where nothing is registered at just its
  /// place: each registered path above it.
  std::string_view path;
  /// The value; nowhere when it can't be kept: the property stays as it was.
  PropertyView value;
  /// Error::kWrongType: of another type; Error::kOutOfRange: doesn't fit the variable, or failed
  /// its check; Error::kJsonTooLong: a text longer than the Context's document memory can take in;
  /// Error::kJsonNumber: a number that is too long or too large.
  Status reason;
  TwinVersion version = kNoVersion;
};

/// Called for each refused value; the variable is unchanged and all others are applied. May call
/// what a DesiredHandler may, e.g. report why.
using RefusedHandler = Function<void(const RefusedValue&)>;

HUBTWIN_NAMESPACE_END
