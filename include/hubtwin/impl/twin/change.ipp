// SPDX-License-Identifier: MIT
// Body of hubtwin/twin/change.hpp; what is walked is described in patch.ipp.

#include <hubtwin/twin/change.hpp>

HUBTWIN_NAMESPACE_BEGIN

ChangeIterator::ChangeIterator(const NodeStore& store, const Index* trail, std::size_t trail_size)
    : store_(&store), at_(store.first_child(NodeStore::kRoot)), trail_(trail) {
  if (trail != nullptr) {
    trail_end_ = trail + trail_size;
  }
  settle();
}

ChangeIterator& ChangeIterator::operator++() {
  if (change_.kind_ == ChangeKind::kChanged) {
    // The new one is told together with the old one, right before it.
    if (trail_ != nullptr) {
      ++trail_;
    } else {
      at_ = change_.new_.node_;
    }
  }
  if (trail_ == nullptr || whole_ != NodeStore::kNoNode) {
    pass();
  }
  settle();
  return *this;
}

// Goes on to what follows the present node and all below it.
void ChangeIterator::pass() {
  for (;;) {
    if (at_ == whole_) {
      whole_ = NodeStore::kNoNode;
    }
    const std::uint16_t next = store_->step(at_);
    at_ = static_cast<Index>(next & ~NodeStore::kUp);
    if (next == at_) {
      return;
    }
    if (at_ == NodeStore::kRoot) {
      at_ = NodeStore::kNoNode;
      return;
    }
  }
}

// Stops at the present node if it is a change, or goes on to the next one that is.
void ChangeIterator::settle() {
  while (whole_ != NodeStore::kNoNode || seek()) {
    const Index below =
        store_->is_object(at_) ? store_->first_child(at_) : Index{NodeStore::kNoNode};
    const NodeStore::State state = store_->state(whole_ == NodeStore::kNoNode ? at_ : whole_);
    if (state != NodeStore::kTouched) {
      if (below == NodeStore::kNoNode) {
        tell(state);
        return;
      }
      if (whole_ == NodeStore::kNoNode) {
        whole_ = at_;
      }
    }
    if (below == NodeStore::kNoNode) {
      pass();
    } else {
      at_ = below;
    }
  }
}

// Goes on to the next node that isn't plain; false when there is none.
bool ChangeIterator::seek() {
  if (trail_ != nullptr) {
    do {
      at_ = trail_ == trail_end_ ? Index{NodeStore::kNoNode} : *trail_++;
    } while (at_ != NodeStore::kNoNode && store_->state(at_) == NodeStore::kTouched);
    return at_ != NodeStore::kNoNode;
  }
  if (at_ == NodeStore::kNoNode) {
    return false;
  }
  Index previous = at_;
  std::uint16_t at = store_->pass_plain(at_, previous);
  while ((at & NodeStore::kUp) != 0) {
    if (at == (NodeStore::kRoot | NodeStore::kUp)) {
      at = NodeStore::kNoNode;
      break;
    }
    at = store_->step(static_cast<Index>(at ^ NodeStore::kUp));
    at = store_->pass_plain(at, previous);
  }
  at_ = at;
  return at_ != NodeStore::kNoNode;
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
