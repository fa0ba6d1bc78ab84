// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The twin of a device or module: desired properties that come from the hub, reported properties
/// that go there.

#include <hubtwin/bytes.hpp>
#include <hubtwin/function.hpp>
#include <hubtwin/port/transport.hpp>
#include <hubtwin/session/feature.hpp>
#include <hubtwin/session/session.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/time.hpp>
#include <hubtwin/twin/binding.hpp>
#include <hubtwin/twin/deadband.hpp>
#include <hubtwin/twin/desired.hpp>
#include <hubtwin/twin/desired_change.hpp>
#include <hubtwin/twin/flush_policy.hpp>
#include <hubtwin/twin/handler_slot.hpp>
#include <hubtwin/twin/json_reader.hpp>
#include <hubtwin/twin/node_store.hpp>
#include <hubtwin/twin/path_filter.hpp>
#include <hubtwin/twin/reported.hpp>
#include <hubtwin/twin/reported_sender.hpp>
#include <hubtwin/twin/request_backoff.hpp>
#include <hubtwin/twin/twin_document.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// Memory that a twin works in; all of it the caller's, for the twin's life.
struct TwinMemory {
  ByteSpan desired;   ///< Arena of the desired properties; see PropertyTree.
  ByteSpan reported;  ///< Arena of the reported properties.
  ByteSpan
      transmit;  ///< Body of one reported update. A string or array that is longer goes straight
                 ///< out of the arena, if its path leaves 64 bytes of this memory free.
  Span<DesiredHandlerEntry> handlers;  ///< One entry for each on_desired() and bind().
  KeyTable keys = {};                  ///< Keys that cost no arena in either section; sorted.
  PathTable wanted = {};  ///< The desired properties that are kept, each with all below it; the
                          ///< others are skipped as they stream by. Empty: all.
};

/// Something that keeps the desired section from being in step.
struct TwinError {
  /// What the hub answered (Error::kHub..., its number in Status::mqtt_code()), Error::kHubTimeout,
  /// why a document was refused (Error::kJson...), or Error::kNoSpace when the desired section
  /// doesn't fit its arena: desired() is then empty until it does.
  Status status;
  /// True: the twin is read again in a while. False: nothing happens until the hub tells of a
  /// change that may help, or the link is made anew.
  bool retried = false;
};

/// Counters since construction; they don't wrap in practice.
struct TwinCounters {
  std::uint32_t reads = 0;  ///< The whole twin was read and taken; once a link where all goes well.
  std::uint32_t gaps = 0;   ///< While in step, a desired change was missed or couldn't be read.
};

/// Called when reading the twin failed, and when the whole desired state is in step.
using TwinErrorHandler = Function<void(const TwinError&)>;
using SynchronisedHandler = Function<void(TwinVersion version)>;

/// Keeps a twin's two sections in step with the hub.
///
/// Desired: on each link it subscribes, reads the whole twin, compares, and then applies
/// notifications in version order. One that was missed, doubled or reordered is found by its
/// version, and the twin is read again (IoT Hub developer guide, device twins: device reconnection
/// flow). Handlers run only for real changes, in the order of their registration, inside poll().
///
/// Reported: values are staged, sent in few updates of which one at a time is under way, and kept
/// until the hub acknowledges them, over lost answers, throttling and lost links. On each link the
/// hub's reported section is compared while the twin is read, and only what differs is sent; what
/// this program never reported is left alone.
///
/// All of it can be called before the client is opened and while it is offline. Paths are keys
/// joined by dots, e.g. "telemetryConfig.sendFrequency".
class Twin final : public Feature {
 public:
  /// \param[in] session  Outlives the twin, which is to be registered by Session::add().
  Twin(Session& session, const TwinMemory& memory);
  ~Twin();

  // Desired.

  /// The desired properties as last known; empty before the first read. Valid until the next
  /// poll().
  PropertyView desired() const { return desired_.view(); }
  PropertyView desired(std::string_view path) const { return desired_.view().at(path); }
  /// Version of desired(); kNoVersion before the first read.
  TwinVersion desired_version() const { return desired_.version(); }
  /// Whether desired() is known to be what the hub has: the link stands, the twin was read on it,
  /// and no notification was missed since.
  bool synchronised() const { return sync_ == Sync::kInStep; }
  const TwinCounters& counters() const { return counters_; }

  /// Has `handler` called once for each document that really changed something at `path` or below.
  /// If desired properties are known already, it is called at the next poll() when there is a value
  /// at `path`, with DesiredCause::kFirstState. Handlers of one path don't replace each other.
  /// \param[in] path  Lives as long as the registration, e.g. a literal; empty: the whole section.
  /// \return Error::kNoSpace when TwinMemory::handlers is full; Error::kPropertyPath or
  ///         Error::kPropertyKey for a path that no property can have; Error::kNotFound for one
  ///         whose properties aren't kept: add it to TwinMemory::wanted; Error::kInvalidArgument
  ///         for no handler.
  Status on_desired(std::string_view path, const DesiredHandler& handler) {
    return desired_.add_handler(path, handler);
  }
  /// Has `handler` called once for each document that really changed something: related properties
  /// can be applied together. Errors as above.
  Status on_desired(const DesiredHandler& handler) { return desired_.add_handler({}, handler); }
  /// Removes all handlers of a path; bindings stay.
  void remove_desired(std::string_view path) { desired_.remove_handlers(path); }

  /// Keeps `variable` in step with the desired property at `path`: a boolean, an integer of any
  /// width, a float, a double, or a std::chrono duration of integers, which counts in its own unit.
  /// A value of another type, one that doesn't fit and one that `check` refuses leave the variable
  /// as it is and are told to on_refused(); so does a property that has gone, which isn't told:
  /// register a handler to learn of it. Variables and handlers are served in the order of
  /// registration.
  /// \param[in] path      As for on_desired().
  /// \param[in] variable  Outlives the client or the binding; written only inside poll().
  /// \param[in] check     Called as check(value), answers whether it is taken; see in_range().
  /// \return as on_desired().
  template <class T, class Check = AcceptAny>
  Status bind(std::string_view path, T& variable, const Check& check = Check()) {
    return desired_.add_binding(path, &variable, [check](const DesiredChange& change) {
      BindingAccess::assign<T>(change, check);
    });
  }
  /// The same for a text with its closing NUL; one that doesn't fit, or holds a NUL itself, is
  /// refused whole. `check` is given a std::string_view.
  template <std::size_t N, class Check = AcceptAny>
  Status bind(std::string_view path, char (&variable)[N], const Check& check = Check()) {
    return desired_.add_binding(path, variable, [check](const DesiredChange& change) {
      BindingAccess::assign_text<N>(change, check);
    });
  }
  /// Ends all bindings of a variable.
  template <class T>
  void unbind(const T& variable) {
    desired_.remove_bindings(&variable);
  }
  /// Who is told of values that a bound variable didn't take; null: nobody.
  void on_refused(const RefusedHandler& handler) { desired_.set_refused_handler(handler); }

  /// Who is told each time the desired section has come in step by reading the whole twin, after
  /// the handlers of what changed.
  void on_synchronised(const SynchronisedHandler& handler) { on_synchronised_.set(handler); }
  /// Who is told when reading the twin fails.
  void on_error(const TwinErrorHandler& handler) { on_error_.set(handler); }

  // Reported.

  /// The reported properties as the application wants the hub to have them; a removal that the hub
  /// hasn't acknowledged yet is a null. Valid until the next call that reports or polls.
  PropertyView reported() const { return sender_.staged().view(); }
  PropertyView reported(std::string_view path) const { return sender_.staged().view().at(path); }
  /// Version of the reported section as the hub last told it; kNoVersion before.
  TwinVersion reported_version() const { return sender_.version(); }

  /// Stages a value: a boolean, a number, a text, `PropertyValue::array()` or
  /// `PropertyValue::object()` for an empty array or object. Objects along the way are made. It is
  /// sent at a later poll(), together with what else is staged by then; a value staged for the same
  /// path before is replaced. A value equal to the one last staged or acknowledged for its path
  /// isn't staged again; numbers are equal by value, as 1 and 1.0 or 0.0 and -0.0 are. One that
  /// changed and changed back before it was sent may be sent once.
  /// \pre Path and text aren't views into reported() itself, which moves; desired() is fine.
  /// \return the flush that will bring it to the hub, for on_flushed(); kNothingToFlush when the
  ///         hub has that value already. Nothing is staged after an error, and path and error are
  ///         logged:
  ///         Error::kPropertyPath: the path is empty, has an empty step, is nested too deeply (see
  ///         HUBTWIN_MAX_DEPTH), or leads through an array or a scalar;
  ///         Error::kPropertyKey: a step isn't a key that the hub takes (see check_key());
  ///         Error::kPropertyValue: a text or number that the hub would refuse (see check_value());
  ///         Error::kPropertyTooLarge: the section would grow past kMaxSectionBytes;
  ///         Error::kNoSpace: the arena is full, or too full while a value longer than
  ///         TwinMemory::transmit is on its way that this one replaces; or the path is too long for
  ///         that memory.
  Result<FlushId> report(std::string_view path, const PropertyValue& value) {
    return sender_.report(path, value);
  }
  /// The same for a number that is staged only when it differs from the one last staged or
  /// acknowledged by at least so much. Error::kInvalidArgument for a deadband that is negative or
  /// not finite.
  Result<FlushId> report(std::string_view path, const PropertyValue& value, Deadband deadband) {
    return sender_.report(path, value, deadband);
  }
  /// Stages a JSON value. An object replaces what is at the path: members that the hub has there
  /// and the object doesn't are removed; to find those that this program never reported, the whole
  /// twin may be read once more. At the empty path an object is merged into the section instead.
  /// Either all of it is staged or nothing; replaced and removed values take room in the arena
  /// until it is. Null isn't taken, neither within the value: there is report_removal().
  /// While the twin is read for that, synchronised() is false.
  /// \param[out] fault  Where the JSON was refused; null: it is only logged.
  /// \return as report(), and Error::kJsonSyntax and the like for what isn't JSON,
  ///         Error::kJsonTooLong for a string that TwinMemory::transmit can't hold, less the path
  ///         of a value on its way that is longer, and Error::kJsonTooDeep.
  Result<FlushId> report_json(std::string_view path, std::string_view json,
                              JsonFault* fault = nullptr) {
    return sender_.report_json(path, json, fault);
  }
  /// Stages the removal of a property, or of an object with all below it, whether or not this
  /// program reported it. Until the hub acknowledges it, it takes room in the arena: where nothing
  /// stands at the path, Error::kNoSpace is possible.
  /// \return as report().
  Result<FlushId> report_removal(std::string_view path) { return sender_.report_removal(path); }

  /// Sends what is staged at the next poll(), whatever the policy says.
  void flush() { sender_.flush(); }
  /// When what is staged is sent by itself.
  /// \return Error::kInvalidArgument for times out of range.
  Status set_flush_policy(const FlushPolicy& policy) { return sender_.set_policy(policy); }
  /// Who is told how each flush ended.
  void on_flushed(const FlushHandler& handler) { sender_.set_handler(handler); }

  /// How the arenas are filled.
  const PropertyTree& desired_tree() const { return desired_.tree(); }
  const PropertyTree& reported_tree() const { return sender_.staged().tree(); }

  // For Session.

  Span<const Subscription> subscriptions() const override;
  bool claims(std::string_view topic) const override;
  Intake on_message(const MessageHead& head) override;
  void on_message_fragment(ByteView fragment) override;
  void on_message_end() override;
  void on_link_ready() override;
  void on_link_lost(Status reason) override;
  void on_close() override;
  void poll(MonotonicTime now) override;
  MonotonicTime next_deadline() const override;
  bool busy() const override;

 private:
  friend class DesiredStore;
  friend class ReportedStore;

  /// Where the desired section stands on the present link.
  enum class Sync : std::uint8_t {
    kNoLink,
    kGetDue,   // GET goes out at get_at_
    kGetSent,  // waiting for its answer until get_at_
    kInStep,   // notifications are applied as they come
    kWaiting,  // only a notification can help: the document itself is refused
    kRefused,  // only a new link can help
  };
  /// What is done with the open message.
  enum class Reading : std::uint8_t {
    kNothing,
    kTwin,          // the answer to GET
    kNotification,  // to be merged
    kVersion,       // a notification, read for its version only
  };
  struct Reader;

  bool sender_wants_get() const;
  TwinVersion next_version() const { return desired_.version() + 1; }
  Intake take_response(std::string_view topic);
  Intake take_notification(std::string_view topic);
  Intake start_reading(Reading reading, TwinVersion version);
  Reader& reader() const;
  Reader* reader_room() const;
  void stop_reading(Status status);
  void settle_sync(TwinVersion desired);
  void tell_made_anew(TwinVersion desired) const;
  void tell_unreadable(Status status) const;
  void finish_twin(Status status, TwinVersion desired, TwinVersion reported);
  void finish_notification(Status status, TwinVersion version);
  void note_missed(TwinVersion version);
  void request_twin(Duration wait);
  void get_failed(Status status);
  void document_refused(Status status);
  void send_get(MonotonicTime now);
  void log_error(Status status, bool retried) const;
  void tell_error(Status status, bool retried);

  Session& session_;
  Desired desired_;
  ReportedSender sender_;
  HandlerSlot<TwinVersion> on_synchronised_;
  HandlerSlot<const TwinError&> on_error_;

  MonotonicTime get_at_ = kNever;
  TwinVersion missed_ = kNoVersion;           // highest version told but not applied on this link
  TwinVersion reading_version_ = kNoVersion;  // as the topic of the open notification tells
  TwinCounters counters_;
  Status read_status_;           // why the open message is only swallowed
  std::uint32_t get_id_ = 0;     // request id of the GET under way
  std::uint16_t packet_id_ = 0;  // of the open message, to be acknowledged; 0: none
  RequestBackoff get_backoff_;
  std::uint8_t rereads_ = 0;  // answers in a row that were older than a notification
  Sync sync_ = Sync::kNoLink;
  Reading reading_ = Reading::kNothing;
  bool reread_ = false;         // a notification of unknown version came while GET was under way
  bool fill_in_place_ = false;  // the twin doesn't fit beside its journal
};

HUBTWIN_NAMESPACE_END
