// SPDX-License-Identifier: MIT
#include <hubtwin/port/log.hpp>
#include <hubtwin/twin/answer.hpp>
#include <hubtwin/twin/twin.hpp>
#include <hubtwin/wire/text_writer.hpp>
#include <hubtwin/wire/topic.hpp>

#include <algorithm>
#include <new>
#include <optional>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_twin {

// Notifications and answers come at QoS 0: what is lost with a link is found by the GET of the next
// one, and a broker keeps no stale notifications for an absent client.
static const Subscription kSubscriptions[] = {{kTwinResponseFilter, Qos::kAtMostOnce},
                                              {kDesiredFilter, Qos::kAtMostOnce}};

// Answers to GET that are older than a notification, before the hub's answer is believed.
constexpr std::uint8_t kMostRereads = 5;
// So many of them are repeated at once, the rest with back-off.
constexpr std::uint8_t kPromptRereads = 2;
constexpr std::size_t kReaderScratch = 64;

// What a document says by itself: the same one is refused again.
static bool lies_in_document(Error error) {
  switch (error) {
    case Error::kNoSpace:
    case Error::kJsonTooDeep:
    case Error::kJsonTooLong:
    case Error::kJsonNumber:
      return true;
    default:
      return false;
  }
}

}  // namespace detail_twin

// Lives in the context's document scratch while this twin has the turn to read.
struct Twin::Reader {
  Reader(ByteSpan scratch, TwinDocument::Kind kind, JsonHandler* desired, PathTable wanted,
         JsonHandler* reported)
      : json(scratch), document(kind, desired, reported) {
    if (desired != nullptr && !wanted.empty()) {
      filter.emplace(wanted, *desired);
      document = TwinDocument(kind, &*filter, reported);
    }
    json.begin(document);
  }

  JsonReader json;
  std::optional<PathFilter> filter;
  TwinDocument document;
};

Twin::Twin(Session& session, const TwinMemory& memory)
    : session_(session),
      desired_(memory.desired, memory.handlers, memory.keys, memory.wanted),
      sender_(session, memory.reported, memory.keys, memory.transmit) {}

Twin::~Twin() {
  session_.context().release_document(this);
}

// --- Session's calls -----------------------------------------------------------------------------

Span<const Subscription> Twin::subscriptions() const {
  return {detail_twin::kSubscriptions,
          sizeof(detail_twin::kSubscriptions) / sizeof(detail_twin::kSubscriptions[0])};
}

bool Twin::claims(std::string_view topic) const {
  return has_prefix(topic, kTwinResponsePrefix) || has_prefix(topic, kDesiredPrefix);
}

void Twin::on_link_ready() {
  get_backoff_.reset();
  rereads_ = 0;
  sender_.link_ready();
  request_twin(Duration(0));
}

void Twin::on_link_lost(Status) {
  if (reading_ != Reading::kNothing) {
    stop_reading(Error::kLinkLost);
    reading_ = Reading::kNothing;
  }
  sync_ = Sync::kNoLink;
  missed_ = kNoVersion;
  reread_ = false;
  sender_.link_lost();
}

void Twin::on_close() {
  sender_.close();
}

bool Twin::busy() const {
  return sync_ == Sync::kGetSent || sender_.busy() || reading_ != Reading::kNothing;
}

void Twin::poll(MonotonicTime now) {
  if (desired_.deliver_due()) {
    desired_.deliver();
  }
  if (sync_ == Sync::kNoLink) {
    return;
  }
  if (now >= get_at_) {
    if (sync_ == Sync::kGetSent) {
      get_failed(Error::kHubTimeout);
    } else if (sync_ == Sync::kGetDue) {
      send_get(now);
    }
  }
  sender_.poll(now);
  if (sender_wants_get()) {
    if (sync_ == Sync::kInStep) {
      request_twin(Duration(0));
    } else {
      sender_.twin_failed(false);  // updates go without
    }
  }
}

// Whether the sender waits for a GET that nothing else asks for.
bool Twin::sender_wants_get() const {
  return sender_.wants_twin() &&
         (sync_ == Sync::kInStep || sync_ == Sync::kWaiting || sync_ == Sync::kRefused);
}

MonotonicTime Twin::next_deadline() const {
  if (desired_.deliver_due() || sender_wants_get()) {
    return kAtOnce;
  }
  if (sync_ == Sync::kNoLink) {
    return kNever;
  }
  const bool get_pending = sync_ == Sync::kGetDue || sync_ == Sync::kGetSent;
  return earlier(get_pending ? get_at_ : kNever, sender_.due());
}

// --- Documents -----------------------------------------------------------------------------------

Intake Twin::on_message(const MessageHead& head) {
  packet_id_ = head.qos == Qos::kAtLeastOnce ? head.packet_id : std::uint16_t{0};
  return has_prefix(head.topic, kDesiredPrefix) ? take_notification(head.topic)
                                                : take_response(head.topic);
}

Intake Twin::take_response(std::string_view topic) {
  const std::optional<TwinResponseTopic> response = parse_twin_response(topic);
  const std::optional<std::uint32_t> id =
      response.has_value() ? response->request_number() : std::nullopt;
  if (id.has_value() && sync_ == Sync::kGetSent && *id == get_id_) {
    if (response->status == 200 || response->status == 202) {
      return start_reading(Reading::kTwin, kNoVersion);
    }
    const Status status = status_of_answer(response->status);
    get_failed(status.ok() ? Status::with_mqtt_code(Error::kHubUnexpected, response->status)
                           : status);
  } else if (id.has_value() && sender_.awaits(*id)) {
    sender_.answered(status_of_answer(response->status), version_in_topic(response->version));
  } else {
    HUBTWIN_LOG(kDebug, session_.context().log(), session_.name(),
                "dropped an answer that nobody waits for: ", topic);
  }
  return Intake::kDrop;
}

Intake Twin::take_notification(std::string_view topic) {
  const TwinVersion version = version_in_topic(parse_desired_notification(topic));
  if (sync_ != Sync::kInStep) {
    if (version == kNoVersion) {
      return start_reading(Reading::kVersion, kNoVersion);
    }
    note_missed(version);
    return Intake::kDrop;
  }
  if (version != kNoVersion && version != next_version()) {
    if (version > next_version()) {
      note_missed(version);
    }
    return Intake::kDrop;
  }
  return start_reading(Reading::kNotification, version);
}

Twin::Reader* Twin::reader_room() const {
  const ByteSpan scratch = session_.context().document_scratch();
  const auto address = reinterpret_cast<std::uintptr_t>(scratch.data());
  const std::size_t padding = (alignof(Reader) - address % alignof(Reader)) % alignof(Reader);
  const bool fits = scratch.size() >= padding + sizeof(Reader) + detail_twin::kReaderScratch;
  return fits ? reinterpret_cast<Reader*>(scratch.data() + padding) : nullptr;
}

Twin::Reader& Twin::reader() const {
  return *std::launder(reader_room());
}

Intake Twin::start_reading(Reading reading, TwinVersion version) {
  Context& context = session_.context();
  if (!context.take_document(this)) {
    if (reading == Reading::kTwin) {
      get_at_ = after(session_.now(), kAnswerTimeout);  // the answer is here, only not its turn
    }
    return Intake::kLater;
  }
  reading_ = reading;
  reading_version_ = version;
  read_status_ = Status();
  Status status;
  JsonHandler* desired = &desired_.document();
  JsonHandler* reported = nullptr;
  switch (reading) {
    case Reading::kTwin:
      get_at_ = kNever;  // from here on the link itself is watched
      if (fill_in_place_) {
        desired_.begin_in_place();
      }
      status = desired_.begin(Patch::Mode::kReplace);
      reported = sender_.twin_begins();
      break;
    case Reading::kNotification:
      status = desired_.begin(Patch::Mode::kMerge);
      break;
    default:
      desired = nullptr;
      break;
  }
  Reader* const room = reader_room();
  if (room == nullptr) {
    status = Error::kNoSpace;
  }
  if (!status.ok()) {
    stop_reading(status);
    return Intake::kTake;
  }
  const ByteSpan scratch = context.document_scratch();
  auto* const rest = reinterpret_cast<std::uint8_t*>(room + 1);
  ::new (static_cast<void*>(room)) Reader(
      ByteSpan(rest, static_cast<std::size_t>(scratch.end() - rest)),
      reading == Reading::kTwin ? TwinDocument::Kind::kTwin : TwinDocument::Kind::kNotification,
      desired, desired_.wanted(), reported);
  return Intake::kTake;
}

void Twin::on_message_fragment(ByteView fragment) {
  if (reading_ == Reading::kNothing || !read_status_.ok()) {
    return;
  }
  if (!session_.context().touch_document(this)) {
    stop_reading(Error::kExpired);
    return;
  }
  const Status status = reader().json.feed(fragment);
  if (!status.ok()) {
    stop_reading(status);
  }
}

// Nothing of the document is applied; the rest of the message is swallowed.
void Twin::stop_reading(Status status) {
  read_status_ = status;
  desired_.abort();
  session_.context().release_document(this);
}

void Twin::on_message_end() {
  const Reading reading = reading_;
  reading_ = Reading::kNothing;
  if (packet_id_ != 0) {
    session_.acknowledge(packet_id_);
  }
  TwinVersion desired_version = kNoVersion;
  TwinVersion reported_version = kNoVersion;
  if (read_status_.ok() && !session_.context().holds_document(this)) {
    stop_reading(Error::kExpired);
  }
  if (read_status_.ok()) {
    const Status status = reader().json.finish();
    desired_version = reader().document.desired_version();
    reported_version = reader().document.reported_version();
    const bool desired_fits = reader().document.desired_fits();
    session_.context().release_document(this);
    if (!status.ok()) {
      stop_reading(status);
    } else if (desired_version == kNoVersion && reading_version_ == kNoVersion) {
      stop_reading(Error::kHubUnexpected);
    } else if (!desired_fits) {
      sender_.twin_read(reported_version);
      stop_reading(Error::kNoSpace);
    }
  }
  switch (reading) {
    case Reading::kNothing:
      break;
    case Reading::kTwin:
      finish_twin(read_status_, desired_version, reported_version);
      break;
    case Reading::kNotification:
      finish_notification(read_status_, desired_version);
      break;
    case Reading::kVersion:
      if (read_status_.ok()) {
        note_missed(desired_version);
      } else {
        reread_ = sync_ == Sync::kGetSent;
      }
      break;
  }
}

// --- Desired -------------------------------------------------------------------------------------

// A function of its own, since what it tells takes stack that handlers need.
HUBTWIN_NOINLINE void Twin::tell_made_anew(TwinVersion desired) const {
  HUBTWIN_LOG(kInfo, session_.context().log(), session_.name(),
              "the twin was made anew: desired version ", desired, " after ", desired_.version());
}

void Twin::finish_twin(Status status, TwinVersion desired, TwinVersion reported) {
  if (status.ok() && !desired_.complete()) {
    status = Error::kHubUnexpected;  // no desired section
  }
  if (!status.ok()) {
    desired_.abort();
    document_refused(status);
    return;
  }
  sender_.twin_read(reported);
  if (desired < desired_.version()) {
    tell_made_anew(desired);
  }
  fill_in_place_ = false;
  ++counters_.reads;
  settle_sync(desired);
  desired_.commit(desired, DesiredCause::kCatchUp);
  if (sync_ == Sync::kInStep) {
    on_synchronised_.call(desired);
  }
}

// What is known once a twin with this version has been read.
HUBTWIN_NOINLINE void Twin::settle_sync(TwinVersion desired) {
  if ((missed_ > desired || reread_) && rereads_ < detail_twin::kMostRereads) {
    // The answer was on its way before the change that a notification told of.
    ++rereads_;
    reread_ = false;
    request_twin(rereads_ <= detail_twin::kPromptRereads
                     ? Duration(0)
                     : get_backoff_.next(Error::kHubTimeout, session_.context()));
  } else {
    sync_ = Sync::kInStep;
    missed_ = kNoVersion;
    rereads_ = 0;
    reread_ = false;
    get_backoff_.reset();
  }
}

void Twin::finish_notification(Status status, TwinVersion version) {
  if (status.ok() && reading_version_ != kNoVersion) {
    if (version != kNoVersion && version != reading_version_) {
      status = Error::kHubUnexpected;
    }
    version = reading_version_;
  }
  if (status.ok() && version == next_version() && desired_.complete()) {
    desired_.commit(version, DesiredCause::kChange);
    return;
  }
  desired_.abort();
  if (status.ok()) {
    if (version > next_version()) {
      note_missed(version);
    }
    return;
  }
  tell_unreadable(status);
  note_missed(next_version());
}

HUBTWIN_NOINLINE void Twin::tell_unreadable(Status status) const {
  HUBTWIN_LOG(kWarning, session_.context().log(), session_.name(),
              "a desired change could not be read (", to_string(status.error()),
              "): reading the whole twin");
}

// A change is known to exist that isn't in the desired section.
void Twin::note_missed(TwinVersion version) {
  missed_ = std::max(missed_, version);
  rereads_ = 0;  // what is told now, the hub's present answer needn't know
  if (sync_ == Sync::kInStep) {
    ++counters_.gaps;
    request_twin(Duration(0));
  } else if (sync_ == Sync::kWaiting) {
    request_twin(get_backoff_.next(Error::kHubThrottled, session_.context()));
  }
}

void Twin::request_twin(Duration wait) {
  sync_ = Sync::kGetDue;
  get_at_ = after(session_.now(), wait);
}

void Twin::send_get(MonotonicTime now) {
  get_id_ = session_.next_request_id();
  TextWriter topic(session_.topic_room());
  write_twin_get(topic, get_id_);
  const Status status =
      topic.ok() ? session_.publish(topic.view(), ByteView()) : Status(Error::kNoSpace);
  if (status.ok()) {
    sync_ = Sync::kGetSent;
    get_at_ = after(now, kAnswerTimeout);
    sender_.twin_requested();
  } else if (status.error() == Error::kBackPressure || status.error() == Error::kWrongState) {
    get_at_ = after(now, kPressureRetry);
  } else {
    sync_ = Sync::kRefused;
    tell_error(status, false);
  }
}

void Twin::get_failed(Status status) {
  const int code = status.mqtt_code();
  const bool retried = code < 400 || code >= 500 || code == 408 || code == 429;
  if (retried) {
    request_twin(get_backoff_.next(status.error(), session_.context()));
  } else {
    sync_ = Sync::kRefused;
  }
  sender_.twin_failed(retried);
  tell_error(status, retried);
}

void Twin::document_refused(Status status) {
  sender_.twin_failed(true);
  if (status.error() == Error::kNoSpace && !fill_in_place_) {
    // Perhaps it fits by itself, with nothing kept beside it.
    fill_in_place_ = true;
    request_twin(Duration(0));
    return;
  }
  if (detail_twin::lies_in_document(status.error()) && missed_ == kNoVersion) {
    sync_ = Sync::kWaiting;
    tell_error(status, false);
    return;
  }
  missed_ = kNoVersion;
  request_twin(get_backoff_.next(status.error(), session_.context()));
  tell_error(status, true);
}

HUBTWIN_NOINLINE void Twin::log_error(Status status, bool retried) const {
  HUBTWIN_LOG(kWarning, session_.context().log(), session_.name(),
              "twin not read: ", to_string(status.error()), ", ", std::int64_t{status.mqtt_code()},
              (retried ? ", will be repeated" : ", given up until something changes"));
}

void Twin::tell_error(Status status, bool retried) {
  log_error(status, retried);
  on_error_.call(TwinError{status, retried});
}

HUBTWIN_NAMESPACE_END
