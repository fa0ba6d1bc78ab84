// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// NodeStore: how a PropertyTree lies in its arena. Applications use PropertyTree.

#include <hubtwin/bytes.hpp>
#include <hubtwin/config.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/twin/property_value.hpp>
#include <hubtwin/twin/property_view.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// Keys known when the program is built, kept in flash: a tree that is given them spends no arena
/// on them. At most 4,096, in ascending order, none twice.
using KeyTable = Span<const std::string_view>;

/// Nodes, blobs and keys in one arena.
///
/// Nodes, 8 bytes each, grow from the arena's end downwards and are meant by index. Blobs (long
/// strings, wide numbers, texts of keys) grow from its start upwards. What is freed of either is
/// used again: nodes by a list, blobs by sliding the living ones together, and where one kind has
/// holes while the other lacks space, nodes move too. So an allocation fails only when the sum of
/// what is free is too small.
///
/// Siblings form a ring: the last one's `next` is the container they stand in. That gives every
/// node a way to its parent without storing one.
class NodeStore {
 public:
  using Index = std::uint16_t;
  /// No node. Real ones are below.
  static constexpr Index kNoNode = 0x7FFF;
  static constexpr Index kRoot = 0;
  static constexpr std::size_t kNodeBytes = 8;
  /// No key: the root, and elements of arrays.
  static constexpr std::uint16_t kNoKey = 0x7FFF;
  /// Longest string or key that can be stored, in bytes.
  static constexpr std::size_t kMaxText = 0x7FFF;

  /// Role of a node while a Patch is under way.
  enum State : std::uint8_t {
    kPlain = 0,
    kTouched = 1,  ///< Named by the patch and still there; changes may lie below it.
    kAdded = 2,    ///< New with the patch.
    kRemoved = 3,  ///< Goes with the patch.
  };

  explicit NodeStore(ByteSpan arena, KeyTable keys);
  NodeStore(const NodeStore&) = delete;
  NodeStore& operator=(const NodeStore&) = delete;

  // What stands where.
  PropertyType type(Index node) const;
  bool is_container(Index node) const;
  bool is_object(Index node) const;
  bool is_array(Index node) const;
  bool is_text(Index node) const;
  State state(Index node) const;
  void set_state(Index node, State state);
  std::uint8_t marks(Index node) const;
  void set_marks(Index node, std::uint8_t marks);
  std::uint16_t key(Index node) const;
  std::string_view key_text(std::uint16_t key) const;
  bool boolean(Index node) const;
  std::int64_t integer(Index node) const;
#if HUBTWIN_FLOAT
  double number(Index node) const;
#endif
  std::string_view text(Index node) const;
  PropertyValue value(Index node) const;
  /// Whether the node's value equals this one; never for containers with anything in them.
  bool holds(Index node, const PropertyValue& value) const;
  /// Whether bytes of the arena are meant.
  bool owns(std::string_view text) const;

  // Links. The plain ones see every node; the visible ones leave out what hide() names. Steps go
  // round the ring: to the next sibling, or with kUp set to the container whose end has come.
  static constexpr std::uint16_t kUp = 0x8000;
  std::uint16_t step(Index node) const;
  std::uint16_t step_into(Index container) const;
  /// Steps on while nodes are plain; `previous` is the last one passed, or stays as it is.
  std::uint16_t pass_plain(std::uint16_t at, Index& previous) const;
  Index first_child(Index container) const;
  Index next_sibling(Index node) const;
  Index parent(Index node) const;
  Index last_child(Index container) const;
  Index first_visible(Index container) const;
  Index next_visible(Index node) const;
  Index find_visible(Index object, std::uint16_t key) const;
  bool hidden(Index node) const {
    return state(node) == hidden_;
  }
  /// Nodes of this state are left out by the visible links; kPlain hides none.
  void hide(State state) {
    hidden_ = state == kPlain ? kNothingHidden : state;
  }

  // Keys: each distinct text is kept once and counted.
  /// The key of that text; kNoKey when no node has it.
  std::uint16_t find_key(std::string_view text) const;
  /// A new key with one user; kNoKey when the arena is full or the text is longer than kMaxText.
  /// \pre No key has that text.
  std::uint16_t add_key(std::string_view text);
  /// The key of that text with one more user, found or added.
  std::uint16_t hold_key(std::string_view text);
  void hold_key(std::uint16_t key);
  void release_key(std::uint16_t key);

  // Changes. What they free or move invalidates indices that aren't pinned.
  /// A detached node with that value and key, of which it becomes a user; kNoNode when the arena is
  /// full. It must be inserted before anything else is made. `key` is read after nodes may have
  /// moved, so the variable given is a pinned one; the value's text doesn't lie in this arena.
  Index make(const Index& key, const PropertyValue& value);
  /// A detached node of the same key and value, or an empty container of the same kind; kNoNode
  /// when the arena is full. `node` is a pinned variable.
  Index duplicate(const Index& node);
  /// Puts a detached node after `previous`, or first when that is kNoNode.
  void insert(Index container, Index previous, Index node);
  /// Frees a node of `container` and all below it. `previous` is its elder sibling or kNoNode.
  void erase(Index container, Index previous, Index node);
  /// The same where the elder sibling isn't known.
  void erase(Index node);
  /// Gives a node another value; what it held is freed, also to make room. False, and nothing
  /// changed, when the arena is full all the same. As for make(), the text lies elsewhere.
  bool assign(const Index& node, const PropertyValue& value);
  /// Moves a node's value to a node that stands nowhere: aside(). What is left equals no value.
  /// False, and nothing changed, when the arena is full. \pre Nothing is set aside. `node` is
  /// pinned.
  bool set_aside(const Index& node);
  /// Moves it back, to any node; what that holds is freed.
  void put_back(Index node);
  /// Frees it, if there is one.
  void drop_aside();
  Index aside() const {
    return aside_;
  }
  /// Whether everything below is equal.
  static bool equal(const NodeStore& a, Index node_a, const NodeStore& b, Index node_b);

  /// Indices that are kept right while nodes move; null for none.
  void pin(Span<Index> pinned) {
    pinned_ = pinned;
  }

  std::size_t bytes_used() const {
    return used_;
  }
  std::size_t capacity() const {
    return size_;
  }
  std::size_t high_water() const {
    return high_water_ < used_ ? used_ : high_water_;
  }
  void reset_high_water() {
    high_water_ = used_;
  }
  /// Frees everything but the root.
  void clear();

 private:
  static constexpr State kNothingHidden = static_cast<State>(4);

  // What tells nodes apart where PropertyType is too coarse.
  enum Kind : std::uint8_t {
    kFree = 0,
    kKeySlot = 1,  // a key: its text is a blob, its `key` field counts its users
    kNullKind = 2,
    kFalse = 3,
    kTrue = 4,
    kSmallInteger = 5,  // 24 bits, inline
    kWideInteger = 6,   // a blob of 8 bytes
    kDoubleKind = 7,    // a blob of 8 bytes
    kInlineText = 8,    // and 9, 10, 11: 0 to 3 bytes
    kTextBlob = 12,
    kAsideKind = 13,  // stands for the value that is set aside, and equals none
    kObjectKind = 14,
    kArrayKind = 15,
  };
  struct Plan;  // how a value is going to be stored

  static Plan plan(const PropertyValue& value);
  std::uint8_t* node_at(Index node) const;
  void set_link(Index node, std::uint16_t link);
  void set_key(Index node, std::uint16_t key);
  std::uint32_t word(Index node) const;
  void set_word(Index node, std::uint32_t word);
  Kind kind(Index node) const;
  std::uint32_t payload(Index node) const;
  void set_payload(Index node, std::uint32_t payload);
  void set_first_child(Index container, Index child);
  bool has_blob(Index node) const;
  std::string_view text_blob(std::uint32_t offset) const;
  std::uint32_t blob_bytes(Index node) const;

  std::uint32_t gap() const;
  bool reserve(std::uint32_t blob_bytes, bool with_node);
  Index take_node();
  void free_node(Index node);
  std::uint32_t take_blob(std::uint32_t bytes);
  void free_blob(std::uint32_t offset, std::uint32_t bytes);
  void free_subtree(Index top);
  void free_below(Index container);
  void free_value(Index node);
  void move_value(Index from, Index to);
  std::uint32_t bytes_held(Index top) const;
  void store(Index node, std::uint32_t tag, const Plan& how, const PropertyValue& value);
  void compact_blobs();
  void compact_nodes();
  void move_node(Index from, Index to);
  void move_key(Index from, Index to);
  std::uint32_t store_text(std::string_view text, std::uint32_t bytes);
  static unsigned hash_of(std::string_view text);
  void unlink_key(std::uint16_t key, Index successor);
  void note_high_water();

  static constexpr std::size_t kBuckets = 16;

  std::uint8_t* base_ = nullptr;
  std::uint8_t* root_at_ = nullptr;  // the root's node, which is the last one in the arena
  std::uint32_t size_ = 0;
  std::uint32_t used_ = 0;
  std::uint32_t high_water_ = 0;  // before the last time that something was freed
  std::uint32_t blobs_end_ = 0;   // first byte after the last blob
  std::uint32_t blobs_dead_ = 0;  // bytes of freed blobs below it
  Index node_count_ = 0;          // nodes ever taken from the gap, living or free
  Index free_nodes_ = 0;
  Index first_free_ = kNoNode;
  Index aside_ = kNoNode;
  Index buckets_[kBuckets];  // first keys of chains by hash; chained by link
  State hidden_ = kNothingHidden;
  KeyTable table_;
  Span<Index> pinned_;
};

HUBTWIN_NAMESPACE_END

#include <hubtwin/impl/twin/node_access.hpp>
