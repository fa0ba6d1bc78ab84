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

ReportedSender::ReportedSender(Session& session, ByteSpan arena, ByteSpan body)
    : session_(session), reported_(arena, body), body_limit_(body.size()) {}

Status ReportedSender::set_interval(Duration interval) {
  if (interval < Duration(0) || interval > std::chrono::hours(24)) {
    return Error::kInvalidArgument;
  }
  // What counts is the time since the last flush began.
  if (flush_at_ != kAtOnce) {
    flush_at_ = after(flush_at_ - interval_, interval);
  }
  interval_ = interval;
  return Status();
}

void ReportedSender::link_ready() {
  known_before_ = version_;
}

void ReportedSender::link_lost() {
  if (id_ != 0) {
    id_ = 0;
    reported_.requeue();
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

void ReportedSender::twin_read(TwinVersion version) {
  if (version == kNoVersion) {
    return;
  }
  if (version < known_before_) {
    reported_.stage_all();
  }
  // The answer may be older than an acknowledgement that came on this link.
  version_ = version < known_before_ ? version : std::max(version_, version);
  known_before_ = kNoVersion;
}

MonotonicTime ReportedSender::due() const {
  if (id_ != 0) {
    return deadline_;
  }
  if (reported_.flushing()) {
    return next_at_;
  }
  if (reported_.dirty()) {
    return flush_now_ ? next_at_ : std::max(next_at_, flush_at_);
  }
  return kNever;
}

void ReportedSender::poll(MonotonicTime now) {
  if (id_ != 0 && now >= deadline_) {
    answered(Error::kHubTimeout, kNoVersion);
  }
  while (id_ == 0 && now >= due()) {
    if (!reported_.flushing()) {
      reported_.begin_flush();
      flush_now_ = false;
      flush_at_ = after(now, interval_);
    }
    if (!send_next(now)) {
      return;
    }
  }
}

// Sends the next update of the flush under way, or ends it. False: enough for this poll().
bool ReportedSender::send_next(MonotonicTime now) {
  const Result<ByteView> body = reported_.next_body(body_limit_);
  if (!body.ok()) {
    reject(body.status());
    return true;
  }
  if (body->empty()) {
    on_flushed_.call(reported_.finish_flush());
    return false;  // a handler that reports again gets its turn at the next poll()
  }
  const std::uint32_t id = session_.next_request_id();
  TextWriter topic(session_.topic_room());
  write_reported_patch(topic, id);
  const Status status =
      topic.ok() ? session_.publish(topic.view(), *body) : Status(Error::kInvalidArgument);
  if (status.ok()) {
    id_ = id;
    deadline_ = after(now, kAnswerTimeout);
    return true;
  }
  if (status.error() == Error::kNoSpace) {
    // More than this transport ever takes at once: less at a time, or this value never.
    if (reported_.in_flight() == 1) {
      reject(status);
    } else {
      body_limit_ = body->size() - 1;
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
    HUBTWIN_LOG(kWarning, session_.context().log(), session_.name())
        << "reported update: " << to_string(status.error()) << ", will be repeated";
    return;
  }
  backoff_.reset();
  next_at_ = kAtOnce;
  if (!status.ok()) {
    reject(status);
    return;
  }
  if (version != kNoVersion) {
    version_ = version;
  }
  reported_.acknowledge(version);
}

void ReportedSender::reject(Status status) {
  if constexpr (static_cast<int>(LogLevel::kError) <= HUBTWIN_LOG_LEVEL) {
    int left = detail_reported_sender::kLoggedPaths;
    for (PropertyView place = reported_.next_in_flight(reported_.view());
         place.exists() && left > 0; place = reported_.next_in_flight(place), --left) {
      char room[detail_reported_sender::kLoggedPath];
      const Result<std::string_view> path = place.path(Span<char>(room));
      HUBTWIN_LOG(kError, session_.context().log(), session_.name())
          << "reported value refused (" << to_string(status.error()) << ", "
          << std::int64_t{status.mqtt_code()} << "): " << path.value_or(place.key());
    }
  }
  reported_.reject(status);
}

HUBTWIN_NAMESPACE_END
