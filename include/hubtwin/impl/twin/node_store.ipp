// SPDX-License-Identifier: MIT
// Body of hubtwin/twin/node_store.hpp: what stands where. How room is taken and given back is in
// node_space.ipp.

#include <hubtwin/contract.hpp>
#include <hubtwin/twin/node_store.hpp>

#include <cstring>

HUBTWIN_NAMESPACE_BEGIN

NodeStore::NodeStore(ByteSpan arena, KeyTable keys) : base_(arena.data()), table_(keys) {
  constexpr std::size_t kMost = 0xFFFFFF;  // what 24 bits of offset reach
  std::size_t size = arena.size() < kMost ? arena.size() : kMost;
  const std::size_t odd = reinterpret_cast<std::uintptr_t>(base_ + size) % alignof(std::uint32_t);
  HUBTWIN_EXPECTS(size >= kNodeBytes + odd);
  size -= odd;
  size_ = static_cast<std::uint32_t>(size);
  root_at_ = base_ + size - kNodeBytes;
  clear();
}

void NodeStore::clear() {
  note_high_water();
  used_ = kNodeBytes;
  blobs_end_ = 0;
  blobs_dead_ = 0;
  node_count_ = 1;
  free_nodes_ = 0;
  first_free_ = kNoNode;
  aside_ = kNoNode;
  for (Index& first : buckets_) {
    first = kNoNode;
  }
  set_link(kRoot, kUp | kNoNode);
  set_key(kRoot, kNoKey);
  set_word(kRoot, kObjectKind | (std::uint32_t{kNoNode} << 8));
}

// Values.

bool NodeStore::boolean(Index node) const {
  return kind(node) == kTrue;
}

std::int64_t NodeStore::integer(Index node) const {
  if (kind(node) == kSmallInteger) {
    const auto low = static_cast<std::int64_t>(payload(node));
    return low > detail_node_store::kSmallMax ? low - 0x1000000 : low;
  }
  return static_cast<std::int64_t>(detail_node_store::load64(base_ + payload(node)));
}

#if HUBTWIN_FLOAT
double NodeStore::number(Index node) const {
  return detail_node_store::double_of(detail_node_store::load64(base_ + payload(node)));
}
#endif

std::string_view NodeStore::text(Index node) const {
  const Kind of = kind(node);
  if (of == kTextBlob) {
    return text_blob(payload(node));
  }
  return {reinterpret_cast<const char*>(node_at(node) + 5),
          static_cast<std::size_t>(of - kInlineText)};
}

PropertyValue NodeStore::value(Index node) const {
  switch (type(node)) {
    case PropertyType::kBool:
      return boolean(node);
    case PropertyType::kInteger:
      return integer(node);
#if HUBTWIN_FLOAT
    case PropertyType::kDouble:
      return number(node);
#endif
    case PropertyType::kString:
      return text(node);
    case PropertyType::kObject:
      return PropertyValue::object();
    case PropertyType::kArray:
      return PropertyValue::array();
    default:
      return PropertyValue();
  }
}

bool NodeStore::holds(Index node, const PropertyValue& value) const {
  const PropertyType own = type(node);
#if HUBTWIN_FLOAT
  if (own == PropertyType::kInteger && value.type() == PropertyType::kDouble) {
    return detail_node_store::same_number(value.number(), integer(node));
  }
  if (own == PropertyType::kDouble && value.type() == PropertyType::kInteger) {
    return detail_node_store::same_number(number(node), value.integer());
  }
#endif
  if (own != value.type()) {
    return false;
  }
  switch (own) {
    case PropertyType::kBool:
      return boolean(node) == value.boolean();
    case PropertyType::kInteger:
      return integer(node) == value.integer();
#if HUBTWIN_FLOAT
    case PropertyType::kDouble:
      return number(node) == value.number();
#endif
    case PropertyType::kString: {
      const std::string_view own_text = text(node);
      return own_text.size() == value.text().size() &&
             detail_node_store::same_bytes(own_text.data(), value.text().data(), own_text.size());
    }
    case PropertyType::kObject:
    case PropertyType::kArray:
      return first_visible(node) == kNoNode;
    default:
      return true;
  }
}

bool NodeStore::owns(std::string_view text) const {
  const auto from = reinterpret_cast<std::uintptr_t>(text.data());
  const auto base = reinterpret_cast<std::uintptr_t>(base_);
  return !text.empty() && from >= base && from < base + size_;
}

// Links.

NodeStore::Index NodeStore::last_child(Index container) const {
  Index last = kNoNode;
  for (Index child = first_child(container); child != kNoNode; child = next_sibling(child)) {
    last = child;
  }
  return last;
}

NodeStore::Index NodeStore::find_visible(Index object, std::uint16_t wanted) const {
  for (std::uint16_t at = step_into(object); (at & kUp) == 0; at = step(at)) {
    if (key(at) == wanted && !hidden(at)) {
      return at;
    }
  }
  return kNoNode;
}

void NodeStore::erase(Index container, Index previous, Index node) {
  if (previous != kNoNode) {
    set_link(previous, step(node));
  } else {
    set_first_child(container, next_sibling(node));
  }
  free_subtree(node);
}

void NodeStore::erase(Index node) {
  const Index container = parent(node);
  Index previous = kNoNode;
  for (Index child = first_child(container); child != node; child = next_sibling(child)) {
    previous = child;
  }
  erase(container, previous, node);
}

// Keys.

// Eight bits: the upper four choose the bucket, the lower four stand in the key's own tag, so that
// few texts are compared in vain.
unsigned NodeStore::hash_of(std::string_view text) {
  constexpr std::size_t kWord = sizeof(std::uint32_t);
  const auto word = [](const char* at) {
    std::uint32_t bits;
    std::memcpy(&bits, at, kWord);
    return bits;
  };
  auto mixed = static_cast<std::uint32_t>(text.size());
  if (text.size() >= kWord) {
    mixed += word(text.data()) + 5 * word(text.data() + text.size() - kWord);
  } else {
    for (const char character : text) {
      mixed = mixed * 31 + static_cast<unsigned char>(character);
    }
  }
  return (mixed * 0x9E3779B1U) >> 24;
}

std::string_view NodeStore::key_text(std::uint16_t key) const {
  if (key == kNoKey) {
    return {};
  }
  if ((key & detail_node_store::kTableKey) != 0) {
    return table_[key & detail_node_store::kIndexMask];
  }
  return text_blob(payload(key));
}

std::uint16_t NodeStore::find_key(std::string_view text) const {
  const unsigned hash = hash_of(text);
  const unsigned tag = kKeySlot | ((hash << detail_node_store::kStateShift) & 0xF0);
  for (Index slot = buckets_[hash / kBuckets]; slot != kNoNode; slot = step(slot)) {
    const std::uint32_t slot_word = word(slot);
    if ((slot_word & 0xFF) == tag) {
      const std::string_view own = text_blob(slot_word >> 8);
      if (own.size() == text.size() &&
          detail_node_store::same_bytes(own.data(), text.data(), text.size())) {
        return slot;
      }
    }
  }
  std::size_t low = 0;
  std::size_t high = table_.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    const int order = table_[middle].compare(text);
    if (order == 0) {
      return static_cast<std::uint16_t>(middle | detail_node_store::kTableKey);
    }
    (order < 0 ? low : high) = order < 0 ? middle + 1 : middle;
  }
  return kNoKey;
}

std::uint16_t NodeStore::add_key(std::string_view text) {
  if (text.size() > kMaxText) {
    return kNoKey;
  }
  const std::uint32_t bytes = detail_node_store::text_bytes(text.size());
  if (!reserve(bytes, true)) {
    return kNoKey;
  }
  const unsigned hash = hash_of(text);
  const std::uint32_t blob = store_text(text, bytes);
  const Index slot = take_node();
  Index& first = buckets_[hash / kBuckets];
  set_link(slot, first);
  set_key(slot, 1);
  set_word(slot, kKeySlot | ((hash << detail_node_store::kStateShift) & 0xF0) | (blob << 8));
  first = slot;
  return slot;
}

std::uint16_t NodeStore::hold_key(std::string_view text) {
  const std::uint16_t known = find_key(text);
  if (known == kNoKey) {
    return add_key(text);
  }
  hold_key(known);
  return known;
}

void NodeStore::release_key(std::uint16_t key) {
  if (key >= kNoKey) {
    return;
  }
  const auto users = static_cast<std::uint16_t>(this->key(key) - 1);
  set_key(key, users);
  if (users == 0) {
    unlink_key(key, step(key));
    free_blob(payload(key), detail_node_store::text_bytes(key_text(key).size()));
    free_node(key);
  }
}

// Lets what leads to a key's slot lead to `successor` instead.
void NodeStore::unlink_key(std::uint16_t key, Index successor) {
  Index& first = buckets_[hash_of(key_text(key)) / kBuckets];
  if (first == key) {
    first = successor;
    return;
  }
  Index slot = first;
  while (step(slot) != key) {
    slot = step(slot);
  }
  set_link(slot, successor);
}

bool NodeStore::equal(const NodeStore& a, Index node_a, const NodeStore& b, Index node_b) {
  // Walks a in document order while a second cursor follows in b, where members may stand in
  // another order.
  Index at = node_a;
  Index other = node_b;
  for (;;) {
    if (!a.is_container(at)) {
      if (!b.holds(other, a.value(at))) {
        return false;
      }
    } else {
      if (a.kind(at) != b.kind(other)) {
        return false;
      }
      Index left = a.first_visible(at);
      Index right = b.first_visible(other);
      while (left != kNoNode && right != kNoNode) {
        left = a.next_visible(left);
        right = b.next_visible(right);
      }
      if (left != right) {  // both have come to kNoNode when as many stand in either
        return false;
      }
    }
    Index next = a.is_container(at) ? a.first_visible(at) : kNoNode;
    Index container = other;
    bool descended = next != kNoNode;
    while (next == kNoNode) {
      if (at == node_a) {
        return true;
      }
      next = a.next_visible(at);
      container = b.parent(other);
      if (next == kNoNode) {
        at = a.parent(at);
        other = container;
      }
    }
    if (b.kind(container) == kArrayKind) {
      other = descended ? b.first_visible(container) : b.next_visible(other);
    } else {
      const std::uint16_t wanted = &a == &b ? a.key(next) : b.find_key(a.key_text(a.key(next)));
      other = wanted == kNoKey ? kNoNode : b.find_visible(container, wanted);
    }
    if (other == kNoNode) {
      return false;
    }
    at = next;
  }
}

HUBTWIN_NAMESPACE_END
