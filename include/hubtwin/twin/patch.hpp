// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Patch: applies a document to a tree, all or nothing, and tells what really changed.

#include <hubtwin/config.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/twin/change.hpp>
#include <hubtwin/twin/json_handler.hpp>
#include <hubtwin/twin/node_store.hpp>
#include <hubtwin/twin/property_tree.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// Hears which properties a Patch left as they were because their new value can't be kept.
class RefusedValues {
 public:
  /// Called while the document is read: what it says counts only if the patch is committed.
  /// \param[in] object  The object the property stands in, for its path; nothing may be changed.
  /// \param[in] key     The property's name. Lives until the call returns.
  /// \param[in] reason  See JsonHandler::on_refused().
  virtual void on_refused(PropertyView object, std::string_view key, Error reason) = 0;

 protected:
  ~RefusedValues() = default;
};

/// Takes a document's tokens and applies them to a tree. Added and replaced values stand beside the
/// old ones in the tree's own arena, so it takes room for what changed and no other memory. Until
/// commit() the tree reads as before; then as after, with the old values still to be had from
/// changes() until release(). A value equal to the one before is no change.
///
/// Members whose key begins with `$` are skipped at every level. A key that stands twice counts
/// once, the last time.
class Patch final : public JsonHandler {
 public:
  enum class Mode : std::uint8_t {
    /// The document is a merge patch (RFC 7396; IoT Hub developer guide, device twins): null
    /// removes, objects merge, arrays are replaced whole, anything replaces anything else.
    kMerge,
    /// The document is the whole new state: what it doesn't name goes. A null counts as not named.
    kReplace,
  };

  Patch() = default;
  /// What is not committed is taken back.
  ~Patch() { abort(); }
  Patch(const Patch&) = delete;
  Patch& operator=(const Patch&) = delete;

  /// Starts; the tree can't be changed otherwise until release() or abort().
  /// \param[in] refused  Hears of values that can't be kept, each of which leaves its property as
  ///                     it was, or missing; an array with such an element is such a value itself.
  ///                     Null: they end the reading. Outlives the patch.
  /// \return Error::kWrongState when this patch or another one on that tree is under way.
  Status begin(PropertyTree& tree, Mode mode, RefusedValues* refused = nullptr);
  /// From now on an object that ends gets nulls in place of the members that the document didn't
  /// name, or no longer so. At first it doesn't.
  void replace_unnamed_by_null(bool on) { nulls_unnamed_ = on; }
  /// Whether begin() was called and neither release() nor abort() since.
  bool active() const { return tree_ != nullptr; }
  /// Whether the document's root object was read to its end.
  bool complete() const { return stage_ == Stage::kComplete; }

  /// Makes the new state the visible one.
  /// \return Error::kWrongState unless complete().
  Status commit();
  /// The real changes, each once; their order means nothing. A removed or added object is told leaf
  /// by leaf; an object that was and is there is no change by itself, even if it became empty.
  /// \pre Committed and not yet released.
  Changes changes() const;
  /// Frees the old values and ends the patch. Nothing happens before commit().
  void release();
  /// Takes everything back and ends the patch: the tree is as before begin(). After commit() too,
  /// as long as release() hasn't been called.
  void abort();

  // The document. Answers Error::kNoSpace when the arena is full, Error::kWrongType when the
  // document isn't an object, Error::kJsonTooDeep beyond HUBTWIN_MAX_DEPTH levels below the root,
  // Error::kWrongState for tokens out of order. After any error only abort() helps.
  Error on_null() override;
  Error on_bool(bool value) override;
  Error on_integer(std::int64_t value) override;
#if HUBTWIN_FLOAT
  Error on_double(double value) override;
#endif
  Error on_string(std::string_view value) override;
  Error on_refused(Error reason) override;
  KeyAnswer on_key(std::string_view key) override;
  Error on_begin_object() override;
  Error on_end_object() override;
  Error on_begin_array() override;
  Error on_end_array() override;

 private:
  using Index = NodeStore::Index;
  enum class Stage : std::uint8_t {
    kIdle,
    kDue,        // for the root
    kReading,    //
    kIgnoring,   // the rest of an array that is refused
    kComplete,   //
    kCommitted,  //
    kFailed,
  };

  enum Pinned : std::uint8_t {
    kContainer,  // the open container,
    kCursor,     // its member or element visited last,
    kKey,        // the key whose value is due,
    kTarget,     // the member of that key,
    kCompared,   // and the array that was there, while the one being read equals it.
    // What Patch::part() needs besides:
    kInnerKey,
    kFrom,
    kFromLast,
    kStopContainer,
    kStopCursor,
    kTrail,  // The nodes that aren't plain, the root aside, in the order in which they became so.
    kPinned = kTrail + 12
  };
  static constexpr std::uint8_t kTrailLength = kPinned - kTrail;

  NodeStore& store() const {
    return tree_->store_;
  }
  Index& container() {
    return pinned_[kContainer];
  }
  Index& cursor() {
    return pinned_[kCursor];
  }
  Index& key() {
    return pinned_[kKey];
  }
  Index& target() {
    return pinned_[kTarget];
  }
  Index& compared() {
    return pinned_[kCompared];
  }
  bool in_object() const;
  bool within_value() const;
  bool is_kind(Index container, bool object) const;
  bool value_due() const;
  bool was_there(Index member) const;
  Index find() const;
  Index twin() const;
  Index last_member() const;

  Error give_up(Error error);
  Error unexpected();
  Error take(const PropertyValue& value);
  Error take_null();
  Error take_container(bool object);
  Error place_container(bool object);
  Error enter_root();
  Error end_container(bool object);
  Error put(const PropertyValue& value);
  void restore_old();
  void keep_old();
  void remove_unnamed();
  Error null_unnamed();
  bool comparing() const {
    return pinned_[kCompared] != NodeStore::kNoNode;
  }
  Index next_in_container() const;
  Index expected_now() const;
  Error compare_container(bool object);
  Error part();
  bool copy_next();
  void finish_array();
  Index replaced_by(Index member) const;
  void refuse_array(Error reason);
  void leave_out();
  void mark(Index node, NodeStore::State state);
  void leave_trail(Index node);
  bool trail_lost() const {
    return trail_size_ > kTrailLength;
  }
  void settle(bool keep_new);
  void settle_below(Index top, bool keep_new);
  void forget_key();
  void end();

  PropertyTree* tree_ = nullptr;
  RefusedValues* refused_ = nullptr;
  Index pinned_[kPinned] = {};      // follow their nodes
  std::uint8_t trail_size_ = 0;     // one more than its length when there are more
  std::uint8_t depth_ = 0;          // open containers
  std::uint8_t added_depth_ = 0;    // those of them that are part of an added value
  std::uint8_t array_depth_ = 0;    // those from the outermost array on
  std::uint8_t ignored_depth_ = 0;  // open containers while kIgnoring
  bool owns_key_ = false;           // kKey is new to the tree and has no node yet
  bool owns_inner_key_ = false;     // so has kInnerKey
  Mode mode_ = Mode::kMerge;
  Stage stage_ = Stage::kIdle;
  bool nulls_unnamed_ = false;
};

HUBTWIN_NAMESPACE_END
