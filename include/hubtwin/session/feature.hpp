// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What Session asks of the subjects above it: twin, methods, messages, telemetry.

#include <hubtwin/port/transport.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/time.hpp>

#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// One subject of the hub's protocol. It knows only Session and its own topics, and subjects don't
/// know each other. What it doesn't override does nothing: one that receives nothing has no filters
/// and claims no topic. A subject is registered once, before Session::open(), and lives as long as
/// the session.
class Feature {
 public:
  Feature() = default;
  Feature(const Feature&) = delete;
  Feature& operator=(const Feature&) = delete;

  /// The filters that this subject needs now; empty while it has no handler. They are subscribed
  /// together with the others' after each CONNACK, whatever the session-present flag says, and
  /// later when a subject that had none gets some. Texts live as long as the subject.
  virtual Span<const Subscription> subscriptions() const { return {}; }

  /// Whether a message with this topic is this subject's; asked in order of registration.
  virtual bool claims(std::string_view topic) const {
    static_cast<void>(topic);
    return false;
  }

  /// The next three: as in TransportEvents, for messages that this subject claims. May come before
  /// on_link_ready(), since a stored MQTT session is live before SUBSCRIBE (IoT Hub MQTT support,
  /// "clean session").
  virtual Intake on_message(const MessageHead& head) {
    static_cast<void>(head);
    return Intake::kDrop;
  }
  virtual void on_message_fragment(ByteView fragment) { static_cast<void>(fragment); }
  virtual void on_message_end() {}

  /// This subject's subscriptions are granted on the present link.
  virtual void on_link_ready() {}
  /// The link is gone; also after a link on which on_link_ready() never came. An open message was
  /// cut: its end won't come.
  virtual void on_link_lost(Status reason) { static_cast<void>(reason); }
  /// The application closed the client: complete what is pending with Error::kCancelled.
  virtual void on_close() {}
  /// A post() with this subject's tag left the outbox. \param[in] outcome  Success: handed over
  /// (QoS 0) or acknowledged (QoS 1); Error::kExpired: the link it was meant for is gone;
  /// Error::kDropped: FullPolicy dropped it; Error::kCancelled: the client was closed.
  virtual void on_posted(std::uint32_t ticket, Status outcome) {
    static_cast<void>(ticket);
    static_cast<void>(outcome);
  }

  /// Does what is due, in every Session::poll(), ready or not.
  virtual void poll(MonotonicTime now) { static_cast<void>(now); }
  /// When poll() has something to do at the latest; kNever when only events matter.
  virtual MonotonicTime next_deadline() const { return kNever; }
  /// True while a request of this subject waits for its answer; a planned token renewal waits for
  /// it, for a bounded time.
  virtual bool busy() const { return false; }

 protected:
  ~Feature() = default;

 private:
  friend class Session;
  Feature* next_ = nullptr;
  std::uint8_t subscribe_state_ = 0;
};

HUBTWIN_NAMESPACE_END
