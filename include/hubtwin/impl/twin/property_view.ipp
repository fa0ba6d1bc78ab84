// SPDX-License-Identifier: MIT
// Body of hubtwin/twin/property_view.hpp.

#include <hubtwin/twin/node_store.hpp>
#include <hubtwin/twin/property_view.hpp>
#include <hubtwin/wire/cut.hpp>

#include <cstring>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_property_view {

constexpr std::size_t kIndexDigits = 5;  // positions in arrays are below 32,767

// A step of a path as a position in an array; false for anything but plain decimal digits.
static bool parse_index(std::string_view step, std::size_t& index) {
  if (step.empty() || step.size() > kIndexDigits || (step.size() > 1 && step[0] == '0')) {
    return false;
  }
  index = 0;
  for (const char digit : step) {
    if (digit < '0' || digit > '9') {
      return false;
    }
    index = index * 10 + static_cast<std::size_t>(digit - '0');
  }
  return true;
}

// The position among its elder siblings.
static std::size_t position(PropertyView place) {
  std::size_t index = 0;
  for (PropertyView elder = place.parent().first_child(); elder != place;
       elder = elder.next_sibling()) {
    ++index;
  }
  return index;
}

// Writes decimal digits into the end of `room`.
static std::string_view format_index(std::size_t index, char (&room)[kIndexDigits]) {
  std::size_t from = kIndexDigits;
  do {
    room[--from] = static_cast<char>('0' + index % 10);
    index /= 10;
  } while (index > 0 && from > 0);
  return {room + from, kIndexDigits - from};
}

// The name of a place within its container: its key, or its position written into `room`.
static std::string_view step_of(PropertyView place, char (&room)[kIndexDigits]) {
  return place.is_member() ? place.key() : format_index(position(place), room);
}

}  // namespace detail_property_view

PropertyType PropertyView::type() const {
  return store_ == nullptr ? PropertyType::kNone : store_->type(node_);
}

bool PropertyView::is_member() const {
  return store_ != nullptr && store_->key(node_) != NodeStore::kNoKey;
}

std::string_view PropertyView::key() const {
  return store_ == nullptr ? std::string_view() : store_->key_text(store_->key(node_));
}

std::size_t PropertyView::size() const {
  std::size_t count = 0;
  for (PropertyView child = first_child(); child.exists(); child = child.next_sibling()) {
    ++count;
  }
  return count;
}

PropertyView PropertyView::operator[](std::string_view key) const {
  if (!is_object()) {
    return {};
  }
  const std::uint16_t wanted = store_->find_key(key);
  const NodeStore::Index found =
      wanted == NodeStore::kNoKey ? NodeStore::kNoNode : store_->find_visible(node_, wanted);
  return found == NodeStore::kNoNode ? PropertyView() : PropertyView(store_, found);
}

PropertyView PropertyView::element(std::size_t index) const {
  PropertyView child = is_array() ? first_child() : PropertyView();
  while (index > 0 && child.exists()) {
    child = child.next_sibling();
    --index;
  }
  return child;
}

PropertyView PropertyView::at(std::string_view path) const {
  PropertyView place = *this;
  if (path.empty()) {
    return place;
  }
  for (;;) {
    const std::size_t dot = path.find('.');
    const std::string_view step = head(path, dot);
    std::size_t index = 0;
    if (place.is_array()) {
      place =
          detail_property_view::parse_index(step, index) ? place.element(index) : PropertyView();
    } else {
      place = step.empty() ? PropertyView() : place[step];
    }
    if (dot == std::string_view::npos || !place.exists()) {
      return place;
    }
    path.remove_prefix(dot + 1);
  }
}

Result<bool> PropertyView::as_bool() const {
  switch (type()) {
    case PropertyType::kNone:
      return Error::kNotFound;
    case PropertyType::kBool:
      return store_->boolean(node_);
    default:
      return Error::kWrongType;
  }
}

Result<std::int64_t> PropertyView::as_integer() const {
  switch (type()) {
    case PropertyType::kNone:
      return Error::kNotFound;
    case PropertyType::kInteger:
      return store_->integer(node_);
#if HUBTWIN_FLOAT
    case PropertyType::kDouble: {
      const double number = store_->number(node_);
      if (number >= -0x1p63 && number < 0x1p63) {
        const auto whole = static_cast<std::int64_t>(number);
        if (static_cast<double>(whole) == number) {
          return whole;
        }
      }
      return Error::kOutOfRange;
    }
#endif
    default:
      return Error::kWrongType;
  }
}

#if HUBTWIN_FLOAT
Result<double> PropertyView::as_double() const {
  switch (type()) {
    case PropertyType::kNone:
      return Error::kNotFound;
    case PropertyType::kDouble:
      return store_->number(node_);
    case PropertyType::kInteger: {
      const std::int64_t whole = store_->integer(node_);
      const auto number = static_cast<double>(whole);
      if (number >= 0x1p63 || static_cast<std::int64_t>(number) != whole) {
        return Error::kOutOfRange;
      }
      return number;
    }
    default:
      return Error::kWrongType;
  }
}
#endif

Result<std::string_view> PropertyView::as_string() const {
  switch (type()) {
    case PropertyType::kNone:
      return Error::kNotFound;
    case PropertyType::kString:
      return store_->text(node_);
    default:
      return Error::kWrongType;
  }
}

PropertyValue PropertyView::value() const {
  return store_ == nullptr || is_container() ? PropertyValue() : store_->value(node_);
}

PropertyView PropertyView::first_child() const {
  if (!is_container()) {
    return {};
  }
  const NodeStore::Index child = store_->first_visible(node_);
  return child == NodeStore::kNoNode ? PropertyView() : PropertyView(store_, child);
}

PropertyView PropertyView::next_sibling() const {
  if (store_ == nullptr) {
    return {};
  }
  const NodeStore::Index next = store_->next_visible(node_);
  return next == NodeStore::kNoNode ? PropertyView() : PropertyView(store_, next);
}

PropertyView PropertyView::parent() const {
  if (store_ == nullptr || node_ == NodeStore::kRoot) {
    return {};
  }
  return PropertyView(store_, store_->parent(node_));
}

std::size_t PropertyView::depth() const {
  std::size_t levels = 0;
  for (PropertyView up = parent(); up.exists(); up = up.parent()) {
    ++levels;
  }
  return levels;
}

bool PropertyView::is_at(std::string_view path) const {
  PropertyView place = *this;
  if (!place.exists()) {
    return false;
  }
  // From the leaf upwards, since a place knows its parent and a path ends with the leaf.
  char room[detail_property_view::kIndexDigits];
  while (!path.empty()) {
    const PropertyView up = place.parent();
    if (!up.exists()) {
      return false;
    }
    const std::size_t dot = path.rfind('.');
    const std::size_t from = dot == std::string_view::npos ? 0 : dot + 1;
    if (dot == 0 || tail(path, from) != detail_property_view::step_of(place, room)) {
      return false;
    }
    path = head(path, from == 0 ? 0 : dot);
    place = up;
  }
  return !place.parent().exists();
}

bool PropertyView::is_at_or_below(std::string_view path) const {
  std::size_t steps = path.empty() ? 0 : 1;
  for (const char character : path) {
    steps += character == '.' ? 1U : 0U;
  }
  PropertyView place = *this;
  for (std::size_t levels = depth(); levels > steps; --levels) {
    place = place.parent();
  }
  return place.is_at(path);
}

Result<std::string_view> PropertyView::path(Span<char> room) const {
  if (!exists()) {
    return Error::kNotFound;
  }
  // Written from the end of the room, since the way leads upwards, and then moved to its start.
  char digits[detail_property_view::kIndexDigits];
  std::size_t from = room.size();
  for (PropertyView place = *this; place.parent().exists(); place = place.parent()) {
    const std::string_view step = detail_property_view::step_of(place, digits);
    const std::size_t dot = from < room.size() ? 1 : 0;
    if (step.size() + dot > from) {
      return Error::kNoSpace;
    }
    if (dot > 0) {
      room[--from] = '.';
    }
    from -= step.size();
    if (!step.empty()) {
      std::memcpy(room.data() + from, step.data(), step.size());
    }
  }
  const std::size_t length = room.size() - from;
  if (length > 0) {
    std::memmove(room.data(), room.data() + from, length);
  }
  return std::string_view(room.data(), length);
}

bool PropertyView::has(PropertyMark mark) const {
  return store_ != nullptr && (store_->marks(node_) & static_cast<std::uint8_t>(mark)) != 0;
}

bool equal_values(PropertyView a, PropertyView b) {
  if (!a.exists() || !b.exists()) {
    return a.exists() == b.exists();
  }
  return NodeStore::equal(*a.store_, a.node_, *b.store_, b.node_);
}

HUBTWIN_NAMESPACE_END
