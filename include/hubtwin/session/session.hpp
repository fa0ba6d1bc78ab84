// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The link of one identity: credentials, connecting, subscriptions, retry, outbox. Everything that
/// is the same for twins, methods and messages.

#include <hubtwin/auth/identity.hpp>
#include <hubtwin/contract.hpp>
#include <hubtwin/function.hpp>
#include <hubtwin/port/transport.hpp>
#include <hubtwin/session/backoff.hpp>
#include <hubtwin/session/context.hpp>
#include <hubtwin/session/feature.hpp>
#include <hubtwin/session/outbox.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// Where a client's link stands.
enum class ConnectionState : std::uint8_t {
  kClosed,          ///< Not opened, or closed by the application.
  kWaitingForTime,  ///< Opened; UTC isn't known yet, so no token can be signed.
  kConnecting,      ///< A link is being made: socket, TLS, CONNECT.
  kSubscribing,     ///< CONNACK came; waiting for SUBACK.
  kConnected,       ///< The link stands and all subscriptions are granted.
  kRenewing,        ///< Planned reconnect with a fresh token; nothing is lost.
  kWaitingToRetry,  ///< The link is gone; the next attempt is due in next_retry_in.
  kClosing,         ///< close() was called; waiting for the transport to say so.
};
/// Constant text, e.g. "connected".
const char* to_string(ConnectionState state);

/// A state with the reason of the last change.
struct ConnectionStatus {
  ConnectionState state = ConnectionState::kClosed;
  /// Why the link was lost, refused or is being renewed; success once connected.
  Status reason;
  /// Attempts since the link was last stable; 1 is the first.
  std::uint32_t attempt = 0;
  /// In kWaitingToRetry: how long until the next attempt. Zero elsewhere.
  Duration next_retry_in{0};

  ErrorClass reason_class() const { return class_of(reason.error()); }
};

/// Called at each change of state. Everything may be called inside except poll() and the
/// destructor.
using ConnectionHandler = Function<void(const ConnectionStatus&)>;

/// How a session behaves. Texts must live as long as the session.
struct SessionOptions {
  /// TCP port of the hub (8883 in the service) or of a local hub.
  std::uint16_t port = 8883;
  /// 5 s to 1177 s; the hub's limit is 1767 s / 1.5 (IoT Hub MQTT support, keep-alive). Zero: what
  /// the transport finds a dead peer with in some 40 s, Transport::usual_keep_alive(). Our own MQTT
  /// client asks by itself, see mqtt::Liveness; over Paho a dead peer is found after two and a half
  /// keep-alives.
  Duration keep_alive{0};
  /// False: the hub keeps subscriptions and cloud-to-device messages while the client is away.
  bool clean_session = false;
  /// Life of a signed token, 5 min to 365 days. Renewed at 80 to 90 % of it, by a reconnect.
  Duration token_lifetime = std::chrono::hours(1);
  /// How long CONNACK, and then SUBACK, may take before the link is given up.
  Duration connect_timeout = std::chrono::seconds(60);
  /// How long a planned renewal waits for requests in flight.
  Duration renewal_patience = std::chrono::seconds(30);
  /// Appended to the user agent (DeviceClientType), e.g. "vending/1.2"; may be empty.
  std::string_view product_info;
  /// Plug and Play model id, e.g. "dtmi:com:example:Thermostat;1"; may be empty.
  std::string_view model_id;
  /// Bound of the wait before the first attempt after open(), drawn evenly from zero to it; to 24
  /// h. Zero: at once. For devices that are switched on together; see spread_fleet().
  Duration start_spread{0};
  /// Retry times.
  BackoffOptions backoff;
};

/// For a link that is paid by the byte and idle most of the time: a keep-alive of 1177 s and tokens
/// that live for 24 h, since each renewal is a handshake; see mqtt::kMeteredLiveness, which goes
/// with it. docs/reliability.md, "What liveness costs", has the bytes a day. A dead peer is then
/// noticed late, and what the hub tells meanwhile comes late as well; some networks forget idle
/// links sooner (mobile operators after minutes), which Client::set_keep_alive() may answer.
constexpr void spare_traffic(SessionOptions& options) {
  options.keep_alive = std::chrono::seconds(1177);
  options.token_lifetime = std::chrono::hours(24);
}

/// Spreads the connects of a fleet, whose devices can't know of each other: a hub whose links break
/// all at once, that was away for however long, or whose devices are all switched on together, is
/// then asked for fewer than `connects_per_second` links in each second. That costs time: a lone
/// device, too, waits up to three times `devices` / `connects_per_second` seconds before it first
/// tries again. Without it the first retries of all fall into BackoffOptions::base, and a fleet
/// relies on the hub's refusals, which have it take the slow lane.
///
/// The mean rate is a third of what was asked for, and half of it while second and third attempts
/// join; the rest is for chance, and enough for rates of 50 a second or more. How that was
/// measured: docs/reliability.md, "Storms". Attempts at once aren't spread: those of
/// network_changed() and update_identity(), and when the clock learns the time. Token renewals
/// always are, over a tenth of SessionOptions::token_lifetime.
///
/// \param[in,out] options  Gets start_spread, and all of backoff except `stable`.
/// \param[in] devices  At most 1,199 times `connects_per_second`: waits grow no more from there on,
///                     and the rate isn't kept.
/// \param[in] connects_per_second  What the hub takes, less what others need: with S1 100, or 12
///                                 for each unit where that is more (IoT Hub quotas and throttling,
///                                 device connections).
/// \pre connects_per_second isn't zero.
constexpr void spread_fleet(SessionOptions& options, std::uint32_t devices,
                            std::uint32_t connects_per_second) {
  HUBTWIN_EXPECTS(connects_per_second != 0);
  constexpr std::uint32_t kMost = 1199;  // an hour
  const std::uint32_t share = devices / connects_per_second;
  const std::uint32_t window = 3 * (1 + (share < kMost ? share : kMost));
  const BackoffOptions usual;
  BackoffOptions& backoff = options.backoff;
  options.start_spread = std::chrono::seconds(window);
  backoff.base = options.start_spread;
  backoff.cap = usual.cap < backoff.base * 2 ? backoff.base * 2 : usual.cap;
  backoff.slow_base = usual.slow_base < backoff.base ? backoff.base : usual.slow_base;
  backoff.slow_cap =
      usual.slow_cap < backoff.slow_base * 2 ? backoff.slow_base * 2 : usual.slow_cap;
}

/// Counters since construction; they don't wrap in practice.
struct SessionCounters {
  std::uint32_t connects = 0;        ///< CONNACK 0 received.
  std::uint32_t disconnects = 0;     ///< Links lost after CONNACK, planned ones aside.
  std::uint32_t renewals = 0;        ///< Planned reconnects.
  std::uint32_t foreign_topics = 0;  ///< Messages that no subject claims; dropped.
  std::uint32_t resends = 0;         ///< QoS 1 messages published again after a reconnect.
  std::uint32_t dropped = 0;         ///< Messages that FullPolicy dropped.
  std::uint32_t refused = 0;         ///< Messages that found the outbox full and were refused.
  /// Links lost and attempts failed, planned ends aside, by the class of the reason; each stops at
  /// 65,535.
  std::uint16_t failures[kErrorClasses] = {};
  std::uint16_t failures_of(ErrorClass reason) const {
    return failures[static_cast<std::size_t>(reason)];
  }
};

/// Memory that a session works in; all of it the caller's, for the session's life.
struct SessionMemory {
  Span<char> identity;  ///< Host, gateway, device id and module id, packed.
  ByteSpan secret;      ///< Key (decoded) or ready-made token; wiped at the end.
  ByteSpan outbox;
};

/// One identity's link. Driven by poll(); all calls from one thread; no call waits.
class Session final : private TransportEvents {
 public:
  /// \param[in] identity  Copied into `memory`; what is wrong with it is answered by open().
  Session(Context& context, Transport& transport, const Identity& identity,
          const SessionOptions& options, const SessionMemory& memory);
  /// Drops the link without waiting. \pre Not inside a callback.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Registers a subject. \pre Before open().
  void add(Feature& feature);

  /// Starts connecting, and goes on for ever until close().
  /// \return Error::kWrongState when already open; Error::kNotSupported for X.509 and provisioning;
  ///         Error::kNoSpace when the identity doesn't fit its memory; Error::kInvalidArgument for
  ///         options out of range; what was wrong with the identity.
  Status open();
  /// Ends the link in good order; kClosed follows at a later poll().
  void close();
  /// Does all that is due; callbacks run inside. \pre Not inside a callback.
  void poll();
  MonotonicTime next_deadline() const;
  /// Tells that the network changed (new address, cable plugged in): drops the link, if any, and
  /// tries again at once.
  void network_changed();
  /// See Client::set_keep_alive().
  Status set_keep_alive(Duration keep_alive);
  /// Goes on with another credential, host or gateway: see Client::update_identity().
  Status update_identity(const Identity& identity);

  ConnectionStatus status() const;
  void set_handler(const ConnectionHandler& handler) { handler_ = handler; }
  const SessionCounters& counters() const { return counters_; }
  TransportCounters transport_counters() const { return transport_.counters(); }

  // For subjects above.

  Context& context() const { return context_; }
  /// The time at the beginning of the present poll(), or now outside.
  MonotonicTime now() const;
  /// True between on_link_ready and on_link_lost.
  bool ready() const { return state_ == ConnectionState::kConnected && drop_reason_.ok(); }
  std::string_view device_id() const { return device_id_; }
  /// Empty for a device.
  std::string_view module_id() const { return module_id_; }
  bool is_module() const { return !module_id_.empty(); }
  /// Differs from that of every other session that this context ever had (in 2^32 of them).
  std::uint32_t serial() const { return serial_; }
  /// For log lines: the client id.
  std::string_view name() const { return client_id_; }
  TransportCapabilities capabilities() const { return transport_.capabilities(); }

  /// A number that no other request of this session bears while 2^32 - 1 are outstanding.
  std::uint32_t next_request_id() { return ++last_request_id_; }

  /// Room for composing a topic; lasts only within one call.
  Span<char> topic_room() const;

  /// Publishes at QoS 0 at once, behind nothing in the outbox.
  /// \return Error::kWrongState without a ready link; Error::kBackPressure: try again after poll().
  Status publish(std::string_view topic, ByteView payload);
  /// The same from a source: see PublishRequest::source.
  Status publish(std::string_view topic, PayloadSource& source);

  /// Puts a message into the outbox, which sends, and re-sends after link loss. Where it is full,
  /// FullPolicy decides.
  /// \param[in] owner     Told by on_posted() with the ticket, once; null: nobody.
  /// \param[in] priority  See FullPolicy.
  /// \return the ticket; Error::kNoSpace: full now; Error::kDropped: full, and given up by
  ///         FullPolicy::kDropNewest; Error::kInvalidArgument: larger than the outbox;
  ///         Error::kWrongState for Lifetime::kThisLink before CONNACK or when the link is ending.
  Result<std::uint32_t> post(Feature* owner, std::string_view topic, ByteView payload, Qos qos,
                             Lifetime lifetime, std::uint8_t priority = kNeverDropped);
  /// See Telemetry::set_full_policy().
  void set_full_policy(FullPolicy policy);
  const Outbox& outbox() const { return outbox_; }

  /// Sends the PUBACK that was withheld for a message that arrived at QoS 1.
  void acknowledge(std::uint16_t packet_id);

  /// Gives the link up for `reason`, e.g. a subject's protocol error, and retries.
  void drop_link(Status reason);

  /// Has a subject's subscriptions() read anew, e.g. since it got its first handler.
  void subscriptions_changed(Feature& feature);

 private:
  friend class Context;

  void on_connected(bool session_present) override;
  void on_disconnected(Status reason) override;
  void on_subscribed(std::uint16_t packet_id, bool granted) override;
  void on_published(std::uint16_t packet_id) override;
  Intake on_message(const MessageHead& head) override;
  void on_message_fragment(ByteView fragment) override;
  void on_message_end() override;

  Status adopt(const Identity& identity);
  Status adopt_secret(const Identity& identity);
  void set_state(ConnectionState state, Status reason);
  void advance(MonotonicTime now);
  void start_link(MonotonicTime now);
  Status connect(MonotonicTime now);
  void subscribe_wanted(MonotonicTime now);
  void mark_features(std::uint8_t from, std::uint8_t to, std::size_t filters);
  void become_ready();
  void renew_when_due(MonotonicTime now);
  bool features_busy() const;
  bool clock_suspect() const;
  void schedule_retry(Status reason, MonotonicTime now);
  void finish_close();
  bool may_pump() const;
  void pump_outbox();
  static Status make_room(Session& session, const Outbox::Record& record);
  void complete(std::size_t position, Status outcome);
  void complete_oldest(std::size_t count, Outbox::Kind kind, Error outcome);

  Context& context_;
  Transport& transport_;
  SessionOptions options_;
  SessionMemory memory_;
  Outbox outbox_;
  // So that a program that sets no policy doesn't link what makes room.
  Status (*make_room_)(Session& session, const Outbox::Record& record) = nullptr;
  Backoff backoff_;
  ConnectionHandler handler_;
  Session* next_in_context_ = nullptr;
  Feature* features_ = nullptr;
  Feature* message_owner_ = nullptr;  // whose message is open
  std::string_view host_;
  std::string_view gateway_;
  std::string_view device_id_;
  std::string_view module_id_;
  std::string_view client_id_;
  std::size_t secret_size_ = 0;
  CredentialKind credential_ = CredentialKind::kKey;
  Status identity_status_;
  Status reason_;
  Status drop_reason_;  // why we are ending the link ourselves; success: we aren't
  MonotonicTime poll_time_{};
  MonotonicTime deadline_ = kNever;  // of the present state
  MonotonicTime subscribe_deadline_ = kNever;
  MonotonicTime renew_at_ = kNever;
  MonotonicTime signed_at_{};
  std::optional<UtcTime> signed_utc_;  // what the clock said when the token was signed
  SessionCounters counters_;
  std::uint32_t serial_ = 0;
  std::uint32_t last_request_id_ = 0;
  std::uint32_t last_ticket_ = 0;
  std::uint16_t subscribe_packet_id_ = 0;
  ConnectionState state_ = ConnectionState::kClosed;
  FullPolicy full_policy_ = FullPolicy::kRefuse;
  bool polling_ = false;
  bool link_exists_ = false;   // connect() was taken and on_disconnected hasn't come
  bool others_link_ = false;   // the transport hasn't ended the link of a client before this one
  bool connack_came_ = false;  // on the present link
  bool subscribe_in_flight_ = false;
  bool renewal_pending_ = false;  // due, and waiting for what is in flight
  bool retry_at_once_ = false;
  bool back_pressure_ = false;           // the transport refused a publish in this poll()
  bool message_waits_for_turn_ = false;  // another client reads a document
};

HUBTWIN_NAMESPACE_END
