// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Port: an MQTT 3.1.1 client seen from above.
///
/// The session drives a transport by calls; the transport answers by events, and delivers events
/// only from inside its poll(). One transport serves one client.

#include <hubtwin/auth/secret.hpp>
#include <hubtwin/bytes.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/time.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// MQTT quality of service; IoT Hub knows no QoS 2 (IoT Hub MQTT support: "Using the MQTT
/// protocol").
enum class Qos : std::uint8_t { kAtMostOnce = 0, kAtLeastOnce = 1 };

/// What a transport can do beyond the least.
struct TransportCapabilities {
  /// A QoS 1 PUBLISH is acknowledged only when acknowledge() is called. Without it the transport
  /// acknowledges on arrival.
  bool withholds_acknowledgement = false;
  /// publish() with `resend` sends the same packet id with DUP set. Without it a re-send goes out
  /// as a new PUBLISH.
  bool resends_with_dup = false;
};

/// What a transport knows of its traffic, over all its links.
struct TransportCounters {
  /// Bytes of MQTT: without TLS, TCP and IP, whose part is in docs/reliability.md. Both begin anew
  /// at 2^32; differences are right all the same.
  std::uint32_t bytes_sent = 0;
  std::uint32_t bytes_received = 0;
  /// How long the hub took for its last PINGRESP or PUBACK that was measured, one at a time; zero
  /// before. Counted from one poll() to another, so it includes what the program kept it waiting.
  Duration last_round_trip{0};
};

/// Everything in a CONNECT. The texts must live until connect() returns; transports copy.
struct ConnectRequest {
  std::string_view host;       ///< Peer of the socket and name checked by TLS.
  std::uint16_t port = 8883;   ///< TCP port.
  std::string_view client_id;  ///< Raw, never percent-encoded.
  std::string_view user_name;
  SecretView password;                             ///< SAS token; empty for X.509.
  Duration keep_alive = std::chrono::seconds(60);  ///< Whole seconds, 5 s to 1177 s.
  bool clean_session = false;
};

/// One filter of a SUBSCRIBE.
struct Subscription {
  std::string_view filter;
  Qos qos = Qos::kAtMostOnce;
};

/// A payload that is made while it is sent, so that it needn't lie anywhere as a whole.
class PayloadSource {
 public:
  /// Its bytes in all. Doesn't change.
  virtual std::size_t size() const = 0;
  /// Writes the bytes that follow those of the call before, as many as there is room for.
  /// \pre `room` isn't empty and has no more bytes than are left.
  virtual void read(ByteSpan room) = 0;

 protected:
  ~PayloadSource() = default;
};

/// One outgoing message. The topic is copied before publish() returns, and so is the payload,
/// unless it stays.
struct PublishRequest {
  std::string_view topic;
  ByteView payload;
  /// True, with QoS 1, where the payload stays as it is, where it is, until on_published() or the
  /// link's end: the transport may send it from there, so that it needs no room for it.
  bool payload_stays = false;
  /// The payload instead, for QoS 0. Where publish() succeeds the transport reads it to its end, in
  /// publish() and any later poll(), and until then sends nothing else; it must live so long, or
  /// until the link's end. After an error it has to begin anew.
  PayloadSource* source = nullptr;
  Qos qos = Qos::kAtMostOnce;
  /// True when this QoS 1 message was published before on an earlier link and never acknowledged.
  bool resend = false;
  /// With `resend`: the packet id that the earlier publish() answered.
  std::uint16_t packet_id = 0;
};

/// The head of an incoming PUBLISH. The topic lives until the event returns.
struct MessageHead {
  std::string_view topic;
  std::size_t payload_size = 0;  ///< Bytes that will follow in fragments.
  Qos qos = Qos::kAtMostOnce;
  bool duplicate = false;       ///< The DUP flag.
  std::uint16_t packet_id = 0;  ///< With QoS 1; what acknowledge() takes.
};

/// What the session says to the head of a message.
enum class Intake : std::uint8_t {
  kTake,   ///< Deliver the fragments and the end.
  kLater,  ///< Keep it, and everything behind it; offer it again at a later poll().
  kDrop,   ///< Swallow the payload without further events; QoS 1 is then acknowledged.
};

/// What a transport tells. Implemented by Session; called only inside Transport::poll(). Each event
/// may call back into the transport, except poll() and the destructor.
class TransportEvents {
 public:
  /// CONNACK 0 came. \param[in] session_present  The flag of that packet.
  virtual void on_connected(bool session_present) = 0;

  /// The link is gone, or could not be made. Exactly one follows each connect() that answered
  /// success, whether or not on_connected came; also after disconnect().
  virtual void on_disconnected(Status reason) = 0;

  /// SUBACK for the filters of the subscribe() that answered `packet_id`.
  /// \param[in] granted  False when any of them was refused (0x80).
  virtual void on_subscribed(std::uint16_t packet_id, bool granted) = 0;

  /// PUBACK for the publish() that answered `packet_id`, in the order the hub sent them.
  virtual void on_published(std::uint16_t packet_id) = 0;

  /// A PUBLISH begins. Only one message is open at a time.
  virtual Intake on_message(const MessageHead& head) = 0;
  /// Some of its payload, in order; any size from one byte. Only after Intake::kTake.
  virtual void on_message_fragment(ByteView fragment) = 0;
  /// Its payload is complete. QoS 1 waits for acknowledge() where the transport can. A message cut
  /// by link loss has no end: on_disconnected comes instead.
  virtual void on_message_end() = 0;

 protected:
  ~TransportEvents() = default;
};

/// An MQTT 3.1.1 client. No call waits for the network. All calls come from one thread.
class Transport {
 public:
  virtual TransportCapabilities capabilities() const = 0;

  /// The keep-alive for who doesn't care: 5 s to 1177 s. One that finds a dead peer by nothing else
  /// should answer what finds it within 40 s.
  virtual Duration usual_keep_alive() const { return std::chrono::seconds(60); }

  /// \return zeros where a transport doesn't count.
  virtual TransportCounters counters() const { return {}; }

  /// Names who is told; before connect(), and null again before the session ends, which then calls
  /// disconnect(). Another session may follow: its connect() may be answered Error::kWrongState
  /// until the link before has ended, which it is told by on_disconnected.
  virtual void attach(TransportEvents* events) = 0;

  /// Begins a link; the outcome comes as on_connected or on_disconnected.
  /// \return Error::kWrongState while a link stands, is being made or hasn't been reported as
  ///         disconnected yet; Error::kInvalidArgument or Error::kNoSpace for a request it can't
  ///         hold; a TLS reason for trust that can't be read. No event follows an error.
  virtual Status connect(const ConnectRequest& request) = 0;

  /// Sends DISCONNECT if the link stands, and closes it; on_disconnected(Error::kClosed) follows at
  /// a later poll(). Nothing happens without a link.
  virtual void disconnect() = 0;

  /// Sends one SUBSCRIBE for all `filters` (at most 8). \pre The link stands.
  /// \return its packet id; Error::kBackPressure when it can't be taken now.
  virtual Result<std::uint16_t> subscribe(Span<const Subscription> filters) = 0;

  /// Sends a message. \pre The link stands.
  /// \return its packet id (0 for QoS 0); Error::kBackPressure when it can't be taken now: try
  ///         again after the next poll(); Error::kNoSpace when it can never be taken.
  virtual Result<std::uint16_t> publish(const PublishRequest& request) = 0;

  /// Sends the PUBACK of a QoS 1 message whose end was delivered. Without
  /// capabilities().withholds_acknowledgement nothing is left to do.
  virtual void acknowledge(std::uint16_t packet_id) = 0;

  /// Does what can be done now, for at most about 5 ms and one cryptographic step, and delivers
  /// events.
  virtual void poll(MonotonicTime now) = 0;

  /// When poll() has to be called again at the latest; kNever when only wake-ups matter. A message
  /// that was answered Intake::kLater does not make a deadline: the session knows what it waits
  /// for.
  virtual MonotonicTime next_deadline() const = 0;

 protected:
  ~Transport() = default;
};

HUBTWIN_NAMESPACE_END
