// SPDX-License-Identifier: MIT
// Body of hubtwin/twin/node_store.hpp: what stands where. How room is taken and given back is in
// node_space.ipp.

#include <hubtwin/contract.hpp>
#include <hubtwin/impl/twin/node_layout.hpp>
#include <hubtwin/twin/node_store.hpp>

HUBTWIN_NAMESPACE_BEGIN

NodeStore::NodeStore(ByteSpan arena, KeyTable keys) : base_(arena.data()), table_(keys) {
  constexpr std::size_t kMost = 0xFFFFFF;  // what 24 bits of offset reach
  std::size_t size = arena.size() < kMost ? arena.size() : kMost;
  const std::size_t odd = reinterpret_cast<std::uintptr_t>(base_ + size) % alignof(std::uint32_t);
  HUBTWIN_EXPECTS(size >= kNodeBytes + odd);
  size -= odd;
  size_ = static_cast<std::uint32_t>(size);
  nodes_end_ = base_ + size;
  clear();
  high_water_ = used_;
}

void NodeStore::clear() {
  used_ = kNodeBytes;
  blobs_end_ = 0;
  blobs_dead_ = 0;
  node_count_ = 1;
  free_nodes_ = 0;
  first_free_ = kNoNode;
  for (Index& first : buckets_) {
    first = kNoNode;
  }
  set_link(kRoot, detail_node_store::kLast | kNoNode);
  set_key(kRoot, kNoKey);
  set_word(kRoot, kObjectKind);
  set_payload(kRoot, kNoNode);
}

// Nodes.

std::uint8_t* NodeStore::node_at(Index node) const {
  return nodes_end_ - (static_cast<std::size_t>(node) + 1) * kNodeBytes;
}

std::uint16_t NodeStore::link(Index node) const {
  return detail_node_store::load16(node_at(node));
}

void NodeStore::set_link(Index node, std::uint16_t link) {
  detail_node_store::store16(node_at(node), link);
}

std::uint16_t NodeStore::key(Index node) const {
  return detail_node_store::load16(node_at(node) + 2);
}

void NodeStore::set_key(Index node, std::uint16_t key) {
  detail_node_store::store16(node_at(node) + 2, key);
}

std::uint32_t NodeStore::word(Index node) const {
  return detail_node_store::load32(node_at(node) + 4);
}

void NodeStore::set_word(Index node, std::uint32_t word) {
  detail_node_store::store32(node_at(node) + 4, word);
}

NodeStore::Kind NodeStore::kind(Index node) const {
  return static_cast<Kind>(node_at(node)[4] & detail_node_store::kKindMask);
}

std::uint32_t NodeStore::payload(Index node) const {
  return word(node) >> 8;
}

void NodeStore::set_payload(Index node, std::uint32_t payload) {
  set_word(node, (word(node) & 0xFF) | (payload << 8));
}

NodeStore::State NodeStore::state(Index node) const {
  return static_cast<State>((node_at(node)[4] >> detail_node_store::kStateShift) & 3);
}

void NodeStore::set_state(Index node, State state) {
  std::uint8_t& tag = node_at(node)[4];
  tag = static_cast<std::uint8_t>((tag & ~(3U << detail_node_store::kStateShift)) |
                                  (static_cast<unsigned>(state) << detail_node_store::kStateShift));
}

std::uint8_t NodeStore::marks(Index node) const {
  return static_cast<std::uint8_t>(node_at(node)[4] >> detail_node_store::kMarkShift);
}

void NodeStore::set_marks(Index node, std::uint8_t marks) {
  std::uint8_t& tag = node_at(node)[4];
  tag = static_cast<std::uint8_t>((tag & ~(3U << detail_node_store::kMarkShift)) |
                                  (static_cast<unsigned>(marks) << detail_node_store::kMarkShift));
}

PropertyType NodeStore::type(Index node) const {
  constexpr PropertyType kTypes[16] = {
      PropertyType::kNone,   PropertyType::kNone,    PropertyType::kNull,    PropertyType::kBool,
      PropertyType::kBool,   PropertyType::kInteger, PropertyType::kInteger, PropertyType::kDouble,
      PropertyType::kString, PropertyType::kString,  PropertyType::kString,  PropertyType::kString,
      PropertyType::kString, PropertyType::kObject,  PropertyType::kArray,   PropertyType::kNone};
  return kTypes[kind(node)];
}

bool NodeStore::is_container(Index node) const {
  return kind(node) >= kObjectKind;
}

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
    case PropertyType::kString:
      return text(node) == value.text();
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

NodeStore::Index NodeStore::first_child(Index container) const {
  return static_cast<Index>(payload(container) & detail_node_store::kIndexMask);
}

NodeStore::Index NodeStore::next_sibling(Index node) const {
  const std::uint16_t next = link(node);
  return (next & detail_node_store::kLast) != 0 ? kNoNode : next;
}

NodeStore::Index NodeStore::parent(Index node) const {
  std::uint16_t next = link(node);
  while ((next & detail_node_store::kLast) == 0) {
    next = link(next);
  }
  return next & detail_node_store::kIndexMask;
}

NodeStore::Index NodeStore::last_child(Index container) const {
  Index last = kNoNode;
  for (Index child = first_child(container); child != kNoNode; child = next_sibling(child)) {
    last = child;
  }
  return last;
}

NodeStore::Index NodeStore::first_visible(Index container) const {
  const Index first = first_child(container);
  return first == kNoNode || !hidden(first) ? first : next_visible(first);
}

NodeStore::Index NodeStore::next_visible(Index node) const {
  do {
    node = next_sibling(node);
  } while (node != kNoNode && hidden(node));
  return node;
}

NodeStore::Index NodeStore::find_visible(Index object, std::uint16_t wanted) const {
  Index child = first_visible(object);
  while (child != kNoNode && key(child) != wanted) {
    child = next_visible(child);
  }
  return child;
}

void NodeStore::insert(Index container, Index previous, Index node) {
  if (previous != kNoNode) {
    set_link(node, link(previous));
    set_link(previous, node);
    return;
  }
  const Index first = first_child(container);
  set_link(node, first == kNoNode ? static_cast<std::uint16_t>(container | detail_node_store::kLast)
                                  : first);
  set_payload(container, node);
}

void NodeStore::erase(Index container, Index previous, Index node) {
  if (previous != kNoNode) {
    set_link(previous, link(node));
  } else {
    set_payload(container, next_sibling(node));
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

NodeStore::Index* NodeStore::bucket(std::string_view text) {
  return const_cast<Index*>(static_cast<const NodeStore*>(this)->bucket(text));
}

const NodeStore::Index* NodeStore::bucket(std::string_view text) const {
  std::size_t hash = text.size();
  if (!text.empty()) {
    const auto letter = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    hash += letter(0) + 3U * letter(text.size() / 2) + 5U * letter(text.size() - 1);
  }
  return &buckets_[hash % kBuckets];
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
  Index slot = *bucket(text);
  while (slot != kNoNode && text_blob(payload(slot)) != text) {
    slot = link(slot);
  }
  return slot;
}

std::uint16_t NodeStore::hold_key(std::string_view text) {
  const std::uint16_t known = find_key(text);
  if (known != kNoKey) {
    hold_key(known);
    return known;
  }
  if (text.size() > kMaxText) {
    return kNoKey;
  }
  const std::uint32_t bytes = detail_node_store::text_bytes(text.size());
  if (!reserve(bytes, true)) {
    return kNoKey;
  }
  const std::uint32_t blob = store_text(text, bytes);
  const Index slot = take_node();
  Index* first = bucket(text);
  set_link(slot, *first);
  set_key(slot, 1);
  set_word(slot, kKeySlot);
  set_payload(slot, blob);
  *first = slot;
  return slot;
}

void NodeStore::hold_key(std::uint16_t key) {
  if (key < kNoKey) {
    set_key(key, static_cast<std::uint16_t>(this->key(key) + 1));
  }
}

bool NodeStore::only_held(std::uint16_t key) const {
  return key < kNoKey && this->key(key) == 1;
}

void NodeStore::release_key(std::uint16_t key) {
  if (key >= kNoKey) {
    return;
  }
  const auto users = static_cast<std::uint16_t>(this->key(key) - 1);
  set_key(key, users);
  if (users > 0) {
    return;
  }
  const std::string_view text = key_text(key);
  Index* first = bucket(text);
  if (*first == key) {
    *first = link(key);
  } else {
    Index slot = *first;
    while (link(slot) != key) {
      slot = link(slot);
    }
    set_link(slot, link(key));
  }
  free_blob(payload(key), detail_node_store::text_bytes(text.size()));
  free_node(key);
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
