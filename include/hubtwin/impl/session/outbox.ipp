// SPDX-License-Identifier: MIT
#include <hubtwin/session/outbox.hpp>

#include <cstring>
#include <limits>

HUBTWIN_NAMESPACE_BEGIN

// Headers are copied in and out since a record may begin at any byte.
Outbox::Header Outbox::header_at(std::size_t position) const {
  Header header;
  std::memcpy(&header, storage_.data() + position, sizeof(header));
  return header;
}

void Outbox::set_header(std::size_t position, const Header& header) {
  std::memcpy(storage_.data() + position, &header, sizeof(header));
}

Status Outbox::push(const Record& record) {
  if (record.topic.size() > std::numeric_limits<std::uint16_t>::max() ||
      record.payload.size() > std::numeric_limits<std::uint32_t>::max()) {
    return Error::kInvalidArgument;
  }
  const Header header{record.owner,
                      record.ticket,
                      static_cast<std::uint32_t>(record.payload.size()),
                      static_cast<std::uint16_t>(record.topic.size()),
                      0,
                      record.qos,
                      record.lifetime,
                      State::kWaiting};
  const std::size_t size = header.record_size();
  if (size > storage_.size() || size < record.payload.size()) {
    return Error::kInvalidArgument;
  }
  if (wrap_ != 0) {
    if (front_ - back_ < size) {
      return Error::kNoSpace;
    }
  } else if (storage_.size() - back_ < size) {
    if (front_ < size) {
      return Error::kNoSpace;
    }
    wrap_ = back_;
    back_ = 0;
  }
  std::uint8_t* const to = storage_.data() + back_;
  set_header(back_, header);
  if (!record.topic.empty()) {
    std::memcpy(to + sizeof(Header), record.topic.data(), record.topic.size());
  }
  if (!record.payload.empty()) {
    std::memcpy(to + sizeof(Header) + record.topic.size(), record.payload.data(),
                record.payload.size());
  }
  if (unsent_ == kNone) {
    unsent_ = back_;
  }
  back_ += size;
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
  record.resend = header.state == State::kResend;
  return record;
}

std::size_t Outbox::stored_after(std::size_t position) const {
  const bool upper_part = wrap_ != 0 && position >= front_;
  const std::size_t end = position + header_at(position).record_size();
  if (upper_part && end == wrap_) {
    return 0;
  }
  return !upper_part && end == back_ ? kNone : end;
}

std::size_t Outbox::first_with(std::size_t position, bool (*wanted)(const Header&)) const {
  while (position != kNone && !wanted(header_at(position))) {
    position = stored_after(position);
  }
  return position;
}

std::size_t Outbox::oldest() const {
  return first_with(stored_ == 0 ? kNone : front_,
                    [](const Header& header) { return header.state != State::kRemoved; });
}

std::size_t Outbox::next(std::size_t position) const {
  return first_with(stored_after(position),
                    [](const Header& header) { return header.state != State::kRemoved; });
}

void Outbox::mark_in_flight(std::uint16_t packet_id) {
  Header header = header_at(unsent_);
  header.state = State::kInFlight;
  header.packet_id = packet_id;
  set_header(unsent_, header);
  ++in_flight_;
  unsent_ = first_with(stored_after(unsent_), [](const Header& other) {
    return other.state == State::kWaiting || other.state == State::kResend;
  });
}

std::size_t Outbox::find_in_flight(std::uint16_t packet_id) const {
  for (std::size_t position = stored_ == 0 ? kNone : front_; position != kNone;
       position = stored_after(position)) {
    const Header header = header_at(position);
    if (header.state == State::kInFlight && header.packet_id == packet_id) {
      return position;
    }
  }
  return kNone;
}

void Outbox::remove(std::size_t position) {
  Header header = header_at(position);
  if (position == unsent_) {
    unsent_ = first_with(stored_after(position), [](const Header& other) {
      return other.state == State::kWaiting || other.state == State::kResend;
    });
  }
  if (header.state == State::kInFlight) {
    --in_flight_;
  }
  if (header.lifetime == Lifetime::kThisLink) {
    --this_link_;
  }
  header.state = State::kRemoved;
  set_header(position, header);
  --count_;
  free_removed_front();
}

void Outbox::free_removed_front() {
  while (stored_ != 0) {
    const Header header = header_at(front_);
    if (header.state != State::kRemoved) {
      return;
    }
    front_ += header.record_size();
    --stored_;
    if (wrap_ != 0 && front_ == wrap_) {
      front_ = 0;
      wrap_ = 0;
    }
  }
  front_ = 0;
  back_ = 0;
  wrap_ = 0;
}

void Outbox::rewind() {
  for (std::size_t position = stored_ == 0 ? kNone : front_; position != kNone;
       position = stored_after(position)) {
    Header header = header_at(position);
    if (header.state == State::kInFlight) {
      header.state = State::kResend;
      set_header(position, header);
    }
  }
  in_flight_ = 0;
  unsent_ = oldest();
}

HUBTWIN_NAMESPACE_END
