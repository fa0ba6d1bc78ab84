// SPDX-License-Identifier: MIT
#include <hubtwin/port/log.hpp>
#include <hubtwin/twin/answer.hpp>
#include <hubtwin/twin/reported_sender.hpp>
#include <hubtwin/wire/text_writer.hpp>
#include <hubtwin/wire/topic.hpp>

#include <algorithm>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_reported_sender {

// Paths of refused values that are logged for one update, and characters of each.
constexpr int kLoggedPaths = 4;
constexpr std::size_t kLoggedPath = 64;
// Comparisons asked for on a standing link before a flush goes without: each may be spoilt by what
// is reported meanwhile.
constexpr std::uint8_t kMostComparisons = 3;

static bool within_a_day(Duration duration) {
  return duration >= Duration(0) && duration <= std::chrono::hours(24);
}

// What the values can't help: the same update may pass later.
static bool may_pass_later(Error error) {
  switch (error) {
    case Error::kHubThrottled:
    case Error::kHubServerError:
    case Error::kHubTimeout:
    case Error::kHubUnauthorized:  // the daily quota, or keys about to be changed
    case Error::kHubNotFound:      // the identity
      return true;
    default:
      return false;
  }
}

}  // namespace detail_reported_sender

ReportedSender::ReportedSender(Session& session, ByteSpan arena, KeyTable keys, ByteSpan body)
    : session_(session), reported_(arena, keys, body), body_limit_(body.size()) {}

// --- Staging -------------------------------------------------------------------------------------

Status ReportedSender::set_policy(const FlushPolicy& policy) {
  if (!detail_reported_sender::within_a_day(policy.least_interval) ||
      !detail_reported_sender::within_a_day(policy.longest_delay)) {
    return Error::kInvalidArgument;
  }
  // What counts is the time since the last flush began, and since the first value was staged.
  if (flush_at_ != kAtOnce) {
    flush_at_ = after(flush_at_ - policy_.least_interval, policy.least_interval);
  }
  if (waits_) {
    delayed_to_ = after(delayed_to_ - policy_.longest_delay, policy.longest_delay);
  }
  policy_ = policy;
  count_later();
  return Status();
}

Result<FlushId> ReportedSender::report_json(std::string_view path, std::string_view json,
                                            JsonFault* fault) {
  JsonFault found;
  const Result<FlushId> id = reported_.report_json(path, json, &found);
  if (fault != nullptr) {
    *fault = found;
  }
  if (!id.ok() && found.path.empty()) {
    tell_json_refused(found.position);
  }
  return staged(found.path.empty() ? path : found.path, id);
}

HUBTWIN_NOINLINE void ReportedSender::tell_json_refused(std::size_t position) const {
  HUBTWIN_LOG(kWarning, session_.context().log(), session_.name(), "JSON refused at byte ",
              static_cast<std::int64_t>(position));
}

HUBTWIN_NOINLINE void ReportedSender::tell_not_reported(std::string_view path, Error error) const {
  HUBTWIN_LOG(kWarning, session_.context().log(), session_.name(), "not reported (",
              to_string(error), "): ", path);
}

Result<FlushId> ReportedSender::staged(std::string_view path, const Result<FlushId>& id) {
  if (!id.ok()) {
    tell_not_reported(path, id.error());
    return id;
  }
  ++reports_;
  if (!waits_ && reported_.dirty()) {
    waits_ = true;
    delayed_to_ = after(session_.now(), policy_.longest_delay);
  }
  count_later();
  return id;
}

// Staging is cheap, and may happen inside a handler, where stack is short: what is staged is
// counted when something could be sent.
void ReportedSender::count_later() {
  full_ = false;
  uncounted_ = policy_.most_bytes > 0;
}

// --- The link ------------------------------------------------------------------------------------

void ReportedSender::link_ready() {
  comparing_ = Comparing::kWanted;
}

void ReportedSender::link_lost() {
  id_ = 0;
  comparing_ = Comparing::kNot;
  reported_.abort_comparison();
  if (reported_.flushing()) {
    reported_.interrupt();
    flush_at_ = kAtOnce;  // it had begun
    waits_ = false;
  }
}

void ReportedSender::close() {
  for (;;) {
    FlushOutcome outcome;
    outcome.id = reported_.cancel_next();
    outcome.status = Error::kCancelled;
    if (outcome.id == kNothingToFlush) {
      return;
    }
    on_flushed_.call(outcome);
  }
}

// --- What the hub has ----------------------------------------------------------------------------

void ReportedSender::twin_requested() {
  if (wants_twin()) {
    comparing_ = Comparing::kRequested;
  }
}

JsonHandler* ReportedSender::twin_begins() {
  if (comparing_ != Comparing::kRequested) {
    return nullptr;
  }
  comparing_ = Comparing::kReading;
  return &reported_.begin_comparison();
}

void ReportedSender::twin_read(TwinVersion version) {
  if (comparing_ != Comparing::kReading) {
    // The answer may be older than an acknowledgement that came on this link.
    version_ = std::max(version_, version);
    return;
  }
  comparing_ = Comparing::kNot;
  if (!reported_.finish_comparison(version)) {
    comparisons_ = detail_reported_sender::kMostComparisons;
  } else if (reported_.comparison_overflowed()) {
    HUBTWIN_LOG(
        kWarning, session_.context().log(), session_.name(),
        "arena of reported properties is full: what else the hub has in objects stays there");
  }
  version_ = version;
  count_later();
}

void ReportedSender::twin_failed(bool retried) {
  if (comparing_ == Comparing::kNot) {
    return;
  }
  reported_.abort_comparison();
  comparing_ = retried ? Comparing::kWanted : Comparing::kNot;
  if (!retried) {
    comparisons_ = detail_reported_sender::kMostComparisons;
  }
}

// --- Sending -------------------------------------------------------------------------------------

MonotonicTime ReportedSender::due() const {
  if (id_ != 0) {
    return deadline_;
  }
  if (comparing_ != Comparing::kNot) {
    return kNever;
  }
  if (reported_.flushing()) {
    return next_at_;
  }
  if (!reported_.dirty()) {
    return kNever;
  }
  if (flush_now_ || full_ || uncounted_) {
    return next_at_;
  }
  return std::max({next_at_, flush_at_, waits_ ? delayed_to_ : kAtOnce});
}

void ReportedSender::poll(MonotonicTime now) {
  if (id_ != 0 && reported_.sending()) {
    deadline_ = after(now, kAnswerTimeout);
  }
  if (id_ != 0 && now >= deadline_) {
    answered(Error::kHubTimeout, kNoVersion);
  }
  while (id_ == 0 && now >= due()) {
    if (uncounted_) {
      uncounted_ = false;
      full_ = reported_.staged_bytes() >= policy_.most_bytes;
    } else if (!reported_.flushing()) {
      begin_flush(now);
    } else if (!send_next(now)) {
      return;
    }
  }
}

void ReportedSender::begin_flush(MonotonicTime now) {
  if (reported_.unsure() && comparisons_ < detail_reported_sender::kMostComparisons) {
    ++comparisons_;
    comparing_ = Comparing::kWanted;
    return;
  }
  reported_.begin_flush();
  comparisons_ = 0;
  flush_now_ = false;
  full_ = false;
  waits_ = false;
  flush_at_ = after(now, policy_.least_interval);
}

// Sends the next update of the flush under way, or ends it. False: enough for this poll().
bool ReportedSender::send_next(MonotonicTime now) {
  const Result<ReportedBody> body = reported_.next_body(body_limit_);
  if (!body.ok()) {
    refuse(body.status());
    return true;
  }
  if (body->empty()) {
    on_flushed_.call(reported_.finish_flush());
    return false;  // a handler that reports again gets its turn at the next poll()
  }
  const std::uint32_t id = session_.next_request_id();
  TextWriter topic(session_.topic_room());
  write_reported_patch(topic, id);
  Status status = Error::kInvalidArgument;
  if (topic.ok() && body->source != nullptr) {
    status = session_.publish(topic.view(), *body->source);
  } else if (topic.ok()) {
    status = session_.publish(topic.view(), body->bytes);
  }
  if (status.ok()) {
    id_ = id;
    deadline_ = after(now, kAnswerTimeout);
    return true;
  }
  if (status.error() == Error::kNoSpace) {
    // More than this transport ever takes at once: less at a time.
    if (body->source != nullptr) {
      refuse(status);
    } else {
      body_limit_ = body->bytes.size() - 1;
      reported_.requeue();
    }
    return true;
  }
  reported_.requeue();
  next_at_ = after(now, kPressureRetry);
  return false;
}

void ReportedSender::answered(Status status, TwinVersion version) {
  id_ = 0;
  if (detail_reported_sender::may_pass_later(status.error())) {
    reported_.requeue();
    next_at_ = after(session_.now(), backoff_.next(status.error(), session_.context()));
    HUBTWIN_LOG(kWarning, session_.context().log(), session_.name(),
                "reported update: ", to_string(status.error()), ", will be repeated");
    return;
  }
  backoff_.reset();
  next_at_ = kAtOnce;
  if (status.ok()) {
    if (version != kNoVersion) {
      version_ = version;
    }
    reported_.acknowledge(version);
  } else if (reported_.can_isolate(status)) {
    HUBTWIN_LOG(kWarning, session_.context().log(), session_.name(),
                "reported update of several values refused (", to_string(status.error()),
                "): it is tried in parts");
    reported_.isolate();
  } else {
    refuse(status);
  }
}

// The values in flight are given up.
void ReportedSender::refuse(Status status) {
  if constexpr (static_cast<int>(LogLevel::kError) <= HUBTWIN_LOG_LEVEL) {
    int left = detail_reported_sender::kLoggedPaths;
    for (PropertyView place = reported_.next_in_flight(reported_.view());
         place.exists() && left > 0; place = reported_.next_in_flight(place), --left) {
      char room[detail_reported_sender::kLoggedPath];
      const Result<std::string_view> path = place.path(Span<char>(room));
      HUBTWIN_LOG(kError, session_.context().log(), session_.name(), "reported value refused (",
                  to_string(status.error()), ", ", std::int64_t{status.mqtt_code()},
                  "): ", path.value_or(place.key()));
    }
  }
  reported_.reject(status);
}

HUBTWIN_NAMESPACE_END
