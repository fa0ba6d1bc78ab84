// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// PropertyTree: the compact store for twin documents.

#include <hubtwin/bytes.hpp>
#include <hubtwin/config.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/twin/node_store.hpp>
#include <hubtwin/twin/property_value.hpp>
#include <hubtwin/twin/property_view.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_property_tree {
class Pins;
}

/// An object of twin properties in an arena given by the caller. 8 bytes a member or element;
/// booleans, small integers and strings of up to 3 bytes cost no more; other strings their bytes
/// and a length; each distinct key is stored once. The same size on 32 and 64 bits.
///
/// An allocation fails only when the sum of what is free is too small; a call that fails changes
/// nothing.
///
/// Members stand in a list: a look-up by name takes some 7 instructions of a Cortex-M4 for each
/// member before the one sought, beside the 50 to 100 that find the name among a few dozen distinct
/// ones. A document is read in time proportional to its length as long as its objects have dozens
/// of members; thousands of distinct names in one tree cost some 2,000 instructions a member.
class PropertyTree {
 public:
  /// Smallest arena: the root and alignment.
  static constexpr std::size_t kMinimumBytes = 16;
  /// Largest arena that is made use of.
  static constexpr std::size_t kMaximumBytes = 0xFFFFFF;
  /// Most steps of a path.
  static constexpr std::size_t kDeepest = 48;

  /// \param[in] arena  kMinimumBytes or more; outlives the tree.
  /// \param[in] keys   Keys that cost no arena; sorted; outlive the tree.
  explicit PropertyTree(ByteSpan arena, KeyTable keys = {}) : store_(arena, keys) {}
  PropertyTree(const PropertyTree&) = delete;
  PropertyTree& operator=(const PropertyTree&) = delete;

  /// The whole; always an object.
  PropertyView root() const { return PropertyView(&store_, NodeStore::kRoot); }
  /// As on the root.
  PropertyView operator[](std::string_view key) const { return root()[key]; }
  PropertyView at(std::string_view path) const { return root().at(path); }

  /// What set() did.
  struct SetResult {
    PropertyView view;     ///< The place that was set.
    bool changed = false;  ///< False when it held an equal value before; it is then left alone.
  };

  /// Puts a value at a dotted path, making objects along the way; a null along the way becomes an
  /// object. A place that is there already keeps its marks; new ones have none. An object or array
  /// given as value replaces what stands there by an empty one.
  /// \return Error::kNoSpace when the arena is full; Error::kPropertyPath for an empty path, an
  ///         empty step, or a way through a scalar or array; Error::kOutOfRange for an integer
  ///         beyond 64 bits; Error::kJsonTooLong for a text above 32,767 bytes; Error::kJsonTooDeep
  ///         beyond kDeepest levels; Error::kInvalidArgument for a path or text that lies in this
  ///         tree's own arena, which may move while it changes: copy it first; Error::kWrongState
  ///         while a Patch is under way. After an error nothing has changed.
  Result<SetResult> set(std::string_view path, const PropertyValue& value) {
    return set(root(), path, value);
  }
  /// The same from an object of this tree on; the empty path is that place itself, which then must
  /// not be the root.
  Result<SetResult> set(PropertyView from, std::string_view path, const PropertyValue& value);
  /// Makes sure that an object is at the path: one that is there stays as it is, anything else is
  /// replaced by an empty one. Errors as for set().
  Result<SetResult> set_object(std::string_view path);

  /// Appends an element to an array of this tree; the element may be an empty object or array that
  /// is filled by set() and append().
  /// \return the new element: its parent() is the array, for the next append, since `array` itself
  ///         is out of date; Error::kWrongType when that is no array; Error::kNoSpace;
  ///         Error::kOutOfRange; Error::kJsonTooLong; Error::kJsonTooDeep; Error::kInvalidArgument
  ///         and Error::kWrongState as for set().
  Result<PropertyView> append(PropertyView array, const PropertyValue& element);
  /// Copies what stands at `source`, a place of another tree, to the path, replacing what is there.
  /// Errors as for set(), Error::kNotFound when `source` is nowhere, Error::kInvalidArgument when
  /// it is in this tree.
  Result<SetResult> copy(std::string_view path, PropertyView source);

  /// Removes what stands at the path and all below it. Views of other places stay valid.
  /// \return Error::kNotFound when nothing does; Error::kPropertyPath for the root;
  ///         Error::kWrongState while a Patch is under way.
  Status erase(std::string_view path) { return erase(at(path)); }
  Status erase(PropertyView place);
  /// Removes everything. Not while a Patch is under way.
  void clear();

  /// Moves the value at `place` out of the tree, where aside() tells of it. What is left there is
  /// of type PropertyType::kNone, until it is replaced or the value put back. Views go out of date.
  /// \return false, and nothing changed, when the arena is full. \pre Nothing is set aside.
  bool set_aside(PropertyView place);
  /// The value set aside; nowhere when none is.
  PropertyView aside() const {
    return store_.aside() == NodeStore::kNoNode ? PropertyView()
                                                : PropertyView(&store_, store_.aside());
  }
  /// Puts it to `place` instead of what stands there. \return that place.
  PropertyView put_back(PropertyView place);
  /// Frees it, if there is one.
  void drop_aside() { store_.drop_aside(); }

  /// Sets or takes away a mark at a place of this tree; changes nothing else and keeps views valid.
  void mark(PropertyView place, PropertyMark mark, bool on = true);

  /// Bytes of the arena that hold something; keys and bookkeeping are included.
  std::size_t bytes_used() const { return store_.bytes_used(); }
  /// Bytes that can still be used, wherever they lie.
  std::size_t bytes_free() const { return capacity() - bytes_used(); }
  /// Most bytes used at once since the start or reset_high_water(), journals included.
  std::size_t high_water() const { return store_.high_water(); }
  void reset_high_water() { store_.reset_high_water(); }
  /// Bytes that can be used at all: the arena without what alignment costs.
  std::size_t capacity() const { return store_.capacity(); }

 private:
  friend class Patch;
  using Pins = detail_property_tree::Pins;

  Error check_change(PropertyView from, std::string_view path) const;
  Error check_value(const PropertyValue& value) const;
  Error reach(Pins& pins, std::string_view path, const PropertyValue& missing);
  void take_back(Pins& pins);
  Result<SetResult> copy_container(std::string_view path, PropertyView source);
  Error append_copy(Pins& pins, PropertyView source);

  NodeStore store_;
  bool patched_ = false;  // a Patch is under way
};

/// A tree with its arena of `Bytes` bytes.
template <std::size_t Bytes>
class SizedPropertyTree : public PropertyTree {
  static_assert(Bytes >= kMinimumBytes && Bytes <= kMaximumBytes);

 public:
  explicit SizedPropertyTree(KeyTable keys = {}) : PropertyTree(ByteSpan(arena_, Bytes), keys) {}

 private:
  alignas(std::uint32_t) std::uint8_t arena_[Bytes];
};

HUBTWIN_NAMESPACE_END
