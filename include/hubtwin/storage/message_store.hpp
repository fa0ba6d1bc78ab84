// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// MessageStore: telemetry that survives a restart until the hub has acknowledged it.

#include <hubtwin/bytes.hpp>
#include <hubtwin/port/storage.hpp>
#include <hubtwin/session/feature.hpp>
#include <hubtwin/session/session.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/telemetry.hpp>
#include <hubtwin/time.hpp>

#include <cstddef>
#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN

/// Room for one durable message.
class MessageSlot {
  friend class MessageStore;
  enum class State : std::uint8_t {
    kFree,
    kPosted,   // in the outbox, not stored
    kStored,   // in the outbox, and stored
    kWaiting,  // stored, not in the outbox
    kGone,     // has left; its record is to be erased
  };
  MonotonicTime store_at_ = kNever;
  std::uint32_t ticket_ = 0;
  std::uint32_t order_ = 0;
  State state_ = State::kFree;
};

/// Sends messages that are kept over restarts: each is a record of its own, removed when the
/// message has left the outbox. After a restart those that are left are sent again, the oldest
/// first, each as soon as the outbox has room; a message sent in the meantime doesn't wait for
/// them. Delivery is at least once: what was acknowledged right before the power failed may come
/// again, so give messages a message_id that tells duplicates apart.
///
/// A message is stored in the poll() after send(), or after a delay in which it may be acknowledged
/// without wearing the flash. Messages at QoS 0 are gone once they were handed to the transport,
/// so only QoS 1 is taken.
class MessageStore final : public Feature {
 public:
  /// \param[in] session    That of `telemetry`. Not open yet. It is not polled any more once this
  ///                       is gone.
  /// \param[in] storage    Outlives this; opened before the session is.
  /// \param[in] slots      One for each message that may wait at once; outlive this.
  /// \param[in] first      The records first, first + 1 ... are this store's, one a slot.
  MessageStore(Session& session, Telemetry& telemetry, Storage& storage, Span<MessageSlot> slots,
               RecordId first = RecordId::kFirstMessage);

  /// How long a message may wait for its acknowledgement before it is stored: zero (unless set) to
  /// 30 days. For messages sent from then on.
  /// \return Error::kInvalidArgument for any other.
  Status set_delay(Duration delay);

  /// Sends a message by Telemetry::send(), whose handler is told of its fate. No FullPolicy drops
  /// it: its priority is taken as kNeverDropped.
  /// \return as Telemetry::send(); Error::kNoSpace also when all slots are taken;
  ///         Error::kInvalidArgument also for QoS 0, and where topic and payload together are
  ///         longer than the Context's document memory less 32 bytes.
  Result<std::uint32_t> send(const TelemetryMessage& message);

  /// Whether a message waits to be stored, or a record to be removed.
  bool pending() const;
  /// Messages that are stored or will be.
  std::size_t count() const;
  /// Why a message couldn't be stored, or a record be read or removed, the last time that was
  /// tried: any error of Storage. It is tried again in a minute; the message is sent all the same.
  Status status() const { return status_; }

  // For Session.

  void on_close() override;
  void poll(MonotonicTime now) override;
  MonotonicTime next_deadline() const override;

 private:
  using State = MessageSlot::State;

  RecordId record_of(const MessageSlot& slot) const;
  std::size_t find(std::uint32_t ticket) const;
  bool has_left(const MessageSlot& slot) const;
  MessageSlot* oldest_waiting() const;
  void restore();
  Status store(const MessageSlot& slot);
  bool post(MessageSlot& slot);
  bool note(Status status, MonotonicTime now);

  Session& session_;
  Telemetry& telemetry_;
  Storage& storage_;
  Span<MessageSlot> slots_;
  Duration delay_{0};
  MonotonicTime retry_at_ = kAtOnce;
  std::size_t full_at_ =
      static_cast<std::size_t>(-1);  // messages in the outbox without room for one
  std::uint32_t last_order_ = 0;
  Status status_;
  RecordId first_;
  bool restored_ = false;
};

HUBTWIN_NAMESPACE_END
