// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a Hub is made of. Private to the hub's own source files.

#include "tools/hub/core/hub.hpp"
#include "tools/hub/core/identity.hpp"
#include "tools/hub/core/message_queue.hpp"
#include "tools/hub/core/method_calls.hpp"
#include "tools/hub/core/session.hpp"
#include "tools/hub/core/store.hpp"
#include "tools/hub/core/telemetry_log.hpp"
#include "tools/hub/core/topic.hpp"
#include "tools/hub/core/twin.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace hubtwin::hub {

/// Everything the hub holds of one identity.
struct Entry {
  Identity identity;
  Twin twin;
  Session session;
  MessageQueue messages;
};

struct HubState {
  HubState(HubOptions hub_options, Store& a_store, Outbound& an_outbound, HubClock& a_clock,
           HubLog& a_log);

  // ---- Finding ----
  Entry* find(const IdentityId& id);
  Entry* find(const std::string& client_id) { return find(IdentityId::from_client_id(client_id)); }
  /// 404001 for a device (or a module's device) that isn't there, 404010 for a module.
  ServiceError not_found(const IdentityId& id);

  // ---- Keeping: each throws StoreError and then has changed nothing ----
  void save_identity(const Identity& identity);
  void save_twin(const IdentityId& id, const Twin& twin);
  void save_filters(const Entry& entry);
  void save_message(const IdentityId& id, const MessageQueue::Message& message);
  MessageQueue::Forget forgetting(const IdentityId& id);

  // ---- Acting ----
  /// Sends if the identity is connected and subscribed; false otherwise.
  bool send(const Entry& entry, Subscription subscription, const std::string& topic,
            const std::string& payload);
  /// The same, unless a fault strikes at this place: "notification", "method" or "message".
  bool send_or_fault(Entry& entry, Subscription subscription, const char* place,
                     const std::string& topic, const std::string& payload);
  /// Sends so often and so late as a fault wants it; without one, once and now.
  bool send_as(Entry& entry, Subscription subscription, const std::optional<Fault>& fault,
               const std::string& topic, const std::string& payload);
  /// Does something on this identity's present connection, unless that has ended by then.
  void later(Entry& entry, std::chrono::milliseconds delay, std::function<void(Entry&)> work);
  /// Every fault that strikes when this happens, each once.
  std::vector<Fault> strike_all(const char* place, const IdentityId& id);
  /// Brings about one that strikes when a connection stands, a filter is granted or at once.
  void suffer(Entry& entry, const Fault& fault);
  void patch_desired(Entry& entry, const Json& desired);
  void do_what_was_put_off(TimePoint now);
  /// Ends an identity's connection, if it has one.
  void close(Entry& entry, const std::string& why);
  /// Delivers what waits for an identity that has become reachable.
  void flush(Entry& entry);
  void flush_messages(Entry& entry);
  void call_parked_methods(Entry& entry);
  void call_method(Entry& entry, const MethodRequest& request, const std::string& rid);
  using TwinWrite = Twin::ServiceWrite (Twin::*)(const Json& body, TimePoint now);
  Result<Json> write_twin(const IdentityId& id, const Json& body,
                          const std::optional<std::string>& if_match, TwinWrite write);
  /// Tells of a change of desired properties. False if nobody is there to be told.
  bool notify(Entry& entry, Json notification, std::uint64_t version);
  /// Ends the phase in which the broker names what a resumed session holds.
  void finish_resumption(Entry& entry);
  void record_telemetry(Entry& entry, const PublishedMessage& message,
                        std::map<std::string, std::string> properties);
  void note_activity(Entry& entry);
  /// Makes sure that tick() looks again at this time.
  void schedule(const std::optional<TimePoint>& due);
  /// Writes a line to the log; what came from outside can't forge another.
  void say(LogLevel level, std::string line);

  void load();

  const HubOptions options;
  Store& store;
  Outbound& outbound;
  HubClock& clock;
  HubLog& log;

  /// A device stands directly before its modules.
  std::map<IdentityId, Entry> entries;
  /// Clients between their CONNECT and what shows that their session has been resumed.
  std::set<IdentityId> resuming;
  FaultList faults{"h"};
  std::chrono::seconds clock_offset{0};
  std::chrono::seconds token_skew;
  /// What faults have put off: when, for whom, on which connection.
  struct PutOff {
    TimePoint due;
    IdentityId id;
    std::uintptr_t connection;
    std::function<void(Entry&)> work;
  };
  std::vector<PutOff> put_off;
  MethodCalls methods;
  TelemetryLog telemetry;
  /// tick() has nothing to do before this time.
  TimePoint next_due = TimePoint::max();
  bool stopping = false;
};

}  // namespace hubtwin::hub
