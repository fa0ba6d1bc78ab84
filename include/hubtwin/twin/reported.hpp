// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The reported section as the application wants the hub to have it, and what of it is still to be
/// sent. Knows no network and no time.

#include <hubtwin/bytes.hpp>
#include <hubtwin/function.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/twin/desired_change.hpp>
#include <hubtwin/twin/patch.hpp>
#include <hubtwin/twin/property_tree.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// Names one flush: all values that were reported since the flush before it began. Every flush that
/// was named by a report() completes exactly once.
using FlushId = std::uint32_t;
/// The value reported is the one that the hub has acknowledged; nothing is sent.
constexpr FlushId kNothingToFlush = 0;

/// How a flush ended. A value that was replaced before it was sent counts as sent: the newer one
/// went instead, or goes with the next flush.
struct FlushOutcome {
  FlushId id = kNothingToFlush;
  /// Success: the hub has acknowledged all of it.
  /// Error::kHubBadRequest, Error::kHubTooLarge or another answer of the hub (its number is in
  /// Status::mqtt_code()): part of the values was refused and is not tried again; those are no
  /// longer in reported(), the others were taken.
  /// Error::kCancelled: the client was closed before; the values stay staged for the next open().
  Status status;
  /// The reported section's version after it; kNoVersion where the hub tells none.
  TwinVersion version = kNoVersion;
};

/// Called once for each flush. Everything may be called inside except poll() and the client's
/// destructor.
using FlushHandler = Function<void(const FlushOutcome&)>;

/// A tree of reported values, each marked as clean, dirty, queued for the flush under way, or in
/// flight. The last value of a path wins; a removal is a null that stays until it is acknowledged.
/// Applications reach it by Twin.
class Reported {
 public:
  /// \param[in] arena  See PropertyTree; outlives this.
  /// \param[in] body   Room for the body of one update; outlives this. The largest single value
  /// with
  ///                   its path must fit.
  Reported(ByteSpan arena, ByteSpan body) : tree_(arena), body_(body) {}
  Reported(const Reported&) = delete;
  Reported& operator=(const Reported&) = delete;

  PropertyView view() const { return tree_.root(); }
  const PropertyTree& tree() const { return tree_; }

  // Staging: see Twin.
  Result<FlushId> report(std::string_view path, const PropertyValue& value);
  Result<FlushId> report_json(std::string_view path, std::string_view json);
  Result<FlushId> report_removal(std::string_view path);

  // Sending, one update at a time.

  /// Whether something was reported since the last flush began.
  bool dirty() const { return dirty_; }
  /// Whether a flush is under way.
  bool flushing() const { return flushing_; }
  /// Begins a flush of all that is dirty. \pre dirty() and not flushing()
  void begin_flush();
  /// Writes the next update of the flush: as many queued values as fit `limit` bytes; they are in
  /// flight from now on.
  /// \return the body; empty when nothing is queued any more: then finish_flush().
  /// Error::kNoSpace when not even one value fits: it is in flight alone, to be rejected.
  Result<ByteView> next_body(std::size_t limit);
  /// Number of values in flight.
  std::size_t in_flight() const { return in_flight_; }
  /// Walks the values in flight, beginning with what follows view(); nowhere after the last.
  PropertyView next_in_flight(PropertyView place) const;
  /// The hub took the update.
  void acknowledge(TwinVersion version);
  /// The hub refused the update for good: its values are dropped.
  void reject(Status status);
  /// No answer, or one that asks for another try: the values are queued again, unless replaced.
  void requeue();
  /// Ends the flush. \pre flushing()
  FlushOutcome finish_flush();

  /// The hub has lost what it acknowledged: everything is dirty.
  void stage_all();
  /// The client was closed: names one after another the flushes that complete as cancelled, the one
  /// under way first, then the one to come; kNothingToFlush when there is none. Their values are
  /// dirty again.
  FlushId cancel_next();

 private:
  /// Where a value stands on its way: the two marks of its place. On an object that has members it
  /// speaks of a removal that has to reach the hub before they do.
  enum class Stage : std::uint8_t { kClean = 0, kDirty = 1, kInFlight = 2, kQueued = 3 };

  static Stage stage_of(PropertyView place);
  static bool staged(PropertyView place) { return stage_of(place) != Stage::kClean; }
  static PropertyView next_place(PropertyView place);
  static PropertyView next_outside(PropertyView place);
  static PropertyView find_from(PropertyView place, Stage stage);
  static FlushId following(FlushId id) { return id + 1 == kNothingToFlush ? id + 2 : id + 1; }
  void set_stage(PropertyView place, Stage stage);
  void restage(Stage from, Stage to);
  void settle(bool refused);
  Span<char> room(std::size_t size) const { return {reinterpret_cast<char*>(body_.data()), size}; }
  Status check_room(std::string_view path, const PropertyValue& value) const;
  Status check_room(PropertyView place) const;
  std::size_t size_with(std::string_view path, const PropertyValue& value) const;
  Status merge(Patch& patch, std::string_view path, std::string_view json);
  FlushId stage_dirty(PropertyView place);
  FlushId flush_of(Stage stage);

  PropertyTree tree_;
  ByteSpan body_;
  FlushId open_id_ = 1;                 // of what is reported now
  FlushId flush_id_ = kNothingToFlush;  // of the flush under way
  std::size_t size_ = 0;                // of the section, as the hub counts it
  TwinVersion version_ = kNoVersion;
  Status status_;  // of the flush under way
  std::size_t in_flight_ = 0;
  bool dirty_ = false;
  bool named_ = false;  // open_id_ was given to a caller
  bool flushing_ = false;
};

HUBTWIN_NAMESPACE_END
