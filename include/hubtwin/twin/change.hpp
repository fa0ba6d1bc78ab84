// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Changes: what a Patch really changed, walked without memory of its own.

#include <hubtwin/bytes.hpp>
#include <hubtwin/config.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/twin/node_store.hpp>
#include <hubtwin/twin/property_view.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// What happened to a leaf: a scalar, an array, or an object without members.
enum class ChangeKind : std::uint8_t {
  kAdded,    ///< No leaf was here; now one is.
  kChanged,  ///< A leaf was here and another one is.
  kRemoved,  ///< A leaf was here; now none is.
};

/// One real change of a leaf. Values and texts live until Patch::release().
class Change {
 public:
  ChangeKind kind() const { return kind_; }
  /// What was; nowhere when the leaf is new.
  PropertyView old_value() const { return old_; }
  /// What is; nowhere when the leaf has gone.
  PropertyView new_value() const { return new_; }
  /// Whichever of the two exists, the new one first: for its path().
  PropertyView place() const { return new_.exists() ? new_ : old_; }
  /// The last step of the path.
  std::string_view key() const { return place().key(); }
  /// See PropertyView::path, is_at and is_at_or_below.
  Result<std::string_view> path(Span<char> room) const { return place().path(room); }
  bool is_at(std::string_view path) const { return place().is_at(path); }
  bool is_at_or_below(std::string_view path) const { return place().is_at_or_below(path); }

 private:
  friend class ChangeIterator;
  ChangeKind kind_ = ChangeKind::kAdded;
  PropertyView old_;
  PropertyView new_;
};

/// Where a walk over changes ends: a type of its own, so that no second iterator takes room on the
/// stack.
struct ChangesEnd {};

/// Walks changes; see Patch::changes().
class ChangeIterator {
 public:
  ChangeIterator() = default;
  const Change& operator*() const { return change_; }
  const Change* operator->() const { return &change_; }
  ChangeIterator& operator++();
  friend bool operator==(const ChangeIterator& a, const ChangeIterator& b) {
    return a.at_ == b.at_;
  }
  friend bool operator!=(const ChangeIterator& a, const ChangeIterator& b) { return !(a == b); }
  friend bool operator!=(const ChangeIterator& at, ChangesEnd) {
    return at.at_ != NodeStore::kNoNode;
  }

 private:
  friend class Changes;
  using Index = NodeStore::Index;
  ChangeIterator(const NodeStore& store, const Index* trail, std::size_t trail_size);
  void pass();
  bool seek();
  void settle();
  void tell(NodeStore::State state);

  const NodeStore* store_ = nullptr;
  Index at_ = NodeStore::kNoNode;
  Index whole_ = NodeStore::kNoNode;  // the added or removed subtree that is being walked
  const Index* trail_ = nullptr;      // the nodes still to come that aren't plain; null: walk
  const Index* trail_end_ = nullptr;
  Change change_;
};

/// The changes of a committed patch, for range-based for. May be walked any number of times until
/// Patch::release().
class Changes {
 public:
  ChangeIterator begin() const { return {*store_, trail_, trail_size_}; }
  ChangesEnd end() const { return {}; }
  bool empty() const { return !(begin() != end()); }

 private:
  friend class Patch;
  Changes(const NodeStore* store, const NodeStore::Index* trail, std::size_t trail_size)
      : store_(store), trail_(trail), trail_size_(trail_size) {}

  const NodeStore* store_;
  const NodeStore::Index* trail_;
  std::size_t trail_size_;
};

HUBTWIN_NAMESPACE_END
