// SPDX-License-Identifier: MIT
#include <hubtwin/config.hpp>
#include <hubtwin/twin/json_handler.hpp>
#include <hubtwin/twin/json_reader.hpp>
#include <hubtwin/twin/json_writer.hpp>
#include <hubtwin/twin/limits.hpp>
#include <hubtwin/twin/patch.hpp>
#include <hubtwin/twin/reported.hpp>

#include <algorithm>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_reported {

// A path of HUBTWIN_MAX_DEPTH objects and the property in the innermost of them.
constexpr std::size_t kMostSteps = HUBTWIN_MAX_DEPTH + 1;

// What a JsonReader needs at least.
constexpr std::size_t kReaderBytes = 64;

// Takes the first step off a dotted path.
static std::string_view take_step(std::string_view& path) {
  const std::size_t dot = path.find('.');
  const std::string_view step(path.data(), std::min(dot, path.size()));
  path.remove_prefix(dot == std::string_view::npos ? path.size() : dot + 1);
  return step;
}

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

// Passes a document on to a patch, as long as the hub would take it.
class ReportedDocument final : public JsonHandler {
 public:
  explicit ReportedDocument(Patch& patch) : patch_(patch) {}

  Error on_null() override { return Error::kPropertyValue; }
  Error on_bool(bool value) override {
    empty_object_ = false;
    return patch_.on_bool(value);
  }
  Error on_integer(std::int64_t value) override {
    empty_object_ = false;
    return patch_.on_integer(value);
  }
#if HUBTWIN_FLOAT
  Error on_double(double value) override {
    empty_object_ = false;
    return patch_.on_double(value);
  }
#endif
  Error on_string(std::string_view value) override {
    empty_object_ = false;
    return patch_.on_string(value);
  }
  KeyAnswer on_key(std::string_view key) override {
    empty_object_ = false;
    const Status status = check_key(key);
    return status.ok() ? patch_.on_key(key) : status.error();
  }
  Error on_begin_object() override {
    empty_object_ = true;
    return patch_.on_begin_object();
  }
  Error on_end_object() override {
    return empty_object_ ? Error::kPropertyValue : patch_.on_end_object();
  }
  Error on_begin_array() override {
    empty_object_ = false;
    return patch_.on_begin_array();
  }
  Error on_end_array() override {
    return patch_.on_end_array();
  }

 private:
  Patch& patch_;
  bool empty_object_ = false;  // the last token began an object
};

// Where in a body a place is written: the objects from the root's member down to it.
struct Chain {
  explicit Chain(PropertyView place) : size(place.depth()) {
    HUBTWIN_EXPECTS(size <= kMostSteps);
    for (std::size_t index = size; index-- > 0;) {
      steps[index] = place;
      place = place.parent();
    }
  }
  Chain() = default;

  PropertyView steps[kMostSteps];
  std::size_t size = 0;
};

// Writes `to` after `from`, closing and opening the objects between them. The root object is open.
static void write_next(JsonWriter& writer, const Chain& from, const Chain& to) {
  std::size_t common = 0;
  while (common + 1 < from.size && common + 1 < to.size && from.steps[common] == to.steps[common]) {
    ++common;
  }
  for (std::size_t open = common + 1; open < from.size; ++open) {
    writer.end_object();
  }
  for (; common + 1 < to.size; ++common) {
    writer.key(to.steps[common].key());
    writer.begin_object();
  }
  const PropertyView place = to.steps[common];
  writer.key(place.key());
  if (place.is_object()) {
    writer.value(nullptr);  // its removal; what it holds now follows with a later update
  } else {
    writer.write(place);
  }
}

// Room that is left once all objects around the last value are closed.
static bool closes_within(const JsonWriter& writer, std::size_t room, std::size_t open_objects) {
  return writer.status().ok() && room - writer.size() >= open_objects;
}

}  // namespace detail_reported

// --- Places --------------------------------------------------------------------------------------

Reported::Stage Reported::stage_of(PropertyView place) {
  return static_cast<Stage>((place.has(PropertyMark::kDirty) ? 1 : 0) |
                            (place.has(PropertyMark::kInFlight) ? 2 : 0));
}

void Reported::set_stage(PropertyView place, Stage stage) {
  const auto bits = static_cast<unsigned>(stage);
  tree_.mark(place, PropertyMark::kDirty, (bits & 1) != 0);
  tree_.mark(place, PropertyMark::kInFlight, (bits & 2) != 0);
}

// The place after `place` in document order; arrays are one place.
PropertyView Reported::next_place(PropertyView place) {
  PropertyView next = place.is_object() ? place.first_child() : PropertyView();
  while (!next.exists() && place.exists()) {
    next = place.next_sibling();
    place = place.parent();
  }
  return next;
}

PropertyView Reported::next_outside(PropertyView place) {
  PropertyView next;
  while (!next.exists() && place.exists()) {
    next = place.next_sibling();
    place = place.parent();
  }
  return next;
}

PropertyView Reported::find_from(PropertyView place, Stage stage) {
  while (place.exists() && stage_of(place) != stage) {
    place = next_place(place);
  }
  return place;
}

void Reported::restage(Stage from, Stage to) {
  for (PropertyView place = view(); place.exists(); place = next_place(place)) {
    if (stage_of(place) == from) {
      set_stage(place, to);
    }
  }
}

PropertyView Reported::next_in_flight(PropertyView place) const {
  return find_from(next_place(place), Stage::kInFlight);
}

// --- Staging -------------------------------------------------------------------------------------

FlushId Reported::flush_of(Stage stage) {
  switch (stage) {
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

FlushId Reported::stage_dirty(PropertyView place) {
  set_stage(place, Stage::kDirty);
  dirty_ = true;
  return flush_of(Stage::kDirty);
}

Status Reported::check_room(std::string_view path, const PropertyValue& value) const {
  JsonWriter writer(room(body_.size()));
  std::size_t open_objects = 0;
  while (!path.empty()) {
    writer.begin_object();
    ++open_objects;
    writer.key(detail_reported::take_step(path));
  }
  writer.value(value);
  return detail_reported::closes_within(writer, body_.size(), open_objects) ? Status()
                                                                            : Error::kNoSpace;
}

Status Reported::check_room(PropertyView place) const {
  JsonWriter writer(room(body_.size()));
  const detail_reported::Chain chain(place);
  writer.begin_object();
  detail_reported::write_next(writer, detail_reported::Chain(), chain);
  return detail_reported::closes_within(writer, body_.size(), chain.size) ? Status()
                                                                          : Error::kNoSpace;
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

Result<FlushId> Reported::report(std::string_view path, const PropertyValue& value) {
  if (value.type() == PropertyType::kNull) {
    return report_removal(path);
  }
  if (value.type() == PropertyType::kObject || value.too_large()) {
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
  // A null along the way becomes an object that keeps its marks: the removal is still to be sent,
  // before what the object holds now.
  const Result<PropertyTree::SetResult> set = tree_.set(path, value);
  if (!set.ok()) {
    return set.status();
  }
  if (!set->changed) {
    return flush_of(stage_of(set->view));
  }
  size_ = size;
  return stage_dirty(set->view);
}

Result<FlushId> Reported::report_removal(std::string_view path) {
  Status status = check_path(path);
  if (status.ok()) {
    status = check_room(path, nullptr);
  }
  if (!status.ok()) {
    return status;
  }
  // Below a removal that is still to be sent, what isn't there needs none of its own.
  PropertyView place = view();
  PropertyView removed;
  for (std::string_view rest = path; !rest.empty() && place.exists();) {
    place = place[detail_reported::take_step(rest)];
    if (place.is_null() || (place.is_object() && staged(place))) {
      removed = place;
    } else if (place.exists() && !place.is_object() && !rest.empty()) {
      return Error::kPropertyPath;
    }
  }
  if (removed.exists() && (!place.exists() || place.is_null())) {
    return flush_of(stage_of(place.exists() ? place : removed));
  }
  const Result<PropertyTree::SetResult> set = tree_.set(path, nullptr);
  if (!set.ok()) {
    return set.status();
  }
  size_ = section_size(view());
  return stage_dirty(set->view);
}

Status Reported::merge(Patch& patch, std::string_view path, std::string_view json) {
  if (!path.empty()) {
    Status status = check_path(path);
    PropertyView place = view();
    for (std::string_view rest = path; status.ok() && rest.find('.') != std::string_view::npos;) {
      place = place[detail_reported::take_step(rest)];
      if (place.exists() && !place.is_object() && !place.is_null()) {
        status = Error::kPropertyPath;
      }
    }
    if (!status.ok()) {
      return status;
    }
  }
  if (body_.size() < detail_reported::kReaderBytes) {
    return Error::kNoSpace;
  }
  const Status begun = patch.begin(tree_, Patch::Mode::kMerge);
  if (!begun.ok()) {
    return begun;
  }
  detail_reported::ReportedDocument document(patch);
  JsonReader reader(body_);
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
  for (; error == Error::kNone && open_objects > 0; --open_objects) {
    error = document.on_end_object();
  }
  return error == Error::kNone ? patch.commit() : error;
}

Result<FlushId> Reported::report_json(std::string_view path, std::string_view json) {
  Patch patch;  // taken back when this returns before release()
  Status status = merge(patch, path, json);
  if (status.ok()) {
    status = check_subtree(view().at(path));
  }
  const std::size_t size = status.ok() ? section_size(view()) : 0;
  if (size > kMaxSectionBytes) {
    status = Error::kPropertyTooLarge;
  }
  bool changed = false;
  if (status.ok()) {
    for (const Change& change : patch.changes()) {
      changed = true;
      if (status.ok() && change.new_value().exists()) {
        status = check_room(change.new_value());
      }
    }
  }
  if (!status.ok()) {
    return status;
  }
  size_ = size;
  for (const Change& change : patch.changes()) {
    if (change.new_value().exists()) {
      stage_dirty(change.new_value());
    } else if (staged(change.old_value())) {
      // Where a removal or a scalar waited, an object may stand now. The hub would merge it into an
      // object that it still has there, so what waited goes first, as a removal.
      const PropertyView object = change.old_value().parent()[change.key()];
      if (object.is_object()) {
        set_stage(object, stage_of(change.old_value()));
      }
    }
  }
  patch.release();
  if (changed) {
    return flush_of(Stage::kDirty);
  }
  // Equal to what is staged: whatever is still on its way of it.
  FlushId id = kNothingToFlush;
  const PropertyView base = view().at(path);
  const PropertyView end = next_outside(base);
  for (PropertyView place = base; place != end; place = next_place(place)) {
    if (stage_of(place) != Stage::kClean && id != open_id_) {
      id = flush_of(stage_of(place));
    }
  }
  return id;
}

// --- Sending -------------------------------------------------------------------------------------

void Reported::begin_flush() {
  HUBTWIN_EXPECTS(dirty_ && !flushing_);
  restage(Stage::kDirty, Stage::kQueued);
  flushing_ = true;
  flush_id_ = open_id_;
  open_id_ = following(open_id_);
  dirty_ = false;
  named_ = false;
  status_ = Status();
}

Result<ByteView> Reported::next_body(std::size_t limit) {
  const Span<char> room = this->room(std::min(limit, body_.size()));
  JsonWriter writer(room);
  detail_reported::Chain last;
  in_flight_ = 0;
  PropertyView place = find_from(view(), Stage::kQueued);
  while (place.exists()) {
    const detail_reported::Chain chain(place);
    const JsonWriter before = writer;
    if (in_flight_ == 0) {
      writer.begin_object();
    }
    detail_reported::write_next(writer, last, chain);
    if (!detail_reported::closes_within(writer, room.size(), chain.size)) {
      writer = before;
      break;
    }
    set_stage(place, Stage::kInFlight);
    ++in_flight_;
    last = chain;
    // What an object holds that is first to be removed waits until that is done.
    place = find_from(place.is_object() ? next_outside(place) : next_place(place), Stage::kQueued);
  }
  if (in_flight_ == 0) {
    if (!place.exists()) {
      return ByteView();
    }
    set_stage(place, Stage::kInFlight);
    in_flight_ = 1;
    return Error::kNoSpace;
  }
  for (std::size_t open = 0; open < last.size; ++open) {
    writer.end_object();
  }
  if (!writer.complete()) {
    return writer.status().error();
  }
  return as_bytes(writer.text());
}

void Reported::acknowledge(TwinVersion version) {
  version_ = version;
  settle(false);
}

void Reported::reject(Status status) {
  if (status_.ok()) {
    status_ = status;
  }
  settle(true);
}

// Ends the way of what is in flight. Places that have nothing more to tell are removed: values that
// the hub refused, so that they can be reported anew, and removals.
void Reported::settle(bool refused) {
  PropertyView place = find_from(view(), Stage::kInFlight);
  while (place.exists()) {
    if (place.is_null() || (refused && !place.is_object())) {
      const Status erased = tree_.erase(place);
      HUBTWIN_EXPECTS(erased.ok());
      static_cast<void>(erased);
      place = view();  // views are out of date
    } else {
      set_stage(place, Stage::kClean);
    }
    place = find_from(place, Stage::kInFlight);
  }
  in_flight_ = 0;
  size_ = section_size(view());
}

void Reported::requeue() {
  restage(Stage::kInFlight, Stage::kQueued);
  in_flight_ = 0;
}

FlushOutcome Reported::finish_flush() {
  HUBTWIN_EXPECTS(flushing_);
  flushing_ = false;
  FlushOutcome outcome;
  outcome.id = flush_id_;
  outcome.status = status_;
  outcome.version = version_;
  return outcome;
}

void Reported::stage_all() {
  for (PropertyView place = view(); place.exists(); place = next_place(place)) {
    if (!place.is_object() && !staged(place)) {
      set_stage(place, Stage::kDirty);
      dirty_ = true;
    }
  }
}

FlushId Reported::cancel_next() {
  FlushId id = kNothingToFlush;
  if (flushing_) {
    id = flush_id_;
    restage(Stage::kInFlight, Stage::kDirty);
    restage(Stage::kQueued, Stage::kDirty);
    in_flight_ = 0;
    flushing_ = false;
    dirty_ = true;
  } else if (named_) {
    id = open_id_;
    open_id_ = following(open_id_);
    named_ = false;
  }
  return id;
}

HUBTWIN_NAMESPACE_END
