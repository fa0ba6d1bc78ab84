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
/// know each other. A subject is registered once, before Session::open(), and lives as long as the
/// session.
class Feature {
 public:
  Feature() = default;
  Feature(const Feature&) = delete;
  Feature& operator=(const Feature&) = delete;

  /// The filters that this subject needs now; empty while it has no handler. They are subscribed
  /// together with the others' after each CONNACK, whatever the session-present flag says, and
  /// later when a subject that had none gets some. Texts live as long as the subject.
  virtual Span<const Subscription> subscriptions() const = 0;

  /// Whether a message with this topic is this subject's; asked in order of registration.
  virtual bool claims(std::string_view topic) const = 0;

  /// The next three: as in TransportEvents, for messages that this subject claims. May come before
  /// on_link_ready(), since a stored MQTT session is live before SUBSCRIBE (IoT Hub MQTT support,
  /// "clean session").
  virtual Intake on_message(const MessageHead& head) = 0;
  virtual void on_message_fragment(ByteView fragment) = 0;
  virtual void on_message_end() = 0;

  /// This subject's subscriptions are granted on the present link.
  virtual void on_link_ready() = 0;
  /// The link is gone; also after a link on which on_link_ready() never came. An open message was
  /// cut: its end won't come.
  virtual void on_link_lost(Status reason) = 0;
  /// The application closed the client: complete what is pending with Error::kCancelled.
  virtual void on_close() {}
  /// A post() with this subject's tag left the outbox. \param[in] outcome  Success: handed over
  /// (QoS 0) or acknowledged (QoS 1); Error::kExpired: the link it was meant for is gone;
  /// Error::kCancelled: the client was closed.
  virtual void on_posted(std::uint32_t ticket, Status outcome) {
    static_cast<void>(ticket);
    static_cast<void>(outcome);
  }

  /// Does what is due, in every Session::poll(), ready or not.
  virtual void poll(MonotonicTime now) = 0;
  /// When poll() has something to do at the latest; kNever when only events matter.
  virtual MonotonicTime next_deadline() const = 0;
  /// True while a request of this subject waits for its answer; a planned token renewal waits for
  /// it, for a bounded time.
  virtual bool busy() const = 0;

 protected:
  ~Feature() = default;

 private:
  friend class Session;
  Feature* next_ = nullptr;
  std::uint8_t subscribe_state_ = 0;
};

HUBTWIN_NAMESPACE_END
