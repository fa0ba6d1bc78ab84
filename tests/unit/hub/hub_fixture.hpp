// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A hub with a broker, a clock and a log that tests can see into.

#include "tools/hub/core/hub.hpp"
#include "tools/hub/core/sas_token.hpp"
#include "tools/hub/core/store.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hubtwin::hub {

struct Sent {
  std::string client_id;
  std::string topic;
  std::string payload;
  int qos;

  friend bool operator==(const Sent& left, const Sent& right) {
    return left.client_id == right.client_id && left.topic == right.topic &&
           left.payload == right.payload && left.qos == right.qos;
  }
};

class RecordingOutbound : public Outbound {
 public:
  void send(const std::string& client_id, const std::string& topic, const std::string& payload,
            int qos) override {
    sent.push_back({client_id, topic, payload, qos});
  }
  void close(const std::string& client_id, const std::string& why) override {
    closed.emplace_back(client_id, why);
  }

  std::vector<Sent> take() { return std::exchange(sent, {}); }

  std::vector<Sent> sent;
  std::vector<std::pair<std::string, std::string>> closed;
};

class ManualClock : public HubClock {
 public:
  TimePoint now() override { return time; }

  TimePoint time{std::chrono::seconds{1700000000}};
};

class RecordingLog : public HubLog {
 public:
  void write(LogLevel, const std::string& line) override { lines += line + '\n'; }

  std::string lines;
};

inline const std::string kHost = "contoso.example";
inline const std::string kPrimaryKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
inline const std::string kSecondaryKey = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";

/// Has device "d" with module "m".
struct HubFixture {
  HubFixture() {
    add({"d", ""});
    add({"d", "m"});
  }

  void add(const IdentityId& id) {
    const Json keys = {{"primaryKey", kPrimaryKey}, {"secondaryKey", kSecondaryKey}};
    const auto added =
        hub.put_identity(id, {{"authentication", {{"symmetricKey", keys}}}}, std::nullopt);
    if (!added) {
      throw std::logic_error(added.error().message);
    }
  }

  static std::string path(const IdentityId& id) {
    return kHost + "/devices/" + id.device + (id.is_module() ? "/modules/" + id.module : "");
  }

  /// A CONNECT that the hub accepts, to be spoilt by a test.
  ConnectRequest request(const std::string& client_id) {
    ConnectRequest made;
    made.client_id = client_id;
    made.username = kHost + '/' + client_id + "/?api-version=2021-04-12";
    made.password = make_sas_token(path(IdentityId::from_client_id(client_id)), kPrimaryKey,
                                   clock.time + std::chrono::hours{1});
    made.connection = ++last_connection;
    return made;
  }

  /// Connects and answers the connection's name.
  std::uintptr_t connect(const std::string& client_id, bool clean = false) {
    ConnectRequest made = request(client_id);
    made.clean_session = clean;
    const Verdict verdict = hub.connect(made);
    if (!verdict.accepted()) {
      throw std::logic_error(verdict.why);
    }
    return made.connection;
  }

  bool subscribe(const std::string& client_id, const std::string& filter, int qos = 0) {
    return hub.subscribe(client_id, filter, qos).accepted();
  }

  bool publish(const std::string& client_id, const std::string& topic, const std::string& payload) {
    PublishedMessage message;
    message.topic = topic;
    message.payload = payload;
    return hub.publish(client_id, message).accepted();
  }

  void pass(std::chrono::milliseconds time) {
    clock.time += time;
    hub.tick();
  }

  Store store{":memory:"};
  RecordingOutbound outbound;
  ManualClock clock;
  RecordingLog log;
  std::uintptr_t last_connection = 0;
  Hub hub{[] {
            HubOptions options;
            options.host_name = kHost;
            return options;
          }(),
          store, outbound, clock, log};
};

}  // namespace hubtwin::hub
