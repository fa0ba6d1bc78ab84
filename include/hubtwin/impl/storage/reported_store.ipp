// SPDX-License-Identifier: MIT
#include <hubtwin/impl/storage/json_record.hpp>
#include <hubtwin/impl/twin/reported_stage.hpp>
#include <hubtwin/port/log.hpp>
#include <hubtwin/storage/reported_store.hpp>
#include <hubtwin/twin/json_handler.hpp>

#include <algorithm>
#include <cstring>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_reported_store {

// One JSON object; its keys are paths, with their dots. A null is a removal, an object replaces
// what the hub has at its path.
constexpr std::string_view kKind = "REP1";

// Between attempts to store, at least.
constexpr Duration kRetry = std::chrono::minutes(1);

static Span<char> path_room(ByteSpan scratch) {
  return {reinterpret_cast<char*>(scratch.data()), scratch.size() / 2};
}

// Takes the record apart, path by path. What it found is staged between two calls of the reader:
// staging JSON takes a reader itself.
class Restorer final : public JsonHandler {
 public:
  Restorer(Twin& twin, Span<char> room) : twin_(twin), room_(room), writer_(room) {}

  // Stages what the reader has come across, if anything.
  void stage();
  // The first thing that couldn't be staged.
  Status status() const { return status_; }

  Error on_null() override { return depth_ == 1 ? take(nullptr) : Error::kWrongType; }
  Error on_bool(bool value) override { return take(value); }
  Error on_integer(std::int64_t value) override { return take(value); }
#if HUBTWIN_FLOAT
  Error on_double(double value) override {
    return take(value);
  }
#endif
  Error on_string(std::string_view value) override;
  Error on_refused(Error reason) override {
    note(reason);
    refused_ = true;
    return Error::kNone;
  }
  KeyAnswer on_key(std::string_view key) override;
  Error on_begin_object() override {
    if (depth_ > 0) {
      writer_.begin_object();
    }
    ++depth_;
    return Error::kNone;
  }
  Error on_end_object() override {
    if (--depth_ > 0) {
      writer_.end_object();
      end_container();
    }
    return Error::kNone;
  }
  Error on_begin_array() override {
    if (depth_ == 0) {
      return Error::kWrongType;
    }
    writer_.begin_array();
    ++depth_;
    return Error::kNone;
  }
  Error on_end_array() override {
    --depth_;
    writer_.end_array();
    end_container();
    return Error::kNone;
  }

 private:
  enum class Found : std::uint8_t { kNothing, kValue, kJson };

  std::string_view path() const {
    return {room_.data(), path_size_};
  }
  void note(Status status) {
    if (status_.ok()) {
      status_ = status;
    }
  }
  Error take(const PropertyValue& value) {
    if (depth_ == 0) {
      return Error::kWrongType;
    }
    if (depth_ > 1) {
      writer_.value(value);
    } else {
      value_ = value;
      found_ = Found::kValue;
    }
    return Error::kNone;
  }
  void end_container() {
    if (depth_ == 1 && !refused_) {
      found_ = Found::kJson;
    }
  }

  Twin& twin_;
  Span<char> room_;  // the path, and behind it the JSON or the text
  JsonWriter writer_;
  PropertyValue value_;
  std::size_t path_size_ = 0;
  unsigned depth_ = 0;
  Found found_ = Found::kNothing;
  bool refused_ = false;  // part of the value
  Status status_;
};

KeyAnswer Restorer::on_key(std::string_view key) {
  if (depth_ > 1) {
    writer_.key(key);
    return KeyAnswer::read();
  }
  if (key.size() > room_.size()) {
    note(Error::kNoSpace);
    return KeyAnswer::skip();
  }
  std::memcpy(room_.data(), key.data(), key.size());
  path_size_ = key.size();
  writer_ = JsonWriter(room_.subspan(path_size_));
  refused_ = false;
  return KeyAnswer::read();
}

Error Restorer::on_string(std::string_view value) {
  if (depth_ != 1) {
    return take(value);
  }
  const Span<char> behind = room_.subspan(path_size_);
  if (value.size() > behind.size()) {
    note(Error::kNoSpace);
    return Error::kNone;
  }
  std::memcpy(behind.data(), value.data(), value.size());
  return take(std::string_view(behind.data(), value.size()));
}

void Restorer::stage() {
  const Found found = found_;
  found_ = Found::kNothing;
  if (found == Found::kNothing || twin_.reported(path()).exists()) {
    return;  // something newer was staged there already
  }
  if (found == Found::kJson) {
    note(writer_.status().ok() ? twin_.report_json(path(), writer_.text()).status()
                               : writer_.status());
  } else {
    note(twin_.report(path(), value_).status());
  }
}

// Writes a value as report_json() takes it: the removals in an object that replaces what the hub
// has are of no interest.
static void write_value(JsonWriter& writer, PropertyView top) {
  if (!top.is_object()) {
    writer.write(top);
    return;
  }
  writer.begin_object();
  PropertyView object = top;
  PropertyView member = top.first_child();
  for (;;) {
    if (!member.exists()) {
      writer.end_object();
      if (object == top) {
        return;
      }
      member = object.next_sibling();
      object = object.parent();
    } else if (member.is_null()) {
      member = member.next_sibling();
    } else if (member.is_object()) {
      writer.key(member.key());
      writer.begin_object();
      object = member;
      member = member.first_child();
    } else {
      writer.key(member.key());
      writer.write(member);
      member = member.next_sibling();
    }
  }
}

// An object of which nothing is left but removals that wait. Where the hub still has a value in its
// place, only the object itself, `{}`, takes that away: there is nothing to remove below a value.
static bool is_emptied(PropertyView object) {
  using detail_reported::Stage;
  if (!object.is_object() || object.empty() || !object.has(PropertyMark::kWhole)) {
    return false;
  }
  const PropertyView end = detail_reported::next_outside(object);
  PropertyView place = detail_reported::next_place(object);
  while (place != end && (place.is_null() ? detail_reported::stage_of(place) != Stage::kClean
                                          : place.is_object() && !place.empty())) {
    place = detail_reported::next_place(place);
  }
  return place == end;
}

// The digest of what would be written.
class Digest final : public JsonSink {
 public:
  Error write(std::string_view piece) override {
    crc.add(as_bytes(piece));
    return Error::kNone;
  }
  Crc32 crc;
};

}  // namespace detail_reported_store

ReportedStore::ReportedStore(Session& session, Twin& twin, Storage& storage, RecordId record)
    : session_(session), twin_(twin), storage_(storage), record_(record) {
  session.add(*this);
}

Status ReportedStore::set_times(Duration delay, Duration interval) {
  const Duration most = std::chrono::hours(24 * 30);
  if (delay < Duration(0) || delay > most || interval < Duration(0) || interval > most) {
    return Error::kInvalidArgument;
  }
  delay_ = delay;
  interval_ = interval;
  return Status();
}

void ReportedStore::store_now() {
  store_at_ = kAtOnce;
}

Status ReportedStore::restore() {
  if (restored_) {
    return status_;
  }
  Context& context = session_.context();
  if (!context.take_document(this)) {
    return Error::kBackPressure;
  }
  restored_ = true;
  const ByteSpan scratch = context.document_scratch();
  const Span<char> room = detail_reported_store::path_room(scratch);
  detail_reported_store::Restorer restorer(twin_, room);
  JsonReader reader(scratch.subspan(room.size()));
  reader.begin(restorer);
  Crc32 crc;
  Status status = detail_json_record::read(
      storage_, record_, detail_json_record::Head(detail_reported_store::kKind, session_.name()),
      [&](ByteView piece) {
        crc.add(piece);
        for (std::size_t at = 0; at < piece.size() && reader.feed(piece.subspan(at, 1)).ok();
             ++at) {
          restorer.stage();
        }
        return reader.status();
      });
  status = status.ok() ? reader.finish() : status;
  context.release_document(this);
  stored_ = status.error() != Error::kNotFound;
  stored_digest_ = crc.value();
  if (stored_) {
    status_ = status.ok() ? restorer.status() : status;
  }
  if (!status_.ok()) {
    tell_not_restored();
  }
  return status_;
}

HUBTWIN_NOINLINE void ReportedStore::tell_not_restored() const {
  HUBTWIN_LOG(kWarning, session_.context().log(), session_.name(),
              "stored reported values not all staged: ", to_string(status_.error()));
}

void ReportedStore::poll(MonotonicTime now) {
  if (!restored_) {
    static_cast<void>(restore());
  }
  if (restored_ && !staged().comparing()) {  // or what is to be sent is about to be known
    store_when_due(now);
  }
}

// A function of its own, since restoring takes much of the stack.
HUBTWIN_NOINLINE void ReportedStore::store_when_due(MonotonicTime now) {
  const TwinVersion version = twin_.reported_version();
  if (stored_ && (version != noted_version_ || !unacknowledged())) {
    // What was acknowledged must not be staged again after a restart: newer values may follow it.
    store_at_ = std::min(store_at_, now);
  }
  noted_version_ = version;
  if (noted_reports_ != twin_.sender_.reports()) {
    noted_reports_ = twin_.sender_.reports();
    store_at_ = std::min(store_at_, std::max(after(now, delay_), next_write_));
  }
  if (now < store_at_) {
    return;
  }
  Context& context = session_.context();
  if (!context.take_document(this)) {
    return;  // as soon as it is free
  }
  bool written = false;
  bool all = true;
  const Status status = store(written, all);
  context.release_document(this);
  if (status.error() == Error::kBackPressure) {
    store_at_ = kAtOnce;  // one step; the next one in the next poll()
    return;
  }
  if (written) {
    next_write_ = after(now, interval_);
  }
  store_at_ = status.ok()
                  ? kNever
                  : after(now, std::max<Duration>(interval_, detail_reported_store::kRetry));
  status_ = status.ok() && !all ? Status(Error::kNoSpace) : status;
  if (!status_.ok()) {
    HUBTWIN_LOG(kWarning, session_.context().log(), session_.name(),
                "reported values not all stored: ", to_string(status_.error()));
  }
}

MonotonicTime ReportedStore::next_deadline() const {
  if (!restored_) {
    return session_.context().document_free_at();
  }
  if (staged().comparing()) {
    return kNever;
  }
  const bool to_note = noted_reports_ != twin_.sender_.reports() ||
                       (stored_ && !unacknowledged() && store_at_ == kNever);
  return to_note ? kAtOnce : std::max(store_at_, session_.context().document_free_at());
}

// What is on its way to the hub or waits for it. \param[out] all  False when something is too long.
void ReportedStore::write_staged(JsonWriter& writer, bool& all) const {
  const Span<char> room = detail_reported_store::path_room(session_.context().document_scratch());
  writer.begin_object();
  PropertyView place = detail_reported::next_place(staged().view());
  while (place.exists()) {
    if (detail_reported::stage_of(place) == detail_reported::Stage::kClean &&
        !detail_reported_store::is_emptied(place)) {
      place = detail_reported::next_place(place);
      continue;
    }
    const Result<std::string_view> path = place.path(room);
    bool fits = path.ok();
    if (fits && (place.is_object() || place.is_array() || place.type() == PropertyType::kString)) {
      char piece[detail_json_record::kPieceBytes];
      detail_json_record::Length length;
      JsonWriter measure(Span<char>(piece), length);
      detail_reported_store::write_value(measure, place);
      fits = measure.finish().ok() && path->size() + length.bytes < room.size();
    }
    if (fits) {
      writer.key(*path);
      detail_reported_store::write_value(writer, place);
    } else {
      all = false;
    }
    place = detail_reported::next_outside(place);
  }
  writer.end_object();
}

// Brings the record up to date, if it isn't. \param[out] written  Whether that took a write.
// \param[out] all  Whether everything is in it; true before.
Status ReportedStore::store(bool& written, bool& all) {
  char piece[detail_json_record::kPieceBytes];
  detail_reported_store::Digest digest;
  JsonWriter writer(Span<char>(piece), digest);
  write_staged(writer, all);
  Status status = writer.finish();
  const bool nothing = writer.size() == 2;  // {}
  const bool same = nothing ? !stored_ : stored_ && digest.crc.value() == stored_digest_;
  if (status.ok() && !same) {
    status = nothing ? storage_.erase(record_)
                     : detail_json_record::write(
                           storage_, record_,
                           detail_json_record::Head(detail_reported_store::kKind, session_.name()),
                           [&](JsonWriter& to) { write_staged(to, all); });
    written = status.ok();
  }
  if (status.ok()) {
    stored_ = !nothing;
    stored_digest_ = digest.crc.value();
  }
  return status;
}

HUBTWIN_NAMESPACE_END
