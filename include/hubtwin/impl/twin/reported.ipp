// SPDX-License-Identifier: MIT
// Body of hubtwin/twin/reported.hpp: what is staged. How it is sent is in reported_sending.ipp.

#include <hubtwin/contract.hpp>
#include <hubtwin/impl/twin/reported_stage.hpp>
#include <hubtwin/twin/json_reader.hpp>
#include <hubtwin/twin/limits.hpp>
#include <hubtwin/twin/reported.hpp>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_reported {

// As the hub counts a section; containers given by value are empty.
static std::size_t counted_size(const PropertyValue& value) {
  switch (value.type()) {
    case PropertyType::kBool:
      return 4;
    case PropertyType::kInteger:
    case PropertyType::kDouble:
      return 8;
    case PropertyType::kString:
      return counted_length(value.text());
    default:
      return 0;
  }
}

#if HUBTWIN_FLOAT
static Result<double> number_of(PropertyView place) {
  return place.as_double();
}
static Result<double> number_of(const PropertyValue& value) {
  switch (value.type()) {
    case PropertyType::kInteger:
      return static_cast<double>(value.integer());
    case PropertyType::kDouble:
      return value.number();
    default:
      return Error::kWrongType;
  }
}
#else
static Result<std::int64_t> number_of(PropertyView place) {
  return place.as_integer();
}
static Result<std::int64_t> number_of(const PropertyValue& value) {
  return value.type() == PropertyType::kInteger ? Result<std::int64_t>(value.integer())
                                                : Result<std::int64_t>(Error::kWrongType);
}
#endif

// Passes a document on to a patch, as long as the hub would take it.
class ReportedDocument final : public JsonHandler {
 public:
  // What lies below so many levels of objects replaces what is there; the rest is merged.
  ReportedDocument(Patch& patch, std::size_t merged_levels)
      : patch_(patch), merged_levels_(merged_levels) {}

  Error on_null() override { return Error::kPropertyValue; }
  Error on_bool(bool value) override { return patch_.on_bool(value); }
  Error on_integer(std::int64_t value) override { return patch_.on_integer(value); }
#if HUBTWIN_FLOAT
  Error on_double(double value) override {
    return patch_.on_double(value);
  }
#endif
  Error on_string(std::string_view value) override {
    return patch_.on_string(value);
  }
  KeyAnswer on_key(std::string_view key) override {
    const Status status = check_key(key);
    return status.ok() ? patch_.on_key(key) : status.error();
  }
  Error on_begin_object() override {
    ++levels_;
    return patch_.on_begin_object();
  }
  Error on_end_object() override {
    patch_.replace_unnamed_by_null(levels_ > merged_levels_);
    --levels_;
    return patch_.on_end_object();
  }
  Error on_begin_array() override {
    return patch_.on_begin_array();
  }
  Error on_end_array() override {
    return patch_.on_end_array();
  }

 private:
  Patch& patch_;
  std::size_t merged_levels_;
  std::size_t levels_ = 0;  // open objects
};

}  // namespace detail_reported

// --- Places --------------------------------------------------------------------------------------

Reported::Stage Reported::stage(PropertyView place) const {
  if (!comparing()) {
    return detail_reported::stage_of(place);
  }
  const bool noted = place.is_null() && place.has(detail_reported::kSeen);
  return noted || place.has(PropertyMark::kDirty) ? Stage::kDirty : Stage::kClean;
}

bool Reported::staged(PropertyView place) const {
  return stage(place) != Stage::kClean;
}

FlushId Reported::flush_of(PropertyView place) {
  switch (stage(place)) {
    case Stage::kClean:
      return kNothingToFlush;
    case Stage::kDirty:
      named_ = true;
      return open_id_;
    case Stage::kInFlight:
    case Stage::kQueued:
      break;
  }
  return flush_id_;
}

// The newest flush that brings some of what stands at a place and below.
FlushId Reported::flush_below(PropertyView top) {
  FlushId id = kNothingToFlush;
  const PropertyView end = detail_reported::next_outside(top);
  for (PropertyView place = top; place != end; place = detail_reported::next_place(place)) {
    if (staged(place) && id != open_id_) {
      id = flush_of(place);
    }
  }
  return id;
}

FlushId Reported::stage_dirty(PropertyView place) {
  detail_reported::set_stage(tree_, place, Stage::kDirty);
  if (place.is_object()) {
    tree_.mark(place, PropertyMark::kWhole);  // a value of its own: `{}`
  } else if (place.is_null() && comparing()) {
    tree_.mark(place, detail_reported::kSeen);  // the hub may have it, whatever is still to come
  }
  dirty_ = true;
  return flush_of(place);
}

// What the section will count once `value` stands at `path`.
std::size_t Reported::size_with(std::string_view path, const PropertyValue& value) const {
  std::size_t size = size_ + detail_reported::counted_size(value);
  PropertyView place = view();
  while (!path.empty()) {
    const std::string_view step = detail_reported::take_step(path);
    place = place[step];
    if (!place.exists()) {
      size += counted_length(step);
    }
  }
  return place.exists() ? size - section_size(place) : size;
}

// Stages something at a path while the value that is being sent, if it is there or below, stays as
// it is.
template <class Staging>
Result<FlushId> Reported::beside_stream(std::string_view path, Staging staging) {
  const Before before{dirty_, named_};
  return make_way(path) ? close_up(path, before, staging()) : Error::kNoSpace;
}

bool Reported::make_way(std::string_view path) {
  if (!stream_.make_way(path)) {
    return false;
  }
  if (tree_.aside().exists()) {
    size_ = section_size(view());  // what made way isn't part of it
  }
  return true;
}

HUBTWIN_NOINLINE Result<FlushId> Reported::close_up(std::string_view path, Before before,
                                                    Result<FlushId> id) {
  const PropertyView as_before = stream_.close_up();
  if (as_before.exists()) {
    detail_reported::set_stage(tree_, as_before, Stage::kInFlight);
    size_ = section_size(view());
    if (id.ok() && as_before.is_at(path)) {  // the value that is on its way
      dirty_ = before.dirty;
      named_ = before.named;
      id = flush_of(as_before);
    }
  }
  comparison_.tree_changed();
  return id;
}

// --- Values --------------------------------------------------------------------------------------

Result<FlushId> Reported::report(std::string_view path, const PropertyValue& value) {
  if (value.type() == PropertyType::kNull) {
    return report_removal(path);
  }
  if (value.type() == PropertyType::kObject) {
    return report_empty_object(path);
  }
  return beside_stream(path, [&] { return stage_value(path, value); });
}

HUBTWIN_NOINLINE Result<FlushId> Reported::report_empty_object(std::string_view path) {
  return report_json(path, "{}");
}

Result<FlushId> Reported::report(std::string_view path, const PropertyValue& value,
                                 Deadband deadband) {
  if (!deadband.valid()) {
    return Error::kInvalidArgument;
  }
  const PropertyView place = covering(path, value, deadband);
  return place.exists() ? Result<FlushId>(flush_of(place)) : report(path, value);
}

// The number reported last, when a deadband says that this one needn't be.
HUBTWIN_NOINLINE PropertyView Reported::covering(std::string_view path, const PropertyValue& value,
                                                 Deadband deadband) const {
  const auto now = detail_reported::number_of(value);
  if (now.ok() && check_value(value).ok()) {
    const PropertyView place = detail_reported::find(view(), path);
    const auto last = detail_reported::number_of(place);
    if (last.ok() && deadband.covers(*last, *now)) {
      return place;
    }
  }
  return PropertyView();
}

Result<FlushId> Reported::stage_value(std::string_view path, const PropertyValue& value) {
  if (value.too_large()) {
    return Error::kPropertyValue;
  }
  Status status = check_path(path);
  if (status.ok()) {
    status = check_value(value);
  }
  if (status.ok()) {
    status = check_room(path, value);
  }
  if (!status.ok()) {
    return status;
  }
  const std::size_t size = size_with(path, value);
  if (size > kMaxSectionBytes) {
    return Error::kPropertyTooLarge;
  }
  pass_nulls(path);
  // A null along the way becomes an object that keeps its marks: the removal is still to be sent,
  // before what the object holds now.
  const Result<PropertyTree::SetResult> set = tree_.set(path, value);
  if (!set.ok()) {
    return set.status();
  }
  if (!set->changed) {
    return flush_of(set->view);
  }
  size_ = size;
  return stage_dirty(set->view);
}

// Removals along the way to a value become objects, which the removals then go before. What the hub
// has there may have passed already in a comparison.
void Reported::pass_nulls(std::string_view path) {
  PropertyView place = view();
  while (comparing() && !path.empty()) {
    place = place[detail_reported::take_step(path)];
    if (!path.empty() && place.is_null() && staged(place)) {
      tree_.mark(place, PropertyMark::kDirty);
      comparison_.distrust();
    }
  }
}

// --- Removals ------------------------------------------------------------------------------------

Result<FlushId> Reported::report_removal(std::string_view path) {
  return beside_stream(path, [&] { return stage_removal(path); });
}

Result<FlushId> Reported::stage_removal(std::string_view path) {
  Status status = check_path(path);
  if (status.ok()) {
    status = check_room(path, nullptr);
  }
  if (!status.ok()) {
    return status;
  }
  // Where all is known that the hub has, or it goes anyway, what isn't there needs no removal.
  PropertyView place = view();
  PropertyView above;  // the innermost that exists, or a null
  for (std::string_view rest = path; !rest.empty() && place.exists();) {
    above = place;
    place = place[detail_reported::take_step(rest)];
    if (place.is_null() && staged(place)) {
      return comparing() ? stage_dirty(place) : flush_of(place);
    }
    if (place.exists() && !place.is_object() && !place.is_null() && !rest.empty()) {
      return Error::kPropertyPath;
    }
  }
  if (!place.exists() && detail_reported::is_whole(above, comparing())) {
    while (above.exists() && !staged(above)) {
      above = above.parent();
    }
    return above.exists() ? flush_of(above) : kNothingToFlush;
  }
  pass_nulls(path);
  const Result<PropertyTree::SetResult> set = tree_.set(path, nullptr);
  if (!set.ok()) {
    return set.status();
  }
  size_ = section_size(view());
  return stage_dirty(set->view);
}

// --- JSON ----------------------------------------------------------------------------------------

Result<FlushId> Reported::report_json(std::string_view path, std::string_view json,
                                      JsonFault* fault) {
  JsonFault found;
  const auto id = beside_stream(path, [&] { return stage_json(path, json, found); });
  if (fault != nullptr) {
    *fault = found;
  }
  return id;
}

Status Reported::merge(Patch& patch, std::string_view path, std::string_view json,
                       JsonFault& fault) {
  std::size_t merged_levels = 0;
  if (!path.empty()) {
    Status status = check_path(path);
    PropertyView place = view();
    for (std::string_view rest = path; status.ok() && !rest.empty(); ++merged_levels) {
      if (place.exists() && !place.is_object() && !place.is_null()) {
        status = Error::kPropertyPath;
      }
      place = place[detail_reported::take_step(rest)];
    }
    if (!status.ok()) {
      return status;
    }
  }
  if (scratch().size() < detail_reported::kReaderBytes) {
    return Error::kNoSpace;
  }
  const Status begun = patch.begin(tree_, Patch::Mode::kMerge);
  if (!begun.ok()) {
    return begun;
  }
  detail_reported::ReportedDocument document(patch, path.empty() ? kNoMost : merged_levels);
  JsonReader reader(scratch());
  reader.begin(document);
  Error error = Error::kNone;
  std::size_t open_objects = 0;
  for (std::string_view rest = path; error == Error::kNone && !rest.empty(); ++open_objects) {
    error = document.on_begin_object();
    if (error == Error::kNone) {
      error = document.on_key(detail_reported::take_step(rest)).error();
    }
  }
  if (error == Error::kNone) {
    error = reader.feed(as_bytes(json)).error();
  }
  if (error == Error::kNone) {
    error = reader.finish().error();
  }
  fault.position = reader.position();
  for (; error == Error::kNone && open_objects > 0; --open_objects) {
    error = document.on_end_object();
  }
  return error == Error::kNone ? patch.commit() : error;
}

// What can only be seen of the whole. The path of what is at fault is written into the body's room.
Status Reported::check_merged(const Patch& patch, std::string_view path, JsonFault& fault) const {
  PropertyView place = view().at(path);
  Status status = check_subtree(place);
  for (PropertyView below = place.first_child(); !status.ok() && below.exists();) {
    if (check_subtree(below).ok()) {
      below = below.next_sibling();
    } else {
      place = below;
      below = place.first_child();
    }
  }
  if (status.ok() && section_size(view()) + stream_.size_to_come_back() > kMaxSectionBytes) {
    status = Error::kPropertyTooLarge;
  }
  for (const Change& change : patch.changes()) {
    if (status.ok() && change.new_value().exists()) {
      place = change.new_value();
      status = check_room(place);
    }
  }
  if (!status.ok()) {
    fault.path = place.path(room()).value_or(place.key());
  }
  return status;
}

// What is known of an object that is about to be reported whole at a path.
HUBTWIN_NOINLINE Reported::Known Reported::known_at(std::string_view path) const {
  PropertyView above = view();
  PropertyView place = above;
  while (!path.empty() && place.exists()) {
    above = place;
    place = place[detail_reported::take_step(path)];
    if (place.is_null() && !path.empty()) {
      return staged(place) ? Known::kAll : Known::kNothing;  // a removal goes before all of it
    }
  }
  if (detail_reported::is_whole(place.is_object() ? place : above, comparing())) {
    return place.exists() && !place.is_object() && staged(place) ? Known::kGoes : Known::kAll;
  }
  if (!place.exists() || place.is_object()) {
    return Known::kNothing;
  }
  if (staged(place)) {
    return Known::kGoes;
  }
  return place.is_null() ? Known::kNothing : Known::kAll;
}

// \return whether there was any change.
HUBTWIN_NOINLINE bool Reported::stage_changes(const Patch& patch) {
  bool changed = false;
  for (const Change& change : patch.changes()) {
    changed = true;
    const PropertyView before = change.old_value();
    const PropertyView after = change.new_value();
    if (after.exists()) {
      stage_dirty(after);
    }
    // Where a removal or a scalar waited, an object may stand now. The hub would merge it into an
    // object that it still has there, so what waited goes first, as a removal.
    const PropertyView object = before.exists() ? before.parent()[change.key()] : PropertyView();
    if (!object.is_object() || before.is_object()) {
      continue;
    }
    if (!staged(before)) {
      // The hub has that value there, so nothing below; a null is one that it refused.
      tree_.mark(object, PropertyMark::kWhole, !before.is_null());
    } else {
      const bool may_be_refused = stage(before) == Stage::kInFlight && !before.is_null();
      tree_.mark(object, PropertyMark::kWhole, false);
      detail_reported::set_stage(tree_, object, may_be_refused ? Stage::kDirty : stage(before));
      comparison_.distrust();
    }
  }
  return changed;
}

// An object was reported whole. \return whether something has to be sent that no change tells.
HUBTWIN_NOINLINE bool Reported::stage_object(PropertyView object, Known known) {
  bool changed = false;
  const PropertyView end = detail_reported::next_outside(object);
  for (PropertyView place = object; place != end; place = detail_reported::next_place(place)) {
    if (place.is_null() && !staged(place)) {
      stage_dirty(place);  // the hub refused it, and may have something else there
      changed = true;
    }
  }
  if (known == Known::kAll && !staged(object)) {
    tree_.mark(object, PropertyMark::kWhole);
  } else if (known == Known::kNothing) {
    // Until it is known what the hub has there, all of that is to go first.
    tree_.mark(object, PropertyMark::kWhole, false);
    detail_reported::set_stage(tree_, object, Stage::kDirty);
    dirty_ = true;
    unsure_ = true;
    comparison_.distrust();
    changed = true;
  }
  return changed;
}

Result<FlushId> Reported::stage_json(std::string_view path, std::string_view json,
                                     JsonFault& fault) {
  const Known known = path.empty() ? Known::kAll : known_at(path);
  Patch patch;  // taken back when this returns before release()
  Status status = merge(patch, path, json, fault);
  if (status.ok()) {
    status = check_merged(patch, path, fault);
  }
  if (!status.ok()) {
    return status;
  }
  size_ = section_size(view());
  bool changed = stage_changes(patch);
  patch.release();
  const PropertyView place = view().at(path);
  if (!path.empty() && place.is_object()) {
    changed = stage_object(place, known) || changed;
  }
  if (changed) {
    named_ = true;
    return open_id_;
  }
  // Equal to what is staged: whatever is still on its way of it.
  return flush_below(place);
}

HUBTWIN_NAMESPACE_END
