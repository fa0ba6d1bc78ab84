// SPDX-License-Identifier: MIT
#include "support/scripted_transport.hpp"

#include <hubtwin/wire/cut.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace hubtwin::test {

void ScriptedTransport::breach(const char* what) {
  if (breach_hook_ != nullptr) {
    breach_hook_(what);
  }
  std::fprintf(stderr, "the transport's contract is broken by its caller: %s\n", what);
  std::abort();
}

bool ScriptedTransport::subscribed_to(std::string_view filter) const {
  return std::any_of(filters_.begin(), filters_.end(),
                     [&](const Filter& held) { return held.filter == filter; });
}

std::vector<ScriptedTransport::Publish> ScriptedTransport::published_to(
    std::string_view prefix) const {
  std::vector<Publish> found;
  std::copy_if(publishes_.begin(), publishes_.end(), std::back_inserter(found),
               [&](const Publish& publish) { return has_prefix(publish.topic, prefix); });
  return found;
}

void ScriptedTransport::clear_records() {
  connects_.clear();
  subscribes_.clear();
  publishes_.clear();
  acknowledged_.clear();
  disconnects_ = 0;
}

// The wire.

void ScriptedTransport::send_down(Event event, Duration delay) {
  const bool stale = arriving_link_.has_value() && *arriving_link_ != link_;
  if (stale || severed_ || state_ == State::kDown || state_ == State::kEnding) {
    return;
  }
  event.due = clock_.now() + down_ + delay;
  if (state_ == State::kConnecting && event.kind != EventKind::kConnected &&
      event.kind != EventKind::kEnd) {
    // Nothing overtakes CONNACK, and without one nothing is heard.
    const auto connack =
        std::find_if(down_queue_.begin(), down_queue_.end(),
                     [](const Event& queued) { return queued.kind == EventKind::kConnected; });
    if (connack == down_queue_.end()) {
      return;
    }
    event.due = std::max(event.due, connack->due);
  }
  const auto behind =
      std::upper_bound(down_queue_.begin(), down_queue_.end(), event.due,
                       [](MonotonicTime due, const Event& other) { return due < other.due; });
  down_queue_.insert(behind, std::move(event));
}

void ScriptedTransport::send_up(std::function<void()> arrive) {
  if (severed_) {
    return;
  }
  up_queue_.push_back({clock_.now() + up_, link_, std::move(arrive)});
  if (up_ == Duration::zero()) {
    deliver_to_peer();
  }
}

void ScriptedTransport::deliver_to_peer() {
  if (arriving_link_.has_value()) {
    return;  // the loop that called us goes on with it
  }
  while (!up_queue_.empty() && up_queue_.front().due <= clock_.now()) {
    const Upward packet = std::move(up_queue_.front());
    up_queue_.pop_front();
    arriving_link_ = packet.link;
    packet.arrive();
    arriving_link_.reset();
  }
}

MonotonicTime ScriptedTransport::next_arrival_at_peer() const {
  return up_queue_.empty() ? kNever : up_queue_.front().due;
}

// The wire breaks: what would arrive at the hub later than `at` never does.
void ScriptedTransport::sever(MonotonicTime at, bool orderly) {
  if (!orderly) {
    up_queue_.erase(std::remove_if(up_queue_.begin(), up_queue_.end(),
                                   [&](const Upward& packet) { return packet.due > at; }),
                    up_queue_.end());
  }
  if (peer_ != nullptr && !severed_) {
    const MonotonicTime noticed = orderly ? clock_.now() + up_ : at;
    up_queue_.push_back({noticed, link_, [this, orderly] { peer_->on_gone(*this, orderly); }});
  }
  severed_ = true;
  if (!orderly || up_ == Duration::zero()) {
    deliver_to_peer();
  }
}

void ScriptedTransport::schedule_end(Status reason, MonotonicTime due) {
  Event end;
  end.kind = EventKind::kEnd;
  end.reason = reason;
  end.due = due;
  down_queue_.push_back(std::move(end));
}

// What the hub does.

void ScriptedTransport::accept(bool session_present, Duration delay) {
  Event event;
  event.kind = EventKind::kConnected;
  event.flag = session_present;
  send_down(std::move(event), delay);
}

void ScriptedTransport::refuse(Status reason, Duration delay) {
  Event event;
  event.kind = EventKind::kEnd;
  event.reason = reason;
  send_down(std::move(event), delay);
}

void ScriptedTransport::suback(std::uint16_t packet_id, bool granted, Duration delay) {
  Event event;
  event.kind = EventKind::kSuback;
  event.packet_id = packet_id;
  event.flag = granted;
  send_down(std::move(event), delay);
}

void ScriptedTransport::acknowledge_publish(std::uint16_t packet_id, Duration delay) {
  Event event;
  event.kind = EventKind::kPuback;
  event.packet_id = packet_id;
  send_down(std::move(event), delay);
}

std::uint16_t ScriptedTransport::deliver(Message message, Duration delay) {
  if (message.qos == Qos::kAtLeastOnce && message.packet_id == 0) {
    last_down_packet_id_ = static_cast<std::uint16_t>(last_down_packet_id_ % 0xFFFF + 1);
    message.packet_id = last_down_packet_id_;
  }
  const std::uint16_t packet_id = message.packet_id;
  Event event;
  event.kind = EventKind::kMessage;
  event.message = std::move(message);
  send_down(std::move(event), delay);
  return packet_id;
}

void ScriptedTransport::cut(Status reason, bool at_once) {
  if (state_ == State::kDown || state_ == State::kEnding || severed_) {
    return;
  }
  MonotonicTime at = clock_.now();
  if (at_once) {
    down_queue_.clear();
    open_.reset();
    put_off_ = false;
  } else if (!down_queue_.empty()) {
    at = std::max(at, down_queue_.back().due);
  }
  schedule_end(reason, at);
  sever(at, false);
}

void ScriptedTransport::go_silent() {
  if (state_ == State::kDown || state_ == State::kEnding || severed_) {
    return;
  }
  // What the client has put off did arrive, and is offered to it again.
  down_queue_.erase(std::remove_if(down_queue_.begin(), down_queue_.end(),
                                   [](const Event& event) { return !event.put_off; }),
                    down_queue_.end());
  open_.reset();
  put_off_ = false;
  const MonotonicTime noticed = clock_.now() + keep_alive_ * 3 / 2;
  schedule_end(Error::kPeerSilent, noticed);
  up_queue_.clear();
  sever(noticed, false);
}

// Transport.

void ScriptedTransport::attach(TransportEvents* events) {
  if (events == nullptr && state_ != State::kDown) {
    disconnect();
    forget_link();
  }
  events_ = events;
}

Status ScriptedTransport::connect(const ConnectRequest& request) {
  if (events_ == nullptr) {
    breach("connect() before attach()");
  }
  if (state_ != State::kDown) {
    return Error::kWrongState;
  }
  if (request.host.empty() || request.client_id.empty() || request.user_name.empty() ||
      request.port == 0) {
    return Error::kInvalidArgument;
  }
  if (request.keep_alive < std::chrono::seconds(5) ||
      request.keep_alive > std::chrono::seconds(1177) ||
      request.keep_alive % std::chrono::seconds(1) != Duration::zero()) {
    return Error::kInvalidArgument;
  }
  if (!connect_failure_.ok()) {
    return std::exchange(connect_failure_, Status());
  }
  ++link_;
  state_ = State::kConnecting;
  severed_ = false;
  keep_alive_ = request.keep_alive;
  Connect connect;
  connect.host = std::string(request.host);
  connect.port = request.port;
  connect.client_id = std::string(request.client_id);
  connect.user_name = std::string(request.user_name);
  connect.password = std::string(request.password.reveal());
  connect.keep_alive = request.keep_alive;
  connect.clean_session = request.clean_session;
  connect.at = clock_.now();
  connects_.push_back(connect);
  send_up([this, connect] {
    if (automatic_) {
      accept();
    }
    if (peer_ != nullptr) {
      peer_->on_connect(*this, connect);
    }
  });
  return Status();
}

void ScriptedTransport::disconnect() {
  if (state_ == State::kDown || state_ == State::kEnding) {
    return;
  }
  if (state_ == State::kUp) {
    ++disconnects_;
  }
  if (!severed_) {
    sever(clock_.now(), state_ == State::kUp);
  }
  state_ = State::kEnding;
  down_queue_.clear();
  underway_.reset();
  open_.reset();
  put_off_ = false;
  schedule_end(Error::kClosed, clock_.now());
  down_queue_.back().not_before_poll = poll_number_ + 1;
}

Result<std::uint16_t> ScriptedTransport::subscribe(Span<const Subscription> filters) {
  if (state_ != State::kUp) {
    breach("subscribe() without a link");
  }
  if (filters.empty() || filters.size() > 8) {
    breach("subscribe() with no filter, or more than 8");
  }
  if (refused_subscribes_ > 0) {
    --refused_subscribes_;
    return Error::kBackPressure;
  }
  Subscribe subscribe;
  subscribe.packet_id = fresh_packet_id();
  subscribe.at = clock_.now();
  for (const Subscription& wanted : filters) {
    subscribe.filters.push_back({std::string(wanted.filter), wanted.qos});
    filters_.push_back(subscribe.filters.back());
  }
  last_subscribe_ = subscribe.packet_id;
  subscribes_.push_back(subscribe);
  send_up([this, subscribe] {
    if (automatic_) {
      suback(subscribe.packet_id, true);
    }
    if (peer_ != nullptr) {
      peer_->on_subscribe(*this, subscribe);
    }
  });
  return subscribe.packet_id;
}

Result<std::uint16_t> ScriptedTransport::publish(const PublishRequest& request) {
  if (state_ != State::kUp) {
    breach("publish() without a link");
  }
  if (request.topic.empty() || request.topic.find_first_of("+#") != std::string_view::npos) {
    breach("publish() to an empty topic, or one with a wildcard");
  }
  if (request.resend && (request.qos != Qos::kAtLeastOnce || request.packet_id == 0)) {
    breach("publish() as a re-send without QoS 1 and the earlier packet id");
  }
  if (request.source != nullptr && request.qos != Qos::kAtMostOnce) {
    breach("publish() from a source with another QoS than 0");
  }
  if (request.payload.size() > largest_payload_) {
    return Error::kNoSpace;
  }
  if (published_this_poll_ >= publishes_per_poll_ || underway_.has_value()) {
    return Error::kBackPressure;
  }
  ++published_this_poll_;
  Publish publish;
  publish.topic = std::string(request.topic);
  publish.payload = std::string(as_text(request.payload));
  publish.qos = request.qos;
  publish.resend = request.resend;
  publish.at = clock_.now();
  if (request.qos == Qos::kAtLeastOnce) {
    publish.duplicate = request.resend && capabilities_.resends_with_dup;
    publish.packet_id = publish.duplicate ? request.packet_id : fresh_packet_id();
    const InFlight in_flight =
        request.payload_stays ? InFlight{request.payload, publish.payload} : InFlight{};
    if (!in_flight_.emplace(publish.packet_id, in_flight).second) {
      breach("publish() re-sends what is in flight on this link");
    }
  }
  const std::uint16_t packet_id = publish.packet_id;
  if (request.source != nullptr) {
    underway_ = {std::move(publish), request.source, request.source->size(), clock_.now()};
    if (source_bytes_per_poll_ == kUnlimited) {
      read_source(kUnlimited);
    }
  } else {
    sent(publish);
  }
  return packet_id;
}

void ScriptedTransport::read_source(std::size_t most) {
  for (std::size_t size = 0; underway_.has_value() && underway_->left > 0 && most > 0;
       most -= size) {
    size = std::min({most, underway_->left, fragment_size_});
    std::vector<std::uint8_t> room(size);
    underway_->source->read(ByteSpan(room.data(), size));
    underway_->publish.payload += as_text(ByteView(room.data(), size));
    underway_->left -= size;
  }
  if (underway_.has_value() && underway_->left == 0) {
    const Publish publish = std::move(underway_->publish);
    underway_.reset();
    sent(publish);
  }
}

void ScriptedTransport::sent(const Publish& publish) {
  publishes_.push_back(publish);
  if (publish_watcher_) {
    publish_watcher_(publish);
  }
  send_up([this, publish] {
    if (automatic_ && publish.qos == Qos::kAtLeastOnce) {
      acknowledge_publish(publish.packet_id);
    }
    if (peer_ != nullptr) {
      peer_->on_publish(*this, publish);
    }
  });
}

void ScriptedTransport::acknowledge(std::uint16_t packet_id) {
  if (!capabilities_.withholds_acknowledgement || state_ != State::kUp) {
    return;
  }
  if (unacknowledged_.erase(packet_id) == 0) {
    breach("acknowledge() of a message that doesn't wait for it on this link");
  }
  acknowledge_to_peer(packet_id);
}

void ScriptedTransport::acknowledge_to_peer(std::uint16_t packet_id) {
  acknowledged_.push_back(packet_id);
  send_up([this, packet_id] {
    if (peer_ != nullptr) {
      peer_->on_acknowledged(*this, packet_id);
    }
  });
}

std::uint16_t ScriptedTransport::fresh_packet_id() {
  do {
    last_packet_id_ = static_cast<std::uint16_t>(last_packet_id_ % 0xFFFF + 1);
  } while (in_flight_.count(last_packet_id_) != 0);
  return last_packet_id_;
}

void ScriptedTransport::forget_link() {
  state_ = State::kDown;
  down_queue_.clear();
  underway_.reset();
  open_.reset();
  put_off_ = false;
  in_flight_.clear();
  unacknowledged_.clear();
  filters_.clear();
}

void ScriptedTransport::report_end(Status reason) {
  if (!severed_) {  // the hub ended it by what it sent
    sever(clock_.now(), false);
  }
  forget_link();
  if (events_ != nullptr) {
    events_->on_disconnected(reason);
  }
}

void ScriptedTransport::poll(MonotonicTime now) {
  if (polling_) {
    breach("poll() inside poll()");
  }
  polling_ = true;
  ++poll_number_;
  published_this_poll_ = 0;
  put_off_ = false;
  if (underway_.has_value() && underway_->due <= now) {
    underway_->due = now + source_interval_;
    read_source(source_bytes_per_poll_);
  }
  deliver_to_peer();
  std::size_t fragments = fragments_per_poll_;
  while (!put_off_) {
    if (open_.has_value()) {
      if (!continue_open_message(fragments)) {
        break;
      }
      continue;
    }
    if (down_queue_.empty() || down_queue_.front().due > now ||
        down_queue_.front().not_before_poll > poll_number_) {
      break;
    }
    Event event = std::move(down_queue_.front());
    down_queue_.pop_front();
    const bool end = event.kind == EventKind::kEnd;
    dispatch(std::move(event));
    if (end) {
      break;
    }
  }
  if (put_off_) {
    // A message that is put off doesn't hide that the wire is broken.
    const auto end = std::find_if(down_queue_.begin(), down_queue_.end(), [&](const Event& event) {
      return event.kind == EventKind::kEnd && event.due <= now;
    });
    if (end != down_queue_.end()) {
      report_end(end->reason);
    }
  }
  polling_ = false;
}

void ScriptedTransport::dispatch(Event event) {
  switch (event.kind) {
    case EventKind::kEnd:
      report_end(event.reason);
      break;
    case EventKind::kConnected:
      if (state_ != State::kConnecting) {
        breach("the script accepts a link twice");
      }
      state_ = State::kUp;
      events_->on_connected(event.flag);
      break;
    case EventKind::kSuback:
      events_->on_subscribed(event.packet_id, event.flag);
      break;
    case EventKind::kPuback:
      check_stayed(event.packet_id);
      in_flight_.erase(event.packet_id);
      events_->on_published(event.packet_id);
      break;
    case EventKind::kMessage:
      offer(std::move(event));
      break;
  }
}

void ScriptedTransport::check_stayed(std::uint16_t packet_id) {
  const InFlight& sent = in_flight_[packet_id];
  if (as_text(sent.staying) != sent.payload) {
    breach("a payload that was to stay has changed before its PUBACK");
  }
}

void ScriptedTransport::offer(Event event) {
  if (state_ != State::kUp) {
    breach("the script delivers a message before it accepts the link");
  }
  const Message& message = event.message;
  MessageHead head;
  head.topic = message.topic;
  head.payload_size = message.payload.size();
  head.qos = message.qos;
  head.duplicate = message.duplicate;
  head.packet_id = message.packet_id;
  const std::uint64_t link = link_;
  const Intake intake = events_->on_message(head);
  if (link != link_ || state_ != State::kUp) {
    return;  // given up from inside
  }
  if (intake == Intake::kLater) {
    put_off_ = true;
    event.put_off = true;
    down_queue_.push_front(std::move(event));
    return;
  }
  open_ = std::move(event.message);
  open_offset_ = 0;
  open_dropped_ = intake == Intake::kDrop;
}

// One fragment, or the end. False when it has to wait for the next poll().
bool ScriptedTransport::continue_open_message(std::size_t& fragments) {
  const std::size_t whole = open_->payload.size();
  const std::size_t reachable = std::min(whole, open_->cut_after.value_or(whole));
  if (open_offset_ < reachable) {
    if (fragments == 0) {
      return false;
    }
    --fragments;
    const std::size_t size = std::min(fragment_size_, reachable - open_offset_);
    // A copy of exactly that size, so that a sanitizer sees each byte read beyond it.
    const std::vector<std::uint8_t> fragment(
        open_->payload.begin() + static_cast<std::ptrdiff_t>(open_offset_),
        open_->payload.begin() + static_cast<std::ptrdiff_t>(open_offset_ + size));
    open_offset_ += size;
    if (!open_dropped_) {
      events_->on_message_fragment(ByteView(fragment.data(), fragment.size()));
    }
    return true;
  }
  if (open_->cut_after.has_value()) {
    if (open_->silent_instead) {
      open_.reset();  // also where the link has gone silent before
      go_silent();
    } else {
      report_end(Error::kLinkLost);
    }
    return false;
  }
  const Message done = std::move(*open_);
  open_.reset();
  const bool acknowledged = done.qos == Qos::kAtLeastOnce;
  const bool withheld = acknowledged && capabilities_.withholds_acknowledgement && !open_dropped_;
  if (withheld) {
    unacknowledged_.insert(done.packet_id);
  } else if (acknowledged) {
    acknowledge_to_peer(done.packet_id);  // now that it has arrived whole
  }
  if (open_dropped_) {
    if (message_watcher_) {
      message_watcher_(done, false);
    }
    return true;
  }
  events_->on_message_end();
  if (message_watcher_) {
    message_watcher_(done, true);
  }
  return true;
}

MonotonicTime ScriptedTransport::next_deadline() const {
  MonotonicTime arrival = next_arrival_at_peer();
  if (open_.has_value()) {
    return earlier(clock_.now(), arrival);
  }
  if (underway_.has_value() && source_bytes_per_poll_ > 0) {
    arrival = earlier(underway_->due, arrival);
  }
  if (put_off_) {
    MonotonicTime end = kNever;
    for (const Event& event : down_queue_) {
      if (event.kind == EventKind::kEnd) {
        end = earlier(end, event.due);
      }
    }
    return earlier(end, arrival);
  }
  return earlier(down_queue_.empty() ? kNever : down_queue_.front().due, arrival);
}

}  // namespace hubtwin::test
