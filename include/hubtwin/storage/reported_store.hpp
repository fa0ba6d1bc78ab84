// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// ReportedStore: reported values survive a restart until the hub has acknowledged them.

#include <hubtwin/port/storage.hpp>
#include <hubtwin/session/feature.hpp>
#include <hubtwin/session/session.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/time.hpp>
#include <hubtwin/twin/json_writer.hpp>
#include <hubtwin/twin/twin.hpp>

#include <cstddef>
#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN

/// Keeps what was reported and isn't acknowledged over restarts: values, removals, and objects that
/// replace what the hub has. After a restart they are staged again, as if reported anew; on the
/// first link they are compared with what the hub has, and only what differs is sent.
///
/// A value that is acknowledged soon costs the flash nothing: it is stored only when it has waited
/// for a delay, and then what waits is stored again at most once an interval, if it has changed.
/// What was reported within these times before the power fails is lost. With delay and interval
/// zero it is stored in the next poll(), whatever that costs the flash.
///
/// When the hub has acknowledged all, the record is removed in the same poll(), or the next few.
///
/// A string that isn't shorter than half of the Context's document memory, and an array or object
/// whose JSON isn't together with its path, can't be kept: see status().
class ReportedStore final : public Feature {
 public:
  /// \param[in] session  The twin's. Not open yet. It is not polled any more once this is gone.
  /// \param[in] storage  Outlives this; opened before the session is.
  /// \param[in] record   Of this twin alone: another one for each client.
  ReportedStore(Session& session, Twin& twin, Storage& storage,
                RecordId record = RecordId::kReported);

  /// Stages again what is stored. The first poll() does that unless it was done; what is staged by
  /// then stays as it is, since it is newer. Flushes of what is staged here are told to
  /// Twin::on_flushed() like any other. \pre Not inside a callback.
  /// \return Error::kBackPressure while another client of the Context reads a document: poll() does
  ///         it then, and what is staged after the hub's twin was read is sent even where the hub
  ///         has it; the first error of Twin::report() and the like, for a value that can't be
  ///         staged any more, or of Storage. The others are staged.
  Status restore();

  /// How long a value may wait for its acknowledgement without being stored, 5 s unless set; and
  /// the least time between two writes, one minute unless set. Each zero to 30 days.
  /// \return Error::kInvalidArgument for any other.
  Status set_times(Duration delay, Duration interval);
  /// Has what waits stored in the next poll(), e.g. before a planned restart. Done when pending()
  /// says false.
  void store_now();
  /// Whether the record doesn't show what waits, or shows what doesn't any more.
  bool pending() const {
    return !restored_ || store_at_ != kNever || noted_reports_ != twin_.sender_.reports() ||
           unacknowledged() != stored_;
  }
  /// Why not all could be stored, or staged again: any error of Storage; Error::kNoSpace for a
  /// value that is too long to be kept.
  Status status() const { return status_; }

  // For Session.

  void poll(MonotonicTime now) override;
  MonotonicTime next_deadline() const override;

 private:
  const Reported& staged() const { return twin_.sender_.staged(); }
  bool unacknowledged() const { return staged().dirty() || staged().flushing(); }
  void write_staged(JsonWriter& writer, bool& all) const;
  void tell_not_restored() const;
  void store_when_due(MonotonicTime now);
  Status store(bool& written, bool& all);

  Session& session_;
  Twin& twin_;
  Storage& storage_;
  Duration delay_ = std::chrono::seconds(5);
  Duration interval_ = std::chrono::minutes(1);
  MonotonicTime store_at_ = kNever;     // when what waits is looked at
  MonotonicTime next_write_ = kAtOnce;  // earliest
  TwinVersion noted_version_ = kNoVersion;
  std::uint32_t noted_reports_ = 0;  // of which store_at_ knows
  std::uint32_t stored_digest_ = 0;
  Status status_;
  RecordId record_;
  bool restored_ = false;
  bool stored_ = false;  // there is a record
};

HUBTWIN_NAMESPACE_END
