// SPDX-License-Identifier: MIT
#include <hubtwin/impl/storage/json_record.hpp>
#include <hubtwin/port/log.hpp>
#include <hubtwin/storage/message_store.hpp>

#include <algorithm>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_message_store {

// A record: whose it is, the message's number, the length of its topic (4 bytes each,
// little-endian), topic, payload.
constexpr std::string_view kKind = "MSG1";
constexpr std::size_t kHeadBytes = detail_json_record::kHeadBytes + 8;
constexpr std::size_t kSpareBytes = 32;
constexpr Duration kRetry = std::chrono::minutes(1);

static void put(std::uint8_t* at, std::uint32_t number) {
  for (int index = 0; index < 4; ++index) {
    at[index] = static_cast<std::uint8_t>(number >> (8 * index));
  }
}
static std::uint32_t get(const std::uint8_t* at) {
  std::uint32_t number = 0;
  for (int index = 0; index < 4; ++index) {
    number |= static_cast<std::uint32_t>(at[index]) << (8 * index);
  }
  return number;
}

}  // namespace detail_message_store

MessageStore::MessageStore(Session& session, Telemetry& telemetry, Storage& storage,
                           Span<MessageSlot> slots, RecordId first)
    : session_(session), telemetry_(telemetry), storage_(storage), slots_(slots), first_(first) {
  session.add(*this);
}

Status MessageStore::set_delay(Duration delay) {
  if (delay < Duration(0) || delay > std::chrono::hours(24 * 30)) {
    return Error::kInvalidArgument;
  }
  delay_ = delay;
  return Status();
}

Result<std::uint32_t> MessageStore::send(const TelemetryMessage& message) {
  if (message.qos != Qos::kAtLeastOnce) {
    return Error::kInvalidArgument;
  }
  if (!restored_) {
    restore();  // so that no slot is taken twice
  }
  MessageSlot* free = nullptr;
  for (MessageSlot& slot : slots_) {
    if (slot.state_ == State::kFree) {
      free = &slot;
      break;
    }
  }
  // The topic isn't known yet, but not longer than the room for one.
  const std::size_t most =
      session_.context().document_scratch().size() - detail_message_store::kSpareBytes;
  if (message.payload.size() + session_.topic_room().size() > most) {
    return Error::kInvalidArgument;
  }
  if (free == nullptr) {
    return Error::kNoSpace;
  }
  TelemetryMessage kept = message;
  kept.priority = kNeverDropped;
  const Result<std::uint32_t> ticket = telemetry_.send(kept);
  if (ticket.ok()) {
    free->state_ = State::kPosted;
    free->ticket_ = *ticket;
    free->order_ = ++last_order_;
    free->store_at_ = after(session_.now(), delay_);
  }
  return ticket;
}

std::size_t MessageStore::count() const {
  std::size_t count = 0;
  for (const MessageSlot& slot : slots_) {
    count += slot.state_ != State::kFree && slot.state_ != State::kGone ? 1U : 0U;
  }
  return count;
}

bool MessageStore::pending() const {
  for (const MessageSlot& slot : slots_) {
    if (slot.state_ == State::kPosted || slot.state_ == State::kGone ||
        (slot.state_ == State::kStored && has_left(slot))) {
      return true;
    }
  }
  return !restored_;
}

RecordId MessageStore::record_of(const MessageSlot& slot) const {
  return static_cast<RecordId>(static_cast<std::uint16_t>(first_) + (&slot - slots_.data()));
}

// Where in the outbox a message stands.
std::size_t MessageStore::find(std::uint32_t ticket) const {
  const Outbox& outbox = session_.outbox();
  std::size_t position = outbox.oldest();
  while (position != Outbox::kNone && outbox.at(position).ticket != ticket) {
    position = outbox.next(position);
  }
  return position;
}

bool MessageStore::has_left(const MessageSlot& slot) const {
  const bool posted = slot.state_ == State::kPosted || slot.state_ == State::kStored;
  return posted && find(slot.ticket_) == Outbox::kNone;
}

MessageSlot* MessageStore::oldest_waiting() const {
  MessageSlot* oldest = nullptr;
  for (MessageSlot& slot : slots_) {
    if (slot.state_ == State::kWaiting &&
        (oldest == nullptr || static_cast<std::int32_t>(slot.order_ - oldest->order_) < 0)) {
      oldest = &slot;
    }
  }
  return oldest;
}

// What was posted is about to be completed as cancelled, and isn't done with for that.
void MessageStore::on_close() {
  for (MessageSlot& slot : slots_) {
    if (slot.state_ == State::kStored && !has_left(slot)) {
      slot.state_ = State::kWaiting;
    } else if (slot.state_ == State::kPosted) {
      slot.state_ = State::kFree;
    }
  }
}

void MessageStore::restore() {
  using namespace detail_message_store;
  restored_ = true;
  const detail_json_record::Head head(kKind, session_.name());
  for (MessageSlot& slot : slots_) {
    std::uint8_t bytes[kHeadBytes];
    const Result<std::size_t> size = storage_.read(record_of(slot), 0, ByteSpan(bytes));
    if (!size.ok()) {
      if (size.error() != Error::kNotFound) {
        status_ = size.status();
      }
      continue;
    }
    const bool ours =
        *size >= kHeadBytes &&
        as_text(ByteView(bytes, detail_json_record::kHeadBytes)) == as_text(ByteView(head.bytes));
    slot.order_ = get(bytes + detail_json_record::kHeadBytes);
    slot.state_ = ours ? State::kWaiting : State::kGone;
    if (ours && static_cast<std::int32_t>(slot.order_ - last_order_) > 0) {
      last_order_ = slot.order_;
    }
  }
}

void MessageStore::poll(MonotonicTime now) {
  if (!restored_) {
    restore();
  }
  for (MessageSlot& slot : slots_) {
    if (has_left(slot)) {
      slot.state_ = slot.state_ == State::kStored ? State::kGone : State::kFree;
    }
  }
  if (session_.outbox().count() < full_at_) {
    full_at_ = static_cast<std::size_t>(-1);
    MessageSlot* slot = oldest_waiting();
    while (slot != nullptr && post(*slot)) {
      slot = oldest_waiting();
    }
  }
  if (now < retry_at_) {
    return;
  }
  for (MessageSlot& slot : slots_) {
    if (slot.state_ == State::kGone) {
      const Status status = storage_.erase(record_of(slot));
      if (!note(status, now)) {
        return;
      }
      slot.state_ = State::kFree;
    } else if (slot.state_ == State::kPosted && now >= slot.store_at_) {
      if (!note(store(slot), now)) {
        return;
      }
      slot.state_ = State::kStored;
    }
  }
}

// \return whether storage did what it was asked for.
bool MessageStore::note(Status status, MonotonicTime now) {
  retry_at_ = kAtOnce;
  if (status.error() == Error::kBackPressure) {
    return false;  // one step; the next one in the next poll()
  }
  status_ = status;
  if (!status.ok()) {
    retry_at_ = after(now, detail_message_store::kRetry);
    HUBTWIN_LOG(kWarning, session_.context().log(), session_.name(),
                "durable messages: ", to_string(status.error()));
  }
  return status.ok();
}

MonotonicTime MessageStore::next_deadline() const {
  if (!restored_) {
    return kAtOnce;
  }
  MonotonicTime due = kNever;
  for (const MessageSlot& slot : slots_) {
    if (has_left(slot)) {
      return kAtOnce;
    }
    if (slot.state_ == State::kGone) {
      due = earlier(due, retry_at_);
    } else if (slot.state_ == State::kPosted) {
      due = earlier(due, std::max(slot.store_at_, retry_at_));
    }
  }
  if (oldest_waiting() != nullptr && session_.outbox().count() == 0) {
    due = earlier(due, session_.context().document_free_at());
  }
  return due;
}

Status MessageStore::store(const MessageSlot& slot) {
  using namespace detail_message_store;
  const Outbox::Record message = session_.outbox().at(find(slot.ticket_));
  const detail_json_record::Head head(kKind, session_.name());
  std::uint8_t numbers[8];
  put(numbers, slot.order_);
  put(numbers + 4, static_cast<std::uint32_t>(message.topic.size()));
  Status status =
      storage_.begin(record_of(slot), kHeadBytes + message.topic.size() + message.payload.size());
  for (const ByteView part :
       {ByteView(head.bytes), ByteView(numbers), as_bytes(message.topic), message.payload}) {
    status = status.ok() ? storage_.append(part) : status;
  }
  return status.ok() ? storage_.commit() : status;
}

// Puts a stored message into the outbox again. \return whether to go on with the next.
bool MessageStore::post(MessageSlot& slot) {
  using namespace detail_message_store;
  Context& context = session_.context();
  if (!context.take_document(this)) {
    return false;
  }
  const ByteSpan room = context.document_scratch();
  const Result<std::size_t> size = storage_.read(record_of(slot), 0, room);
  Status status = size.status();
  if (size.ok()) {
    const std::size_t topic_size =
        *size >= kHeadBytes ? get(room.data() + detail_json_record::kHeadBytes + 4) : *size;
    if (*size > room.size() || *size < kHeadBytes || topic_size > *size - kHeadBytes) {
      status = Error::kInvalidArgument;  // not written by this program
    } else {
      const std::string_view topic = as_text(room.subspan(kHeadBytes, topic_size));
      const ByteView payload =
          room.subspan(kHeadBytes + topic_size, *size - kHeadBytes - topic_size);
      // It can wait where it is: nothing is to be dropped for it.
      const Status room_for = session_.outbox().room_for(topic.size(), payload.size());
      const Result<std::uint32_t> ticket =
          room_for.ok()
              ? session_.post(&telemetry_, topic, payload, Qos::kAtLeastOnce, Lifetime::kUntilSent)
              : room_for;
      status = ticket.status();
      if (ticket.ok()) {
        slot.ticket_ = *ticket;
        slot.state_ = State::kStored;
      }
    }
  }
  context.release_document(this);
  if (status.error() == Error::kNoSpace) {
    full_at_ = session_.outbox().count();  // later, when others have left
    return false;
  }
  if (!status.ok()) {
    slot.state_ = State::kGone;
    status_ = status;
    HUBTWIN_LOG(kWarning, context.log(), session_.name(),
                "a stored message can't be sent any more: ", to_string(status.error()));
  }
  return true;
}

HUBTWIN_NAMESPACE_END
