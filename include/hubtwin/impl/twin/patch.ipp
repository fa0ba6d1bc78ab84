// SPDX-License-Identifier: MIT
// Body of hubtwin/twin/patch.hpp.
//
// The journal is the tree itself. Each member of an object that was there before is plain, touched
// (named by the document and still there) or removed; what is new is added, and stands right after
// what it replaces. Only objects that were there before and still are can have changes below them,
// and those are touched: so a walk over touched objects finds every change, and freeing either the
// removed or the added ones yields the new tree or the old one. An added value is plain inside.
//
// The nodes that have such a role are kept in a trail, too, as far as it reaches; so a small patch
// needn't be walked for. Arrays: see patch_array.ipp.

#include <hubtwin/contract.hpp>
#include <hubtwin/twin/patch.hpp>

#include <cstring>

HUBTWIN_NAMESPACE_BEGIN

// Gives a node another role, and follows those that have any.
inline void Patch::mark(Index node, NodeStore::State state) {
  const bool was_plain = store().state(node) == NodeStore::kPlain;
  store().set_state(node, state);
  if (was_plain && state != NodeStore::kPlain) {
    if (trail_size_ < kTrailLength) {
      pinned_[kTrail + trail_size_] = node;
    }
    trail_size_ = static_cast<std::uint8_t>(trail_size_ + (trail_lost() ? 0 : 1));
  } else if (!was_plain && state == NodeStore::kPlain) {
    leave_trail(node);
  }
}

void Patch::leave_trail(Index node) {
  if (!trail_lost()) {
    Index* at = pinned_ + kTrail;
    while (*at != node) {
      ++at;
    }
    --trail_size_;
    Index* const end = pinned_ + kTrail + trail_size_;
    std::memmove(at, at + 1, static_cast<std::size_t>(end - at) * sizeof(Index));
  }
}

Status Patch::begin(PropertyTree& tree, Mode mode, RefusedValues* refused) {
  if (active() || tree.patched_) {
    return Error::kWrongState;
  }
  tree_ = &tree;
  refused_ = refused;
  tree.patched_ = true;
  for (Index& index : Span<Index>(pinned_).first(kTrail)) {
    index = NodeStore::kNoNode;
  }
  static_assert(NodeStore::kNoKey == NodeStore::kNoNode, "a pinned key starts as none");
  depth_ = 0;
  added_depth_ = 0;
  array_depth_ = 0;
  trail_size_ = 0;
  mode_ = mode;
  nulls_unnamed_ = false;
  stage_ = Stage::kDue;
  store().pin(pinned_);
  store().hide(NodeStore::kAdded);
  return Status();
}

Status Patch::commit() {
  if (stage_ != Stage::kComplete) {
    return Error::kWrongState;
  }
  store().hide(NodeStore::kRemoved);
  stage_ = Stage::kCommitted;
  return Status();
}

Changes Patch::changes() const {
  HUBTWIN_EXPECTS(stage_ == Stage::kCommitted);
  return Changes(&store(), trail_lost() ? nullptr : pinned_ + kTrail, trail_size_);
}

void Patch::release() {
  if (stage_ == Stage::kCommitted) {
    settle(true);
    end();
  }
}

void Patch::abort() {
  if (active()) {
    forget_key();
    key() = pinned_[kInnerKey];
    owns_key_ = owns_inner_key_;
    forget_key();
    settle(false);
    end();
  }
}

void Patch::end() {
  store().set_state(NodeStore::kRoot, NodeStore::kPlain);
  store().hide(NodeStore::kPlain);
  store().pin({});
  tree_->patched_ = false;
  tree_ = nullptr;
  stage_ = Stage::kIdle;
}

Error Patch::give_up(Error error) {
  stage_ = Stage::kFailed;
  return error;
}

// A token that can't come here, unless it belongs to what is ignored.
Error Patch::unexpected() {
  return stage_ == Stage::kIgnoring ? Error::kNone : give_up(Error::kWrongState);
}

void Patch::forget_key() {
  if (owns_key_) {
    store().release_key(key());
    owns_key_ = false;
  }
  key() = NodeStore::kNoKey;
}

// Tokens.

Error Patch::on_null() {
  return take_null();
}

Error Patch::on_bool(bool value) {
  return take(value);
}

Error Patch::on_integer(std::int64_t value) {
  return take(value);
}

#if HUBTWIN_FLOAT
Error Patch::on_double(double value) {
  return take(value);
}
#endif

Error Patch::on_string(std::string_view value) {
  return take(value);
}

KeyAnswer Patch::on_key(std::string_view name) {
  if (stage_ == Stage::kIgnoring) {
    return KeyAnswer::skip();
  }
  if (stage_ != Stage::kReading || key() != NodeStore::kNoKey || !in_object()) {
    return give_up(Error::kWrongState);
  }
  if (!name.empty() && name.front() == '$') {
    return KeyAnswer::skip();
  }
  key() = store().find_key(name);
  if (key() == NodeStore::kNoKey) {
    key() = store().add_key(name);
    if (key() == NodeStore::kNoKey) {
      return give_up(name.size() > NodeStore::kMaxText ? Error::kJsonTooLong : Error::kNoSpace);
    }
    owns_key_ = true;
  }
  return KeyAnswer::read();
}

Error Patch::on_begin_object() {
  // Most objects of a patch are there and named once: all that is to do is to go into them.
  if (stage_ == Stage::kReading && key() != NodeStore::kNoKey && !within_value() &&
      depth_ <= HUBTWIN_MAX_DEPTH) {
    const Index found = find();
    if (found != NodeStore::kNoNode && store().state(found) == NodeStore::kPlain &&
        store().is_object(found)) {
      mark(found, NodeStore::kTouched);
      key() = NodeStore::kNoKey;
      container() = found;
      cursor() = NodeStore::kNoNode;
      ++depth_;
      return Error::kNone;
    }
  }
  return take_container(true);
}

Error Patch::on_end_object() {
  if (stage_ == Stage::kReading && key() == NodeStore::kNoKey && !within_value() && depth_ > 1 &&
      mode_ == Mode::kMerge && !nulls_unnamed_) {
    --depth_;
    cursor() = container();
    container() = store().parent(container());
    return Error::kNone;
  }
  return end_container(true);
}

Error Patch::on_begin_array() {
  return take_container(false);
}

Error Patch::on_end_array() {
  return end_container(false);
}

Error Patch::take(const PropertyValue& value) {
  if (stage_ == Stage::kDue) {
    return give_up(Error::kWrongType);
  }
  if (!value_due()) {
    return unexpected();
  }
  if (value.type() == PropertyType::kString && value.text().size() > NodeStore::kMaxText) {
    return give_up(Error::kJsonTooLong);
  }
  if (comparing()) {
    const Index expected = expected_now();
    if (expected != NodeStore::kNoNode && !store().is_container(expected) &&
        store().holds(expected, value)) {
      cursor() = expected;
      forget_key();
      return Error::kNone;
    }
    const Error error = part();
    if (error != Error::kNone) {
      return error;
    }
  }
  target() = find();
  if (was_there(target()) && !store().is_container(target()) && store().holds(target(), value)) {
    keep_old();
    forget_key();
    return Error::kNone;
  }
  return put(value);
}

// Outside arrays a null says that there is no such member.
Error Patch::take_null() {
  if (array_depth_ > 0 || !value_due()) {
    return take(PropertyValue());
  }
  target() = find();
  if (was_there(target())) {
    restore_old();
    mark(target(), NodeStore::kRemoved);
    cursor() = target();
  } else {
    leave_out();
  }
  forget_key();
  return Error::kNone;
}

Error Patch::on_refused(Error reason) {
  if (refused_ == nullptr) {
    return give_up(reason);
  }
  if (stage_ == Stage::kDue) {
    return give_up(Error::kWrongType);
  }
  if (!value_due()) {
    return unexpected();
  }
  if (array_depth_ > 0) {
    refuse_array(reason);
    return Error::kNone;
  }
  refused_->on_refused(PropertyView(&store(), container()), store().key_text(key()), reason);
  target() = find();
  if (was_there(target())) {
    keep_old();
  } else {
    leave_out();
  }
  forget_key();
  return Error::kNone;
}

// The target, which the document added, isn't to be after all.
void Patch::leave_out() {
  if (target() != NodeStore::kNoNode) {
    mark(target(), NodeStore::kPlain);
    store().erase(target());
    cursor() = NodeStore::kNoNode;
  }
}

Error Patch::take_container(bool object) {
  if (stage_ == Stage::kDue) {
    return object ? enter_root() : give_up(Error::kWrongType);
  }
  if (stage_ == Stage::kIgnoring) {
    ++ignored_depth_;
    return Error::kNone;
  }
  if (!value_due()) {
    return give_up(Error::kWrongState);
  }
  if (depth_ > HUBTWIN_MAX_DEPTH) {
    return give_up(Error::kJsonTooDeep);
  }
  const Error error = comparing() ? compare_container(object) : place_container(object);
  if (error != Error::kNone) {
    return error;
  }
  ++depth_;
  if (!object || array_depth_ > 0) {
    ++array_depth_;
  }
  container() = cursor();
  cursor() = NodeStore::kNoNode;
  return Error::kNone;
}

// Opens a container that was there, or a new one; cursor() is it then.
Error Patch::place_container(bool object) {
  target() = find();
  const bool there = was_there(target()) && is_kind(target(), object);
  if (there && object) {
    keep_old();
    forget_key();
    return Error::kNone;
  }
  if (there) {
    compared() = target();
    cursor() = target();
    forget_key();
  } else {
    const Error error = put(object ? PropertyValue::object() : PropertyValue::array());
    if (error != Error::kNone) {
      return error;
    }
  }
  ++added_depth_;
  return Error::kNone;
}

Error Patch::enter_root() {
  stage_ = Stage::kReading;
  depth_ = 1;
  container() = NodeStore::kRoot;
  store().set_state(NodeStore::kRoot, NodeStore::kTouched);
  return Error::kNone;
}

Error Patch::end_container(bool object) {
  if (stage_ == Stage::kIgnoring) {
    stage_ = --ignored_depth_ == 0 ? Stage::kReading : Stage::kIgnoring;
    return Error::kNone;
  }
  if (stage_ != Stage::kReading || key() != NodeStore::kNoKey || in_object() != object) {
    return give_up(Error::kWrongState);
  }
  if (comparing() && next_in_container() != NodeStore::kNoNode) {
    const Error error = part();  // more was there
    if (error != Error::kNone) {
      return error;
    }
  }
  if (added_depth_ == 0 && mode_ == Mode::kReplace) {
    remove_unnamed();
  } else if (added_depth_ == 0 && nulls_unnamed_) {
    const Error error = null_unnamed();
    if (error != Error::kNone) {
      return error;
    }
  }
  if (--depth_ == 0) {
    stage_ = Stage::kComplete;
    return Error::kNone;
  }
  cursor() = container();
  container() = store().parent(container());
  if (array_depth_ > 0) {
    --array_depth_;
  }
  if (added_depth_ > 0 && --added_depth_ == 0 && !object) {
    finish_array();
  }
  return Error::kNone;
}

// Work on the tree. target() is the member of that name, or kNoNode.

bool Patch::in_object() const {
  return store().is_object(pinned_[kContainer]);
}

// Whether what is read is part of an array or of an object that wasn't there.
bool Patch::within_value() const {
  return (added_depth_ | array_depth_) != 0;
}

bool Patch::is_kind(Index container, bool object) const {
  return object ? store().is_object(container) : store().is_array(container);
}

bool Patch::value_due() const {
  return stage_ == Stage::kReading && in_object() == (pinned_[kKey] != NodeStore::kNoKey);
}

// Whether a member was there before the document, as opposed to added by it.
bool Patch::was_there(Index member) const {
  return member != NodeStore::kNoNode && added_depth_ == 0 &&
         store().state(member) != NodeStore::kAdded;
}

// The member of that key: the one that was there before, or else the added one. A document tends to
// name members in the order of the tree, so the search goes round from the one visited last.
NodeStore::Index Patch::find() const {
  const NodeStore& in = store();
  const Index wanted = pinned_[kKey];
  if (wanted == NodeStore::kNoKey || owns_key_) {
    return NodeStore::kNoNode;  // an element of an array, or a name that is new to the tree
  }
  const Index last = pinned_[kCursor];
  const std::uint16_t first = in.step_into(pinned_[kContainer]);
  const std::uint16_t start = last == NodeStore::kNoNode ? first : in.step(last);
  std::uint16_t at = start;
  for (; (at & NodeStore::kUp) == 0; at = in.step(at)) {
    if (in.key(at) == wanted) {
      return at;
    }
  }
  if (start != first) {
    for (at = first; at != start; at = in.step(at)) {
      if (in.key(at) == wanted) {
        return at;
      }
    }
  }
  return NodeStore::kNoNode;
}

// What replaces the target, if anything does yet.
NodeStore::Index Patch::twin() const {
  const Index next = store().next_sibling(pinned_[kTarget]);
  return next != NodeStore::kNoNode && store().state(next) == NodeStore::kAdded &&
                 store().key(next) == store().key(pinned_[kTarget])
             ? next
             : NodeStore::kNoNode;
}

// Takes back whatever the document did to the target before: a key may stand twice.
void Patch::restore_old() {
  if (store().state(target()) == NodeStore::kPlain) {
    return;
  }
  const Index replacement = twin();
  if (replacement != NodeStore::kNoNode) {
    mark(replacement, NodeStore::kPlain);
    store().erase(container(), target(), replacement);
  }
  if (store().state(target()) == NodeStore::kTouched && store().is_container(target())) {
    settle_below(target(), false);
  }
  mark(target(), NodeStore::kPlain);
}

void Patch::keep_old() {
  restore_old();
  mark(target(), NodeStore::kTouched);
  cursor() = target();
}

// Puts a value in the place of the target, or appends it; cursor() is it then.
Error Patch::put(const PropertyValue& value) {
  NodeStore& in = store();
  const bool replaces = was_there(target());
  if (replaces && twin() != NodeStore::kNoNode) {
    target() = twin();  // the key stands twice: the last one counts
  } else if (replaces || target() == NodeStore::kNoNode) {
    const Index made = in.make(key(), value);
    if (made == NodeStore::kNoNode) {
      return give_up(Error::kNoSpace);
    }
    if (replaces) {
      restore_old();
      mark(target(), NodeStore::kRemoved);
    }
    in.insert(container(), replaces ? target() : last_member(), made);
    mark(made, added_depth_ > 0 ? NodeStore::kPlain : NodeStore::kAdded);
    cursor() = made;
    forget_key();
    return Error::kNone;
  }
  if (!in.assign(target(), value)) {
    return give_up(Error::kNoSpace);
  }
  cursor() = target();
  forget_key();
  return Error::kNone;
}

NodeStore::Index Patch::last_member() const {
  const NodeStore& in = store();
  Index last = pinned_[kCursor];
  if (last == NodeStore::kNoNode) {
    return in.last_child(pinned_[kContainer]);
  }
  for (Index next = in.next_sibling(last); next != NodeStore::kNoNode;
       next = in.next_sibling(last)) {
    last = next;
  }
  return last;
}

// The document named all that there is: what it left out goes.
void Patch::remove_unnamed() {
  for (Index member = store().first_child(container()); member != NodeStore::kNoNode;
       member = store().next_sibling(member)) {
    if (store().state(member) == NodeStore::kPlain) {
      mark(member, NodeStore::kRemoved);
    }
  }
}

// The same, but what it left out is to be told as gone.
Error Patch::null_unnamed() {
  cursor() = NodeStore::kNoNode;
  for (;;) {
    const Index member = next_in_container();
    if (member == NodeStore::kNoNode) {
      return Error::kNone;
    }
    cursor() = member;
    if (store().state(member) == NodeStore::kPlain && store().type(member) != PropertyType::kNull) {
      target() = member;
      key() = store().key(member);
      const Error error = put(PropertyValue());
      if (error != Error::kNone) {
        return error;
      }
    }
  }
}

// Ends the journal: the added or the removed ones are freed, and what is left is plain.
void Patch::settle(bool keep_new) {
  if (trail_lost()) {
    settle_below(NodeStore::kRoot, keep_new);
    return;
  }
  NodeStore& in = store();
  const NodeStore::State doomed = keep_new ? NodeStore::kRemoved : NodeStore::kAdded;
  for (std::uint8_t i = 0; i < trail_size_; ++i) {
    const Index node = pinned_[kTrail + i];
    if (in.state(node) == doomed) {
      in.erase(node);
    } else {
      in.set_state(node, NodeStore::kPlain);
    }
  }
}

// The same for what stands below `top`, which stays as it is.
void Patch::settle_below(Index top, bool keep_new) {
  NodeStore& in = store();
  const NodeStore::State doomed = keep_new ? NodeStore::kRemoved : NodeStore::kAdded;
  Index within = top;  // where `previous` is none
  Index previous = NodeStore::kNoNode;
  std::uint16_t at = in.step_into(top);
  for (;;) {
    at = in.pass_plain(at, previous);
    if ((at & NodeStore::kUp) != 0) {
      previous = static_cast<Index>(at ^ NodeStore::kUp);
      if (previous == top) {
        return;
      }
    } else {
      const NodeStore::State state = in.state(at);
      mark(at, NodeStore::kPlain);
      if (state == doomed) {
        in.erase(within, previous, at);
      } else if (state == NodeStore::kTouched && in.is_container(at)) {
        within = at;
        previous = NodeStore::kNoNode;
      } else {
        previous = at;
      }
    }
    at = previous == NodeStore::kNoNode ? in.step_into(within) : in.step(previous);
  }
}

HUBTWIN_NAMESPACE_END
