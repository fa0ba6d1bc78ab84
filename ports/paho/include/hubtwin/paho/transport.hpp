// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The transport for hosts: MQTT by Eclipse Paho C++, TLS by OpenSSL.

#include <hubtwin/port/transport.hpp>
#include <hubtwin/port/wake.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

HUBTWIN_NAMESPACE_BEGIN
namespace paho {

/// How a Transport reaches its peer. The defaults are right for IoT Hub on a system with a trust
/// store.
struct Options {
  /// PEM file with the certificates to trust. With neither this nor ca_directory, OpenSSL's default
  /// trust store is used (on Debian: package ca-certificates).
  std::string ca_file;
  /// Directory of PEM files named by hash, as `openssl rehash` leaves it.
  std::string ca_directory;
  /// Speaks MQTT without TLS: no encryption, no proof of who the peer is, the token readable by
  /// everyone on the way. For tests and for a gateway on the same machine; IoT Hub refuses it.
  /// There is no switch that keeps TLS and leaves the peer unverified.
  bool insecure_plain_tcp = false;
  /// How long resolving, TCP, TLS and CONNACK may take together; 1 s to 10 min.
  Duration connect_timeout = std::chrono::seconds(30);
  /// Bytes of messages (topic and payload) that may wait for poll(); see "The queue" at Transport.
  std::size_t queue_bytes = 1024 * 1024;
  /// Messages published and not yet acknowledged (QoS 1) or written (QoS 0); further ones are
  /// answered Error::kBackPressure. 1 to 10000.
  std::uint16_t max_in_flight = 256;
  /// Woken when poll() has something to do; may be null for those who poll anyway. Must outlive the
  /// Transport. Called by other threads.
  Wake* wake = nullptr;
};

/// An MQTT 3.1.1 client on Eclipse Paho C++ (1.2 with Paho C 1.3.12). Needs heap, threads and
/// OpenSSL: for hosts only.
///
/// **Threads.** All calls come from one thread; events come from inside poll(). Behind them stand
/// Paho's two threads (one pair a process) and one thread a Transport, which does what in Paho may
/// wait: making, connecting, closing and destroying its clients. No call of this class waits for
/// the network. The destructor waits until the link is closed, at most about 3 s; it then leaves a
/// straggler, e.g. one that a name server keeps waiting, to end by itself.
///
/// **Paho's lock.** All Paho clients of a process share one lock, and Paho resolves names with it
/// held: a slow resolver delays all of them. Here names are first resolved outside that lock, so
/// that an unreachable name server holds up only the Transport that asks; and while any Transport
/// of the process is connecting, the others hand what they publish to their threads instead of
/// calling Paho themselves. What can't be helped: a Paho client that the application makes on its
/// own may still delay a publish() or subscribe() by its resolving.
///
/// **Acknowledgement.** Paho acknowledges a QoS 1 message as soon as it was taken into the queue;
/// capabilities() says that it can't be withheld, and acknowledge() does nothing. Paho has no way
/// to send a message again with DUP on a new link; it goes out as a new one. Packet ids are this
/// class's own, not those on the wire.
///
/// **The queue.** What arrives is copied into a queue that poll() empties. Nothing is dropped from
/// it. When queue_bytes are exceeded, the link is closed with Error::kReceiveQueueFull, after what
/// the queue holds was delivered. Until Paho has closed the socket, the message that exceeded them
/// and those behind it are still kept, since Paho acknowledges them, up to queue_bytes again; only
/// what exceeds even that is lost. A message that is answered Intake::kLater stays at the head.
/// When the link ends meanwhile, it is offered for 2 s more before on_disconnected comes and what
/// is left is given up.
///
/// **Liveness.** Paho pings when nothing was sent or nothing received for one keep-alive, and gives
/// the link up when no answer came for one and a half: a silent peer is noticed after at most two
/// and a half keep-alives and 5 s, as Error::kLinkLost (Paho doesn't tell it from a closed link).
/// So it asks for a keep-alive of 15 s unless SessionOptions::keep_alive says otherwise.
///
/// **Making a link** takes up to a second longer than the network needs when Paho's threads are
/// already running, since its receiving thread then looks at a new socket only when its present
/// wait, of one second, is over.
///
/// **Reasons.** Paho tells only "failed" for everything that goes wrong before CONNACK. Therefore,
/// after such a failure, this class looks once for itself, with a connection of its own that sends
/// nothing but the TLS handshake, and reports what it finds (Error::kConnectRefused, kTlsUnknownCa,
/// kTlsWrongHost, kTlsExpired and so on).
///
/// **Proxies.** Paho C obeys the environment's http_proxy (plain TCP) and https_proxy (TLS).
/// Failures through a proxy aren't looked into.
///
/// **Secrets.** Paho keeps copies of user name and password on the heap while a link exists and
/// doesn't wipe them. Neither is ever logged here.
class Transport final : public hubtwin::Transport {
 public:
  explicit Transport(Options options);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// Neither withholds acknowledgements nor re-sends with DUP.
  TransportCapabilities capabilities() const override;
  /// 15 s: see "Liveness" above.
  Duration usual_keep_alive() const override { return std::chrono::seconds(15); }
  /// Paho doesn't tell its bytes: topics and payloads alone are counted.
  TransportCounters counters() const override;
  void attach(TransportEvents* events) override;

  /// \return besides what hubtwin::Transport says: Error::kInvalidArgument for a host that is
  ///         neither name nor address, a port of 0, a text with a NUL or not UTF-8 or longer than
  ///         65,535 bytes, or an Options value out of its range; Error::kTlsTrustUnreadable, with
  ///         errno in os_code(), when ca_file or ca_directory can't be opened or is empty (one that
  ///         holds no usable certificate is reported by on_disconnected before anything is sent);
  ///         Error::kNoSpace when memory or threads have run out.
  Status connect(const ConnectRequest& request) override;
  void disconnect() override;
  /// \return besides what hubtwin::Transport says: Error::kInvalidArgument for an empty or overlong
  ///         filter, Error::kWrongState without a link.
  Result<std::uint16_t> subscribe(Span<const Subscription> filters) override;
  /// \return besides what hubtwin::Transport says: Error::kInvalidArgument for a topic that is
  ///         empty, overlong, not UTF-8 or has a wildcard or NUL; Error::kNoSpace for a payload
  ///         beyond MQTT's 256 MB; Error::kWrongState without a link.
  Result<std::uint16_t> publish(const PublishRequest& request) override;
  /// Nothing is left to do: see "Acknowledgement" above.
  void acknowledge(std::uint16_t packet_id) override;
  void poll(MonotonicTime now) override;
  MonotonicTime next_deadline() const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace paho
HUBTWIN_NAMESPACE_END
