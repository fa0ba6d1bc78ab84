// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Brings what is staged in the reported section to the hub. Used by Twin.

#include <hubtwin/bytes.hpp>
#include <hubtwin/session/session.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/time.hpp>
#include <hubtwin/twin/desired_change.hpp>
#include <hubtwin/twin/handler_slot.hpp>
#include <hubtwin/twin/reported.hpp>
#include <hubtwin/twin/request_backoff.hpp>

#include <cstddef>
#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN

/// Sends one update at a time, keeps its values until the hub answers, and repeats it after lost
/// answers, lost links, throttling and server errors. There is no order among updates that are
/// under way together (IoT Hub developer guide, device twins), hence one at a time.
class ReportedSender {
 public:
  /// \param[in] body  Room for one update; see Reported.
  ReportedSender(Session& session, ByteSpan arena, ByteSpan body);
  ReportedSender(const ReportedSender&) = delete;
  ReportedSender& operator=(const ReportedSender&) = delete;

  Reported& staged() { return reported_; }
  const Reported& staged() const { return reported_; }
  /// The section's version as the hub last told it.
  TwinVersion version() const { return version_; }

  void flush() { flush_now_ = true; }
  /// \return Error::kInvalidArgument unless it is from zero to one day.
  Status set_interval(Duration interval);
  void set_handler(const FlushHandler& handler) { on_flushed_.set(handler); }

  /// A link stands.
  void link_ready();
  /// What was under way is to be sent again.
  void link_lost();
  /// All flushes complete as cancelled.
  void close();
  /// The whole twin was read: whether its reported section is older than what the hub acknowledged
  /// on earlier links. Then the identity was made anew, and everything is sent again.
  void twin_read(TwinVersion version);

  /// Whether the update under way has this request id.
  bool awaits(std::uint32_t request_id) const { return id_ != 0 && id_ == request_id; }
  /// Its answer came.
  void answered(Status status, TwinVersion version);
  bool busy() const { return id_ != 0; }
  /// Sends what is due. \pre A link stands.
  void poll(MonotonicTime now);
  /// When poll() has something to do; kNever when only answers and reports matter.
  MonotonicTime due() const;

 private:
  bool send_next(MonotonicTime now);
  void reject(Status status);

  Session& session_;
  Reported reported_;
  HandlerSlot<const FlushOutcome&> on_flushed_;
  MonotonicTime flush_at_ = (MonotonicTime::min)();  // earliest begin of the next flush
  MonotonicTime next_at_ = (MonotonicTime::min)();   // earliest time of the next update
  MonotonicTime deadline_ = kNever;                  // of the answer to the one under way
  Duration interval_ = std::chrono::seconds(1);
  TwinVersion version_ = kNoVersion;
  TwinVersion known_before_ = kNoVersion;  // version_ when the present link came up
  std::size_t body_limit_;                 // longest update that the transport takes
  std::uint32_t id_ = 0;                   // request id of the update under way; 0: none
  RequestBackoff backoff_;
  bool flush_now_ = false;
};

HUBTWIN_NAMESPACE_END
