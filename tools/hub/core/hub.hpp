// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The hub: everything that makes a broker an IoT Hub, without a broker, a thread or a socket.
///
/// One thread owns a Hub and makes all calls. Other threads hand their work over to it
/// (rest::Executor).

#include "tools/hub/core/fault.hpp"
#include "tools/hub/core/identity_id.hpp"
#include "tools/hub/core/json.hpp"
#include "tools/hub/core/message.hpp"
#include "tools/hub/core/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hubtwin::hub {

class Store;
struct HubState;

struct HubOptions {
  /// What clients name as the hub in user names, tokens and connection strings (no port).
  std::string host_name = "localhost";
  std::size_t max_modules_per_device = 20;
  std::size_t max_pending_messages = 50;   ///< cloud-to-device messages waiting, per device
  std::size_t telemetry_kept = 10000;      ///< ring of telemetry for watchers, in messages...
  std::size_t telemetry_bytes = 16 << 20;  ///< ...and in payload bytes; the oldest go first
  std::chrono::seconds token_skew{300};    ///< a token is honoured this long after its expiry
};

/// Where the hub's MQTT output goes. Neither call may call back into the hub.
class Outbound {
 public:
  virtual ~Outbound() = default;
  /// Delivers to this one client, whatever it subscribed to.
  virtual void send(const std::string& client_id, const std::string& topic,
                    const std::string& payload, int qos) = 0;
  /// Closes another client's connection; may take effect after the present call ends.
  virtual void close(const std::string& client_id, const std::string& why) = 0;
};

class HubClock {
 public:
  virtual ~HubClock() = default;
  virtual TimePoint now() = 0;
};

enum class LogLevel { kDebug, kInfo, kWarning };

/// Receives one line for each thing the hub does. No line holds a secret.
class HubLog {
 public:
  virtual ~HubLog() = default;
  virtual void write(LogLevel level, const std::string& line) = 0;
};

struct ConnectRequest {
  std::string client_id;
  std::string username;
  std::optional<std::string> password;
  bool clean_session = false;
  int keep_alive_s = 0;
  int protocol_level = 4;         ///< 3: MQTT 3.1, 4: 3.1.1, 5: 5.0
  std::uintptr_t connection = 0;  ///< names the socket; only ever compared
};

/// What to do with a packet of a client. `why` is for the log. kRefuse: answer it by CONNACK 5 or a
/// SUBACK of 0x80. kClose: close the connection without an answer.
struct Verdict {
  enum class Kind { kAccept, kRefuse, kClose } kind = Kind::kAccept;
  std::string why;

  bool accepted() const { return kind == Kind::kAccept; }
};

struct PublishedMessage {
  std::string topic;
  std::string payload;
  int qos = 0;
  bool retain = false;
  bool dup = false;
};

struct QueryPage {
  Json items = Json::array();
  std::optional<std::string> continuation;  ///< absent on the last page
};

class Hub {
 public:
  /// All four must outlive the hub. Reads the store; throws StoreError when it can't.
  Hub(HubOptions options, Store& store, Outbound& outbound, HubClock& clock, HubLog& log);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  const HubOptions& options() const;

  // ---- Broker side
  // -------------------------------------------------------------------------------

  /// Judges a CONNECT. Accepting makes this connection the identity's only one: the broker closes
  /// the older (MQTT's own takeover).
  Verdict connect(const ConnectRequest& request);

  /// Ignored unless `connection` is the identity's present one.
  void disconnected(const std::string& client_id, std::uintptr_t connection);

  /// True if `connection` is the present one of this client.
  bool is_current(const std::string& client_id, std::uintptr_t connection) const;

  Verdict subscribe(const std::string& client_id, const std::string& filter, int qos);
  void unsubscribe(const std::string& client_id, const std::string& filter);

  /// Handles a PUBLISH. The broker never routes it further: accepted means acknowledge and swallow.
  Verdict publish(const std::string& client_id, const PublishedMessage& message);

  /// Records the last will of a client whose connection broke.
  void will(const std::string& client_id, const PublishedMessage& message);

  /// The broker asks, while a stored session resumes, whether a message it still holds
  /// unacknowledged may go out again. False: drop it (expired or purged).
  bool resume_delivery(const std::string& client_id, const std::string& topic,
                       const std::string& payload);

  /// Every identity's client id: those for which a broker may hold a session after a restart.
  std::vector<std::string> client_ids() const;

  /// Tells which filters the broker restored for a client after a restart (empty optional: no
  /// session).
  void restore_session(const std::string& client_id,
                       const std::optional<std::vector<std::string>>& filters);

  /// Does what is due: method time-outs, message and token expiry, answers that faults delay. Cheap
  /// when nothing is.
  void tick();

  /// When tick() has something to do next, if nothing else happens before.
  std::optional<TimePoint> next_deadline() const;

  /// Fails all pending method calls with 503001; later calls fail likewise. Call before destruction
  /// if callers may still wait.
  void stop();

  // ---- Service side: identities
  // ------------------------------------------------------------------
  //
  // Bodies and results are the documents of the IoT Hub REST reference. `if_match` is the If-Match
  // header's value as received (quotes allowed, "*" matches anything); 412001 when it doesn't
  // match.

  /// Creates without `if_match` (409 if present), updates with it. Empty or absent keys: on
  /// creation they are made, on update the present ones stay. Disabling closes the connection.
  Result<Json> put_identity(const IdentityId& id, const Json& body,
                            const std::optional<std::string>& if_match);
  Result<Json> get_identity(const IdentityId& id) const;
  /// Removes twin, messages and (for a device) modules too, and closes their connections.
  Result<Done> remove_identity(const IdentityId& id, const std::optional<std::string>& if_match);
  /// Devices in order of their ids, at most `max`.
  Json list_devices(std::size_t max = 1000) const;
  Result<Json> list_modules(const std::string& device) const;
  /// The body of POST /devices: at most 100 entries with "id", optional "moduleId", and
  /// "importMode" create, update, updateIfMatchETag, delete or deleteIfMatchETag (case means
  /// nothing). Answers
  /// {"isSuccessful", "errors", "warnings"}; entries that are in order are done even if others
  /// fail.
  Result<Json> bulk_identities(const Json& body);
  Json device_statistics() const;
  Json service_statistics() const;

  // ---- Service side: twins
  // -----------------------------------------------------------------------

  Result<Json> get_twin(const IdentityId& id) const;
  /// Merges `tags` and `properties.desired`; other members are ignored. Answers the whole new twin.
  Result<Json> patch_twin(const IdentityId& id, const Json& body,
                          const std::optional<std::string>& if_match);
  /// Replaces `tags` and `properties.desired`: a section that the body lacks becomes empty; null
  /// anywhere within is 400004.
  Result<Json> replace_twin(const IdentityId& id, const Json& body,
                            const std::optional<std::string>& if_match);
  /// Understands `SELECT * FROM devices` and `SELECT * FROM devices.modules` (any case and
  /// spacing), each with optional `WHERE deviceId = '...'`; 400004 otherwise. `continuation` comes
  /// from an earlier page.
  Result<QueryPage> query(const std::string& text, std::size_t max_items,
                          const std::optional<std::string>& continuation) const;

  // ---- Service side: methods and messages
  // --------------------------------------------------------

  /// `request` is the REST body: methodName, payload, responseTimeoutInSeconds (5-300, default 30),
  /// connectTimeoutInSeconds (0-300, default 0). `done` gets {"status","payload"} or the error; it
  /// runs exactly once, on the hub's thread, maybe before this call returns, and must not call the
  /// hub.
  void invoke_method(const IdentityId& id, const Json& request,
                     std::function<void(Result<Json>)> done);

  /// Queues a cloud-to-device message; answers {"enqueued": true, "pending": n}.
  Result<Json> send_message(const std::string& device, const DownstreamMessage& message);
  /// Answers {"totalMessagesPurged","deviceId","moduleId"}.
  Result<Json> purge_messages(const std::string& device);
  /// Not part of IoT Hub (where only IoT Edge has inputs): delivers at once, 404103 if the module
  /// isn't connected and subscribed. `from` may name a sender for $.cdid and $.cmid.
  Result<Done> deliver_input(const IdentityId& module, const std::string& input,
                             const DownstreamMessage& message,
                             const std::optional<IdentityId>& from = std::nullopt);

  /// Telemetry after `sequence` that is still kept, oldest first, at most `max`; of one identity if
  /// given (a device without a module: that device alone).
  std::vector<TelemetryEvent> telemetry_after(std::uint64_t sequence, std::size_t max,
                                              const std::optional<IdentityId>& from) const;
  /// Sequence of the newest telemetry message, 0 before the first.
  std::uint64_t last_telemetry() const;

  // ---- Faults on demand: not part of IoT Hub
  // ------------------------------------------------------

  /// Wants a fault of FaultAgent::kHub; answers it with its id. What is to happen "now" has
  /// happened when this returns, and isn't kept.
  Result<Json> add_fault(const Fault& fault);
  /// 404000 if there is none with this id.
  Result<Done> remove_fault(const std::string& id);
  void clear_faults();
  Json faults() const;

  /// How tokens of connections that are made from now on are held against the time: the hub's clock
  /// goes ahead by `offset`, and a token is honoured for `skew` after its expiry.
  void set_token_clock(std::chrono::seconds offset, std::chrono::seconds skew);
  /// {"offsetSeconds", "tokenSkewSeconds"}
  Json token_clock() const;

 private:
  std::optional<ServiceError> bulk_entry(const IdentityId& id, const Json& item);

  std::unique_ptr<HubState> state_;
};

}  // namespace hubtwin::hub
