// SPDX-License-Identifier: MIT
#include <hubtwin/impl/storage/json_record.hpp>
#include <hubtwin/port/log.hpp>
#include <hubtwin/storage/desired_store.hpp>
#include <hubtwin/twin/digest.hpp>
#include <hubtwin/twin/twin_document.hpp>

#include <algorithm>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_desired_store {

constexpr std::string_view kKind = "DES1";

// The section with its version, as a notification of all of it would have them.
static void write_section(JsonWriter& writer, PropertyView section, TwinVersion version) {
  writer.begin_object();
  for (PropertyView member = section.first_child(); member.exists();
       member = member.next_sibling()) {
    writer.key(member.key());
    writer.write(member);
  }
  writer.member("$version", version);
  writer.end_object();
}

}  // namespace detail_desired_store

DesiredStore::DesiredStore(Session& session, Twin& twin, Storage& storage, RecordId record)
    : session_(session), twin_(twin), storage_(storage), record_(record) {
  session.add(*this);
}

Status DesiredStore::set_interval(Duration interval) {
  if (interval < Duration(0) || interval > std::chrono::hours(24 * 30)) {
    return Error::kInvalidArgument;
  }
  if (store_at_ != kAtOnce) {
    store_at_ = after(store_at_ - interval_, interval);
  }
  interval_ = interval;
  return Status();
}

void DesiredStore::store_now() {
  store_at_ = kAtOnce;
}

void DesiredStore::poll(MonotonicTime now) {
  if (!loaded_) {
    load();
  }
  if (!loaded_) {
    return;
  }
  note_changes();
  if (!due_ || now < store_at_) {
    return;
  }
  const std::uint32_t digest = digest_of(twin_.desired());
  if (seen_version_ == stored_version_ && digest == stored_digest_) {
    due_ = false;
    return;
  }
  const Status status = store(digest);
  if (status.error() == Error::kBackPressure) {
    return;  // one step; the next one in the next poll()
  }
  status_ = status;
  store_at_ = after(now, interval_);
  if (status.ok()) {
    due_ = false;
  } else {
    store_at_ = after(now, std::max<Duration>(interval_, std::chrono::minutes(1)));
    HUBTWIN_LOG(kWarning, session_.context().log(), session_.name(),
                "desired properties not stored: ", to_string(status.error()));
  }
}

MonotonicTime DesiredStore::next_deadline() const {
  if (!loaded_) {
    return session_.context().document_free_at();
  }
  const TwinVersion version = twin_.desired_version();
  const bool changed = version != kNoVersion && version != seen_version_;
  if (changed || (compare_ && twin_.synchronised())) {
    return kAtOnce;
  }
  return due_ ? store_at_ : kNever;
}

// A section being filled in place has no version. An equal version with other content is possible
// only where the identity was made anew, which ends the link.
void DesiredStore::note_changes() {
  const TwinVersion version = twin_.desired_version();
  if (version != kNoVersion && version != seen_version_) {
    seen_version_ = version;
    due_ = true;
  }
  if (compare_ && twin_.synchronised()) {
    compare_ = false;
    due_ = true;
  }
  if (version == kNoVersion) {
    seen_version_ = kNoVersion;
    due_ = false;  // until it is whole
  }
}

Status DesiredStore::store(std::uint32_t digest) {
  const PropertyView section = twin_.desired();
  const TwinVersion version = seen_version_;
  const Status status = detail_json_record::write(
      storage_, record_, detail_json_record::Head(detail_desired_store::kKind, session_.name()),
      [&](JsonWriter& writer) { detail_desired_store::write_section(writer, section, version); });
  if (status.ok()) {
    stored_version_ = version;
    stored_digest_ = digest;
  }
  return status;
}

// Waits for its turn to read a document.
void DesiredStore::load() {
  Context& context = session_.context();
  if (twin_.desired_version() != kNoVersion) {
    loaded_ = true;  // the hub was quicker
    return;
  }
  if (!context.take_document(this)) {
    return;
  }
  loaded_ = true;
  std::uint32_t digest = 0;
  status_ = read_stored(digest);
  context.release_document(this);
  if (status_.ok()) {
    seen_version_ = twin_.desired_version();
    stored_version_ = seen_version_;
    stored_digest_ = digest;
  } else if (status_.error() == Error::kNotFound) {
    status_ = Status();
  } else {
    HUBTWIN_LOG(kWarning, context.log(), session_.name(),
                "stored desired properties not read: ", to_string(status_.error()));
  }
}

Status DesiredStore::read_stored(std::uint32_t& digest) {
  Desired& desired = twin_.desired_;
  Status status = desired.begin(Patch::Mode::kReplace);
  if (!status.ok()) {
    return status;
  }
  TwinDocument document(TwinDocument::Kind::kNotification, &desired.document());
  JsonReader reader(session_.context().document_scratch());
  reader.begin(document);
  status = detail_json_record::read(
      storage_, record_, detail_json_record::Head(detail_desired_store::kKind, session_.name()),
      [&](ByteView piece) { return reader.feed(piece); });
  status = status.ok() ? reader.finish() : status;
  const TwinVersion version = document.desired_version();
  if (status.ok() && (version == kNoVersion || !desired.complete())) {
    status = Error::kJsonTruncated;
  }
  if (!status.ok()) {
    desired.abort();
    return status;
  }
  desired.restore(version);
  digest = digest_of(desired.view());
  return Status();
}

HUBTWIN_NAMESPACE_END
