// SPDX-License-Identifier: MIT
// Body of hubtwin/twin/property_tree.hpp.

#include <hubtwin/contract.hpp>
#include <hubtwin/twin/property_tree.hpp>
#include <hubtwin/wire/cut.hpp>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_property_tree {

// Keeps indices right while the store moves nodes.
class Pins {
 public:
  explicit Pins(NodeStore& store) : store_(store) { store_.pin(indices_); }
  Pins(const Pins&) = delete;
  Pins& operator=(const Pins&) = delete;
  ~Pins() { store_.pin({}); }

  NodeStore::Index& place() { return indices_[0]; }
  NodeStore::Index& key() { return indices_[1]; }
  NodeStore::Index& made() { return indices_[2]; }
  NodeStore::Index& was_null() { return indices_[3]; }

 private:
  NodeStore& store_;
  NodeStore::Index indices_[4] = {NodeStore::kNoNode, NodeStore::kNoKey, NodeStore::kNoNode,
                                  NodeStore::kNoNode};
};

static std::size_t count_steps(std::string_view path) {
  std::size_t steps = path.empty() ? 0 : 1;
  for (const char character : path) {
    steps += character == '.' ? 1U : 0U;
  }
  return steps;
}

static bool has_empty_step(std::string_view path) {
  return !path.empty() &&
         (path.front() == '.' || path.back() == '.' || path.find("..") != std::string_view::npos);
}

// Takes the first step off a path.
static std::string_view take_step(std::string_view& path) {
  const Cut at_dot = cut(path, '.');
  path = at_dot.after;
  return at_dot.before;
}

}  // namespace detail_property_tree

Error PropertyTree::check_change(PropertyView from, std::string_view path) const {
  if (patched_) {
    return Error::kWrongState;
  }
  if (store_.owns(path)) {
    return Error::kInvalidArgument;
  }
  HUBTWIN_EXPECTS(from.store_ == &store_);
  if (detail_property_tree::has_empty_step(path) || (path.empty() && from == root())) {
    return Error::kPropertyPath;
  }
  return from.depth() + detail_property_tree::count_steps(path) > kDeepest ? Error::kJsonTooDeep
                                                                           : Error::kNone;
}

Error PropertyTree::check_value(const PropertyValue& value) const {
  if (value.too_large()) {
    return Error::kOutOfRange;
  }
  if (value.type() != PropertyType::kString) {
    return Error::kNone;
  }
  if (store_.owns(value.text())) {
    return Error::kInvalidArgument;
  }
  return value.text().size() > NodeStore::kMaxText ? Error::kJsonTooLong : Error::kNone;
}

// Finds the place at the path or makes it: `missing` is what a place that wasn't there holds at
// first. On success pins.place() is it and pins.made() the topmost node that was made, if any.
Error PropertyTree::reach(Pins& pins, std::string_view path, const PropertyValue& missing) {
  while (!path.empty()) {
    if (store_.type(pins.place()) == PropertyType::kNull) {
      // Only a null that was there: what is made on the way is an object.
      pins.was_null() = pins.place();
      store_.assign(pins.place(), PropertyValue::object());
    }
    if (store_.type(pins.place()) != PropertyType::kObject) {
      return Error::kPropertyPath;
    }
    const std::string_view step = detail_property_tree::take_step(path);
    pins.key() = store_.hold_key(step);
    if (pins.key() == NodeStore::kNoKey) {
      return step.size() > NodeStore::kMaxText ? Error::kJsonTooLong : Error::kNoSpace;
    }
    NodeStore::Index child = store_.find_visible(pins.place(), pins.key());
    if (child == NodeStore::kNoNode) {
      child = store_.make(pins.key(), path.empty() ? missing : PropertyValue::object());
      if (child != NodeStore::kNoNode) {
        store_.insert(pins.place(), store_.last_child(pins.place()), child);
        if (pins.made() == NodeStore::kNoNode) {
          pins.made() = child;
        }
      }
    }
    store_.release_key(pins.key());
    pins.key() = NodeStore::kNoKey;
    if (child == NodeStore::kNoNode) {
      return Error::kNoSpace;
    }
    pins.place() = child;
  }
  return Error::kNone;
}

void PropertyTree::take_back(Pins& pins) {
  if (pins.made() != NodeStore::kNoNode) {
    store_.erase(pins.made());
  }
  if (pins.was_null() != NodeStore::kNoNode) {
    store_.assign(pins.was_null(), PropertyValue());
  }
}

Result<PropertyTree::SetResult> PropertyTree::set(PropertyView from, std::string_view path,
                                                  const PropertyValue& value) {
  Error error = check_change(from, path);
  if (error == Error::kNone) {
    error = check_value(value);
  }
  if (error != Error::kNone) {
    return error;
  }
  Pins pins(store_);
  pins.place() = from.node_;
  error = reach(pins, path, value);
  if (error == Error::kNone && pins.made() == NodeStore::kNoNode) {
    if (store_.holds(pins.place(), value)) {
      return SetResult{PropertyView(&store_, pins.place()), false};
    }
    if (!store_.assign(pins.place(), value)) {
      error = Error::kNoSpace;
    }
  }
  if (error != Error::kNone) {
    take_back(pins);
    return error;
  }
  return SetResult{PropertyView(&store_, pins.place()), true};
}

Result<PropertyTree::SetResult> PropertyTree::set_object(std::string_view path) {
  const PropertyView place = patched_ ? PropertyView() : at(path);
  if (place.is_object() && !path.empty()) {
    return SetResult{place, false};
  }
  return set(path, PropertyValue::object());
}

Result<PropertyView> PropertyTree::append(PropertyView array, const PropertyValue& element) {
  HUBTWIN_EXPECTS(array.store_ == &store_ || !array.exists());
  if (patched_) {
    return Error::kWrongState;
  }
  if (!array.is_array()) {
    return Error::kWrongType;
  }
  const Error error = check_value(element);
  if (error != Error::kNone) {
    return error;
  }
  if (array.depth() >= kDeepest) {
    return Error::kJsonTooDeep;
  }
  Pins pins(store_);
  pins.place() = array.node_;
  const NodeStore::Index made = store_.make(pins.key(), element);
  if (made == NodeStore::kNoNode) {
    return Error::kNoSpace;
  }
  store_.insert(pins.place(), store_.last_child(pins.place()), made);
  return PropertyView(&store_, made);
}

Result<PropertyTree::SetResult> PropertyTree::copy(std::string_view path, PropertyView source) {
  if (!source.exists()) {
    return Error::kNotFound;
  }
  if (source.store_ == &store_) {
    return Error::kInvalidArgument;
  }
  if (!source.is_container()) {
    return set(path, source.value());
  }
  const Error error = check_change(root(), path);
  if (error != Error::kNone) {
    return error;
  }
  const PropertyView present = at(path);
  if (present.exists() && equal_values(present, source)) {
    return SetResult{present, false};
  }
  return copy_container(path, source);
}

// The copy is built beside what it replaces, so that a full arena leaves everything as it was.
Result<PropertyTree::SetResult> PropertyTree::copy_container(std::string_view path,
                                                             PropertyView source) {
  const std::size_t levels = detail_property_tree::count_steps(path);
  Pins pins(store_);
  pins.place() = NodeStore::kRoot;
  const PropertyValue empty = source.is_array() ? PropertyValue::array() : PropertyValue::object();
  Error error = reach(pins, path, empty);
  const bool replaces = error == Error::kNone && pins.made() == NodeStore::kNoNode;
  if (replaces) {
    pins.key() = store_.key(pins.place());
    const NodeStore::Index made = store_.make(pins.key(), empty);
    if (made != NodeStore::kNoNode) {
      store_.insert(store_.parent(pins.place()), pins.place(), made);
      store_.set_marks(made, store_.marks(pins.place()));
      pins.made() = made;
      pins.place() = made;
    } else {
      error = Error::kNoSpace;
    }
  }
  std::size_t depth = levels;
  for (PropertyView from = source; error == Error::kNone;) {
    // pins.place() is the copy of `from`; what stands below it comes first, then what follows.
    PropertyView next = from.first_child();
    if (!next.exists()) {
      while (from != source && !(next = from.next_sibling()).exists()) {
        from = from.parent();
        pins.place() = store_.parent(pins.place());
        --depth;
      }
      if (from == source) {
        break;
      }
      pins.place() = store_.parent(pins.place());
    } else {
      ++depth;
    }
    error = depth > kDeepest ? Error::kJsonTooDeep : append_copy(pins, next);
    from = next;
  }
  if (error != Error::kNone) {
    take_back(pins);
    return error;
  }
  if (replaces) {
    // The copy was put right after what it replaces.
    NodeStore::Index old = store_.first_child(store_.parent(pins.made()));
    while (store_.next_sibling(old) != pins.made()) {
      old = store_.next_sibling(old);
    }
    store_.erase(old);
  }
  return SetResult{at(path), true};
}

Error PropertyTree::append_copy(Pins& pins, PropertyView source) {
  const bool keyed = source.is_member();
  pins.key() = keyed ? store_.hold_key(source.key()) : NodeStore::kNoKey;
  if (keyed && pins.key() == NodeStore::kNoKey) {
    return Error::kNoSpace;
  }
  const PropertyValue value = source.is_object()  ? PropertyValue::object()
                              : source.is_array() ? PropertyValue::array()
                                                  : source.value();
  const NodeStore::Index made = store_.make(pins.key(), value);
  if (made != NodeStore::kNoNode) {
    store_.insert(pins.place(), store_.last_child(pins.place()), made);
    pins.place() = made;
  }
  store_.release_key(pins.key());
  pins.key() = NodeStore::kNoKey;
  return made == NodeStore::kNoNode ? Error::kNoSpace : Error::kNone;
}

Status PropertyTree::erase(PropertyView place) {
  if (patched_) {
    return Error::kWrongState;
  }
  if (!place.exists()) {
    return Error::kNotFound;
  }
  HUBTWIN_EXPECTS(place.store_ == &store_);
  if (place == root()) {
    return Error::kPropertyPath;
  }
  store_.erase(place.node_);
  return Status();
}

void PropertyTree::clear() {
  HUBTWIN_EXPECTS(!patched_);
  store_.clear();
}

bool PropertyTree::set_aside(PropertyView place) {
  HUBTWIN_EXPECTS(!patched_ && place.store_ == &store_);
  Pins pins(store_);
  pins.place() = place.node_;
  return store_.set_aside(pins.place());
}

PropertyView PropertyTree::put_back(PropertyView place) {
  HUBTWIN_EXPECTS(place.store_ == &store_ && aside().exists());
  store_.put_back(place.node_);
  return place;
}

void PropertyTree::mark(PropertyView place, PropertyMark mark, bool on) {
  HUBTWIN_EXPECTS(place.store_ == &store_);
  const auto bit = static_cast<unsigned>(mark);
  const unsigned marks = store_.marks(place.node_);
  store_.set_marks(place.node_, static_cast<std::uint8_t>(on ? marks | bit : marks & ~bit));
}

HUBTWIN_NAMESPACE_END
