// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The short steps of hubtwin/twin/node_store.hpp, which every walk over a tree is made of.

#include <hubtwin/impl/twin/node_layout.hpp>
#include <hubtwin/twin/node_store.hpp>

HUBTWIN_NAMESPACE_BEGIN

inline std::uint8_t* NodeStore::node_at(Index node) const {
  return root_at_ - static_cast<std::size_t>(node) * kNodeBytes;
}

inline std::uint16_t NodeStore::step(Index node) const {
  return detail_node_store::load16(node_at(node));
}

inline std::uint16_t NodeStore::step_into(Index container) const {
  const Index first = first_child(container);
  return first == kNoNode ? static_cast<std::uint16_t>(container | kUp) : first;
}

inline std::uint16_t NodeStore::pass_plain(std::uint16_t at, Index& previous) const {
  constexpr unsigned kAnyState = 3U << detail_node_store::kStateShift;
  const std::uint8_t* const root = root_at_;
  while ((at & kUp) == 0) {
    const std::uint8_t* const node = root - at * kNodeBytes;
    if ((node[4] & kAnyState) != 0) {
      break;
    }
    previous = at;
    at = detail_node_store::load16(node);
  }
  return at;
}

inline void NodeStore::set_link(Index node, std::uint16_t link) {
  detail_node_store::store16(node_at(node), link);
}

inline std::uint16_t NodeStore::key(Index node) const {
  return detail_node_store::load16(node_at(node) + 2);
}

inline void NodeStore::set_key(Index node, std::uint16_t key) {
  detail_node_store::store16(node_at(node) + 2, key);
}

inline std::uint32_t NodeStore::word(Index node) const {
  return detail_node_store::load32(node_at(node) + 4);
}

inline void NodeStore::set_word(Index node, std::uint32_t word) {
  detail_node_store::store32(node_at(node) + 4, word);
}

inline NodeStore::Kind NodeStore::kind(Index node) const {
  return static_cast<Kind>(node_at(node)[4] & detail_node_store::kKindMask);
}

inline std::uint32_t NodeStore::payload(Index node) const {
  return word(node) >> 8;
}

inline void NodeStore::set_payload(Index node, std::uint32_t payload) {
  set_word(node, (word(node) & 0xFF) | (payload << 8));
}

inline PropertyType NodeStore::type(Index node) const {
  static constexpr PropertyType kTypes[16] = {
      PropertyType::kNone,   PropertyType::kNone,    PropertyType::kNull,    PropertyType::kBool,
      PropertyType::kBool,   PropertyType::kInteger, PropertyType::kInteger, PropertyType::kDouble,
      PropertyType::kString, PropertyType::kString,  PropertyType::kString,  PropertyType::kString,
      PropertyType::kString, PropertyType::kNone,    PropertyType::kObject,  PropertyType::kArray};
  return kTypes[kind(node)];
}

inline bool NodeStore::is_container(Index node) const {
  return kind(node) >= kObjectKind;
}

inline bool NodeStore::is_object(Index node) const {
  return kind(node) == kObjectKind;
}

inline bool NodeStore::is_array(Index node) const {
  return kind(node) == kArrayKind;
}

inline bool NodeStore::is_text(Index node) const {
  const Kind of = kind(node);
  return of >= kInlineText && of <= kTextBlob;
}

inline NodeStore::State NodeStore::state(Index node) const {
  return static_cast<State>((node_at(node)[4] >> detail_node_store::kStateShift) & 3);
}

inline void NodeStore::set_state(Index node, State state) {
  std::uint8_t& tag = node_at(node)[4];
  tag = static_cast<std::uint8_t>((tag & ~(3U << detail_node_store::kStateShift)) |
                                  (static_cast<unsigned>(state) << detail_node_store::kStateShift));
}

inline std::uint8_t NodeStore::marks(Index node) const {
  const bool more = is_container(node) && (payload(node) & detail_node_store::kContainerMark) != 0;
  return static_cast<std::uint8_t>((node_at(node)[4] >> detail_node_store::kMarkShift) |
                                   (more ? detail_node_store::kPlainMarks + 1 : 0));
}

inline void NodeStore::set_marks(Index node, std::uint8_t marks) {
  std::uint8_t& tag = node_at(node)[4];
  tag = static_cast<std::uint8_t>(
      (tag & ~(detail_node_store::kPlainMarks << detail_node_store::kMarkShift)) |
      ((marks & detail_node_store::kPlainMarks) << detail_node_store::kMarkShift));
  if (is_container(node)) {
    const std::uint32_t below = payload(node) & ~detail_node_store::kContainerMark;
    set_payload(node, marks > detail_node_store::kPlainMarks
                          ? below | detail_node_store::kContainerMark
                          : below);
  }
}

inline void NodeStore::set_first_child(Index container, Index child) {
  set_payload(container, (payload(container) & detail_node_store::kContainerMark) | child);
}

inline NodeStore::Index NodeStore::first_child(Index container) const {
  return static_cast<Index>(payload(container) & detail_node_store::kIndexMask);
}

inline NodeStore::Index NodeStore::next_sibling(Index node) const {
  const std::uint16_t next = step(node);
  return (next & kUp) != 0 ? kNoNode : next;
}

inline NodeStore::Index NodeStore::parent(Index node) const {
  std::uint16_t next = step(node);
  while ((next & kUp) == 0) {
    next = step(next);
  }
  return next & detail_node_store::kIndexMask;
}

inline NodeStore::Index NodeStore::next_visible(Index node) const {
  do {
    node = next_sibling(node);
  } while (node != kNoNode && hidden(node));
  return node;
}

inline NodeStore::Index NodeStore::first_visible(Index container) const {
  const Index first = first_child(container);
  return first == kNoNode || !hidden(first) ? first : next_visible(first);
}

inline void NodeStore::insert(Index container, Index previous, Index node) {
  if (previous != kNoNode) {
    set_link(node, step(previous));
    set_link(previous, node);
    return;
  }
  set_link(node, step_into(container));
  set_first_child(container, node);
}

inline void NodeStore::hold_key(std::uint16_t key) {
  if (key < kNoKey) {
    set_key(key, static_cast<std::uint16_t>(this->key(key) + 1));
  }
}

inline std::string_view NodeStore::text_blob(std::uint32_t offset) const {
  const std::uint8_t* at = base_ + offset;
  std::size_t length = *at++;
  if (length >= 0x80) {
    length = ((length & 0x7F) << 8) | *at++;
  }
  return {reinterpret_cast<const char*>(at), length};
}

inline void NodeStore::note_high_water() {
  if (used_ > high_water_) {
    high_water_ = used_;
  }
}

HUBTWIN_NAMESPACE_END
