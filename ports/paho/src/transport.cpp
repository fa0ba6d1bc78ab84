// SPDX-License-Identifier: MIT
#include "link.hpp"
#include <hubtwin/auth/host_name.hpp>
#include <hubtwin/contract.hpp>
#include <hubtwin/paho/transport.hpp>
#include <hubtwin/twin/utf8.hpp>

#include <bitset>
#include <optional>
#include <system_error>

HUBTWIN_NAMESPACE_BEGIN
namespace paho {
namespace {

constexpr std::size_t kMaxText = 65535;           // MQTT 3.1.1, 1.5.3
constexpr std::size_t kMaxPayload = 268'000'000;  // 268,435,455 less topic and packet id
constexpr std::uint16_t kMaxInFlight = 10'000;
constexpr std::size_t kMaxQueueBytes = std::size_t{1} << 30;
constexpr std::chrono::milliseconds kPollBudget{5};
constexpr Duration kClosePatience = std::chrono::seconds(3);
constexpr Duration kLaterPatience = std::chrono::seconds(2);

bool is_text(std::string_view text) {
  return text.size() <= kMaxText && text.find('\0') == std::string_view::npos && is_utf8(text);
}

bool is_topic(std::string_view text) {
  return !text.empty() && text.find_first_of("+#") == std::string_view::npos && is_text(text);
}

bool in_range(const Options& options) {
  return options.connect_timeout >= std::chrono::seconds(1) &&
         options.connect_timeout <= std::chrono::minutes(10) && options.max_in_flight >= 1 &&
         options.max_in_flight <= kMaxInFlight && options.queue_bytes >= 1 &&
         options.queue_bytes <= kMaxQueueBytes;
}

bool is_valid(const ConnectRequest& request) {
  return is_host(request.host) && request.port != 0 && is_text(request.client_id) &&
         is_text(request.user_name) && is_text(request.password.reveal()) &&
         (request.password.empty() || !request.user_name.empty()) &&
         (request.clean_session || !request.client_id.empty()) &&
         request.keep_alive >= std::chrono::seconds(1) &&
         request.keep_alive <= std::chrono::seconds(65535);
}

/// The packet ids that wait for an answer.
class PacketIds {
 public:
  /// \pre fewer than 65,535 are taken.
  std::uint16_t take() {
    do {
      last_ = last_ == 0xffff ? std::uint16_t{1} : static_cast<std::uint16_t>(last_ + 1);
    } while (taken_.test(last_));
    taken_.set(last_);
    return last_;
  }
  void release(std::uint16_t id) { taken_.reset(id); }
  void clear() { taken_.reset(); }

 private:
  std::bitset<65536> taken_;
  std::uint16_t last_ = 0;
};

}  // namespace

class Transport::Impl {
 public:
  explicit Impl(Options options) : options_(std::move(options)) {}
  ~Impl();

  void attach(TransportEvents* events) { events_ = events; }
  Status connect(const ConnectRequest& request);
  void disconnect();
  Result<std::uint16_t> subscribe(Span<const Subscription> filters);
  Result<std::uint16_t> publish(const PublishRequest& request);
  void poll(MonotonicTime now);
  MonotonicTime next_deadline() const;
  const TransportCounters& counters() const { return counters_; }

 private:
  enum class State : std::uint8_t { kIdle, kConnecting, kUp, kClosing };

  LinkPlan plan_of(const ConnectRequest& request) const;
  Peer peer_of(const ConnectRequest& request) const;
  void start(LinkPlan plan);
  bool deliver(const Event& event);
  bool deliver_message(const Event& event);
  void deliver_all();
  void settle_deadline();
  void give_up(Status reason);
  void finish(Status reason);

  const Options options_;
  TransportEvents* events_ = nullptr;
  State state_ = State::kIdle;
  std::shared_ptr<Link> link_;
  PacketIds ids_;
  int unacknowledged_ = 0;
  bool was_up_ = false;
  bool polling_ = false;
  bool more_ = false;     // the budget ended before the inbox did
  bool blocked_ = false;  // the inbox's head was answered kLater
  bool ending_ = false;   // the link has ended and the inbox hasn't
  MonotonicTime now_ = MonotonicTime::min();
  std::optional<Duration> patience_;  // becomes the deadline at the next poll(), which has the time
  MonotonicTime deadline_ = kNever;
  TransportCounters counters_;
  MonotonicTime asked_at_ = kNever;  // when the message went out that is measured; kNever: none
  std::uint16_t asked_id_ = 0;

  std::shared_ptr<std::shared_ptr<void>> paho_;  // set and cleared by the worker
  std::unique_ptr<Worker> worker_;
};

Transport::Impl::~Impl() {
  if (link_ != nullptr) {
    link_->abandon();
  }
  if (worker_ != nullptr) {
    worker_->tasks()->post([paho = paho_] { paho->reset(); });
  }
}

Peer Transport::Impl::peer_of(const ConnectRequest& request) const {
  return {std::string(without_brackets(request.host)), request.port, !options_.insecure_plain_tcp,
          options_.ca_file, options_.ca_directory};
}

LinkPlan Transport::Impl::plan_of(const ConnectRequest& request) const {
  LinkPlan plan;
  plan.peer = peer_of(request);
  plan.client_id = request.client_id;
  plan.user_name = request.user_name;
  plan.password = request.password.reveal();
  plan.keep_alive = std::chrono::duration_cast<std::chrono::seconds>(request.keep_alive);
  plan.connect_timeout = options_.connect_timeout;
  plan.clean_session = request.clean_session;
  plan.max_in_flight = options_.max_in_flight;
  plan.queue_bytes = options_.queue_bytes;
  plan.wake = options_.wake;
  return plan;
}

Status Transport::Impl::connect(const ConnectRequest& request) {
  if (state_ != State::kIdle) {
    return Error::kWrongState;
  }
  if (!in_range(options_) || !is_valid(request)) {
    return Error::kInvalidArgument;
  }
  try {
    if (!options_.insecure_plain_tcp) {
      if (const Status status = check_trust_exists(peer_of(request)); !status) {
        return status;
      }
    }
    start(plan_of(request));
  } catch (const std::exception&) {  // no memory, no thread
    link_.reset();
    return Error::kNoSpace;
  }
  state_ = State::kConnecting;
  was_up_ = false;
  patience_ = options_.connect_timeout;
  return {};
}

void Transport::Impl::start(LinkPlan plan) {
  if (worker_ == nullptr) {
    auto paho = std::make_shared<std::shared_ptr<void>>();
    worker_ = std::make_unique<Worker>();
    paho_ = std::move(paho);
  }
  link_ = std::make_shared<Link>(std::move(plan), worker_->tasks());
  worker_->tasks()->post([paho = paho_] {
    if (*paho == nullptr) {
      *paho = keep_paho_running();
    }
  });
  link_->open();
}

void Transport::Impl::disconnect() {
  if (state_ == State::kUp) {
    link_->close_gently();
  }
  if (state_ == State::kUp || state_ == State::kConnecting) {
    state_ = State::kClosing;
    patience_ = was_up_ ? kClosePatience : Duration::zero();
  }
}

Result<std::uint16_t> Transport::Impl::subscribe(Span<const Subscription> filters) {
  if (state_ != State::kUp) {
    return Error::kWrongState;
  }
  if (filters.empty()) {
    return Error::kInvalidArgument;
  }
  for (const Subscription& subscription : filters) {
    if (subscription.filter.empty() || !is_text(subscription.filter)) {
      return Error::kInvalidArgument;
    }
  }
  if (unacknowledged_ >= options_.max_in_flight) {
    return Error::kBackPressure;
  }
  const std::uint16_t id = ids_.take();
  Status status = Error::kBackPressure;
  try {
    auto names = std::make_shared<::mqtt::string_collection>();
    std::vector<int> qos;
    for (const Subscription& subscription : filters) {
      names->push_back(std::string(subscription.filter));
      qos.push_back(static_cast<int>(subscription.qos));
    }
    status = link_->subscribe(std::move(names), std::move(qos), id);
  } catch (const std::bad_alloc&) {
  }
  if (!status) {
    ids_.release(id);
    return Status(Error::kBackPressure);
  }
  ++unacknowledged_;
  return id;
}

Result<std::uint16_t> Transport::Impl::publish(const PublishRequest& request) {
  if (state_ != State::kUp) {
    return Error::kWrongState;
  }
  if (!is_topic(request.topic)) {
    return Error::kInvalidArgument;
  }
  const bool streamed = request.source != nullptr;
  if (streamed && request.qos != Qos::kAtMostOnce) {
    return Error::kInvalidArgument;
  }
  const std::size_t size = streamed ? request.source->size() : request.payload.size();
  if (size > kMaxPayload) {
    return Error::kNoSpace;
  }
  if (unacknowledged_ + link_->unwritten() >= options_.max_in_flight) {
    link_->want_room();
    // Looked at again: room may have been made between the look and the wish to be told.
    if (unacknowledged_ + link_->unwritten() >= options_.max_in_flight) {
      return Error::kBackPressure;
    }
  }
  const bool acknowledged = request.qos == Qos::kAtLeastOnce;
  const std::uint16_t id = acknowledged ? ids_.take() : std::uint16_t{0};
  Status status = Error::kBackPressure;
  try {
    std::string payload(as_text(request.payload));
    if (streamed && size != 0) {  // Paho wants it whole
      payload.resize(size);
      request.source->read(ByteSpan(reinterpret_cast<std::uint8_t*>(payload.data()), size));
    }
    status = link_->publish(::mqtt::message::create(std::string(request.topic), std::move(payload),
                                                    static_cast<int>(request.qos), false),
                            id);
  } catch (const std::bad_alloc&) {
  }
  if (!status) {
    ids_.release(id);
    return Status(Error::kBackPressure);
  }
  unacknowledged_ += acknowledged ? 1 : 0;
  counters_.bytes_sent += static_cast<std::uint32_t>(request.topic.size() + size);
  if (acknowledged && asked_at_ == kNever) {
    asked_at_ = now_;
    asked_id_ = id;
  }
  return id;
}

void Transport::Impl::poll(MonotonicTime now) {
  HUBTWIN_EXPECTS(!polling_);
  now_ = now;
  if (link_ == nullptr || events_ == nullptr) {
    return;
  }
  if (state_ == State::kClosing && !was_up_) {
    return give_up(Error::kClosed);  // nothing was begun that would have to be brought to an end
  }
  settle_deadline();
  polling_ = true;
  // Asked before the inbox is emptied: all that came before the end is then in it.
  const std::optional<Status> end = link_->inbox().ended();
  deliver_all();
  polling_ = false;

  if (end && !more_ && !blocked_) {
    return finish(*end);
  }
  if (end && blocked_ && !ending_) {
    ending_ = true;
    patience_ = kLaterPatience;
  }
  settle_deadline();  // an event may have asked for one, too
  if (now < deadline_ || more_) {
    return;
  }
  if (end) {
    finish(*end);
  } else if (link_->resolving()) {
    give_up(Error::kResolveFailed);
  } else {
    give_up(Error::kConnectTimeout);
  }
}

void Transport::Impl::settle_deadline() {
  if (patience_) {
    deadline_ = after(now_, *patience_);
    patience_.reset();
  }
}

void Transport::Impl::deliver_all() {
  const auto until = std::chrono::steady_clock::now() + kPollBudget;
  more_ = false;
  blocked_ = false;
  while (const Event* const event = link_->inbox().front()) {
    if (more_) {
      return;
    }
    if (!deliver(*event)) {
      blocked_ = true;
      return;
    }
    link_->inbox().pop();
    more_ = std::chrono::steady_clock::now() >= until;
  }
  more_ = false;
}

bool Transport::Impl::deliver(const Event& event) {
  switch (event.kind) {
    case Event::Kind::kConnected:
      if (state_ == State::kConnecting) {
        state_ = State::kUp;
        was_up_ = true;
        deadline_ = kNever;
        events_->on_connected(event.flag);
      }
      return true;
    case Event::Kind::kSubscribed:
      ids_.release(event.id);
      --unacknowledged_;
      events_->on_subscribed(event.id, event.flag);
      return true;
    case Event::Kind::kPublished:
      ids_.release(event.id);
      --unacknowledged_;
      if (asked_at_ != kNever && event.id == asked_id_) {
        counters_.last_round_trip = now_ - asked_at_;
        asked_at_ = kNever;
      }
      events_->on_published(event.id);
      return true;
    case Event::Kind::kWritten:
      return true;
    case Event::Kind::kMessage:
      return deliver_message(event);
  }
  return true;
}

bool Transport::Impl::deliver_message(const Event& event) {
  MessageHead head;
  head.topic = event.topic;
  head.payload_size = event.payload.size();
  head.qos = event.qos;
  head.duplicate = event.flag;
  const Intake intake = events_->on_message(head);
  if (intake == Intake::kLater) {
    return false;
  }
  counters_.bytes_received += static_cast<std::uint32_t>(event.topic.size() + event.payload.size());
  if (intake == Intake::kDrop) {
    return true;
  }
  if (!event.payload.empty()) {
    events_->on_message_fragment(event.payload);
  }
  events_->on_message_end();
  return true;
}

void Transport::Impl::give_up(Status reason) {
  link_->abandon();
  finish(reason);
}

void Transport::Impl::finish(Status reason) {
  if (state_ == State::kClosing) {
    reason = Error::kClosed;
  }
  link_.reset();
  state_ = State::kIdle;
  ids_.clear();
  unacknowledged_ = 0;
  asked_at_ = kNever;
  more_ = false;
  blocked_ = false;
  ending_ = false;
  patience_.reset();
  deadline_ = kNever;
  events_->on_disconnected(reason);
}

MonotonicTime Transport::Impl::next_deadline() const {
  if (link_ == nullptr) {
    return kNever;
  }
  return more_ || patience_ ? now_ : deadline_;
}

Transport::Transport(Options options) : impl_(new (std::nothrow) Impl(std::move(options))) {}

Transport::~Transport() = default;

TransportCounters Transport::counters() const {
  return impl_->counters();
}

TransportCapabilities Transport::capabilities() const {
  return {};
}

void Transport::attach(TransportEvents* events) {
  if (impl_ != nullptr) {
    impl_->attach(events);
  }
}

Status Transport::connect(const ConnectRequest& request) {
  return impl_ != nullptr ? impl_->connect(request) : Status(Error::kNoSpace);
}

void Transport::disconnect() {
  if (impl_ != nullptr) {
    impl_->disconnect();
  }
}

Result<std::uint16_t> Transport::subscribe(Span<const Subscription> filters) {
  return impl_ != nullptr ? impl_->subscribe(filters) : Result<std::uint16_t>(Error::kWrongState);
}

Result<std::uint16_t> Transport::publish(const PublishRequest& request) {
  return impl_ != nullptr ? impl_->publish(request) : Result<std::uint16_t>(Error::kWrongState);
}

void Transport::acknowledge(std::uint16_t) {}

void Transport::poll(MonotonicTime now) {
  if (impl_ != nullptr) {
    impl_->poll(now);
  }
}

MonotonicTime Transport::next_deadline() const {
  return impl_ != nullptr ? impl_->next_deadline() : kNever;
}

}  // namespace paho
HUBTWIN_NAMESPACE_END
