// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The reported section as the application wants the hub to have it, and what of it is still to be
/// sent. Knows no network and no time.

#include <hubtwin/bytes.hpp>
#include <hubtwin/config.hpp>
#include <hubtwin/function.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/twin/deadband.hpp>
#include <hubtwin/twin/desired_change.hpp>
#include <hubtwin/twin/json_handler.hpp>
#include <hubtwin/twin/node_store.hpp>
#include <hubtwin/twin/patch.hpp>
#include <hubtwin/twin/property_tree.hpp>
#include <hubtwin/twin/property_value.hpp>
#include <hubtwin/twin/property_view.hpp>
#include <hubtwin/twin/reported_comparison.hpp>
#include <hubtwin/twin/reported_stream.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_reported {
enum class Stage : std::uint8_t;
}

/// Names one flush: all values that were reported since the flush before it began. Every flush that
/// was named by a report() completes exactly once.
using FlushId = std::uint32_t;
/// The value reported is the one that the hub has acknowledged; nothing is sent.
constexpr FlushId kNothingToFlush = 0;

/// How a flush ended. A value that was replaced before it was sent counts as sent: the newer one
/// went instead, or goes with the next flush. What a lost link interrupts goes with the flush that
/// follows, and both complete together.
struct FlushOutcome {
  FlushId id = kNothingToFlush;
  /// Success: the hub has acknowledged all of it, or was found to have it already.
  /// Error::kHubBadRequest, Error::kHubTooLarge or another answer of the hub (its number is in
  /// Status::mqtt_code()), Error::kNoSpace for a value that the transport can't send: part of the
  /// values was refused and is not tried again; those are no longer in reported(), the others were
  /// taken. An update of several values that the hub calls bad or too large is tried in smaller and
  /// smaller parts, until those that it refuses are found.
  /// Error::kCancelled: the client was closed before; the values stay staged for the next open().
  Status status;
  /// The reported section's version after it; kNoVersion where the hub tells none.
  TwinVersion version = kNoVersion;
  /// Path of the first value that was refused, cut where it is longer than TwinMemory::transmit;
  /// empty when none was. Lives until the next call that reports or polls. All of them are in the
  /// log.
  std::string_view refused;
};

/// Called once for each flush. Everything may be called inside except poll() and the client's
/// destructor.
using FlushHandler = Function<void(const FlushOutcome&)>;

/// Where JSON was refused.
struct JsonFault {
  /// Full path of the value at fault; empty where only the position is known. Lives until the next
  /// call that reports or polls.
  std::string_view path;
  /// Where in the JSON it was noticed, in bytes from its start.
  std::size_t position = 0;
};

/// The body of one update.
struct ReportedBody {
  ByteView bytes;                   ///< Lives until the next call; empty: nothing is left to send.
  PayloadSource* source = nullptr;  ///< Makes it instead, where it is longer than the room for it.

  bool empty() const { return bytes.empty() && source == nullptr; }
};

/// A tree of reported values, each marked as clean, dirty, queued for the flush under way, or in
/// flight. The last value of a path wins; a removal is a null that stays until it is acknowledged.
/// Applications reach it by Twin.
class Reported {
 public:
  /// \param[in] arena  See PropertyTree; outlives this.
  /// \param[in] keys   See PropertyTree; outlive this.
  /// \param[in] body   Room for the body of one update; outlives this. A string or array that is
  ///                   longer is sent in an update of its own, straight out of the arena.
  Reported(ByteSpan arena, KeyTable keys, ByteSpan body)
      : tree_(arena, keys), comparison_(tree_), stream_(tree_), body_(body) {}
  Reported(const Reported&) = delete;
  Reported& operator=(const Reported&) = delete;

  PropertyView view() const { return tree_.root(); }
  const PropertyTree& tree() const { return tree_; }

  // Staging: see Twin.
  Result<FlushId> report(std::string_view path, const PropertyValue& value);
  Result<FlushId> report(std::string_view path, const PropertyValue& value, Deadband deadband);
  Result<FlushId> report_json(std::string_view path, std::string_view json,
                              JsonFault* fault = nullptr);
  Result<FlushId> report_removal(std::string_view path);

  // Sending, one update at a time.

  /// Whether there is something to flush: what was reported since the last flush began, or a flush
  /// that was interrupted.
  bool dirty() const { return dirty_ || named_ || (!flushing_ && first_id_ != open_id_); }
  /// Whether a flush is under way.
  bool flushing() const { return flushing_; }
  /// Length of all that a flush beginning now would send, as one body.
  std::size_t staged_bytes() const;
  /// Begins a flush of all that is dirty. \pre dirty() and not flushing()
  void begin_flush();
  /// Writes the next update of the flush: as many queued values as fit `limit` bytes; they are in
  /// flight from now on.
  /// A string or array longer than that goes alone, from a source that is valid until the answer,
  /// or interrupt(); what is reported meanwhile waits for the next flush. \return the body; empty
  /// when nothing is queued any more: then finish_flush(). Error::kNoSpace when not even one value
  /// fits: it is in flight alone, to be rejected.
  Result<ReportedBody> next_body(std::size_t limit);
  /// Whether the source of the body in flight has bytes left.
  bool sending() const { return stream_.sending(); }
  /// Number of values in flight.
  std::size_t in_flight() const { return in_flight_; }
  /// Walks the values in flight, beginning with what follows view(); nowhere after the last.
  PropertyView next_in_flight(PropertyView place) const;
  /// The hub took the update.
  void acknowledge(TwinVersion version);
  /// Whether the same values may do better in several updates: the hub calls the update bad, or
  /// too large, and it holds more than one value.
  bool can_isolate(Status status) const;
  /// Its values are queued again and go in smaller updates. \pre can_isolate()
  void isolate();
  /// The update was refused for good: its values are dropped.
  void reject(Status status);
  /// No answer, or one that asks for another try: the values are queued again, unless replaced.
  void requeue();
  /// Ends a flush; call it again while flushing(), since a flush takes the interrupted ones before
  /// it along. \pre flushing(), and nothing queued or in flight
  FlushOutcome finish_flush();
  /// The link is lost: the flush under way goes with the next one.
  void interrupt();

  // What the hub has.

  /// Whether an object is to be replaced of which it isn't known what the hub has there. Comparing
  /// tells; without, it is sent as null first, and then all of it.
  bool unsure() const { return unsure_; }
  /// Starts to compare. \pre not flushing()
  /// \return what takes the tokens of the hub's reported section.
  JsonHandler& begin_comparison();
  bool comparing() const { return comparison_.active(); }
  /// The document that holds the section has ended, whole and valid: see
  /// ReportedComparison::finish().
  /// \return false when it had no such section; nothing has changed then.
  bool finish_comparison(TwinVersion version);
  /// Whether the arena had no room to note all that the hub has at objects reported whole: that
  /// stays there until the next comparison.
  bool comparison_overflowed() const { return comparison_.overflowed(); }
  /// The document broke off.
  void abort_comparison();

  /// The client was closed: names one after another the flushes that complete as cancelled, the
  /// oldest first; kNothingToFlush when there is none. Their values are dirty again.
  FlushId cancel_next();

 private:
  using Stage = detail_reported::Stage;
  /// What is known of the things that the hub may have at the place of an object.
  enum class Known : std::uint8_t { kNothing, kGoes, kAll };

  static constexpr std::size_t kNoMost = static_cast<std::size_t>(-1);

  static FlushId following(FlushId id) { return id + 1 == kNothingToFlush ? id + 2 : id + 1; }
  // The body's memory, of which a stream holds the beginning.
  ByteSpan scratch() const { return body_.subspan(stream_.path().size()); }
  Span<char> room() const { return {reinterpret_cast<char*>(scratch().data()), scratch().size()}; }
  bool can_stream(PropertyType type, std::size_t path_size) const;
  Stage stage(PropertyView place) const;
  bool staged(PropertyView place) const;
  bool restage(Stage from, Stage to);
  void settle(bool refused);
  void queue_below(PropertyView object);
  PropertyView first_refused() const;
  void drop_refused();
  Status check_room(std::string_view path, const PropertyValue& value) const;
  Status check_room(PropertyView place) const;
  std::size_t size_with(std::string_view path, const PropertyValue& value) const;
  void pass_nulls(std::string_view path);
  Status merge(Patch& patch, std::string_view path, std::string_view json, JsonFault& fault);
  Status check_merged(const Patch& patch, std::string_view path, JsonFault& fault) const;
  Known known_at(std::string_view path) const;
  bool stage_changes(const Patch& patch);
  bool stage_object(PropertyView object, Known known);
  Result<FlushId> stage_value(std::string_view path, const PropertyValue& value);
  Result<FlushId> stage_json(std::string_view path, std::string_view json, JsonFault& fault);
  Result<FlushId> stage_removal(std::string_view path);
  template <class Staging>
  Result<FlushId> beside_stream(std::string_view path, Staging staging);
  struct Before {
    bool dirty;
    bool named;
  };
  bool make_way(std::string_view path);
  Result<FlushId> report_empty_object(std::string_view path);
  Result<FlushId> close_up(std::string_view path, Before before, Result<FlushId> id);
  PropertyView covering(std::string_view path, const PropertyValue& value, Deadband deadband) const;
  bool start_stream(PropertyView place);
  FlushId stage_dirty(PropertyView place);
  FlushId flush_of(PropertyView place);
  FlushId flush_below(PropertyView top);

  PropertyTree tree_;
  ReportedComparison comparison_;
  ReportedStream stream_;
  ByteSpan body_;
  FlushId open_id_ = 1;                 // of what is reported now
  FlushId first_id_ = 1;                // of the oldest flush that hasn't completed
  FlushId flush_id_ = kNothingToFlush;  // of the newest one that is under way
  std::size_t size_ = 0;                // of the section, as the hub counts it
  TwinVersion version_ = kNoVersion;
  Status status_;  // of the flush under way
  std::size_t in_flight_ = 0;
  std::size_t most_ = kNoMost;  // values in one update, while those that the hub refuses are sought
  bool dirty_ = false;
  bool named_ = false;  // open_id_ was given to a caller
  bool flushing_ = false;
  bool unsure_ = false;
};

HUBTWIN_NAMESPACE_END
