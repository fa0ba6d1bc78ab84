// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The bounded queue of outgoing messages, and the only place that re-sends.

#include <hubtwin/bytes.hpp>
#include <hubtwin/port/transport.hpp>
#include <hubtwin/status.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

class Feature;

/// How long a message in the outbox is worth sending.
enum class Lifetime : std::uint8_t {
  kUntilSent,  ///< Survives link loss: handed over (QoS 0) or acknowledged (QoS 1) on whatever
               ///< link.
  kThisLink,   ///< Meant for the present link only, e.g. the answer to a method call.
};

/// Messages in the order they were posted, in a ring of bytes given by the caller. A record is
/// whole and contiguous: header, topic, payload.
class Outbox {
 public:
  explicit Outbox(ByteSpan storage) : storage_(storage) {}
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  /// One queued message as the pump sees it. Views live until the record is removed.
  struct Record {
    std::string_view topic;
    ByteView payload;
    Feature* owner = nullptr;
    std::uint32_t ticket = 0;
    std::uint16_t packet_id = 0;  ///< Of the last publish; 0 before the first.
    Qos qos = Qos::kAtMostOnce;
    Lifetime lifetime = Lifetime::kUntilSent;
    bool in_flight = false;  ///< Published on the present link, not acknowledged.
    bool resend = false;     ///< Published on an earlier link, not acknowledged.
  };

  /// Copies a message in.
  /// \return Error::kNoSpace when it doesn't fit now; would_ever_fit() tells whether it can.
  Status push(const Record& record);
  bool would_ever_fit(std::size_t topic_size, std::size_t payload_size) const;

  /// Position of the oldest record that awaits publishing on this link, or kNone.
  std::size_t next_to_publish() const;
  Record at(std::size_t position) const;
  /// Marks a record as published on the present link.
  void mark_in_flight(std::size_t position, std::uint16_t packet_id);
  /// Removes a record wherever it stands; its bytes are free once all older ones are gone.
  void remove(std::size_t position);
  /// The in-flight record with this packet id, or kNone.
  std::size_t find_in_flight(std::uint16_t packet_id) const;
  /// The oldest record, or kNone; next() walks on towards newer ones.
  std::size_t oldest() const;
  std::size_t next(std::size_t position) const;
  /// Link lost: in-flight records wait to be re-sent, in order.
  void rewind();

  bool empty() const { return count_ == 0; }
  std::size_t count() const { return count_; }
  std::size_t in_flight() const { return in_flight_; }
  std::size_t capacity() const { return storage_.size(); }

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

 private:
  struct Header;
  Header read_header(std::size_t position) const;
  void write_header(std::size_t position, const Header& header);
  void drop_removed_from_front();

  ByteSpan storage_;
  std::size_t front_ = 0;       // position of the oldest record
  std::size_t back_ = 0;        // where the next record goes
  std::size_t wrap_ = 0;        // end of records before the ring wraps; 0: not wrapped
  std::size_t unsent_ = kNone;  // oldest record that awaits publishing
  std::size_t count_ = 0;
  std::size_t in_flight_ = 0;
};

HUBTWIN_NAMESPACE_END
