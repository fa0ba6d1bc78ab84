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
  kUntilSent,  ///< Survives link loss: handed over (QoS 0) or acknowledged (QoS 1) on any link.
  kThisLink,   ///< Meant for the present link only, e.g. the answer to a method call.
};

/// Messages in the order they were posted, in a ring of bytes given by the caller. A record is
/// whole and contiguous: header, topic, payload.
class Outbox {
 public:
  /// One queued message. The views point into the ring and live until the record is removed.
  struct Record {
    std::string_view topic;
    ByteView payload;
    Feature* owner = nullptr;     ///< Told when the record leaves; null: nobody.
    std::uint32_t ticket = 0;     ///< What the owner is told.
    std::uint16_t packet_id = 0;  ///< Of the last publish; 0 before the first.
    Qos qos = Qos::kAtMostOnce;
    Lifetime lifetime = Lifetime::kUntilSent;
    bool resend = false;  ///< Published on an earlier link and not acknowledged.
  };

  /// No position.
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  explicit Outbox(ByteSpan storage) : storage_(storage) {}
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  /// Copies a message in, behind all others.
  /// \return Error::kNoSpace when it doesn't fit now; Error::kInvalidArgument when it never will.
  Status push(const Record& record);

  /// Position of the oldest record that awaits publishing on this link, or kNone.
  std::size_t next_to_publish() const { return unsent_; }
  /// \pre `position` is that of a record that hasn't been removed.
  Record at(std::size_t position) const;
  /// The record at next_to_publish() was published on the present link.
  void mark_in_flight(std::uint16_t packet_id);
  /// Removes a record wherever it stands; its bytes are free once all older ones have gone.
  void remove(std::size_t position);
  /// The in-flight record with this packet id, or kNone.
  std::size_t find_in_flight(std::uint16_t packet_id) const;
  /// The oldest record, or kNone.
  std::size_t oldest() const;
  /// The record behind the one at `position`, or kNone.
  std::size_t next(std::size_t position) const;
  /// The link is lost: in-flight records will be published again, in order and before newer ones.
  void rewind();

  /// Records that have not left.
  std::size_t count() const { return count_; }
  /// Records that were published on the present link and await their acknowledgement.
  std::size_t in_flight() const { return in_flight_; }
  /// Records with Lifetime::kThisLink that have not left.
  std::size_t this_link() const { return this_link_; }
  /// Bytes of the ring.
  std::size_t capacity() const { return storage_.size(); }

 private:
  enum class State : std::uint8_t { kWaiting, kResend, kInFlight, kRemoved };
  struct Header {
    Feature* owner;
    std::uint32_t ticket;
    std::uint32_t payload_size;
    std::uint16_t topic_size;
    std::uint16_t packet_id;
    Qos qos;
    Lifetime lifetime;
    State state;

    std::size_t record_size() const { return sizeof(Header) + topic_size + payload_size; }
  };

  Header header_at(std::size_t position) const;
  void set_header(std::size_t position, const Header& header);
  std::size_t stored_after(std::size_t position) const;
  std::size_t first_with(std::size_t position, bool (*wanted)(const Header&)) const;
  void free_removed_front();

  ByteSpan storage_;
  std::size_t front_ = 0;       // oldest stored record, removed or not
  std::size_t back_ = 0;        // where the next record goes
  std::size_t wrap_ = 0;        // end of the upper part once the ring has wrapped; 0: not wrapped
  std::size_t stored_ = 0;      // records in the ring, removed ones included
  std::size_t unsent_ = kNone;  // oldest record in state kWaiting or kResend
  std::size_t count_ = 0;
  std::size_t in_flight_ = 0;
  std::size_t this_link_ = 0;
};

HUBTWIN_NAMESPACE_END
