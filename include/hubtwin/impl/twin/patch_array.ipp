// SPDX-License-Identifier: MIT
// Body of hubtwin/twin/patch.hpp: arrays. One is compared with what was there while it is read, and
// only where they part is the part read so far copied: an array that didn't change takes no room.

#include <hubtwin/twin/patch.hpp>

HUBTWIN_NAMESPACE_BEGIN

// While comparing(), the open containers are those of compared(), the array that was there, and
// cursor() is what was found equal last.

NodeStore::Index Patch::next_in_container() const {
  return pinned_[kCursor] == NodeStore::kNoNode ? store().first_child(pinned_[kContainer])
                                                : store().next_sibling(pinned_[kCursor]);
}

// What the next value has to equal; kNoNode when there is no such thing.
NodeStore::Index Patch::expected_now() const {
  const Index next = next_in_container();
  return next != NodeStore::kNoNode && store().key(next) == pinned_[kKey] ? next
                                                                          : NodeStore::kNoNode;
}

Error Patch::compare_container(bool object) {
  const Index expected = expected_now();
  if (expected != NodeStore::kNoNode && is_kind(expected, object)) {
    cursor() = expected;
    forget_key();
    ++added_depth_;
    return Error::kNone;
  }
  const Error error = part();
  return error == Error::kNone ? place_container(object) : error;
}

// Here the array parts from the one that was there: what was equal so far is copied, and the open
// containers are the copies from now on.
Error Patch::part() {
  NodeStore& in = store();
  pinned_[kStopContainer] = container();
  pinned_[kStopCursor] = cursor();
  pinned_[kInnerKey] = key();
  owns_inner_key_ = owns_key_;
  key() = in.key(compared());
  owns_key_ = false;
  // As where the array began, but for how deep we are by now.
  const std::uint8_t depth = added_depth_;
  added_depth_ = 0;
  container() = in.parent(compared());
  cursor() = compared();
  target() = compared();
  const Error error = put(PropertyValue::array());
  added_depth_ = depth;
  if (error != Error::kNone) {
    return error;
  }
  container() = cursor();
  cursor() = NodeStore::kNoNode;
  pinned_[kFrom] = compared();
  pinned_[kFromLast] = NodeStore::kNoNode;
  while (pinned_[kFrom] != pinned_[kStopContainer] || pinned_[kFromLast] != pinned_[kStopCursor]) {
    if (!copy_next()) {
      return give_up(Error::kNoSpace);
    }
  }
  compared() = NodeStore::kNoNode;
  key() = pinned_[kInnerKey];
  owns_key_ = owns_inner_key_;
  pinned_[kInnerKey] = NodeStore::kNoKey;
  owns_inner_key_ = false;
  return Error::kNone;
}

// Copies what follows kFromLast in kFrom and goes on to it, or leaves kFrom at its end.
bool Patch::copy_next() {
  NodeStore& in = store();
  Index& from = pinned_[kFrom];
  Index& last = pinned_[kFromLast];
  const Index next = last == NodeStore::kNoNode ? in.first_child(from) : in.next_sibling(last);
  if (next == NodeStore::kNoNode) {
    last = from;
    from = in.parent(from);
    cursor() = container();
    container() = in.parent(container());
    return true;
  }
  last = next;
  const Index made = in.duplicate(last);
  if (made == NodeStore::kNoNode) {
    return false;
  }
  in.insert(container(), cursor(), made);
  if (in.is_container(last)) {
    from = last;
    last = NodeStore::kNoNode;
    container() = made;
    cursor() = NodeStore::kNoNode;
  } else {
    cursor() = made;
  }
  return true;
}

// The outermost array has ended; it may equal the one that was there.
void Patch::finish_array() {
  const NodeStore& in = store();
  if (comparing()) {
    target() = compared();
    compared() = NodeStore::kNoNode;
    keep_old();
    return;
  }
  // Members in another order than before made them part, and yet they may be equal.
  const Index elder = replaced_by(cursor());
  if (elder != NodeStore::kNoNode && NodeStore::equal(in, elder, in, cursor())) {
    target() = elder;
    keep_old();
  }
}

// The member that another one, right after it, stands in for; or kNoNode.
NodeStore::Index Patch::replaced_by(Index member) const {
  const NodeStore& in = store();
  Index elder = NodeStore::kNoNode;
  for (Index at = in.first_child(pinned_[kContainer]); at != member; at = in.next_sibling(at)) {
    elder = at;
  }
  return elder != NodeStore::kNoNode && in.state(elder) == NodeStore::kRemoved &&
                 in.key(elder) == in.key(member)
             ? elder
             : NodeStore::kNoNode;
}

// Leaves the outermost array, or what was there in its place, as if it hadn't been named.
void Patch::refuse_array(Error reason) {
  const NodeStore& in = store();
  const std::uint8_t levels = array_depth_;
  const bool unchanged = comparing();
  forget_key();
  target() = compared();
  if (!unchanged) {
    target() = container();
    for (std::uint8_t level = 1; level < levels; ++level) {
      target() = in.parent(target());
    }
  }
  compared() = NodeStore::kNoNode;
  container() = in.parent(target());
  depth_ = static_cast<std::uint8_t>(depth_ - levels);
  added_depth_ = static_cast<std::uint8_t>(added_depth_ - levels);
  array_depth_ = 0;
  ignored_depth_ = levels;
  stage_ = Stage::kIgnoring;
  refused_->on_refused(PropertyView(&in, container()), in.key_text(in.key(target())), reason);
  const Index old = unchanged ? target() : replaced_by(target());
  if (old != NodeStore::kNoNode) {
    target() = old;
    keep_old();
  } else {
    leave_out();
  }
}

HUBTWIN_NAMESPACE_END
