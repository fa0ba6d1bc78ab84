// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a device client and a module client have in common. Functions take it by reference,
/// whatever the capacities; make a SizedDeviceClient or a SizedModuleClient.

#include <hubtwin/contract.hpp>
#include <hubtwin/messages.hpp>
#include <hubtwin/methods.hpp>
#include <hubtwin/session/session.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/telemetry.hpp>
#include <hubtwin/time.hpp>
#include <hubtwin/twin/twin.hpp>

#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// One identity at a hub: its link, twin, methods, telemetry and messages.
///
/// Everything happens in poll(), and callbacks run nowhere else; inside one, everything may be
/// called except poll() and the destructor. Register handlers before open(): what a stored MQTT
/// session holds may come right behind CONNACK. What a handler refers to must outlive the client
/// or be taken back. All calls come from one thread; no call waits.
class Client {
 public:
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Starts connecting, and keeps connected until close(): reconnects, renews tokens, reads the
  /// twin again. Neither network nor clock need to work yet.
  /// \return Error::kWrongState: open already; Error::kInvalidArgument: options out of range, or
  ///         an identity of the other kind; Error::kNotSupported: a credential of a kind that this
  ///         version doesn't have; Error::kNoSpace: host, ids or key are longer than the Sizes
  ///         allow; Error::kKeyNotBase64.
  Status open();

  /// Ends the link in good order; what waits is completed as cancelled. Done when connection()
  /// says ConnectionState::kClosed, at a later poll(). It can be opened again.
  void close() { session_.close(); }

  /// Does all that is due, for at most about 5 ms plus one cryptographic step. With several
  /// clients, Context::poll() serves all. \pre Not inside a callback.
  void poll() { session_.poll(); }

  /// When poll() has to be called at the latest. Sleep until then by Context::wait(), which also
  /// ends when a transport has something. With several clients, see Context::next_deadline().
  MonotonicTime next_deadline() const { return session_.next_deadline(); }

  /// Tells that the network changed (a new address, a cable): the link is made anew at once.
  void network_changed() { session_.network_changed(); }

  /// Another SessionOptions::keep_alive, from the next link on; network_changed() makes that at
  /// once. May be called inside callbacks.
  /// \param[in] keep_alive  5 s to 1177 s; zero: what the transport usually takes.
  /// \return Error::kInvalidArgument for any other; the one before stays.
  Status set_keep_alive(Duration keep_alive) { return session_.set_keep_alive(keep_alive); }

  /// Goes on as the same device or module with another credential (a rolled key, the secondary one,
  /// a new token), another host or gateway; may be called in any state, and inside handlers. A link
  /// that stands is renewed by plan, without losing what waits; one that waits to be tried again
  /// is tried at once. So an on_connection() handler can fall back on the secondary key:
  ///
  ///     if (status.state == hubtwin::ConnectionState::kWaitingToRetry &&
  ///         status.reason.error() == hubtwin::Error::kRefusedCredentials) {
  ///       static_cast<void>(client.update_identity(secondary));
  ///     }
  ///
  /// \param[in] identity  Copied.
  /// \return Error::kInvalidArgument: another device or module id, for which a client of its own is
  ///         needed; Error::kNotSupported, kNoSpace, kKeyNotBase64 or kConnectionStringMissingKey
  ///         as in open(). After an error the identity is the one before.
  Status update_identity(const Identity& identity) {
    return wrong_kind_ ? Status(Error::kInvalidArgument) : session_.update_identity(identity);
  }

  /// Where the link stands, and why.
  ConnectionStatus connection() const { return session_.status(); }
  /// Who is told of each change of connection(); null: nobody.
  void on_connection(const ConnectionHandler& handler) { session_.set_handler(handler); }

  /// Desired and reported properties. \pre Sizes::kDesiredBytes isn't zero.
  Twin& twin() {
    HUBTWIN_EXPECTS(twin_ != nullptr);
    return *twin_;
  }
  /// \copydoc twin()
  const Twin& twin() const {
    HUBTWIN_EXPECTS(twin_ != nullptr);
    return *twin_;
  }

  /// Sends telemetry; see Telemetry::send(). \pre Sizes::kOutboxBytes isn't zero.
  Result<std::uint32_t> send(const TelemetryMessage& message) { return telemetry().send(message); }
  /// Who is told when a message sent left the outbox; see Telemetry::on_sent().
  void on_sent(const SentHandler& handler) { telemetry().on_sent(handler); }

  /// Answers a direct method; see Methods::on_method(). \pre Sizes::kMethods isn't zero.
  Status on_method(std::string_view name, const MethodHandler& handler) {
    return methods().on_method(name, handler);
  }

  /// The time that this client goes by.
  MonotonicTime now() const { return session_.now(); }
  std::string_view device_id() const { return session_.device_id(); }
  /// Empty for a device.
  std::string_view module_id() const { return session_.module_id(); }
  /// The client id: device, or device/module.
  std::string_view name() const { return session_.name(); }
  const SessionCounters& counters() const { return session_.counters(); }
  /// Bytes and round trip, as far as this client's transport knows. See also TwinCounters.
  TransportCounters transport_counters() const { return session_.transport_counters(); }

  /// The subjects themselves, for what has no short form here.
  Session& session() { return session_; }
  Telemetry& telemetry() {
    HUBTWIN_EXPECTS(telemetry_ != nullptr);
    return *telemetry_;
  }
  Methods& methods() {
    HUBTWIN_EXPECTS(methods_ != nullptr);
    return *methods_;
  }
  Messages& messages() {
    HUBTWIN_EXPECTS(messages_ != nullptr);
    return *messages_;
  }

 protected:
  Client(Context& context, Transport& transport, const Identity& identity,
         const SessionOptions& options, const SessionMemory& memory, bool module)
      : session_(context, transport, identity.module_id.empty() != module ? identity : Identity(),
                 options, memory),
        wrong_kind_(identity.module_id.empty() == module) {}
  ~Client() = default;

  /// Takes the subjects that the leaf made; null for one that its Sizes leave out.
  void adopt(Twin* twin, Methods* methods, Messages* messages, Telemetry* telemetry);

 private:
  Session session_;
  Twin* twin_ = nullptr;
  Methods* methods_ = nullptr;
  Messages* messages_ = nullptr;
  Telemetry* telemetry_ = nullptr;
  bool wrong_kind_;  // a module's identity for a device, or the other way round
};

HUBTWIN_NAMESPACE_END
