// SPDX-License-Identifier: MIT
// Body of hubtwin/twin/node_store.hpp.

#include <hubtwin/contract.hpp>
#include <hubtwin/twin/node_store.hpp>

#include <cstring>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_node_store {

// A node: link (16 bits), key (16 bits), tag (8 bits), payload (24 bits), each little-endian on
// every machine. The tag holds kind, state and marks. Byte-wise access compiles to one load or
// store where the machine allows it.
constexpr std::uint16_t kLast = 0x8000;  // in a link: the last sibling, what follows is its parent
constexpr std::uint16_t kIndexMask = 0x7FFF;
constexpr std::uint16_t kTableKey = 0x8000;  // in a key: a place in the constant table
constexpr unsigned kStateShift = 4;
constexpr unsigned kMarkShift = 6;
constexpr std::uint32_t kKindMask = 0x0F;
constexpr std::int64_t kSmallMax = 0x7FFFFF;
constexpr std::int64_t kSmallMin = -kSmallMax - 1;
constexpr std::uint32_t kWideBytes = 8;
// A freed blob, or a living one while blobs are being moved, is described in its first 3 bytes; so
// no blob is shorter.
constexpr std::uint32_t kLeastBlob = 3;
constexpr std::uint8_t kDeadBlob = 0;
constexpr std::uint8_t kThreadedBlob = 1;

static std::uint16_t load16(const std::uint8_t* at) {
  return static_cast<std::uint16_t>(at[0] | (at[1] << 8));
}
static void store16(std::uint8_t* at, std::uint16_t value) {
  at[0] = static_cast<std::uint8_t>(value);
  at[1] = static_cast<std::uint8_t>(value >> 8);
}
static std::uint32_t load32(const std::uint8_t* at) {
  return static_cast<std::uint32_t>(at[0]) | (static_cast<std::uint32_t>(at[1]) << 8) |
         (static_cast<std::uint32_t>(at[2]) << 16) | (static_cast<std::uint32_t>(at[3]) << 24);
}
static void store32(std::uint8_t* at, std::uint32_t value) {
  at[0] = static_cast<std::uint8_t>(value);
  at[1] = static_cast<std::uint8_t>(value >> 8);
  at[2] = static_cast<std::uint8_t>(value >> 16);
  at[3] = static_cast<std::uint8_t>(value >> 24);
}
static std::uint64_t load64(const std::uint8_t* at) {
  return load32(at) | (static_cast<std::uint64_t>(load32(at + 4)) << 32);
}
static void store64(std::uint8_t* at, std::uint64_t value) {
  store32(at, static_cast<std::uint32_t>(value));
  store32(at + 4, static_cast<std::uint32_t>(value >> 32));
}

// A text's length stands before it in one byte, or in two when it is 128 or more.
static std::uint32_t text_header(std::size_t length) {
  return length < 0x80 ? 1 : 2;
}
static std::uint32_t text_bytes(std::size_t length) {
  const std::uint32_t bytes = text_header(length) + static_cast<std::uint32_t>(length);
  return bytes < kLeastBlob ? kLeastBlob : bytes;
}

#if HUBTWIN_FLOAT
static std::uint64_t bits_of(double value) {
  std::uint64_t bits;
  static_assert(sizeof(bits) == sizeof(value), "a double has 64 bits");
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}
static double double_of(std::uint64_t bits) {
  double value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

// Whether a double is that integer; neither conversion may round or overflow.
static bool same_number(double number, std::int64_t integer) {
  return number >= -0x1p63 && number < 0x1p63 && static_cast<std::int64_t>(number) == integer &&
         static_cast<double>(static_cast<std::int64_t>(number)) == number;
}
#endif

}  // namespace detail_node_store

struct NodeStore::Plan {
  Kind kind;
  std::uint32_t blob_bytes;
};

NodeStore::Plan NodeStore::plan(const PropertyValue& value) {
  switch (value.type()) {
    case PropertyType::kBool:
      return {value.boolean() ? kTrue : kFalse, 0};
    case PropertyType::kInteger:
      if (value.integer() >= detail_node_store::kSmallMin &&
          value.integer() <= detail_node_store::kSmallMax) {
        return {kSmallInteger, 0};
      }
      return {kWideInteger, detail_node_store::kWideBytes};
    case PropertyType::kDouble:
      return {kDoubleKind, detail_node_store::kWideBytes};
    case PropertyType::kString:
      if (value.text().size() <= 3) {
        return {static_cast<Kind>(kInlineText + value.text().size()), 0};
      }
      return {kTextBlob, detail_node_store::text_bytes(value.text().size())};
    case PropertyType::kObject:
      return {kObjectKind, 0};
    case PropertyType::kArray:
      return {kArrayKind, 0};
    case PropertyType::kNone:
    case PropertyType::kNull:
      break;
  }
  return {kNullKind, 0};
}

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

// Making, changing and freeing.

NodeStore::Index NodeStore::make(const Index& key, const PropertyValue& value) {
  HUBTWIN_EXPECTS(!owns(value.text()));
  const Plan how = plan(value);
  if (value.text().size() > kMaxText || !reserve(how.blob_bytes, true)) {
    return kNoNode;
  }
  const Index node = take_node();
  hold_key(key);
  set_key(node, key);
  set_word(node, 0);
  store(node, how, value);
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
  HUBTWIN_EXPECTS(!owns(value.text()));
  const Plan how = plan(value);
  if (value.text().size() > kMaxText || how.blob_bytes > size_ - used_ + bytes_held(node)) {
    return false;
  }
  // What is freed here suffices, so that the rest can't fail.
  if (is_container(node)) {
    free_below(node);
  } else if (has_blob(node)) {
    free_blob(payload(node), blob_bytes(node));
  }
  set_word(node, (word(node) & 0xF0) | kNullKind);
  reserve(how.blob_bytes, false);
  store(node, how, value);
  return true;
}

void NodeStore::store(Index node, const Plan& how, const PropertyValue& value) {
  std::uint32_t payload = 0;
  switch (how.kind) {
    case kSmallInteger:
      payload = static_cast<std::uint32_t>(value.integer()) & 0xFFFFFF;
      break;
    case kWideInteger:
      payload = take_blob(how.blob_bytes);
      detail_node_store::store64(base_ + payload, static_cast<std::uint64_t>(value.integer()));
      break;
#if HUBTWIN_FLOAT
    case kDoubleKind:
      payload = take_blob(how.blob_bytes);
      detail_node_store::store64(base_ + payload, detail_node_store::bits_of(value.number()));
      break;
#endif
    case kTextBlob:
      payload = store_text(value.text(), how.blob_bytes);
      break;
    case kObjectKind:
    case kArrayKind:
      payload = kNoNode;
      break;
    default:
      if (how.kind >= kInlineText) {
        for (std::size_t i = value.text().size(); i-- > 0;) {
          payload = (payload << 8) | static_cast<unsigned char>(value.text()[i]);
        }
      }
      break;
  }
  set_word(node, (word(node) & 0xF0) | how.kind | (payload << 8));
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

std::string_view NodeStore::text_blob(std::uint32_t offset) const {
  const std::uint8_t* at = base_ + offset;
  std::size_t length = *at++;
  if (length >= 0x80) {
    length = ((length & 0x7F) << 8) | *at++;
  }
  return {reinterpret_cast<const char*>(at), length};
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
      while (node != top && (link(node) & detail_node_store::kLast) != 0) {
        node = link(node) & detail_node_store::kIndexMask;
      }
      if (node == top) {
        return bytes;
      }
      node = link(node);
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
    const std::uint16_t next = link(node);
    if (has_blob(node)) {
      free_blob(payload(node), blob_bytes(node));
    }
    release_key(key(node));
    free_node(node);
    if (node == top) {
      return;
    }
    node = next & detail_node_store::kIndexMask;
    if ((next & detail_node_store::kLast) != 0) {
      set_payload(node, kNoNode);
    }
  }
}

NodeStore::Index NodeStore::take_node() {
  count(kNodeBytes);
  if (first_free_ == kNoNode) {
    return node_count_++;
  }
  const Index node = first_free_;
  first_free_ = link(node);
  --free_nodes_;
  return node;
}

void NodeStore::free_node(Index node) {
  set_link(node, first_free_);
  set_word(node, kFree);
  first_free_ = node;
  ++free_nodes_;
  used_ -= static_cast<std::uint32_t>(kNodeBytes);
}

std::uint32_t NodeStore::take_blob(std::uint32_t bytes) {
  const std::uint32_t blob = blobs_end_;
  blobs_end_ += bytes;
  count(bytes);
  return blob;
}

void NodeStore::free_blob(std::uint32_t offset, std::uint32_t bytes) {
  used_ -= bytes;
  if (offset + bytes == blobs_end_) {
    blobs_end_ = offset;
    return;
  }
  base_[offset] = detail_node_store::kDeadBlob;
  detail_node_store::store16(base_ + offset + 1, static_cast<std::uint16_t>(bytes));
  blobs_dead_ += bytes;
}

void NodeStore::count(std::uint32_t bytes) {
  used_ += bytes;
  if (used_ > high_water_) {
    high_water_ = used_;
  }
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
    if (first_child(container) == from) {
      set_payload(container, to);
    } else {
      Index elder = first_child(container);
      while (link(elder) != from) {
        elder = link(elder);
      }
      set_link(elder, to);
    }
    if (is_container(to) && first_child(to) != kNoNode) {
      set_link(last_child(to), static_cast<std::uint16_t>(to | detail_node_store::kLast));
    }
  }
  for (Index& pinned : pinned_) {
    if (pinned == from) {
      pinned = to;
    }
  }
}

void NodeStore::move_key(Index from, Index to) {
  Index* first = bucket(text_blob(payload(to)));
  if (*first == from) {
    *first = to;
  } else {
    Index slot = *first;
    while (link(slot) != from) {
      slot = link(slot);
    }
    set_link(slot, to);
  }
  for (Index node = 0; node < node_count_; ++node) {
    if (kind(node) > kKeySlot && key(node) == from) {
      set_key(node, to);
    }
  }
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
