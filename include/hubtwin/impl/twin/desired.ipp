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
  entry.path = path;
  entry.handler = handler;
  entry.variable = variable;
  entry.digest = kNoDigest;
  entry.kind = kind;
  entry.due = false;
  entry.first_due = known_;
  first_due_ = first_due_ || known_;
  return Status();
}

void Desired::remove_handlers(std::string_view path) {
  for (DesiredHandlerEntry& entry : table_.first(count_)) {
    if (entry.kind == Kind::kHandler && entry.path == path) {
      entry = DesiredHandlerEntry();
    }
  }
  remove_free_entries();
}

void Desired::remove_bindings(const void* variable) {
  for (DesiredHandlerEntry& entry : table_.first(count_)) {
    if (entry.kind == Kind::kBinding && entry.variable == variable) {
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
    if (table_[index].kind == Kind::kFree) {
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
  return patch_.begin(tree_, mode);
}

void Desired::begin_in_place() {
  if (!in_place_) {
    for (DesiredHandlerEntry& entry : table_.first(count_)) {
      entry.digest = digest_of(view().at(entry.path));
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

void Desired::commit(TwinVersion version, DesiredCause cause) {
  HUBTWIN_EXPECTS(patch_.complete());
  const Status committed = patch_.commit();
  HUBTWIN_EXPECTS(committed.ok());
  static_cast<void>(committed);
  version_ = version;

  // Who is called is settled before the first call, since handlers may register and remove others.
  const std::size_t count = count_;
  for (DesiredHandlerEntry& entry : table_.first(count)) {
    const PropertyView value = view().at(entry.path);
    if (entry.first_due || !known_) {
      entry.due = entry.path.empty() ? !value.empty() : value.exists();
      entry.first_due = true;
    } else if (in_place_) {
      entry.due = entry.digest != digest_of(value);
    } else {
      entry.due = changed(entry.path);
    }
  }
  first_due_ = false;
  known_ = true;
  const bool in_place = in_place_;
  in_place_ = false;
  calling_ = true;
  for (std::size_t index = 0; index < count; ++index) {
    DesiredHandlerEntry& entry = table_[index];
    const bool first = entry.first_due;
    entry.first_due = false;
    if (entry.due) {
      entry.due = false;
      call(entry, first ? DesiredCause::kFirstState : cause, in_place ? nullptr : &patch_);
    }
  }
  calling_ = false;
  patch_.release();
  remove_free_entries();
}

void Desired::deliver() {
  first_due_ = false;
  const std::size_t count = count_;
  calling_ = true;
  for (std::size_t index = 0; index < count; ++index) {
    DesiredHandlerEntry& entry = table_[index];
    const PropertyView value = view().at(entry.path);
    if (entry.first_due) {
      entry.first_due = false;
      if (entry.path.empty() ? !value.empty() : value.exists()) {
        call(entry, DesiredCause::kFirstState, nullptr);
      }
    }
  }
  calling_ = false;
  remove_free_entries();
}

void Desired::call(DesiredHandlerEntry& entry, DesiredCause cause, const Patch* patch) {
  DesiredChange change;
  change.path_ = entry.path;
  change.value_ = view().at(entry.path);
  change.version_ = version_;
  change.cause_ = cause;
  change.variable_ = entry.variable;
  change.patch_ = patch;
  change.old_value_kept_ = patch != nullptr || cause == DesiredCause::kFirstState;
  if (patch != nullptr && !change.path_.empty()) {
    for (const Change& leaf : patch->changes()) {
      if (leaf.old_value().exists() && leaf.is_at(change.path_)) {
        change.old_value_ = leaf.old_value();
        break;
      }
    }
  }
  if (entry.kind == Kind::kBinding && change.gone()) {
    return;
  }
  const DesiredHandler handler = entry.handler;  // it may remove itself
  handler(change);
  if (entry.kind != Kind::kFree) {
    entry.handler = handler;  // with what it changed of its captures
  }
  if (!change.refusal_.ok()) {
    on_refused_.call(RefusedValue{change.path_, change.value_, change.refusal_, version_});
  }
}

HUBTWIN_NAMESPACE_END
