// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// PropertyView: a cheap cursor to one place of a PropertyTree.

#include <hubtwin/bytes.hpp>
#include <hubtwin/config.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/twin/property_value.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>

HUBTWIN_NAMESPACE_BEGIN

class NodeStore;
class PropertyView;

/// Whether two places hold equal values: numbers by value whatever their type, objects whatever the
/// order of their members, arrays in order. Two places that don't exist are equal.
bool equal_values(PropertyView a, PropertyView b);

/// Spare bits at each place of a tree, which gives them no meaning. Marks don't travel with copies:
/// a place that is made anew has none.
enum class PropertyMark : std::uint8_t {
  kDirty = 1,     ///< Changed since it was last sent.
  kInFlight = 2,  ///< Part of the request under way.
  kWhole = 4,     ///< All that is below is known. Containers only: elsewhere it is never set.
};

/// One place of a tree: an object, an array, a scalar, or nowhere. Two words, passed by value.
/// It is valid until its tree is next changed; so are the texts it gives out. Reading what isn't
/// there is never an error by itself: `tree["a"]["b"].as_integer()` answers Error::kNotFound.
///
/// While a Patch is being read the tree shows the state before it; from Patch::commit() on, the
/// state after it.
class PropertyView {
 public:
  /// Nowhere.
  constexpr PropertyView() = default;

  /// Whether there is something here.
  bool exists() const { return store_ != nullptr; }
  PropertyType type() const;
  bool is_null() const { return type() == PropertyType::kNull; }
  bool is_object() const { return type() == PropertyType::kObject; }
  bool is_array() const { return type() == PropertyType::kArray; }
  /// True for objects and arrays.
  bool is_container() const { return type() >= PropertyType::kObject; }
  /// Whether this is a member of an object, and so has a name.
  bool is_member() const;
  /// Name of this member; empty at the root, within arrays and nowhere.
  std::string_view key() const;
  /// Number of members or elements; 0 for scalars. Takes time in proportion to it.
  std::size_t size() const;
  /// True when it has no members or elements.
  bool empty() const { return !first_child().exists(); }

  /// The member of that name; nowhere when this isn't an object or has none.
  PropertyView operator[](std::string_view key) const;
  /// The element at that position; nowhere when this isn't an array or is shorter.
  PropertyView element(std::size_t index) const;
  /// The place at a dotted path below this one, e.g. `telemetryConfig.sendFrequency`; a step
  /// through an array is a decimal position. The empty path is this place.
  PropertyView at(std::string_view path) const;

  /// \return the value; Error::kNotFound nowhere; Error::kWrongType for anything else than a
  ///         boolean.
  Result<bool> as_bool() const;
  /// \return the value; Error::kNotFound nowhere; Error::kWrongType for anything else than a
  ///         number; Error::kOutOfRange for a double that isn't whole or is beyond 64 bits.
  Result<std::int64_t> as_integer() const;
#if HUBTWIN_FLOAT
  /// \return the value; Error::kNotFound nowhere; Error::kWrongType for anything else than a
  ///         number; Error::kOutOfRange for an integer that a double can't hold exactly.
  Result<double> as_double() const;
#endif
  /// \return the text, which lives in the tree; Error::kNotFound nowhere; Error::kWrongType for
  ///         anything else than a string.
  Result<std::string_view> as_string() const;
  /// The value as bool, any integer type, float, double or std::string_view; errors as above, with
  /// Error::kOutOfRange where the value doesn't fit T. A float is the nearest one.
  template <class T>
  Result<T> as() const;
  /// The scalar here, ready to be put elsewhere; null for containers and nowhere.
  PropertyValue value() const;

  /// First member or element; nowhere when there is none.
  PropertyView first_child() const;
  /// The next member or element of the same container; nowhere after the last.
  PropertyView next_sibling() const;
  /// The container this stands in; nowhere at the root.
  PropertyView parent() const;

  /// Whether the path of this place, from the root, is `path`. The root's path is empty.
  bool is_at(std::string_view path) const;
  /// Whether this place is at `path` or somewhere below it.
  bool is_at_or_below(std::string_view path) const;
  /// Levels below the root: 0 at the root, 1 for its members.
  std::size_t depth() const;
  /// Writes the dotted path from the root into `room`.
  /// \return the path as written; Error::kNoSpace when it is longer than the room;
  ///         Error::kNotFound nowhere.
  Result<std::string_view> path(Span<char> room) const;

  /// Whether the mark is set here.
  bool has(PropertyMark mark) const;

  /// Whether both are the same place of the same tree (not: hold equal values).
  friend bool operator==(PropertyView a, PropertyView b) {
    return a.store_ == b.store_ && a.node_ == b.node_;
  }
  friend bool operator!=(PropertyView a, PropertyView b) {
    return !(a == b);
  }

  /// Members or elements in order, for range-based for.
  class Iterator;
  Iterator begin() const;
  Iterator end() const;

 private:
  friend class ChangeIterator;
  friend class JsonWriter;
  friend class Patch;
  friend class PropertyTree;
  friend bool equal_values(PropertyView a, PropertyView b);
  constexpr PropertyView(const NodeStore* store, std::uint16_t node) : store_(store), node_(node) {}

  const NodeStore* store_ = nullptr;
  std::uint16_t node_ = 0;
};

/// Walks the members or elements of one container.
class PropertyView::Iterator {
 public:
  explicit Iterator(PropertyView at) : at_(at) {}
  const PropertyView& operator*() const { return at_; }
  const PropertyView* operator->() const { return &at_; }
  Iterator& operator++() {
    at_ = at_.next_sibling();
    return *this;
  }
  friend bool operator!=(const Iterator& a, const Iterator& b) { return a.at_ != b.at_; }
  friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

 private:
  PropertyView at_;
};

inline PropertyView::Iterator PropertyView::begin() const {
  return Iterator(first_child());
}
inline PropertyView::Iterator PropertyView::end() const {
  return Iterator(PropertyView());
}

template <class T>
Result<T> PropertyView::as() const {
  if constexpr (std::is_same_v<T, bool>) {
    return as_bool();
  } else if constexpr (std::is_integral_v<T>) {
    const Result<std::int64_t> wide = as_integer();
    if (!wide) {
      return wide.status();
    }
    using Limits = std::numeric_limits<T>;
    if constexpr (std::is_unsigned_v<T>) {
      if (*wide < 0 || static_cast<std::uint64_t>(*wide) > (Limits::max)()) {
        return Error::kOutOfRange;
      }
    } else {
      if (*wide < (Limits::min)() || *wide > (Limits::max)()) {
        return Error::kOutOfRange;
      }
    }
    return static_cast<T>(*wide);
#if HUBTWIN_FLOAT
  } else if constexpr (std::is_same_v<T, double>) {
    return as_double();
  } else if constexpr (std::is_same_v<T, float>) {
    const Result<double> wide = as_double();
    if (!wide) {
      return wide.status();
    }
    constexpr double kMax = static_cast<double>((std::numeric_limits<float>::max)());
    if (*wide < -kMax || *wide > kMax) {
      return Error::kOutOfRange;
    }
    return static_cast<float>(*wide);
#endif
  } else {
    static_assert(std::is_same_v<T, std::string_view>, "no JSON value is read as this type");
    return as_string();
  }
}

HUBTWIN_NAMESPACE_END
