// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Brings what is staged in the reported section to the hub. Used by Twin.

#include <hubtwin/bytes.hpp>
#include <hubtwin/session/session.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/time.hpp>
#include <hubtwin/twin/deadband.hpp>
#include <hubtwin/twin/desired_change.hpp>
#include <hubtwin/twin/flush_policy.hpp>
#include <hubtwin/twin/handler_slot.hpp>
#include <hubtwin/twin/json_handler.hpp>
#include <hubtwin/twin/node_store.hpp>
#include <hubtwin/twin/property_value.hpp>
#include <hubtwin/twin/reported.hpp>
#include <hubtwin/twin/request_backoff.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// Sends one update at a time, keeps its values until the hub answers, and repeats it after lost
/// answers, lost links, throttling and server errors. There is no order among updates that are
/// under way together (IoT Hub developer guide, device twins), hence one at a time.
///
/// On each link it waits until the whole twin has been read, and sends what the hub's reported
/// section lacks: an update whose acknowledgement was lost isn't sent twice. The same is asked for
/// on a standing link where objects were reported of which it isn't known what the hub has there.
class ReportedSender {
 public:
  /// \param[in] body  Room for one update; see Reported.
  ReportedSender(Session& session, ByteSpan arena, KeyTable keys, ByteSpan body);
  ReportedSender(const ReportedSender&) = delete;
  ReportedSender& operator=(const ReportedSender&) = delete;

  const Reported& staged() const { return reported_; }
  /// The section's version as the hub last told it.
  TwinVersion version() const { return version_; }
  /// Calls that reported something, so that a store sees when there was another one.
  std::uint32_t reports() const { return reports_; }

  // Staging: see Twin.
  Result<FlushId> report(std::string_view path, const PropertyValue& value) {
    return staged(path, reported_.report(path, value));
  }
  Result<FlushId> report(std::string_view path, const PropertyValue& value, Deadband deadband) {
    return staged(path, reported_.report(path, value, deadband));
  }
  Result<FlushId> report_json(std::string_view path, std::string_view json, JsonFault* fault);
  Result<FlushId> report_removal(std::string_view path) {
    return staged(path, reported_.report_removal(path));
  }

  void flush() { flush_now_ = true; }
  /// \return Error::kInvalidArgument for times out of range.
  Status set_policy(const FlushPolicy& policy);
  void set_handler(const FlushHandler& handler) { on_flushed_.set(handler); }

  /// A link stands.
  void link_ready();
  /// What was under way is to be sent again.
  void link_lost();
  /// All flushes complete as cancelled.
  void close();

  /// Whether it waits for the whole twin to be requested.
  bool wants_twin() const { return comparing_ == Comparing::kWanted && id_ == 0; }
  /// The whole twin was requested.
  void twin_requested();
  /// Its document begins. \return what takes the tokens of the reported section; null: nobody.
  JsonHandler* twin_begins();
  /// It has ended, whole and valid. \param[in] version  Of its reported section.
  void twin_read(TwinVersion version);
  /// It wasn't sent, or broke off. \param[in] retried  Whether it will be requested again.
  void twin_failed(bool retried);

  /// Whether the update under way has this request id.
  bool awaits(std::uint32_t request_id) const {
    return id_ != 0 && id_ == request_id && !reported_.sending();
  }
  /// Its answer came.
  void answered(Status status, TwinVersion version);
  bool busy() const { return id_ != 0; }
  /// Sends what is due. \pre A link stands.
  void poll(MonotonicTime now);
  /// When poll() has something to do; kNever when only answers, reports and the twin matter.
  MonotonicTime due() const;

 private:
  /// Whether the hub's section is compared before the next update.
  enum class Comparing : std::uint8_t {
    kNot,
    kWanted,     // once the twin can be requested
    kRequested,  // with the twin that was requested
    kReading,
  };

  Result<FlushId> staged(std::string_view path, const Result<FlushId>& id);
  void tell_json_refused(std::size_t position) const;
  void tell_not_reported(std::string_view path, Error error) const;
  void count_later();
  void begin_flush(MonotonicTime now);
  bool send_next(MonotonicTime now);
  void refuse(Status status);

  Session& session_;
  Reported reported_;
  HandlerSlot<const FlushOutcome&> on_flushed_;
  FlushPolicy policy_;
  MonotonicTime flush_at_ = kAtOnce;    // earliest begin of the next flush: the least interval,
  MonotonicTime delayed_to_ = kAtOnce;  // and the longest delay
  MonotonicTime next_at_ = kAtOnce;     // earliest time of the next update
  MonotonicTime deadline_ = kNever;     // of the answer to the one under way
  TwinVersion version_ = kNoVersion;
  std::size_t body_limit_;  // longest update that the transport takes
  std::uint32_t id_ = 0;    // request id of the update under way; 0: none
  std::uint32_t reports_ = 0;
  RequestBackoff backoff_;
  Comparing comparing_ = Comparing::kNot;
  std::uint8_t comparisons_ = 0;  // asked for since the last flush began
  bool flush_now_ = false;
  bool full_ = false;       // the most bytes are staged
  bool uncounted_ = false;  // whether they are isn't known yet
  bool waits_ = false;      // something is staged that delayed_to_ counts for
};

HUBTWIN_NAMESPACE_END
