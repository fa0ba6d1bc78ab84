// SPDX-License-Identifier: MIT
#include <hubtwin/session/outbox.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_outbox {

constexpr unsigned kNoRank = std::numeric_limits<unsigned>::max();

}  // namespace detail_outbox

// Headers are copied in and out since a record may begin at any byte.
Outbox::Header Outbox::header_at(std::size_t position) const {
  Header header;
  std::memcpy(&header, storage_.data() + position, sizeof(header));
  return header;
}

void Outbox::set_header(std::size_t position, const Header& header) {
  std::memcpy(storage_.data() + position, &header, sizeof(header));
}

// Takes the next place for a record. \return kNone, and nothing is changed, when there is none.
std::size_t Outbox::Ring::place(std::size_t size, std::size_t capacity) {
  if (wrap != 0) {
    if (front - back < size) {
      return kNone;
    }
  } else if (capacity - back < size) {
    if (front < size) {
      return kNone;
    }
    wrap = back;
    back = 0;
  }
  back += size;
  return back - size;
}

Status Outbox::room_for(std::size_t topic_size, std::size_t payload_size) const {
  if (topic_size > std::numeric_limits<std::uint16_t>::max() ||
      payload_size > std::numeric_limits<std::uint32_t>::max() || payload_size > capacity() ||
      sizeof(Header) + topic_size > capacity() - payload_size) {
    return Error::kInvalidArgument;
  }
  Ring ring = ring_;
  return ring.place(sizeof(Header) + topic_size + payload_size, capacity()) != kNone
             ? Error::kNone
             : Error::kNoSpace;
}

Status Outbox::push(const Record& record) {
  const Status status = room_for(record.topic.size(), record.payload.size());
  if (!status) {
    return status;
  }
  const Header header{record.owner,
                      record.ticket,
                      static_cast<std::uint32_t>(record.payload.size()),
                      static_cast<std::uint16_t>(record.topic.size()),
                      0,
                      record.qos,
                      record.lifetime,
                      kWaiting,
                      record.priority};
  const std::size_t position = ring_.place(header.record_size(), capacity());
  std::uint8_t* const to = storage_.data() + position;
  set_header(position, header);
  if (!record.topic.empty()) {
    std::memcpy(to + sizeof(Header), record.topic.data(), record.topic.size());
  }
  if (!record.payload.empty()) {
    std::memcpy(to + sizeof(Header) + record.topic.size(), record.payload.data(),
                record.payload.size());
  }
  if (unsent_ == kNone) {
    unsent_ = position;
  }
  ++stored_;
  ++count_;
  if (record.lifetime == Lifetime::kThisLink) {
    ++this_link_;
  }
  return Status();
}

Outbox::Record Outbox::at(std::size_t position) const {
  const Header header = header_at(position);
  const std::uint8_t* const text = storage_.data() + position + sizeof(Header);
  Record record;
  record.topic = std::string_view(reinterpret_cast<const char*>(text), header.topic_size);
  record.payload = ByteView(text + header.topic_size, header.payload_size);
  record.owner = header.owner;
  record.ticket = header.ticket;
  record.packet_id = header.packet_id;
  record.qos = header.qos;
  record.lifetime = header.lifetime;
  record.priority = header.priority;
  record.resend = header.state == kResend;
  record.dropped = header.state == kDropped;
  return record;
}

std::size_t Outbox::stored_after(std::size_t position) const {
  const bool upper_part = ring_.wrap != 0 && position >= ring_.front;
  const std::size_t end = position + header_at(position).record_size();
  if (upper_part && end == ring_.wrap) {
    return 0;
  }
  return !upper_part && end == ring_.back ? kNone : end;
}

// The first record from `position` on that is in one of the states.
std::size_t Outbox::first_in(std::size_t position, unsigned states) const {
  while (position != kNone && (storage_[position + offsetof(Header, state)] & states) == 0) {
    position = stored_after(position);
  }
  return position;
}

std::size_t Outbox::oldest(Kind kind) const {
  std::size_t position = first_in(first_stored(), kind == Kind::kDropped ? kDropped : kPresent);
  while (kind == Kind::kThisLink && position != kNone &&
         at(position).lifetime != Lifetime::kThisLink) {
    position = next(position);
  }
  return position;
}

std::size_t Outbox::next(std::size_t position) const {
  return first_in(stored_after(position), kPresent);
}

void Outbox::mark_in_flight(std::uint16_t packet_id) {
  Header header = header_at(unsent_);
  header.state = kInFlight;
  header.packet_id = packet_id;
  set_header(unsent_, header);
  ++in_flight_;
  unsent_ = first_in(stored_after(unsent_), kUnsent);
}

std::size_t Outbox::find_in_flight(std::uint16_t packet_id) const {
  std::size_t position = first_in(first_stored(), kInFlight);
  while (position != kNone && header_at(position).packet_id != packet_id) {
    position = first_in(stored_after(position), kInFlight);
  }
  return position;
}

void Outbox::remove(std::size_t position) {
  const Header header = header_at(position);
  if (position == unsent_) {
    unsent_ = first_in(stored_after(position), kUnsent);
  }
  if (header.state == kInFlight) {
    --in_flight_;
  }
  if (header.state == kDropped) {
    --dropped_;
  }
  if (header.lifetime == Lifetime::kThisLink) {
    --this_link_;
  }
  storage_[position + offsetof(Header, state)] = kRemoved;
  --count_;
  free_removed_front();
}

void Outbox::free_removed_front() {
  while (stored_ != 0) {
    const Header header = header_at(ring_.front);
    if (header.state != kRemoved) {
      return;
    }
    ring_.front += header.record_size();
    --stored_;
    if (ring_.wrap != 0 && ring_.front == ring_.wrap) {
      ring_.front = 0;
      ring_.wrap = 0;
    }
  }
  ring_ = Ring();
}

void Outbox::rewind() {
  std::size_t position = first_in(first_stored(), kInFlight);
  while (position != kNone) {
    storage_[position + offsetof(Header, state)] = kResend;
    position = first_in(stored_after(position), kInFlight);
  }
  in_flight_ = 0;
  unsent_ = first_in(first_stored(), kUnsent);
}

// --- Dropping ------------------------------------------------------------------------------------
// Space is freed at the front only, so what is dropped in the middle would help nobody. But a
// record that waits is referred to by nobody either: all from the oldest of them on move together.
// The plan is tried before anything is moved, since nothing is to be lost in vain.

// The lower, the sooner dropped.
unsigned Outbox::rank_of(const Header& header, bool by_priority) {
  if ((header.state & kUnsent) == 0 || header.priority == kNeverDropped) {
    return detail_outbox::kNoRank;
  }
  return by_priority ? header.priority : 0;
}

void Outbox::make_room(const Record& record, FullPolicy policy) {
  Plan plan;
  plan.by_priority = policy == FullPolicy::kByPriority;
  const unsigned limit = plan.by_priority ? record.priority : 1;
  const std::size_t size = sizeof(Header) + record.topic.size() + record.payload.size();
  std::size_t room = capacity();  // in pieces perhaps
  for (std::size_t position = oldest(); position != kNone; position = next(position)) {
    room -= header_at(position).record_size();
  }
  const auto carried_out = [&] {
    return room >= size && lay_out(plan, size, false) && lay_out(plan, size, true);
  };
  if (carried_out()) {  // since nobody had moved what stands behind a gap
    return;
  }
  while (plan.rank < limit) {
    unsigned higher = detail_outbox::kNoRank;
    for (std::size_t position = unsent_; position != kNone; position = next(position)) {
      const Header header = header_at(position);
      const unsigned rank = rank_of(header, plan.by_priority);
      if (rank == plan.rank) {
        ++plan.of_rank;
        room += header.record_size() - sizeof(Header);
        if (carried_out()) {
          return;
        }
      } else if (rank > plan.rank) {
        higher = std::min(higher, rank);
      }
    }
    plan.rank = higher;
    plan.of_rank = 0;
  }
}

// Moves together what waits, without what is dropped; or tells only whether a record of `size`
// bytes would fit then. No record comes to stand behind where it was, so each can be moved by
// itself.
bool Outbox::lay_out(Plan plan, std::size_t size, bool move) {
  if (unsent_ == kNone) {
    return false;
  }
  Ring ring = ring_;
  ring.back = unsent_;
  if (unsent_ == ring.front && ring.wrap == 0) {
    ring = Ring();  // all of them move
  } else if (unsent_ >= ring.front) {
    ring.wrap = 0;
  }
  std::size_t unsent = kNone;
  for (std::size_t position = unsent_; position != kNone;) {
    Header header = header_at(position);
    const std::size_t following = stored_after(position);
    const unsigned rank = rank_of(header, plan.by_priority);
    const bool oldest_of_rank = rank == plan.rank && plan.of_rank != 0;
    if (rank < plan.rank || oldest_of_rank) {
      plan.of_rank -= oldest_of_rank ? 1 : 0;
      header.state = kDropped;
      header.topic_size = 0;
      header.payload_size = 0;
      dropped_ += move ? 1 : 0;
    }
    if (header.state == kRemoved) {
      stored_ -= move ? 1 : 0;
    } else {
      const std::size_t to = ring.place(header.record_size(), capacity());
      if (move) {
        set_header(to, header);
        std::memmove(storage_.data() + to + sizeof(Header),
                     storage_.data() + position + sizeof(Header),
                     header.record_size() - sizeof(Header));
        unsent = unsent == kNone && (header.state & kUnsent) != 0 ? to : unsent;
      }
    }
    position = following;
  }
  if (move) {
    ring_ = ring;
    unsent_ = unsent;
  }
  return ring.place(size, capacity()) != kNone;
}

HUBTWIN_NAMESPACE_END
