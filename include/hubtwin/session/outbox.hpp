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

/// What happens when a message finds the outbox full. What is dropped is counted in
/// SessionCounters::dropped, what is refused in SessionCounters::refused.
enum class FullPolicy : std::uint8_t {
  /// The new message is refused by Error::kNoSpace: keep it, and try again when others have left.
  kRefuse,
  /// The new message is dropped: Error::kDropped, and no ticket. Don't try again.
  kDropNewest,
  /// Messages that wait are dropped, the oldest first, until the new one fits.
  kDropOldest,
  /// Messages of lower priority that wait are dropped until the new one fits: the lowest priority
  /// first, and of these the oldest. The new one is refused where they aren't enough.
  kByPriority,
};

/// The priority of a message that no policy drops, whoever it has to wait for.
constexpr std::uint8_t kNeverDropped = 255;

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
    std::uint8_t priority = kNeverDropped;  ///< See FullPolicy.
    bool resend = false;                    ///< Published on an earlier link and not acknowledged.
    bool dropped = false;  ///< By make_room(): without topic and payload, until its owner is told.
  };

  /// No position.
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  /// Kinds of records that are looked for.
  enum class Kind : std::uint8_t { kAny, kThisLink, kDropped };

  explicit Outbox(ByteSpan storage) : storage_(storage) {}
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  /// Copies a message in, behind all others.
  /// \return Error::kNoSpace when it doesn't fit now; Error::kInvalidArgument when it never will.
  Status push(const Record& record);
  /// What push() would answer.
  Status room_for(std::size_t topic_size, std::size_t payload_size) const;
  /// Drops what `policy` allows to be dropped for this record, so that push() takes it; where all
  /// of that isn't enough nothing is dropped. Records in flight and those with kNeverDropped stay.
  /// What is dropped becomes a record without topic and payload: tell its owner, and remove it.
  /// Positions from before are void, except those of records in flight.
  void make_room(const Record& record, FullPolicy policy);

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
  /// The oldest record of a kind, or kNone.
  std::size_t oldest(Kind kind = Kind::kAny) const;
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
  /// Records that were dropped and whose owners aren't told yet.
  std::size_t dropped() const { return dropped_; }
  /// Bytes of the ring.
  std::size_t capacity() const { return storage_.size(); }

 private:
  enum State : std::uint8_t {
    kWaiting = 1,
    kResend = 2,
    kInFlight = 4,
    kDropped = 8,
    kRemoved = 16,
    kUnsent = kWaiting | kResend,
    kPresent = kUnsent | kInFlight | kDropped,
  };
  struct Header {
    Feature* owner;
    std::uint32_t ticket;
    std::uint32_t payload_size;
    std::uint16_t topic_size;
    std::uint16_t packet_id;
    Qos qos;
    Lifetime lifetime;
    std::uint8_t state;  // a State
    std::uint8_t priority;

    std::size_t record_size() const { return sizeof(Header) + topic_size + payload_size; }
  };
  struct Ring {
    std::size_t place(std::size_t size, std::size_t capacity);

    std::size_t front = 0;  // oldest stored record, removed or not
    std::size_t back = 0;   // where the next record goes
    std::size_t wrap = 0;   // end of the upper part once the ring has wrapped; 0: not wrapped
  };
  // What is to be dropped: all below a rank, and the oldest ones of that rank.
  struct Plan {
    bool by_priority = false;
    unsigned rank = 0;
    std::size_t of_rank = 0;
  };

  Header header_at(std::size_t position) const;
  void set_header(std::size_t position, const Header& header);
  std::size_t stored_after(std::size_t position) const;
  std::size_t first_in(std::size_t position, unsigned states) const;
  std::size_t first_stored() const { return stored_ == 0 ? kNone : ring_.front; }
  void free_removed_front();
  static unsigned rank_of(const Header& header, bool by_priority);
  bool lay_out(Plan plan, std::size_t size, bool move);

  ByteSpan storage_;
  Ring ring_;
  std::size_t stored_ = 0;      // records in the ring, removed ones included
  std::size_t unsent_ = kNone;  // oldest record in state kUnsent; none behind it is in flight
  std::size_t count_ = 0;
  std::size_t in_flight_ = 0;
  std::size_t this_link_ = 0;
  std::size_t dropped_ = 0;
};

HUBTWIN_NAMESPACE_END
