// SPDX-License-Identifier: MIT
// What passes through a session: messages in, and the outbox. Its link stands in session.ipp.
#include <hubtwin/session/session.hpp>

HUBTWIN_NAMESPACE_BEGIN

// --- Messages in ---------------------------------------------------------------------------------

Intake Session::on_message(const MessageHead& head) {
  message_waits_for_turn_ = false;
  for (Feature* feature = features_; feature != nullptr; feature = feature->next_) {
    if (!feature->claims(head.topic)) {
      continue;
    }
    const std::uint32_t refusals = context_.document_refusals_;
    const Intake intake = feature->on_message(head);
    if (intake == Intake::kTake) {
      message_owner_ = feature;
    }
    message_waits_for_turn_ = intake == Intake::kLater && refusals != context_.document_refusals_;
    return intake;
  }
  ++counters_.foreign_topics;
  HUBTWIN_LOG(kWarning, context_.log(), client_id_,
              "dropped a message on a topic nobody claims: ", head.topic);
  return Intake::kDrop;
}

void Session::on_message_fragment(ByteView fragment) {
  if (message_owner_ != nullptr) {
    message_owner_->on_message_fragment(fragment);
  }
}

void Session::on_message_end() {
  if (message_owner_ != nullptr) {
    Feature* const owner = message_owner_;
    message_owner_ = nullptr;
    owner->on_message_end();
  }
}

void Session::acknowledge(std::uint16_t packet_id) {
  if (link_exists_) {
    transport_.acknowledge(packet_id);
  }
}

// --- Messages out --------------------------------------------------------------------------------

Span<char> Session::topic_room() const {
  const ByteSpan room = context_.call_scratch();
  return {reinterpret_cast<char*>(room.data()), room.size()};
}

Status Session::publish(std::string_view topic, ByteView payload) {
  if (!ready()) {
    return Error::kWrongState;
  }
  PublishRequest request;
  request.topic = topic;
  request.payload = payload;
  return transport_.publish(request).status();
}

Status Session::publish(std::string_view topic, PayloadSource& source) {
  if (!ready()) {
    return Error::kWrongState;
  }
  PublishRequest request;
  request.topic = topic;
  request.source = &source;
  return transport_.publish(request).status();
}

Result<std::uint32_t> Session::post(Feature* owner, std::string_view topic, ByteView payload,
                                    Qos qos, Lifetime lifetime, std::uint8_t priority) {
  const bool link_goes_on =
      connack_came_ && drop_reason_.ok() && state_ != ConnectionState::kClosing;
  if (lifetime == Lifetime::kThisLink && !link_goes_on) {
    return Error::kWrongState;
  }
  Outbox::Record record;
  record.topic = topic;
  record.payload = payload;
  record.owner = owner;
  record.ticket = ++last_ticket_;
  record.qos = qos;
  record.lifetime = lifetime;
  record.priority = priority;
  Status status = outbox_.push(record);
  if (status == Error::kNoSpace) {
    if (make_room_ != nullptr) {
      status = make_room_(*this, record);
    }
    counters_.refused += status == Error::kNoSpace ? 1 : 0;
  }
  if (!status) {
    return status;
  }
  return record.ticket;
}

void Session::set_full_policy(FullPolicy policy) {
  full_policy_ = policy;
  make_room_ = policy == FullPolicy::kRefuse ? nullptr : &Session::make_room;
}

// Of a record that found no room. \return success when it has been put into the outbox after all.
Status Session::make_room(Session& session, const Outbox::Record& record) {
  if (session.full_policy_ == FullPolicy::kDropNewest) {
    if (record.priority == kNeverDropped) {
      return Error::kNoSpace;
    }
    ++session.counters_.dropped;
    return Error::kDropped;
  }
  const std::size_t dropped = session.outbox_.dropped();
  session.outbox_.make_room(record, session.full_policy_);
  session.counters_.dropped += static_cast<std::uint32_t>(session.outbox_.dropped() - dropped);
  return session.outbox_.push(record);
}

bool Session::may_pump() const {
  return ready() && (!renewal_pending_ || outbox_.this_link() != 0);
}

void Session::pump_outbox() {
  back_pressure_ = false;
  while (may_pump()) {
    const std::size_t position = outbox_.next_to_publish();
    if (position == Outbox::kNone) {
      return;
    }
    const Outbox::Record record = outbox_.at(position);
    PublishRequest request;
    request.topic = record.topic;
    request.payload = record.payload;
    request.payload_stays = record.qos == Qos::kAtLeastOnce;  // a record goes at its PUBACK
    request.qos = record.qos;
    request.resend = record.resend;
    request.packet_id = record.packet_id;
    const Result<std::uint16_t> packet_id = transport_.publish(request);
    if (packet_id.error() == Error::kBackPressure) {
      back_pressure_ = true;
      return;
    }
    if (!packet_id || record.qos == Qos::kAtMostOnce) {
      complete(position, packet_id.status());
      continue;
    }
    if (record.resend) {
      ++counters_.resends;
    }
    outbox_.mark_in_flight(*packet_id);
  }
}

void Session::on_published(std::uint16_t packet_id) {
  const std::size_t position = outbox_.find_in_flight(packet_id);
  if (position != Outbox::kNone) {
    complete(position, Status());
  }
}

void Session::complete(std::size_t position, Status outcome) {
  const Outbox::Record record = outbox_.at(position);
  outbox_.remove(position);
  if (record.owner != nullptr) {
    record.owner->on_posted(record.ticket, record.dropped ? Status(Error::kDropped) : outcome);
  }
}

// Each is looked for anew, since who is told may post; not more than those that were there before,
// since who is told may post each time.
void Session::complete_oldest(std::size_t count, Outbox::Kind kind, Error outcome) {
  for (; count != 0 && outbox_.oldest(kind) != Outbox::kNone; --count) {
    complete(outbox_.oldest(kind), outcome);
  }
}

HUBTWIN_NAMESPACE_END
