// SPDX-License-Identifier: MIT
// Body of hubtwin/twin/reported.hpp: how what is staged goes to the hub.

#include <hubtwin/contract.hpp>
#include <hubtwin/impl/twin/reported_stage.hpp>
#include <hubtwin/twin/json_writer.hpp>
#include <hubtwin/twin/limits.hpp>
#include <hubtwin/twin/reported.hpp>

#include <algorithm>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_reported_sending {

using detail_reported::Stage;

// A path of HUBTWIN_MAX_DEPTH objects and the property in the innermost of them.
constexpr std::size_t kMostSteps = HUBTWIN_MAX_DEPTH + 1;

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

// Only the length counts.
class Nowhere final : public JsonSink {
 public:
  Error write(std::string_view) override { return Error::kNone; }
};
constexpr std::size_t kPieceBytes = 16;

static void write_value(JsonWriter& writer, PropertyView place) {
  if (!place.is_object()) {
    writer.write(place);
  } else if (place.has(PropertyMark::kWhole)) {
    writer.value(PropertyValue::object());
  } else {
    writer.value(nullptr);  // its removal; what it holds now follows with a later update
  }
}

// Writes one update, place by place in document order.
class BodyWriter {
 public:
  explicit BodyWriter(Span<char> room) : writer_(room), room_(room.size()) {}
  // Only to measure it, in pieces of the room's size. \pre add() doesn't fail.
  BodyWriter(Span<char> piece, Nowhere& nowhere, std::size_t room)
      : writer_(piece, nowhere), room_(room) {}

  bool empty() const { return last_.size == 0; }
  // Length once the open objects are closed.
  std::size_t size() const { return writer_.size() + last_.size; }
  // \return false when it doesn't fit; nothing is written then.
  bool add(PropertyView place);
  Result<ByteView> finish();

 private:
  JsonWriter writer_;
  std::size_t room_;
  Chain last_;
};

bool BodyWriter::add(PropertyView place) {
  const JsonWriter before = writer_;
  const Chain to(place);
  std::size_t common = 0;
  if (empty()) {
    writer_.begin_object();
  }
  while (common + 1 < last_.size && common + 1 < to.size &&
         last_.steps[common] == to.steps[common]) {
    ++common;
  }
  for (std::size_t open = common + 1; open < last_.size; ++open) {
    writer_.end_object();
  }
  for (; common + 1 < to.size; ++common) {
    writer_.key(to.steps[common].key());
    writer_.begin_object();
  }
  writer_.key(place.key());
  write_value(writer_, place);
  if (!writer_.status().ok() || writer_.size() > room_ || room_ - writer_.size() < to.size) {
    writer_ = before;
    return false;
  }
  last_ = to;
  return true;
}

Result<ByteView> BodyWriter::finish() {
  for (std::size_t open = 0; open < last_.size; ++open) {
    writer_.end_object();
  }
  if (!writer_.complete()) {
    return writer_.status().error();
  }
  return as_bytes(writer_.text());
}

// An object that is only staged because it was empty when it was reported.
static bool has_outgrown(PropertyView place) {
  return place.is_object() && place.has(PropertyMark::kWhole) && !place.empty();
}

// What comes after a place that was written: what an object holds that is first to be removed waits
// until that is done.
static PropertyView after(PropertyView place) {
  return has_outgrown(place) ? detail_reported::next_place(place)
                             : detail_reported::next_outside(place);
}

static PropertyView find_from(PropertyView place, Stage stage) {
  while (place.exists() && detail_reported::stage_of(place) != stage) {
    place = detail_reported::next_place(place);
  }
  return place;
}

}  // namespace detail_reported_sending

// Whether a value that is longer than the room for an update can go all the same. Its path must
// leave room to read JSON meanwhile.
bool Reported::can_stream(PropertyType type, std::size_t path_size) const {
  return (type == PropertyType::kString || type == PropertyType::kArray) &&
         path_size + detail_reported::kReaderBytes <= body_.size();
}

Status Reported::check_room(std::string_view path, const PropertyValue& value) const {
  if (can_stream(value.type(), path.size())) {
    return Status();
  }
  char piece[detail_reported_sending::kPieceBytes];
  detail_reported_sending::Nowhere nowhere;
  JsonWriter writer(Span<char>(piece), nowhere);
  std::size_t open_objects = 0;
  for (; !path.empty(); ++open_objects) {
    writer.begin_object();
    writer.key(detail_reported::take_step(path));
  }
  writer.value(value);
  return writer.size() + open_objects <= body_.size() ? Status() : Status(Error::kNoSpace);
}

Status Reported::check_room(PropertyView place) const {
  // The length of {"a":{"b":value}} is that of [value,"b","a"] and of two characters more for each
  // key but the one that the other bracket makes up for. So no list of the keys is needed.
  char piece[detail_reported_sending::kPieceBytes];
  detail_reported_sending::Nowhere nowhere;
  JsonWriter writer(Span<char>(piece), nowhere);
  writer.begin_array();
  detail_reported_sending::write_value(writer, place);
  std::size_t path_size = 0;
  std::size_t steps = 0;
  for (PropertyView step = place; step.parent().exists(); step = step.parent()) {
    writer.value(step.key());
    path_size += step.key().size() + 1;
    ++steps;
  }
  const std::size_t size = writer.size() + 2 * steps - 1;
  return size <= body_.size() || can_stream(place.type(), path_size) ? Status()
                                                                     : Status(Error::kNoSpace);
}

std::size_t Reported::staged_bytes() const {
  char piece[detail_reported_sending::kPieceBytes];
  detail_reported_sending::Nowhere nowhere;
  detail_reported_sending::BodyWriter writer(Span<char>(piece), nowhere, kNoMost);
  PropertyView place = detail_reported_sending::find_from(view(), Stage::kDirty);
  while (place.exists()) {
    if (!detail_reported_sending::has_outgrown(place)) {
      static_cast<void>(writer.add(place));
    }
    place =
        detail_reported_sending::find_from(detail_reported_sending::after(place), Stage::kDirty);
  }
  return writer.size();
}

// --- A flush -------------------------------------------------------------------------------------

bool Reported::restage(Stage from, Stage to) {
  bool any = false;
  for (PropertyView place = view(); place.exists(); place = detail_reported::next_place(place)) {
    if (detail_reported::stage_of(place) == from) {
      detail_reported::set_stage(tree_, place, to);
      any = true;
    }
  }
  return any;
}

void Reported::begin_flush() {
  HUBTWIN_EXPECTS(dirty() && !flushing_ && !comparing());
  static_cast<void>(restage(Stage::kDirty, Stage::kQueued));
  flushing_ = true;
  flush_id_ = open_id_;
  open_id_ = following(open_id_);
  dirty_ = false;
  named_ = false;
  unsure_ = false;
}

Result<ReportedBody> Reported::next_body(std::size_t limit) {
  using namespace detail_reported_sending;
  BodyWriter writer(room().first(std::min(limit, body_.size())));
  in_flight_ = 0;
  PropertyView place = find_from(view(), Stage::kQueued);
  while (place.exists() && in_flight_ < most_) {
    if (has_outgrown(place)) {
      detail_reported::set_stage(tree_, place, Stage::kClean);
    } else if (writer.add(place)) {
      detail_reported::set_stage(tree_, place, Stage::kInFlight);
      ++in_flight_;
    } else {
      break;
    }
    place = find_from(detail_reported_sending::after(place), Stage::kQueued);
  }
  ReportedBody body;
  if (in_flight_ > 0) {
    const Result<ByteView> bytes = writer.finish();
    body.bytes = bytes.value_or(ByteView());
    return bytes.ok() ? Result<ReportedBody>(body) : bytes.status();
  }
  if (!place.exists()) {
    return body;
  }
  detail_reported::set_stage(tree_, place, Stage::kInFlight);
  in_flight_ = 1;
  const Result<std::string_view> path = place.path(room());
  if (!path.ok() || !can_stream(place.type(), path->size())) {
    return Error::kNoSpace;
  }
  stream_.begin(*path);
  body.source = &stream_;
  return body;
}

PropertyView Reported::next_in_flight(PropertyView place) const {
  return detail_reported_sending::find_from(detail_reported::next_place(place), Stage::kInFlight);
}

void Reported::acknowledge(TwinVersion version) {
  version_ = version;
  settle(false);
  most_ = most_ < kNoMost / 2 ? most_ * 2 : kNoMost;
}

bool Reported::can_isolate(Status status) const {
  return in_flight_ > 1 &&
         (status.error() == Error::kHubBadRequest || status.error() == Error::kHubTooLarge);
}

void Reported::isolate() {
  most_ = in_flight_ / 2;
  requeue();
}

void Reported::reject(Status status) {
  if (status_.ok()) {
    status_ = status;
  }
  settle(true);
  most_ = most_ < kNoMost ? 2 : kNoMost;
}

// Ends the way of what is in flight. A value that was refused becomes a clean null, so that the end
// of the flush can name it.
void Reported::settle(bool refused) {
  stream_.end();
  PropertyView next;
  for (PropertyView place = view(); place.exists(); place = next) {
    next = detail_reported::next_place(place);
    if (detail_reported::stage_of(place) != Stage::kInFlight) {
      continue;
    }
    const bool removes = place.is_object() && !place.has(PropertyMark::kWhole);
    detail_reported::set_stage(tree_, place, Stage::kClean);
    if (refused && !removes) {
      // What the hub has there is no longer known.
      for (PropertyView above = place.parent(); above.exists(); above = above.parent()) {
        tree_.mark(above, PropertyMark::kWhole, false);
      }
      const Result<PropertyTree::SetResult> set = tree_.set(place, {}, nullptr);
      HUBTWIN_EXPECTS(set.ok());
      static_cast<void>(set);
    } else if (place.is_null()) {
      const Status erased = tree_.erase(place);
      HUBTWIN_EXPECTS(erased.ok());
      static_cast<void>(erased);
    } else if (removes && !refused) {
      tree_.mark(place, PropertyMark::kWhole);
      queue_below(place);
    }
  }
  in_flight_ = 0;
  size_ = section_size(view());
}

// The hub has nothing any more of what an object holds, nor the object.
void Reported::queue_below(PropertyView object) {
  if (object.empty()) {
    detail_reported::set_stage(tree_, object, Stage::kQueued);
  }
  const PropertyView end = detail_reported::next_outside(object);
  for (PropertyView place = detail_reported::next_place(object); place != end;
       place = detail_reported::next_place(place)) {
    const bool value = place.is_object() ? place.empty() : !place.is_null();
    if (value && detail_reported::stage_of(place) == Stage::kClean) {
      detail_reported::set_stage(tree_, place, Stage::kQueued);
    }
  }
}

void Reported::requeue() {
  stream_.end();
  static_cast<void>(restage(Stage::kInFlight, Stage::kQueued));
  in_flight_ = 0;
}

void Reported::interrupt() {
  if (!flushing_) {
    return;
  }
  requeue();
  dirty_ = restage(Stage::kQueued, Stage::kDirty) || dirty_;
  flushing_ = false;
}

// --- Its end -------------------------------------------------------------------------------------

PropertyView Reported::first_refused() const {
  PropertyView place = view();
  while (place.exists() &&
         !(place.is_null() && detail_reported::stage_of(place) == Stage::kClean)) {
    place = detail_reported::next_place(place);
  }
  return place;
}

void Reported::drop_refused() {
  for (PropertyView place = first_refused(); place.exists(); place = first_refused()) {
    const Status erased = tree_.erase(place);
    HUBTWIN_EXPECTS(erased.ok());
    static_cast<void>(erased);
  }
  size_ = section_size(view());
  status_ = Status();
  most_ = kNoMost;
}

FlushOutcome Reported::finish_flush() {
  HUBTWIN_EXPECTS(flushing_);
  FlushOutcome outcome;
  outcome.id = first_id_;
  outcome.status = status_;
  outcome.version = version_;
  const PropertyView refused = first_refused();
  if (refused.exists()) {
    const Result<std::string_view> path = refused.path(room());
    outcome.refused = path.value_or(refused.key());
  }
  first_id_ = following(first_id_);
  if (outcome.id == flush_id_) {
    flushing_ = false;
    drop_refused();
  }
  return outcome;
}

FlushId Reported::cancel_next() {
  abort_comparison();
  interrupt();
  drop_refused();
  if (first_id_ == open_id_) {
    if (!named_) {
      return kNothingToFlush;
    }
    open_id_ = following(open_id_);
    named_ = false;
  }
  const FlushId id = first_id_;
  first_id_ = following(first_id_);
  return id;
}

// --- What the hub has ----------------------------------------------------------------------------

JsonHandler& Reported::begin_comparison() {
  HUBTWIN_EXPECTS(!flushing_);
  comparison_.begin();
  return comparison_;
}

bool Reported::finish_comparison(TwinVersion version) {
  if (!comparison_.complete()) {
    abort_comparison();
    return false;
  }
  const bool sure = comparison_.trusted();
  comparison_.finish();
  version_ = version;
  size_ = section_size(view());
  dirty_ = detail_reported_sending::find_from(view(), Stage::kDirty).exists();
  unsure_ = unsure_ && !sure;
  return true;
}

void Reported::abort_comparison() {
  comparison_.abort();
}

HUBTWIN_NAMESPACE_END
