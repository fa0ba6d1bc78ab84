// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// DesiredStore: a program begins with the last configuration that it had.

#include <hubtwin/port/storage.hpp>
#include <hubtwin/session/feature.hpp>
#include <hubtwin/session/session.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/time.hpp>
#include <hubtwin/twin/twin.hpp>

#include <cstddef>
#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN

/// Keeps the desired section of a twin, with its version, over restarts. In the first poll() after
/// open(), before any network, what was stored becomes Twin::desired(); in the next one, which is
/// due at once, handlers and bindings run for it with DesiredCause::kFirstState.
/// Twin::synchronised() stays false. When the twin is read then, they run for what really differs.
///
/// A section is stored when it was applied whole. The first change is stored in the poll() that
/// brings it, and later ones at least an interval apart, so that the flash isn't worn; what came
/// within it is stored at its end, and lost with the power before. A section that was there before
/// isn't written again. Nothing else is lost by that: the twin is read on each link.
///
///     hubtwin::SizedDeviceClient<> client{context, transport, identity};
///     hubtwin::DesiredStore desired_store{client.session(), client.twin(), store.log()};
///     client.open();
///
/// A poll() that stores takes the time of one Storage::begin() or of writing the whole section, as
/// JSON, at once.
class DesiredStore final : public Feature {
 public:
  /// \param[in] session  The twin's. Not open yet. It is not polled any more once this is gone.
  /// \param[in] storage  Outlives this; opened before the session is.
  /// \param[in] record   Of this twin alone: another one for each client.
  DesiredStore(Session& session, Twin& twin, Storage& storage,
               RecordId record = RecordId::kDesired);

  /// Least time between two writes; zero to 30 days, ten minutes unless set.
  /// \return Error::kInvalidArgument for any other.
  Status set_interval(Duration interval);
  /// Has what is to be stored stored in the next poll(), whatever the interval, e.g. before a
  /// planned restart. Done when pending() says false.
  void store_now();
  /// Whether the section differs from what is stored.
  bool pending() const { return loaded_ && due_; }
  /// Why the section couldn't be stored the last time that was tried, or read at the start: any
  /// error of Storage; Error::kJsonSyntax and the like for content that isn't ours. Storing is
  /// tried again after the interval. A record of another identity is passed over without an error.
  Status status() const { return status_; }

  // For Session.

  void on_link_ready() override { compare_ = true; }
  void poll(MonotonicTime now) override;
  MonotonicTime next_deadline() const override;

 private:
  void load();
  Status read_stored(std::uint32_t& digest);
  void note_changes();
  Status store(std::uint32_t digest);

  Session& session_;
  Twin& twin_;
  Storage& storage_;
  Duration interval_ = std::chrono::minutes(10);
  MonotonicTime store_at_ = kAtOnce;       // earliest time of the next write
  TwinVersion seen_version_ = kNoVersion;  // of the section looked at last
  TwinVersion stored_version_ = kNoVersion;
  std::uint32_t stored_digest_ = 0;
  Status status_;
  RecordId record_;
  bool loaded_ = false;
  bool compare_ = false;  // once the twin was read on this link
  bool due_ = false;      // the section differs from what is stored, or may
};

HUBTWIN_NAMESPACE_END
