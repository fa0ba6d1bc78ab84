// SPDX-License-Identifier: MIT
#include <hubtwin/twin/desired.hpp>
#include <hubtwin/twin/digest.hpp>
#include <hubtwin/twin/limits.hpp>

HUBTWIN_NAMESPACE_BEGIN

const char* to_string(DesiredCause cause) {
  switch (cause) {
    case DesiredCause::kFirstState:
      return "first state";
    case DesiredCause::kChange:
      return "change";
    case DesiredCause::kCatchUp:
      return "catch-up";
  }
  return "unknown";
}

namespace detail_desired {

// Whether `path` names this member of `object`.
static bool is_member(std::string_view path, PropertyView object, std::string_view key) {
  if (path.size() < key.size()) {
    return false;
  }
  const std::size_t begin = path.size() - key.size();
  if (std::string_view(path.data() + begin, key.size()) != key) {
    return false;
  }
  return begin == 0 ? object.is_at(std::string_view())
                    : path[begin - 1] == '.' && object.is_at({path.data(), begin - 1});
}

// The value that a property had before. A function of its own, since the walk takes stack that
// handlers need.
HUBTWIN_NOINLINE static PropertyView old_value(const Patch& patch, std::string_view path) {
  for (const Change& leaf : patch.changes()) {
    if (leaf.old_value().exists() && leaf.is_at(path)) {
      return leaf.old_value();
    }
  }
  return PropertyView();
}

}  // namespace detail_desired

// --- Registration --------------------------------------------------------------------------------

Status Desired::add_handler(std::string_view path, const DesiredHandler& handler) {
  return add(path, Kind::kHandler, nullptr, handler);
}

Status Desired::add_binding(std::string_view path, void* variable, const DesiredHandler& assign) {
  if (path.empty()) {
    return Error::kPropertyPath;
  }
  return add(path, Kind::kBinding, variable, assign);
}

Status Desired::add(std::string_view path, Kind kind, void* variable,
                    const DesiredHandler& handler) {
  if (!handler) {
    return Error::kInvalidArgument;
  }
  const Status status = path.empty() ? Status() : check_path(path);
  if (!status.ok()) {
    return status;
  }
  if (!wanted_.empty() && !is_wanted(wanted_, path)) {
    return Error::kNotFound;
  }
  remove_free_entries();
  if (count_ == table_.size()) {
    return Error::kNoSpace;
  }
  DesiredHandlerEntry& entry = table_[count_++];
  entry.path_ = path;
  entry.handler_ = handler;
  entry.variable_ = variable;
  entry.digest_ = kNoDigest;
  entry.kind_ = kind;
  entry.due_ = false;
  entry.first_due_ = known_;
  first_due_ = first_due_ || known_;
  return Status();
}

void Desired::remove_handlers(std::string_view path) {
  for (DesiredHandlerEntry& entry : table_.first(count_)) {
    if (entry.kind_ == Kind::kHandler && entry.path_ == path) {
      entry = DesiredHandlerEntry();
    }
  }
  remove_free_entries();
}

void Desired::remove_bindings(const void* variable) {
  for (DesiredHandlerEntry& entry : table_.first(count_)) {
    if (entry.kind_ == Kind::kBinding && entry.variable_ == variable) {
      entry = DesiredHandlerEntry();
    }
  }
  remove_free_entries();
}

// Keeps the order. While handlers run every entry stays at its position.
void Desired::remove_free_entries() {
  if (calling_) {
    return;
  }
  std::size_t kept = 0;
  for (std::size_t index = 0; index < count_; ++index) {
    if (table_[index].kind_ == Kind::kFree) {
      continue;
    }
    if (kept != index) {
      table_[kept] = table_[index];
      table_[index] = DesiredHandlerEntry();
    }
    ++kept;
  }
  count_ = kept;
}

// --- Documents -----------------------------------------------------------------------------------

Status Desired::begin(Patch::Mode mode) {
  for (DesiredHandlerEntry& entry : table_.first(count_)) {
    entry.refusal_ = Error::kNone;
  }
  refused_ = false;
  return patch_.begin(tree_, mode, this);
}

// Remembered at the entries of just this property or, where there are none, at all those above it.
void Desired::on_refused(PropertyView object, std::string_view key, Error reason) {
  refused_ = true;
  bool exact = false;
  for (DesiredHandlerEntry& entry : table_.first(count_)) {
    if (detail_desired::is_member(entry.path_, object, key)) {
      entry.refusal_ = reason;
      entry.refused_itself_ = true;
      exact = true;
    }
  }
  for (DesiredHandlerEntry& entry : table_.first(count_)) {
    if (!exact && entry.kind_ != Kind::kFree && object.is_at_or_below(entry.path_)) {
      entry.refusal_ = reason;
      entry.refused_itself_ = false;
    }
  }
}

void Desired::begin_in_place() {
  if (!in_place_) {
    for (DesiredHandlerEntry& entry : table_.first(count_)) {
      entry.digest_ = digest_of(view().at(entry.path_));
    }
    in_place_ = true;
  }
  tree_.clear();
  version_ = kNoVersion;
}

bool Desired::changed(std::string_view path) const {
  for (const Change& change : patch_.changes()) {
    if (change.is_at_or_below(path)) {
      return true;
    }
  }
  return false;
}

// Before the first handler is called, since handlers may register and remove others.
HUBTWIN_NOINLINE void Desired::settle_who_is_due() {
  for (DesiredHandlerEntry& entry : table_.first(count_)) {
    const PropertyView value = view().at(entry.path_);
    if (entry.first_due_ || !known_) {
      entry.due_ = entry.path_.empty() ? !value.empty() : value.exists();
      entry.first_due_ = true;
    } else if (in_place_) {
      entry.due_ = entry.digest_ != digest_of(value);
    } else {
      entry.due_ = changed(entry.path_);
    }
  }
}

void Desired::commit(TwinVersion version, DesiredCause cause) {
  HUBTWIN_EXPECTS(patch_.complete());
  const Status committed = patch_.commit();
  HUBTWIN_EXPECTS(committed.ok());
  static_cast<void>(committed);
  version_ = version;
  const std::size_t count = count_;
  settle_who_is_due();
  first_due_ = false;
  known_ = true;
  const bool in_place = in_place_;
  in_place_ = false;
  calling_ = true;
  for (std::size_t index = 0; index < count; ++index) {
    DesiredHandlerEntry& entry = table_[index];
    const bool first = entry.first_due_;
    entry.first_due_ = false;
    if (entry.due_) {
      entry.due_ = false;
      call(entry, first ? DesiredCause::kFirstState : cause, in_place ? nullptr : &patch_);
    }
  }
  take_back_refusals();
  patch_.release();
  tell_refused(count);
  calling_ = false;
  remove_free_entries();
}

void Desired::restore(TwinVersion version) {
  const Status committed = patch_.commit();
  HUBTWIN_EXPECTS(committed.ok());
  static_cast<void>(committed);
  patch_.release();
  version_ = version;
  known_ = true;
  for (DesiredHandlerEntry& entry : table_.first(count_)) {
    entry.first_due_ = true;
  }
  first_due_ = count_ > 0;
}

// A key may stand twice in a document: refused at first, then set. The last one counts.
void Desired::take_back_refusals() {
  if (!refused_) {
    return;
  }
  for (const Change& change : patch_.changes()) {
    for (DesiredHandlerEntry& entry : table_.first(count_)) {
      if (entry.refused_itself_ && change.is_at(entry.path_)) {
        entry.refusal_ = Error::kNone;
      }
    }
  }
}

// Once for each path, in the order of registration.
void Desired::tell_refused(std::size_t count) {
  for (std::size_t index = 0; refused_ && index < count; ++index) {
    const Error refusal = table_[index].refusal_;
    if (refusal == Error::kNone) {
      continue;
    }
    const std::string_view path = table_[index].path_;
    for (DesiredHandlerEntry& entry : table_.first(count)) {
      entry.refusal_ = entry.path_ == path ? Error::kNone : entry.refusal_;
    }
    on_refused_.call(RefusedValue{path, PropertyView(), refusal, version_});
  }
  refused_ = false;
}

void Desired::deliver() {
  first_due_ = false;
  const std::size_t count = count_;
  calling_ = true;
  for (std::size_t index = 0; index < count; ++index) {
    DesiredHandlerEntry& entry = table_[index];
    const PropertyView value = view().at(entry.path_);
    if (entry.first_due_) {
      entry.first_due_ = false;
      if (entry.path_.empty() ? !value.empty() : value.exists()) {
        call(entry, DesiredCause::kFirstState, nullptr);
      }
    }
  }
  calling_ = false;
  remove_free_entries();
}

// What is refused is told afterwards, since each handler needs the stack for itself.
void Desired::call(DesiredHandlerEntry& entry, DesiredCause cause, const Patch* patch) {
  const std::string_view path = entry.path_;
  const Status refusal = call_handler(entry, cause, patch);
  if (!refusal.ok()) {
    tell_refusal(path, refusal);
  }
}

HUBTWIN_NOINLINE void Desired::tell_refusal(std::string_view path, Status refusal) {
  on_refused_.call(RefusedValue{path, view().at(path), refusal, version_});
}

// \return why a binding doesn't take the value.
HUBTWIN_NOINLINE Status Desired::call_handler(DesiredHandlerEntry& entry, DesiredCause cause,
                                              const Patch* patch) {
  DesiredChange change;
  change.path_ = entry.path_;
  change.value_ = view().at(entry.path_);
  change.version_ = version_;
  change.cause_ = cause;
  change.variable_ = entry.variable_;
  change.patch_ = patch;
  change.old_value_kept_ = patch != nullptr || cause == DesiredCause::kFirstState;
  if (patch != nullptr && !change.path_.empty()) {
    change.old_value_ = detail_desired::old_value(*patch, change.path_);
  }
  if (entry.kind_ == Kind::kBinding && change.gone()) {
    return {};
  }
  const DesiredHandler handler = entry.handler_;  // it may remove itself
  handler(change);
  if (entry.kind_ != Kind::kFree) {
    entry.handler_ = handler;  // with what it changed of its captures
  }
  return change.refusal_;
}

HUBTWIN_NAMESPACE_END
