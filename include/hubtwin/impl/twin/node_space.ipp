// SPDX-License-Identifier: MIT
// Body of hubtwin/twin/node_store.hpp: how room is taken, given back and gathered.

#include <hubtwin/contract.hpp>
#include <hubtwin/twin/node_store.hpp>

#include <cstring>

HUBTWIN_NAMESPACE_BEGIN

struct NodeStore::Plan {
  std::uint32_t word;  // kind, and the payload where no blob is needed
  std::uint32_t blob_bytes;

  static constexpr std::uint32_t kTooMuch = 0x7FFFFFFF;  // more than any arena has
};

NodeStore::Plan NodeStore::plan(const PropertyValue& value) {
  switch (value.type()) {
    case PropertyType::kBool:
      return {value.boolean() ? kTrue : kFalse, 0};
    case PropertyType::kInteger:
      if (value.integer() >= detail_node_store::kSmallMin &&
          value.integer() <= detail_node_store::kSmallMax) {
        return {kSmallInteger | (static_cast<std::uint32_t>(value.integer()) << 8), 0};
      }
      return {kWideInteger, detail_node_store::kWideBytes};
    case PropertyType::kDouble:
      return {kDoubleKind, detail_node_store::kWideBytes};
    case PropertyType::kString: {
      const std::string_view text = value.text();
      if (text.size() > 3) {
        return {kTextBlob, text.size() <= kMaxText ? detail_node_store::text_bytes(text.size())
                                                   : Plan::kTooMuch};
      }
      std::uint32_t letters = 0;
      for (std::size_t i = text.size(); i-- > 0;) {
        letters = (letters << 8) | static_cast<unsigned char>(text[i]);
      }
      return {(kInlineText + static_cast<std::uint32_t>(text.size())) | (letters << 8), 0};
    }
    case PropertyType::kObject:
      return {kObjectKind | (std::uint32_t{kNoNode} << 8), 0};
    case PropertyType::kArray:
      return {kArrayKind | (std::uint32_t{kNoNode} << 8), 0};
    case PropertyType::kNone:
    case PropertyType::kNull:
      break;
  }
  return {kNullKind, 0};
}

// Making, changing and freeing.

NodeStore::Index NodeStore::make(const Index& key, const PropertyValue& value) {
  const Plan how = plan(value);
  if (!reserve(how.blob_bytes, true)) {
    return kNoNode;
  }
  const Index node = take_node();
  hold_key(key);
  set_key(node, key);
  store(node, 0, how, value);
  return node;
}

NodeStore::Index NodeStore::duplicate(const Index& node) {
  const std::uint32_t bytes = has_blob(node) ? blob_bytes(node) : 0;
  if (!reserve(bytes, true)) {
    return kNoNode;
  }
  const Index copy = take_node();
  set_key(copy, key(node));
  hold_key(key(copy));
  set_word(copy, word(node) & (0xFFFFFF00 | detail_node_store::kKindMask));
  if (bytes > 0) {
    const std::uint32_t blob = take_blob(bytes);
    std::memcpy(base_ + blob, base_ + payload(node), bytes);
    set_payload(copy, blob);
  } else if (is_container(copy)) {
    set_payload(copy, kNoNode);
  }
  return copy;
}

bool NodeStore::assign(const Index& node, const PropertyValue& value) {
  const Plan how = plan(value);
  if (how.blob_bytes > size_ - used_ + bytes_held(node)) {
    return false;
  }
  // What is freed here suffices, so that the rest can't fail.
  free_value(node);
  set_word(node, (word(node) & 0xF0) | kNullKind);
  reserve(how.blob_bytes, false);
  store(node, word(node) & 0xF0, how, value);
  return true;
}

bool NodeStore::set_aside(const Index& node) {
  HUBTWIN_EXPECTS(aside_ == kNoNode);
  const Index no_key = kNoKey;
  const Index made = make(no_key, PropertyValue());
  if (made == kNoNode) {
    return false;
  }
  set_link(made, kUp | kNoNode);
  aside_ = made;
  move_value(node, made);
  set_word(node, (word(node) & 0xF0) | kAsideKind);
  return true;
}

void NodeStore::put_back(Index node) {
  free_value(node);
  move_value(aside_, node);
  free_node(aside_);
  aside_ = kNoNode;
}

void NodeStore::drop_aside() {
  if (aside_ != kNoNode) {
    free_subtree(aside_);
    aside_ = kNoNode;
  }
}

// Gives a node what another one holds, which must be given something else or be freed then. State
// and marks stay with the nodes.
void NodeStore::move_value(Index from, Index to) {
  const std::uint8_t marks = this->marks(from);
  set_marks(from, 0);
  set_word(to, (word(to) & 0xF0) | (word(from) & (0xFFFFFF00 | detail_node_store::kKindMask)));
  set_marks(from, marks);
  if (is_container(to) && first_child(to) != kNoNode) {
    set_link(last_child(to), static_cast<std::uint16_t>(to | kUp));
  }
}

void NodeStore::free_value(Index node) {
  if (is_container(node)) {
    free_below(node);
  } else if (has_blob(node)) {
    free_blob(payload(node), blob_bytes(node));
  }
}

// Gives a node its value; `tag` is its state and marks.
void NodeStore::store(Index node, std::uint32_t tag, const Plan& how, const PropertyValue& value) {
  std::uint32_t word = tag | how.word;
  if (how.blob_bytes > 0) {
    std::uint32_t blob = 0;
    if (how.word == kTextBlob) {
      blob = store_text(value.text(), how.blob_bytes);
    } else {
      blob = take_blob(how.blob_bytes);
#if HUBTWIN_FLOAT
      const std::uint64_t bits = how.word == kDoubleKind
                                     ? detail_node_store::bits_of(value.number())
                                     : static_cast<std::uint64_t>(value.integer());
#else
      const auto bits = static_cast<std::uint64_t>(value.integer());
#endif
      detail_node_store::store64(base_ + blob, bits);
    }
    word |= blob << 8;
  }
  set_word(node, word);
}

std::uint32_t NodeStore::store_text(std::string_view text, std::uint32_t bytes) {
  const std::uint32_t blob = take_blob(bytes);
  std::uint8_t* at = base_ + blob;
  if (text.size() < 0x80) {
    *at++ = static_cast<std::uint8_t>(text.size());
  } else {
    *at++ = static_cast<std::uint8_t>(0x80 | (text.size() >> 8));
    *at++ = static_cast<std::uint8_t>(text.size());
  }
  if (!text.empty()) {
    std::memcpy(at, text.data(), text.size());
  }
  return blob;
}

bool NodeStore::has_blob(Index node) const {
  const Kind of = kind(node);
  return of == kTextBlob || of == kWideInteger || of == kDoubleKind || of == kKeySlot;
}

std::uint32_t NodeStore::blob_bytes(Index node) const {
  const Kind of = kind(node);
  if (of == kWideInteger || of == kDoubleKind) {
    return detail_node_store::kWideBytes;
  }
  return detail_node_store::text_bytes(text_blob(payload(node)).size());
}

std::uint32_t NodeStore::bytes_held(Index top) const {
  if (!is_container(top)) {
    return has_blob(top) ? blob_bytes(top) : 0;
  }
  // Keys that lose their last user come on top; leaving them out errs on the safe side.
  std::uint32_t bytes = 0;
  Index node = top;
  for (;;) {
    const Index below = is_container(node) ? first_child(node) : kNoNode;
    if (below != kNoNode) {
      node = below;
    } else {
      while (node != top && (step(node) & kUp) != 0) {
        node = step(node) & detail_node_store::kIndexMask;
      }
      if (node == top) {
        return bytes;
      }
      node = step(node);
    }
    bytes += static_cast<std::uint32_t>(kNodeBytes) + (has_blob(node) ? blob_bytes(node) : 0);
  }
}

void NodeStore::free_below(Index container) {
  while (first_child(container) != kNoNode) {
    erase(container, kNoNode, first_child(container));
  }
}

void NodeStore::free_subtree(Index top) {
  Index node = top;
  for (;;) {
    if (is_container(node) && first_child(node) != kNoNode) {
      node = first_child(node);
      continue;
    }
    const std::uint16_t next = step(node);
    if (has_blob(node)) {
      free_blob(payload(node), blob_bytes(node));
    }
    release_key(key(node));
    free_node(node);
    if (node == top) {
      return;
    }
    node = next & detail_node_store::kIndexMask;
    if ((next & kUp) != 0) {
      set_payload(node, kNoNode);
    }
  }
}

NodeStore::Index NodeStore::take_node() {
  used_ += static_cast<std::uint32_t>(kNodeBytes);
  if (first_free_ == kNoNode) {
    return node_count_++;
  }
  const Index node = first_free_;
  first_free_ = step(node);
  --free_nodes_;
  return node;
}

void NodeStore::free_node(Index node) {
  note_high_water();
  set_link(node, first_free_);
  set_word(node, kFree);
  first_free_ = node;
  ++free_nodes_;
  used_ -= static_cast<std::uint32_t>(kNodeBytes);
}

std::uint32_t NodeStore::take_blob(std::uint32_t bytes) {
  const std::uint32_t blob = blobs_end_;
  blobs_end_ += bytes;
  used_ += bytes;
  return blob;
}

void NodeStore::free_blob(std::uint32_t offset, std::uint32_t bytes) {
  note_high_water();
  used_ -= bytes;
  if (offset + bytes == blobs_end_) {
    blobs_end_ = offset;
    return;
  }
  base_[offset] = detail_node_store::kDeadBlob;
  detail_node_store::store16(base_ + offset + 1, static_cast<std::uint16_t>(bytes));
  blobs_dead_ += bytes;
}

// Room.

std::uint32_t NodeStore::gap() const {
  return size_ - blobs_end_ - node_count_ * static_cast<std::uint32_t>(kNodeBytes);
}

// Makes the gap large enough for a blob and, if wanted, a node. Until the next call nothing moves.
bool NodeStore::reserve(std::uint32_t blob_bytes, bool with_node) {
  const auto node_bytes = static_cast<std::uint32_t>(with_node ? kNodeBytes : 0);
  const auto fits = [&] {
    return gap() >= blob_bytes + (first_free_ != kNoNode ? 0 : node_bytes) &&
           (first_free_ != kNoNode || !with_node || node_count_ < kNoNode);
  };
  if (fits()) {
    return true;
  }
  if (size_ - used_ < blob_bytes + node_bytes) {
    return false;
  }
  compact_blobs();
  if (fits()) {
    return true;
  }
  compact_nodes();
  return fits();
}

// Slides living blobs together. No blob names its owner, so each owner first hides its own index in
// its blob's first bytes and keeps what stood there in its payload.
void NodeStore::compact_blobs() {
  if (blobs_dead_ == 0) {
    return;
  }
  for (Index node = 0; node < node_count_; ++node) {
    if (has_blob(node)) {
      std::uint8_t* blob = base_ + payload(node);
      const std::uint32_t covered = blob[0] | (static_cast<std::uint32_t>(blob[1]) << 8) |
                                    (static_cast<std::uint32_t>(blob[2]) << 16);
      blob[0] = detail_node_store::kThreadedBlob;
      detail_node_store::store16(blob + 1, node);
      set_payload(node, covered);
    }
  }
  std::uint32_t to = 0;
  for (std::uint32_t from = 0; from < blobs_end_;) {
    std::uint8_t* blob = base_ + from;
    const std::uint16_t size_or_owner = detail_node_store::load16(blob + 1);
    if (blob[0] == detail_node_store::kDeadBlob) {
      from += size_or_owner;
      continue;
    }
    const std::uint32_t covered = payload(size_or_owner);
    blob[0] = static_cast<std::uint8_t>(covered);
    blob[1] = static_cast<std::uint8_t>(covered >> 8);
    blob[2] = static_cast<std::uint8_t>(covered >> 16);
    set_payload(size_or_owner, from);
    const std::uint32_t bytes = blob_bytes(size_or_owner);
    std::memmove(base_ + to, blob, bytes);
    set_payload(size_or_owner, to);
    to += bytes;
    from += bytes;
  }
  blobs_end_ = to;
  blobs_dead_ = 0;
}

// Moves nodes from the far end of the table into its holes, so that their room joins the gap.
void NodeStore::compact_nodes() {
  Index hole = 0;
  while (free_nodes_ > 0) {
    const auto last = static_cast<Index>(node_count_ - 1);
    if (kind(last) != kFree) {
      while (kind(hole) != kFree) {
        ++hole;
      }
      move_node(last, hole);
    }
    --node_count_;
    --free_nodes_;
  }
  first_free_ = kNoNode;
}

void NodeStore::move_node(Index from, Index to) {
  std::memcpy(node_at(to), node_at(from), kNodeBytes);
  if (kind(to) == kKeySlot) {
    move_key(from, to);
  } else {
    const Index container = parent(from);
    if (container == kNoNode) {
      aside_ = to;
    } else if (first_child(container) == from) {
      set_first_child(container, to);
    } else {
      Index elder = first_child(container);
      while (step(elder) != from) {
        elder = step(elder);
      }
      set_link(elder, to);
    }
    if (is_container(to) && first_child(to) != kNoNode) {
      set_link(last_child(to), static_cast<std::uint16_t>(to | kUp));
    }
  }
  for (Index& pinned : pinned_) {
    if (pinned == from) {
      pinned = to;
    }
  }
}

void NodeStore::move_key(Index from, Index to) {
  unlink_key(from, to);
  for (Index node = 0; node < node_count_; ++node) {
    if (kind(node) > kKeySlot && key(node) == from) {
      set_key(node, to);
    }
  }
}

HUBTWIN_NAMESPACE_END
