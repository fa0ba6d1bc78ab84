// SPDX-License-Identifier: MIT
// The life of a session's link. What passes through it stands in session_messages.ipp, and how it
// proves its identity in session_credentials.ipp.
#include <hubtwin/session/session.hpp>

#include <algorithm>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_session {

// While UTC is unknown the clock is asked this often.
constexpr Duration kTimeCheck = std::chrono::seconds(1);
constexpr std::size_t kMaxFilters = 8;
// A transport that can't take a SUBSCRIBE now is asked again after this.
constexpr Duration kPressureRetry = std::chrono::milliseconds(20);

enum SubscribeState : std::uint8_t { kWanted, kAsked, kGranted };

static bool valid_keep_alive(Duration keep_alive) {
  return keep_alive == Duration(0) ||
         (keep_alive >= std::chrono::seconds(5) && keep_alive <= std::chrono::seconds(1177));
}

static bool valid(const SessionOptions& options) {
  return options.port != 0 && valid_keep_alive(options.keep_alive) &&
         options.token_lifetime >= std::chrono::minutes(5) &&
         options.token_lifetime <= std::chrono::hours(24 * 365) &&
         options.connect_timeout >= std::chrono::seconds(1) &&
         options.renewal_patience >= Duration(0) && options.start_spread >= Duration(0) &&
         options.start_spread <= std::chrono::hours(24) && Backoff::valid(options.backoff);
}

}  // namespace detail_session

const char* to_string(ConnectionState state) {
  switch (state) {
    case ConnectionState::kClosed:
      return "closed";
    case ConnectionState::kWaitingForTime:
      return "waiting for time";
    case ConnectionState::kConnecting:
      return "connecting";
    case ConnectionState::kSubscribing:
      return "subscribing";
    case ConnectionState::kConnected:
      return "connected";
    case ConnectionState::kRenewing:
      return "renewing";
    case ConnectionState::kWaitingToRetry:
      return "waiting to retry";
    case ConnectionState::kClosing:
      return "closing";
  }
  return "unknown";
}

Session::Session(Context& context, Transport& transport, const Identity& identity,
                 const SessionOptions& options, const SessionMemory& memory)
    : context_(context),
      transport_(transport),
      options_(options),
      memory_(memory),
      outbox_(memory.outbox),
      backoff_(options.backoff),
      identity_status_(adopt(identity)) {
  context_.add(*this);
  transport_.attach(this);
}

Session::~Session() {
  HUBTWIN_EXPECTS(!polling_);
  transport_.attach(nullptr);
  if (link_exists_) {
    transport_.disconnect();
  }
  context_.remove(*this);
  wipe(memory_.secret);
}

void Session::add(Feature& feature) {
  HUBTWIN_EXPECTS(state_ == ConnectionState::kClosed);
  Feature** last = &features_;
  while (*last != nullptr) {
    last = &(*last)->next_;
  }
  *last = &feature;
}

Status Session::open() {
  if (state_ != ConnectionState::kClosed) {
    return Error::kWrongState;
  }
  if (!identity_status_) {
    return identity_status_;
  }
  if (!detail_session::valid(options_)) {
    return Error::kInvalidArgument;
  }
  backoff_.reset();
  reason_ = Status();
  // Silent: callbacks run only inside poll(), which announces the first attempt.
  state_ = ConnectionState::kWaitingToRetry;
  deadline_ = now() + context_.jitter(options_.start_spread);
  return Status();
}

void Session::close() {
  if (state_ == ConnectionState::kClosed) {
    return;
  }
  state_ = ConnectionState::kClosing;
  deadline_ = kNever;
  if (link_exists_) {
    transport_.disconnect();
  }
}

void Session::network_changed() {
  if (state_ == ConnectionState::kClosed || state_ == ConnectionState::kClosing) {
    return;
  }
  backoff_.reset();
  if (link_exists_) {
    retry_at_once_ = true;
    drop_link(Error::kLinkLost);
  } else {
    deadline_ = now();
  }
}

Status Session::set_keep_alive(Duration keep_alive) {
  if (!detail_session::valid_keep_alive(keep_alive)) {
    return Error::kInvalidArgument;
  }
  options_.keep_alive = keep_alive;
  return Status();
}

MonotonicTime Session::now() const {
  return polling_ ? poll_time_ : context_.clock().now();
}

ConnectionStatus Session::status() const {
  ConnectionStatus status;
  status.state = state_;
  status.reason = reason_;
  status.attempt = backoff_.attempts() + (state_ == ConnectionState::kWaitingToRetry ? 0 : 1);
  if (state_ == ConnectionState::kWaitingToRetry && deadline_ > now()) {
    status.next_retry_in = deadline_ - now();
  }
  return status;
}

void Session::set_state(ConnectionState state, Status reason) {
  state_ = state;
  reason_ = reason;
  HUBTWIN_LOG(kInfo, context_.log(), client_id_, to_string(state), (reason.ok() ? "" : ": "),
              (reason.ok() ? "" : to_string(reason.error())));
  if (handler_) {
    handler_(status());
  }
}

void Session::poll() {
  HUBTWIN_EXPECTS(!polling_);
  polling_ = true;
  poll_time_ = context_.clock().now();
  complete_oldest(outbox_.dropped(), Outbox::Kind::kDropped, Error::kDropped);
  if (state_ == ConnectionState::kClosed) {
    polling_ = false;
    return;
  }
  if (link_exists_ || others_link_) {
    transport_.poll(poll_time_);
  }
  advance(poll_time_);
  for (Feature* feature = features_; feature != nullptr; feature = feature->next_) {
    feature->poll(poll_time_);
  }
  pump_outbox();
  polling_ = false;
}

MonotonicTime Session::next_deadline() const {
  if (outbox_.dropped() != 0 || (state_ == ConnectionState::kClosing && !link_exists_)) {
    return kAtOnce;
  }
  if (state_ == ConnectionState::kClosed) {
    return kNever;
  }
  MonotonicTime deadline = deadline_;
  if (link_exists_ || others_link_) {
    deadline = earlier(deadline, transport_.next_deadline());
  }
  if (subscribe_in_flight_) {
    deadline = earlier(deadline, subscribe_deadline_);
  }
  if (message_waits_for_turn_) {
    deadline = earlier(deadline, context_.document_free_at());
  }
  if (may_pump() && !back_pressure_ && outbox_.next_to_publish() != Outbox::kNone) {
    return kAtOnce;
  }
  for (const Feature* feature = features_; feature != nullptr; feature = feature->next_) {
    deadline = earlier(deadline, feature->next_deadline());
  }
  return deadline;
}

// --- The link's life -----------------------------------------------------------------------------

void Session::advance(MonotonicTime now) {
  switch (state_) {
    case ConnectionState::kClosed:
      return;
    case ConnectionState::kClosing:
      if (!link_exists_) {
        finish_close();
      }
      return;
    case ConnectionState::kWaitingForTime:
    case ConnectionState::kWaitingToRetry:
    case ConnectionState::kRenewing:
      if (!link_exists_ && now >= deadline_) {
        start_link(now);
      }
      return;
    case ConnectionState::kConnecting:
      if (now >= deadline_) {
        drop_link(Error::kConnectTimeout);
      }
      return;
    case ConnectionState::kSubscribing:
    case ConnectionState::kConnected:
      if (!drop_reason_.ok()) {
        return;  // the link is ending: on_disconnected is on its way
      }
      if (subscribe_in_flight_ && now >= subscribe_deadline_) {
        drop_link(Error::kHubTimeout);
        return;
      }
      subscribe_wanted(now);
      renew_when_due(now);
      return;
  }
}

void Session::start_link(MonotonicTime now) {
  const bool renewing = state_ == ConnectionState::kRenewing;
  drop_reason_ = Status();
  const Status status = connect(now);
  if (status.error() == Error::kWaitingForTime) {
    deadline_ = now + detail_session::kTimeCheck;
    if (state_ != ConnectionState::kWaitingForTime) {
      set_state(ConnectionState::kWaitingForTime, status);
    }
    return;
  }
  others_link_ = status.error() == Error::kWrongState;
  if (!status) {
    schedule_retry(status, now);
    return;
  }
  link_exists_ = true;
  deadline_ = after(now, options_.connect_timeout);
  if (renewing) {
    // Stays kRenewing for the application; the attempt's time-out is kept by the deadline alone.
    state_ = ConnectionState::kConnecting;
  } else {
    set_state(ConnectionState::kConnecting, reason_);
  }
}

void Session::on_connected(bool session_present) {
  if (state_ != ConnectionState::kConnecting) {
    return;  // closing: on_disconnected is on its way
  }
  HUBTWIN_LOG(kDebug, context_.log(), client_id_,
              (session_present ? "CONNACK, stored session" : "CONNACK, new session"));
  ++counters_.connects;
  connack_came_ = true;
  backoff_.link_up(poll_time_);
  for (Feature* feature = features_; feature != nullptr; feature = feature->next_) {
    feature->subscribe_state_ = detail_session::kWanted;
  }
  subscribe_in_flight_ = false;
  deadline_ = kNever;
  set_state(ConnectionState::kSubscribing, Status());
}

void Session::subscribe_wanted(MonotonicTime now) {
  if (subscribe_in_flight_) {
    return;
  }
  Subscription filters[detail_session::kMaxFilters];
  std::size_t count = 0;
  for (Feature* feature = features_; feature != nullptr; feature = feature->next_) {
    if (feature->subscribe_state_ != detail_session::kWanted) {
      continue;
    }
    const Span<const Subscription> wanted = feature->subscriptions();
    if (wanted.size() > detail_session::kMaxFilters - count) {
      break;  // the rest with the next SUBSCRIBE
    }
    for (const Subscription& subscription : wanted) {
      filters[count++] = subscription;
    }
  }
  if (count != 0) {
    const Result<std::uint16_t> packet_id =
        transport_.subscribe(Span<const Subscription>(filters, count));
    if (packet_id.error() == Error::kBackPressure) {
      deadline_ = after(now, detail_session::kPressureRetry);
      return;
    }
    if (!packet_id) {
      drop_link(packet_id.status());
      return;
    }
    subscribe_packet_id_ = *packet_id;
    subscribe_in_flight_ = true;
    subscribe_deadline_ = after(now, options_.connect_timeout);
    mark_features(detail_session::kWanted, detail_session::kAsked, count);
    return;
  }
  if (state_ == ConnectionState::kSubscribing) {
    become_ready();
  }
}

// Moves the features that a SUBSCRIBE of `filters` filters covered, in list order.
void Session::mark_features(std::uint8_t from, std::uint8_t to, std::size_t filters) {
  std::size_t covered = 0;
  for (Feature* feature = features_; feature != nullptr; feature = feature->next_) {
    if (feature->subscribe_state_ != from) {
      continue;
    }
    covered += feature->subscriptions().size();
    if (covered > filters) {
      return;
    }
    feature->subscribe_state_ = to;
  }
}

void Session::on_subscribed(std::uint16_t packet_id, bool granted) {
  if (!subscribe_in_flight_ || packet_id != subscribe_packet_id_) {
    return;
  }
  subscribe_in_flight_ = false;
  if (!granted) {
    drop_link(Error::kSubscribeRefused);
    return;
  }
  for (Feature* feature = features_; feature != nullptr; feature = feature->next_) {
    if (feature->subscribe_state_ == detail_session::kAsked) {
      feature->subscribe_state_ = detail_session::kGranted;
      if (state_ == ConnectionState::kConnected) {
        feature->on_link_ready();
      }
    }
  }
}

void Session::become_ready() {
  deadline_ = kNever;
  reason_ = Status();
  set_state(ConnectionState::kConnected, Status());
  for (Feature* feature = features_; feature != nullptr; feature = feature->next_) {
    feature->subscribe_state_ = detail_session::kGranted;
    if (state_ == ConnectionState::kConnected) {  // a callback may have closed the client
      feature->on_link_ready();
    }
  }
}

void Session::subscriptions_changed(Feature& feature) {
  feature.subscribe_state_ = detail_session::kWanted;
  if (state_ == ConnectionState::kConnected) {
    deadline_ = now();
  }
}

void Session::renew_when_due(MonotonicTime now) {
  if (state_ != ConnectionState::kConnected) {
    return;
  }
  deadline_ = renew_at_;
  if (now < renew_at_) {
    return;
  }
  // Planned: what is in flight, and what is meant for this link, may finish first; meanwhile
  // nothing else leaves the outbox.
  renewal_pending_ = true;
  const MonotonicTime give_up = after(renew_at_, options_.renewal_patience);
  if (now < give_up && (features_busy() || outbox_.in_flight() != 0 || outbox_.this_link() != 0)) {
    deadline_ = give_up;
    return;
  }
  ++counters_.renewals;
  drop_link(Error::kTokenRenewal);
}

bool Session::features_busy() const {
  for (const Feature* feature = features_; feature != nullptr; feature = feature->next_) {
    if (feature->busy()) {
      return true;
    }
  }
  return false;
}

void Session::drop_link(Status reason) {
  if (link_exists_ && drop_reason_.ok() && state_ != ConnectionState::kClosing) {
    drop_reason_ = reason;
    deadline_ = kNever;
    transport_.disconnect();
  }
}

void Session::on_disconnected(Status reason) {
  if (!link_exists_) {
    others_link_ = false;
    deadline_ = state_ == ConnectionState::kWaitingToRetry ? poll_time_ : deadline_;
    return;
  }
  const bool was_up = connack_came_;
  link_exists_ = false;
  connack_came_ = false;
  renewal_pending_ = false;
  back_pressure_ = false;
  subscribe_in_flight_ = false;
  message_owner_ = nullptr;
  message_waits_for_turn_ = false;
  if (!drop_reason_.ok()) {
    reason = drop_reason_;
  } else if (reason.error() == Error::kRefusedCredentials && clock_suspect()) {
    reason = reason.with_error(Error::kClockSuspect);
  }
  drop_reason_ = Status();
  const bool closing = state_ == ConnectionState::kClosing;
  const bool renewing = !closing && reason.error() == Error::kTokenRenewal;
  if (closing) {
    reason = Error::kClosed;
  }
  if (was_up) {
    if (!closing && !renewing) {
      ++counters_.disconnects;
    }
    outbox_.rewind();
    complete_oldest(outbox_.this_link(), Outbox::Kind::kThisLink, Error::kExpired);
    for (Feature* feature = features_; feature != nullptr; feature = feature->next_) {
      feature->on_link_lost(reason);
    }
  }
  if (state_ == ConnectionState::kClosing) {  // perhaps since a callback above
    return;                                   // advance() finishes
  }
  if (renewing) {
    backoff_.link_ended_by_plan(poll_time_);
    deadline_ = poll_time_;
    set_state(ConnectionState::kRenewing, reason);
    return;
  }
  schedule_retry(reason, poll_time_);
}

void Session::schedule_retry(Status reason, MonotonicTime now) {
  Duration wait = backoff_.link_down(reason, now, context_);
  std::uint16_t& failures = counters_.failures[static_cast<std::size_t>(class_of(reason.error()))];
  failures = static_cast<std::uint16_t>(failures + (failures != 0xFFFF ? 1 : 0));
  if (retry_at_once_) {
    retry_at_once_ = false;
    backoff_.reset();
    wait = Duration(0);
  }
  deadline_ = after(now, wait);
  set_state(ConnectionState::kWaitingToRetry, reason);
}

void Session::finish_close() {
  for (Feature* feature = features_; feature != nullptr; feature = feature->next_) {
    feature->on_close();
  }
  complete_oldest(outbox_.count(), Outbox::Kind::kAny, Error::kCancelled);
  deadline_ = kNever;
  set_state(ConnectionState::kClosed, Error::kClosed);
}

HUBTWIN_NAMESPACE_END
