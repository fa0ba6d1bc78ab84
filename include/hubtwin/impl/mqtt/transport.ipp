// SPDX-License-Identifier: MIT
#include <hubtwin/auth/secret.hpp>
#include <hubtwin/contract.hpp>
#include <hubtwin/mqtt/packet_writer.hpp>
#include <hubtwin/mqtt/transport.hpp>
#include <hubtwin/wire/connack.hpp>

#include <algorithm>

HUBTWIN_NAMESPACE_BEGIN

namespace mqtt {

namespace detail_transport {

// So many fillings of the receive memory are handled in one poll(): it must not take long.
constexpr int kReadsPerPoll = 8;

// Room that acknowledgements leave to a message under way.
constexpr std::size_t kLeastFill = 16;

constexpr Duration kLeastLiveness = std::chrono::seconds(5);
constexpr std::size_t kLeastTransmit = 64;

// See ConnectRequest.
constexpr Duration kLeastKeepAlive = std::chrono::seconds(5);
constexpr Duration kMostKeepAlive = std::chrono::seconds(1177);

static bool text_fits(std::string_view text) {
  return text.size() <= kMaxTextBytes;
}

}  // namespace detail_transport

Transport::Transport(ByteStream& stream, const TransportMemory& memory, const Liveness& liveness)
    : stream_(stream), transmit_(memory.transmit), reader_(memory.receive) {
  set_liveness(liveness);
  HUBTWIN_EXPECTS(transmit_.size() >= detail_transport::kLeastTransmit);
}

void Transport::set_liveness(const Liveness& liveness) {
  HUBTWIN_EXPECTS(liveness.probe_after >= detail_transport::kLeastLiveness &&
                  liveness.probe_timeout >= detail_transport::kLeastLiveness);
  liveness_ = liveness;
}

Transport::~Transport() {
  stream_.close();
  wipe(transmit_);
}

// --- Calls ---------------------------------------------------------------------------------------

Status Transport::connect(const ConnectRequest& request) {
  if (state_ != State::kIdle) {
    return Error::kWrongState;
  }
  const bool valid = request.keep_alive >= detail_transport::kLeastKeepAlive &&
                     request.keep_alive <= detail_transport::kMostKeepAlive &&
                     detail_transport::text_fits(request.client_id) &&
                     detail_transport::text_fits(request.user_name) &&
                     detail_transport::text_fits(request.password.reveal()) &&
                     (request.password.empty() || !request.user_name.empty());
  if (!valid) {
    return Error::kInvalidArgument;
  }
  if (connect_size(request) > transmit_.size()) {
    return Error::kNoSpace;
  }
  const Status opened = stream_.open(request.host, request.port);
  if (!opened.ok()) {
    return opened;
  }
  PacketWriter packet(transmit_);
  packet.connect(request);
  transmit_begin_ = 0;
  transmit_end_ = packet.size();
  token_in_transmit_ = true;
  keep_alive_ = request.keep_alive;
  reader_.reset();
  unacknowledged_ = 0;
  probed_at_ = kNever;
  asking_ = false;
  held_ = false;
  dropping_ = false;
  more_ = true;
  state_ = State::kOpening;
  return Status();
}

void Transport::disconnect() {
  if (state_ == State::kIdle || state_ == State::kEnded) {
    return;
  }
  if (state_ == State::kUp && source_ == nullptr &&
      pending() + kDisconnectBytes <= transmit_.size()) {
    PacketWriter packet(tail(kDisconnectBytes));
    packet.disconnect();
    transmit_end_ += packet.size();
    flush();
  }
  end(Error::kClosed);
}

Result<std::uint16_t> Transport::subscribe(Span<const Subscription> filters) {
  const Status status = check_room(subscribe_size(filters));
  if (!status.ok()) {
    return status;
  }
  PacketWriter packet(tail(subscribe_size(filters)));
  const std::uint16_t packet_id = new_packet_id();
  packet.subscribe(packet_id, filters);
  transmit_end_ += packet.size();
  more_ = true;
  return packet_id;
}

Result<std::uint16_t> Transport::publish(const PublishRequest& request) {
  if (!detail_transport::text_fits(request.topic)) {
    return Error::kNoSpace;
  }
  const bool streamed = request.source != nullptr;
  if (streamed && request.qos != Qos::kAtMostOnce) {
    return Error::kInvalidArgument;
  }
  if ((streamed ? request.source->size() : request.payload.size()) > kMaxPayloadBytes) {
    return Error::kNoSpace;
  }
  PublishRequest outgoing = request;
  std::size_t size = streamed ? publish_head_size(outgoing) : publish_size(outgoing);
  Status status = check_room(size);
  if (!status.ok() && !streamed && outgoing.payload_stays && source_ == nullptr) {
    staying_.begin(outgoing.payload);
    outgoing.source = &staying_;
    size = publish_head_size(outgoing);
    status = check_room(size);
  }
  if (!status.ok()) {
    return status;
  }
  std::uint16_t packet_id = 0;
  if (outgoing.qos != Qos::kAtMostOnce) {
    packet_id = outgoing.resend ? outgoing.packet_id : new_packet_id();
    if (!asking_) {
      ask(packet_id);
    }
  }
  PacketWriter packet(tail(size));
  packet.publish(packet_id, outgoing);
  transmit_end_ += packet.size();
  if (outgoing.source != nullptr && outgoing.source->size() != 0) {
    source_ = outgoing.source;
    source_packet_id_ = packet_id;
    unread_ = source_->size();
  }
  more_ = true;
  return packet_id;
}

void Transport::StayingPayload::read(ByteSpan room) {
  std::copy(rest_.begin(), rest_.begin() + room.size(), room.begin());
  rest_ = rest_.subspan(room.size());
}

// There is always room: see reserve().
void Transport::acknowledge(std::uint16_t packet_id) {
  if (state_ != State::kUp || unacknowledged_ == 0) {
    return;
  }
  --unacknowledged_;
  PacketWriter(control(kPubackBytes)).puback(packet_id);
  more_ = true;
}

// --- Transmit memory -----------------------------------------------------------------------------

// What must stay free for packets that can't wait for the peer to read.
std::size_t Transport::reserve() const {
  return kPubackBytes * unacknowledged_ + kPingreqBytes;
}

Status Transport::check_room(std::size_t packet) {
  if (state_ != State::kUp) {
    return Error::kWrongState;
  }
  if (packet > transmit_.size() - kPingreqBytes) {
    return Error::kNoSpace;
  }
  const std::size_t taken = used() + reserve();
  const bool room = taken <= transmit_.size() && packet <= transmit_.size() - taken;
  return source_ == nullptr && room ? Error::kNone : Error::kBackPressure;
}

// Free memory behind what is still to be sent. \pre There is room for the packet.
ByteSpan Transport::tail(std::size_t packet) {
  HUBTWIN_EXPECTS(packet <= transmit_.size() - used());
  if (packet > transmit_.size() - waiting_ - transmit_end_) {
    std::copy(transmit_.begin() + transmit_begin_, transmit_.begin() + transmit_end_,
              transmit_.begin());
    transmit_end_ -= transmit_begin_;
    transmit_begin_ = 0;
  }
  return transmit_.subspan(transmit_end_, packet);
}

// Room for a packet that goes after what is to be sent, and after the message under way.
ByteSpan Transport::control(std::size_t packet) {
  const ByteSpan room = tail(packet);
  if (source_ == nullptr) {
    transmit_end_ += packet;
    return room;
  }
  const auto waiting = transmit_.end() - waiting_;
  std::copy(waiting, transmit_.end(), waiting - packet);
  waiting_ += packet;
  return transmit_.subspan(transmit_.size() - packet);
}

// The message under way is read: what waited for that comes next.
void Transport::append_waiting() {
  source_ = nullptr;
  const ByteSpan room = transmit_.subspan(transmit_.size() - waiting_);
  transmit_end_ = static_cast<std::size_t>(
      std::copy(room.begin(), room.end(), transmit_.begin() + transmit_end_) - transmit_.begin());
  waiting_ = 0;
}

// Reads on in the message under way once all before is sent.
void Transport::fill() {
  if (source_ == nullptr || pending() != 0 || !linked()) {
    return;
  }
  transmit_begin_ = 0;
  transmit_end_ = std::min(unread_, transmit_.size() - waiting_ - reserve());
  source_->read(transmit_.first(transmit_end_));
  unread_ -= transmit_end_;
  more_ = true;
  if (unread_ == 0) {
    append_waiting();
  }
}

void Transport::flush() {
  while (linked() && pending() != 0) {
    const Result<std::size_t> written =
        stream_.write(ByteView(transmit_.data() + transmit_begin_, pending()));
    if (!written.ok()) {
      end(written.status());
      return;
    }
    if (*written == 0) {
      return;
    }
    transmit_begin_ += *written;
    counters_.bytes_sent += static_cast<std::uint32_t>(*written);
    sent_at_ = now_;
    probed_at_ = source_ != nullptr ? kNever : probed_at_;
  }
  if (pending() == 0) {
    if (token_in_transmit_) {
      wipe(transmit_);
      token_in_transmit_ = false;
    }
    transmit_begin_ = 0;
    transmit_end_ = 0;
  }
}

std::uint16_t Transport::new_packet_id() {
  ++last_packet_id_;
  last_packet_id_ = static_cast<std::uint16_t>(last_packet_id_ + (last_packet_id_ == 0 ? 1 : 0));
  return last_packet_id_;
}

// --- Polling -------------------------------------------------------------------------------------

void Transport::poll(MonotonicTime now) {
  now_ = now;
  more_ = false;
  if (state_ == State::kOpening) {
    const Result<bool> ready = stream_.advance(now);
    if (!ready.ok()) {
      end(ready.status());
    } else if (*ready) {
      state_ = State::kWaiting;
      received_at_ = now;
      sent_at_ = now;
    }
  }
  if (linked()) {
    flush();
    receive();
    watch();
    flush();
    fill();  // once: a source may have to begin anew each time
  }
  if (state_ == State::kEnded) {
    state_ = State::kIdle;
    const Status reason = reason_;
    if (events_ != nullptr) {
      events_->on_disconnected(reason);
    }
  }
}

void Transport::receive() {
  int reads = 0;
  for (;;) {
    Found found = reader_.next();
    while (linked() && found != Found::kMore) {
      if (!handle(found)) {
        return;
      }
      found = reader_.next();
    }
    if (!linked()) {
      return;
    }
    if (reads++ == detail_transport::kReadsPerPoll) {
      more_ = true;
      return;
    }
    const Result<std::size_t> got = stream_.read(reader_.room());
    if (!got.ok()) {
      end(got.status());
      return;
    }
    if (*got == 0) {
      return;
    }
    reader_.add(*got);
    counters_.bytes_received += static_cast<std::uint32_t>(*got);
    heard();
  }
}

void Transport::heard() {
  received_at_ = now_;
  probed_at_ = kNever;
}

void Transport::ask(std::uint16_t packet_id) {
  asking_ = true;
  asked_id_ = packet_id;
  asked_at_ = now_;
}

void Transport::answered(std::uint16_t packet_id) {
  if (asking_ && packet_id == asked_id_) {
    asking_ = false;
    counters_.last_round_trip = now_ - asked_at_;
  }
}

// \return whether to go on reading.
bool Transport::handle(Found found) {
  if (found == Found::kBad) {
    end(reader_.error());
    return false;
  }
  if ((found == Found::kConnack) != (state_ == State::kWaiting)) {
    end(Error::kProtocolViolation);  // CONNACK comes first, and once (3.2)
    return false;
  }
  switch (found) {
    case Found::kConnack:
      return handle_connack();
    case Found::kPuback:
      if (source_ != nullptr && reader_.packet_id() == source_packet_id_) {
        end(Error::kProtocolViolation);  // of a message that isn't out yet (4.3.2)
        return false;
      }
      answered(reader_.packet_id());
      events_->on_published(reader_.packet_id());
      break;
    case Found::kSuback:
      events_->on_subscribed(reader_.packet_id(), reader_.granted());
      break;
    case Found::kPublish:
      return offer();
    case Found::kPayload:
      if (!dropping_) {
        events_->on_message_fragment(reader_.fragment());
      }
      break;
    case Found::kEnd:
      end_message();
      break;
    case Found::kPingresp:
      answered(0);
      break;
    case Found::kMore:
    case Found::kBad:
      break;
  }
  return true;
}

bool Transport::handle_connack() {
  const Status status = status_of_connack(reader_.code());
  if (!status.ok()) {
    end(status);
    return false;
  }
  state_ = State::kUp;
  events_->on_connected(reader_.session_present());
  return true;
}

// Offers a message whose head was read, unless its acknowledgement might find no room.
bool Transport::offer() {
  const MessageHead head = reader_.head();
  const bool numbered = head.qos != Qos::kAtMostOnce;
  const std::size_t fill = source_ != nullptr ? detail_transport::kLeastFill : 0;
  if (numbered && used() + reserve() + kPubackBytes + fill > transmit_.size()) {
    return false;  // until the peer has read some of it
  }
  if (held_) {
    heard();
  }
  // Set aside before the event, which may publish all that there is room for.
  unacknowledged_ += numbered ? 1 : 0;
  const Intake intake = events_->on_message(head);
  held_ = intake == Intake::kLater;
  if (held_ || state_ != State::kUp) {
    unacknowledged_ -= numbered && unacknowledged_ != 0 ? 1 : 0;
    return false;
  }
  dropping_ = intake == Intake::kDrop;
  reader_.take_head();
  return true;
}

void Transport::end_message() {
  if (!dropping_) {
    events_->on_message_end();
  } else if (reader_.packet_id() != 0) {
    acknowledge(reader_.packet_id());
  }
}

// Asks for a sign of life, gives one before the hub misses it, and ends a dead link. While a
// message is held nothing is read, so nothing can be missed.
void Transport::watch() {
  if (state_ != State::kUp) {
    return;
  }
  if (now_ >= silent_at() && probed_at_ != kNever) {
    end(Error::kPeerSilent);
    return;
  }
  if (now_ < earlier(silent_at(), idle_at())) {
    return;
  }
  // Without room for it plenty is on its way already, or one that the peer hasn't read. Nor can it
  // go before the end of a message: while that goes on, what the peer takes is its sign of life.
  if (source_ == nullptr && used() + reserve() <= transmit_.size()) {
    PacketWriter(control(kPingreqBytes)).pingreq();
    if (!asking_ || asked_id_ != 0) {
      ask(0);  // instead of a message that perhaps is never acknowledged
    }
  }
  sent_at_ = now_;
  if (probed_at_ == kNever) {
    probed_at_ = now_;
  }
}

// When the peer's silence asks for a PINGREQ or, after that, for the link's end.
MonotonicTime Transport::silent_at() const {
  if (held_) {
    return kNever;
  }
  const MonotonicTime alive = source_ != nullptr ? std::max(received_at_, sent_at_) : received_at_;
  return probed_at_ != kNever ? after(probed_at_, liveness_.probe_timeout)
                              : after(alive, liveness_.probe_after);
}

// When our own silence does.
MonotonicTime Transport::idle_at() const {
  return after(sent_at_, keep_alive_ / 4 * 3);
}

MonotonicTime Transport::next_deadline() const {
  switch (state_) {
    case State::kIdle:
      return kNever;
    case State::kEnded:
      return kAtOnce;
    case State::kOpening:
    case State::kWaiting:
      return more_ ? kAtOnce : stream_.next_deadline();
    case State::kUp:
      break;
  }
  return more_ ? kAtOnce : earlier(stream_.next_deadline(), earlier(silent_at(), idle_at()));
}

void Transport::end(Status reason) {
  stream_.close();
  if (token_in_transmit_) {
    wipe(transmit_);
    token_in_transmit_ = false;
  }
  transmit_begin_ = 0;
  transmit_end_ = 0;
  waiting_ = 0;
  source_ = nullptr;
  reason_ = reason;
  state_ = events_ == nullptr ? State::kIdle : State::kEnded;  // without anyone to be told
}

}  // namespace mqtt

HUBTWIN_NAMESPACE_END
