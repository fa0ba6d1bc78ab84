// SPDX-License-Identifier: MIT
// Body of hubtwin/twin/patch.hpp.
//
// The journal is the tree itself. Each member of an object that was there before is plain, touched
// (named by the document and still there) or removed; what is new is added, and stands right after
// what it replaces. Only objects that were there before and still are can have changes below them,
// and those are touched: so a walk over touched objects finds every change, and freeing either the
// removed or the added ones yields the new tree or the old one. An added value is plain inside.

#include <hubtwin/contract.hpp>
#include <hubtwin/twin/patch.hpp>

HUBTWIN_NAMESPACE_BEGIN

Status Patch::begin(PropertyTree& tree, Mode mode) {
  if (active() || tree.patched_) {
    return Error::kWrongState;
  }
  tree_ = &tree;
  tree.patched_ = true;
  container() = NodeStore::kNoNode;
  cursor() = NodeStore::kNoNode;
  key() = NodeStore::kNoKey;
  target() = NodeStore::kNoNode;
  depth_ = 0;
  added_depth_ = 0;
  array_depth_ = 0;
  mode_ = mode;
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
  return Changes(&store());
}

void Patch::release() {
  if (stage_ == Stage::kCommitted) {
    settle(NodeStore::kRoot, true);
    end();
  }
}

void Patch::abort() {
  if (active()) {
    forget_key();
    settle(NodeStore::kRoot, false);
    end();
  }
}

void Patch::end() {
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

void Patch::forget_key() {
  store().release_key(key());
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
  if (stage_ != Stage::kReading || key() != NodeStore::kNoKey ||
      store().type(container()) != PropertyType::kObject) {
    return give_up(Error::kWrongState);
  }
  if (!name.empty() && name.front() == '$') {
    return KeyAnswer::skip();
  }
  key() = store().hold_key(name);
  if (key() == NodeStore::kNoKey) {
    return give_up(name.size() > NodeStore::kMaxText ? Error::kJsonTooLong : Error::kNoSpace);
  }
  return KeyAnswer::read();
}

Error Patch::on_begin_object() {
  return take_container(PropertyValue::object());
}

Error Patch::on_end_object() {
  return end_container(true);
}

Error Patch::on_begin_array() {
  return take_container(PropertyValue::array());
}

Error Patch::on_end_array() {
  return end_container(false);
}

Error Patch::take(const PropertyValue& value) {
  if (stage_ == Stage::kDue) {
    return give_up(Error::kWrongType);
  }
  if (!value_due()) {
    return give_up(Error::kWrongState);
  }
  if (value.text().size() > NodeStore::kMaxText) {
    return give_up(Error::kJsonTooLong);
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
    store().set_state(target(), NodeStore::kRemoved);
    cursor() = target();
  } else if (target() != NodeStore::kNoNode) {
    if (cursor() == target()) {
      cursor() = NodeStore::kNoNode;
    }
    store().erase(target());
  }
  forget_key();
  return Error::kNone;
}

Error Patch::take_container(const PropertyValue& empty) {
  const bool object = empty.type() == PropertyType::kObject;
  if (stage_ == Stage::kDue) {
    return object ? enter_root() : give_up(Error::kWrongType);
  }
  if (!value_due()) {
    return give_up(Error::kWrongState);
  }
  if (depth_ > HUBTWIN_MAX_DEPTH) {
    return give_up(Error::kJsonTooDeep);
  }
  target() = find();
  if (object && was_there(target()) && store().type(target()) == PropertyType::kObject) {
    keep_old();
    forget_key();
  } else {
    const Error error = put(empty);
    if (error != Error::kNone) {
      return error;
    }
    ++added_depth_;
  }
  ++depth_;
  if (!object || array_depth_ > 0) {
    ++array_depth_;
  }
  container() = cursor();
  cursor() = NodeStore::kNoNode;
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
  if (stage_ != Stage::kReading || key() != NodeStore::kNoKey || in_object() != object) {
    return give_up(Error::kWrongState);
  }
  if (added_depth_ == 0 && mode_ == Mode::kReplace) {
    remove_unnamed();
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
    compare_array();
  }
  return Error::kNone;
}

// Work on the tree. target() is the member of that name, or kNoNode.

bool Patch::in_object() const {
  return store().type(pinned_[0]) == PropertyType::kObject;
}

bool Patch::value_due() const {
  return stage_ == Stage::kReading && in_object() == (pinned_[2] != NodeStore::kNoKey);
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
  const Index last = pinned_[1];
  const Index wanted = pinned_[2];
  if (wanted == NodeStore::kNoKey) {
    return NodeStore::kNoNode;  // an element of an array
  }
  const Index start = last == NodeStore::kNoNode ? last : in.next_sibling(last);
  for (Index at = start; at != NodeStore::kNoNode; at = in.next_sibling(at)) {
    if (in.key(at) == wanted) {
      return at;
    }
  }
  for (Index at = in.first_child(pinned_[0]); at != start; at = in.next_sibling(at)) {
    if (in.key(at) == wanted) {
      return at;
    }
  }
  return NodeStore::kNoNode;
}

// What replaces the target, if anything does yet.
NodeStore::Index Patch::twin() const {
  const Index next = store().next_sibling(pinned_[3]);
  return next != NodeStore::kNoNode && store().state(next) == NodeStore::kAdded &&
                 store().key(next) == store().key(pinned_[3])
             ? next
             : NodeStore::kNoNode;
}

// Takes back whatever the document did to the target before: a key may stand twice.
void Patch::restore_old() {
  const Index replacement = twin();
  if (replacement != NodeStore::kNoNode) {
    store().erase(container(), target(), replacement);
  }
  if (store().state(target()) == NodeStore::kTouched && store().is_container(target())) {
    settle(target(), false);
  }
  store().set_state(target(), NodeStore::kPlain);
}

void Patch::keep_old() {
  restore_old();
  store().set_state(target(), NodeStore::kTouched);
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
      in.set_state(target(), NodeStore::kRemoved);
    }
    in.insert(container(), replaces ? target() : last_member(), made);
    in.set_state(made, added_depth_ > 0 ? NodeStore::kPlain : NodeStore::kAdded);
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
  Index last = pinned_[1];
  if (last == NodeStore::kNoNode) {
    return store().last_child(pinned_[0]);
  }
  for (Index next = last; next != NodeStore::kNoNode; next = store().next_sibling(next)) {
    last = next;
  }
  return last;
}

// The document named all that there is: what it left out goes.
void Patch::remove_unnamed() {
  for (Index member = store().first_child(container()); member != NodeStore::kNoNode;
       member = store().next_sibling(member)) {
    if (store().state(member) == NodeStore::kPlain) {
      store().set_state(member, NodeStore::kRemoved);
    }
  }
}

// An array is read beside the one that was there; only now is it known whether they differ.
void Patch::compare_array() {
  const NodeStore& in = store();
  Index elder = NodeStore::kNoNode;
  for (Index at = in.first_child(container()); at != cursor(); at = in.next_sibling(at)) {
    elder = at;
  }
  if (elder == NodeStore::kNoNode || in.state(elder) != NodeStore::kRemoved ||
      in.key(elder) != in.key(cursor()) || !NodeStore::equal(in, elder, in, cursor())) {
    return;
  }
  target() = elder;
  keep_old();
}

// Ends the journal below `top`, which stays: the added or the removed ones are freed, and what is
// left is plain.
void Patch::settle(Index top, bool keep_new) {
  NodeStore& in = store();
  const NodeStore::State doomed = keep_new ? NodeStore::kRemoved : NodeStore::kAdded;
  Index within = top;
  Index previous = NodeStore::kNoNode;
  in.set_state(top, NodeStore::kPlain);
  for (;;) {
    const Index at =
        previous == NodeStore::kNoNode ? in.first_child(within) : in.next_sibling(previous);
    if (at == NodeStore::kNoNode) {
      if (within == top) {
        return;
      }
      previous = within;
      within = in.parent(within);
      continue;
    }
    const NodeStore::State state = in.state(at);
    if (state == doomed) {
      in.erase(within, previous, at);
      continue;
    }
    in.set_state(at, NodeStore::kPlain);
    previous = at;
    if (state == NodeStore::kTouched && in.is_container(at)) {
      within = at;
      previous = NodeStore::kNoNode;
    }
  }
}

// The walk over changes.

ChangeIterator::ChangeIterator(const NodeStore& store) : store_(&store) {
  at_ = store.first_child(NodeStore::kRoot);
  settle();
}

ChangeIterator& ChangeIterator::operator++() {
  if (change_.kind_ == ChangeKind::kChanged) {
    at_ = change_.new_.node_;  // told together with the old one, right before it
  }
  pass();
  settle();
  return *this;
}

// Goes on to what follows the present node and all below it.
void ChangeIterator::pass() {
  for (;;) {
    if (at_ == whole_) {
      whole_ = NodeStore::kNoNode;
    }
    const Index next = store_->next_sibling(at_);
    if (next != NodeStore::kNoNode) {
      at_ = next;
      return;
    }
    at_ = store_->parent(at_);
    if (at_ == NodeStore::kRoot) {
      at_ = NodeStore::kNoNode;
      return;
    }
  }
}

// Stops at the present node if it is a change, or goes on to the next one that is.
void ChangeIterator::settle() {
  while (at_ != NodeStore::kNoNode) {
    const bool object = store_->type(at_) == PropertyType::kObject;
    const bool leaf = !object || store_->first_child(at_) == NodeStore::kNoNode;
    const NodeStore::State state = store_->state(whole_ == NodeStore::kNoNode ? at_ : whole_);
    if (state == NodeStore::kAdded || state == NodeStore::kRemoved) {
      if (leaf) {
        tell(state);
        return;
      }
      if (whole_ == NodeStore::kNoNode) {
        whole_ = at_;
      }
    }
    if (leaf || state == NodeStore::kPlain) {
      pass();
    } else {
      at_ = store_->first_child(at_);
    }
  }
}

void ChangeIterator::tell(NodeStore::State state) {
  const PropertyView here(store_, at_);
  change_ = Change();
  if (state == NodeStore::kAdded) {
    change_.kind_ = ChangeKind::kAdded;
    change_.new_ = here;
    return;
  }
  change_.kind_ = ChangeKind::kRemoved;
  change_.old_ = here;
  const Index next = whole_ == NodeStore::kNoNode ? store_->next_sibling(at_) : NodeStore::kNoNode;
  if (next != NodeStore::kNoNode && store_->state(next) == NodeStore::kAdded &&
      store_->key(next) == store_->key(at_) &&
      (store_->type(next) != PropertyType::kObject ||
       store_->first_child(next) == NodeStore::kNoNode)) {
    change_.kind_ = ChangeKind::kChanged;
    change_.new_ = PropertyView(store_, next);
  }
}

HUBTWIN_NAMESPACE_END
