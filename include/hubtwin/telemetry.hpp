// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Messages from a device or module to the hub.

#include <hubtwin/bytes.hpp>
#include <hubtwin/function.hpp>
#include <hubtwin/session/feature.hpp>
#include <hubtwin/session/session.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/time.hpp>
#include <hubtwin/wire/property_bag.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// A message to the hub. Everything is copied by send(), so nothing needs to live longer. Empty
/// texts are left out on the wire (IoT Hub developer guide, "Create and read IoT Hub messages").
struct TelemetryMessage {
  ByteView payload;
  /// kAtLeastOnce: kept until the hub acknowledges it, and sent again after a lost link.
  Qos qos = Qos::kAtLeastOnce;
  /// The higher, the more important, for Telemetry::set_full_policy(); kNeverDropped: no policy
  /// drops it.
  std::uint8_t priority = 0;
  /// For telling duplicates apart; at most 128 ASCII letters, digits and
  /// - : . + % _ # * ? ! ( ) , = @ ; $ '
  std::string_view message_id;
  std::string_view correlation_id;
  std::string_view user_id;
  /// "application/json" together with the encoding "utf-8" lets the hub route by the body.
  std::string_view content_type;
  std::string_view content_encoding;
  /// When it was measured. From 1970 to 9999.
  std::optional<UtcTime> creation_time;
  /// Name of the Plug and Play component that sends it.
  std::string_view component;
  /// The application's own; a key must not be empty nor begin with `$`.
  Span<const Property> properties;
};

/// Told when a message has left: its ticket, and success when it was acknowledged (QoS 1) or handed
/// over (QoS 0); Error::kDropped when FullPolicy dropped it, Error::kCancelled when the client was
/// closed before. Each ticket that send() answered is told once.
using SentHandler = Function<void(std::uint32_t ticket, Status outcome)>;

/// The hub's limit of body, values of system properties, and names and values of the application's
/// (IoT Hub quotas: 256 KB).
constexpr std::size_t kMaxTelemetrySize = 262144;

/// Sends telemetry, through the session's outbox.
class Telemetry final : public Feature {
 public:
  explicit Telemetry(Session& session) : session_(session) {}

  /// Copies the message into the outbox, or refuses it; sends nothing by itself. May be called
  /// without a link, and before open(): what is in the outbox waits.
  /// \return its ticket; Error::kNoSpace: the outbox is full now, try again after on_sent;
  ///         Error::kDropped: it is full and the message was dropped by FullPolicy::kDropNewest;
  ///         Error::kInvalidArgument: it is larger than the outbox or the hub allow, its topic
  ///         with the properties is longer than the room for one, or a text is outside its range.
  Result<std::uint32_t> send(const TelemetryMessage& message) { return send_to("", message); }

  /// The same, to a named output of a module (IoT Edge routes by it).
  /// \return as send(); Error::kNotSupported for a device; Error::kInvalidArgument for an empty
  ///         name.
  Result<std::uint32_t> send_output(std::string_view output, const TelemetryMessage& message);

  /// Sets who is told when a message has left; nullptr: nobody. Everything may be called inside
  /// except poll() and the destructor.
  void on_sent(const SentHandler& handler) { handler_ = handler; }

  /// What happens from now on when a message finds the outbox full; FullPolicy::kRefuse unless set.
  ///
  /// Dropped is only what waits to be sent, at either QoS, also what waits to be sent again after a
  /// lost link and may have arrived. What was published on the present link stays until it is
  /// acknowledged. Nothing is dropped unless the new message then fits: where what may be dropped
  /// isn't enough, the new one is refused by Error::kNoSpace. What is dropped during send() is told
  /// to on_sent() in the next poll(), which is due at once; until then each leaves 20 bytes of the
  /// outbox (24 where pointers have 64 bits) occupied, so that an application that sends and never
  /// polls is refused in the end.
  ///
  /// Never dropped are messages with the priority kNeverDropped, those of a MessageStore, and
  /// answers of methods; where they find no room they are refused, also by kDropNewest. With
  /// kDropOldest they make room as any other does, and with kByPriority as the most important ones.
  void set_full_policy(FullPolicy policy) { session_.set_full_policy(policy); }

  void on_posted(std::uint32_t ticket, Status outcome) override;

 private:
  Result<std::uint32_t> send_to(std::string_view output, const TelemetryMessage& message);

  Session& session_;
  SentHandler handler_;
};

HUBTWIN_NAMESPACE_END
