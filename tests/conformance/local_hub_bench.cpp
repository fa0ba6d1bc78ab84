// SPDX-License-Identifier: MIT

#include "local_hub_bench.hpp"

#include "local_hub.hpp"
#include "relay.hpp"
#include "support/test_crypto.hpp"
#include <hubtwin/posix/system_clock.hpp>
#include <hubtwin/posix/system_random.hpp>

#include <algorithm>
#include <chrono>

namespace hubtwin::conformance {

namespace {

using namespace std::chrono_literals;

/// The system's clock, which a test may move forward, and whose time of day it may hide.
class MovableClock final : public Clock {
 public:
  MonotonicTime now() override { return system_.now() + ahead_; }
  std::optional<UtcTime> utc() override {
    return utc_known_ ? system_.utc() : std::optional<UtcTime>();
  }
  void move(Duration duration) { ahead_ += duration; }
  void set_utc_known(bool known) { utc_known_ = known; }

 private:
  posix::SystemClock system_;
  Duration ahead_{0};
  bool utc_known_ = true;
};

/// A transport with a network of its own.
class RelayedTransport final : public Transport {
 public:
  RelayedTransport(std::shared_ptr<Transport> transport, std::uint16_t hub_port,
                   const std::string& socket_folder)
      : relay_(hub_port, socket_folder), transport_(std::move(transport)) {}

  Relay& relay() { return relay_; }
  const std::string& client_id() const { return client_id_; }

  TransportCapabilities capabilities() const override { return transport_->capabilities(); }
  void attach(TransportEvents* events) override { transport_->attach(events); }
  Status connect(const ConnectRequest& request) override {
    ConnectRequest through_relay = request;
    through_relay.port = relay_.port();
    client_id_ = std::string(request.client_id);
    return transport_->connect(through_relay);
  }
  void disconnect() override { transport_->disconnect(); }
  Result<std::uint16_t> subscribe(Span<const Subscription> filters) override {
    return transport_->subscribe(filters);
  }
  Result<std::uint16_t> publish(const PublishRequest& request) override {
    return transport_->publish(request);
  }
  void acknowledge(std::uint16_t packet_id) override { transport_->acknowledge(packet_id); }
  void poll(MonotonicTime now) override { transport_->poll(now); }
  MonotonicTime next_deadline() const override { return transport_->next_deadline(); }

 private:
  Relay relay_;
  std::shared_ptr<Transport> transport_;
  std::string client_id_;
};

LocalHub& local_hub() {
  static LocalHub hub;
  return hub;
}

Json without_service_members(Json section) {
  section.erase("$metadata");
  section.erase("$version");
  return section;
}

class LocalHubBench final : public Bench {
 public:
  LocalHubBench(TransportMaker maker, std::string socket_folder)
      : maker_(std::move(maker)),
        socket_folder_(std::move(socket_folder)),
        first_telemetry_(hub_.newest_telemetry()) {}
  ~LocalHubBench() override {
    for (const std::string& identity : identities_) {
      if (identity.find('/') == std::string::npos) {
        hub_.remove(identity);
      }
    }
  }

  Context& context() override { return context_; }

  Transport& new_transport() override {
    transports_.push_back(std::make_unique<RelayedTransport>(
        maker_({hub_.ca_file(), clock_, wake_}), hub_.mqtt_port(), socket_folder_));
    transports_.back()->relay().set_reachable(reachable_);
    return *transports_.back();
  }

  SessionOptions options() const override {
    SessionOptions options;
    options.backoff.base = 100ms;
    options.backoff.slow_base = 500ms;  // links that a test cuts soon look like a conflict
    return options;
  }
  const test::RecordingLog& log() const override { return log_; }
  void set_utc_known(bool known) override { clock_.set_utc_known(known); }

  bool run_until(const std::function<bool()>& done) override {
    const auto give_up = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
      context_.poll();
      collect_outcomes();
      if (done()) {
        return true;
      }
      if (std::chrono::steady_clock::now() > give_up) {
        return false;
      }
      // What happens at the hub alone wakes nobody here: look again soon.
      context_.wait(std::min(context_.next_deadline(), clock_.now() + kLook));
    }
  }
  void pass(Duration duration) override {
    clock_.move(duration);
    context_.poll();
  }

  void remove(const std::string& identity) override {
    hub_.remove(identity);
    identities_.erase(std::remove(identities_.begin(), identities_.end(), identity),
                      identities_.end());
  }
  void recreate(const std::string& identity) override {
    hub_.remove(identity);
    hub_.create(identity, keys_.at(identity));
  }
  bool connected(const std::string& identity) override {
    return hub_.twin(identity).at("connectionState") == "Connected";
  }
  void set_desired(const std::string& identity, const Json& patch) override {
    hub_.patch_desired(identity, patch);
  }
  void replace_desired(const std::string& identity, const Json& document) override {
    hub_.replace_desired(identity, document);
  }
  Json desired(const std::string& identity) override {
    return without_service_members(hub_.twin(identity).at("properties").at("desired"));
  }
  Json reported(const std::string& identity) override {
    return without_service_members(hub_.twin(identity).at("properties").at("reported"));
  }
  std::int64_t desired_version(const std::string& identity) override {
    return hub_.twin(identity).at("properties").at("desired").at("$version").get<std::int64_t>();
  }
  std::shared_ptr<const MethodOutcome> invoke(const std::string& identity,
                                              const std::string& method, const std::string& payload,
                                              std::chrono::seconds timeout) override {
    calls_.push_back(
        {hub_.invoke(identity, method, payload, timeout), std::make_shared<MethodOutcome>()});
    return calls_.back().outcome;
  }
  void send_message(const std::string& identity, const std::string& body,
                    const Properties& properties) override {
    hub_.send_message(identity, body, properties);
  }
  std::size_t messages_waiting(const std::string& identity) override {
    return hub_.twin(identity).at("cloudToDeviceMessageCount").get<std::size_t>();
  }
  bool counts_acknowledged_at_once() const override { return false; }
  std::vector<Telemetry> telemetry(const std::string& identity) override {
    return hub_.telemetry(identity, first_telemetry_);
  }
  void send_input(const std::string& identity, const std::string& input, const std::string& body,
                  const Properties& properties) override {
    hub_.send_input(identity, input, body, properties);
  }

  void cut(const std::string& identity) override {
    for (const auto& transport : transports_) {
      if (transport->client_id() == identity) {
        transport->relay().cut();
      }
    }
  }
  void set_hub_reachable(bool reachable) override {
    reachable_ = reachable;
    for (const auto& transport : transports_) {
      transport->relay().set_reachable(reachable);
    }
  }

 private:
  static constexpr std::chrono::seconds kPatience{20};
  static constexpr Duration kLook = 20ms;

  struct Call {
    std::future<MethodOutcome> future;
    std::shared_ptr<MethodOutcome> outcome;
  };
  struct ContextSizes : DefaultContextSizes {
    static constexpr std::size_t kDocumentBytes = kReceiveRoom;
  };

  std::string create_identity(const std::string& identity) override {
    identities_.push_back(identity);
    std::string connection_string = hub_.create(identity);
    keys_[identity] = connection_string.substr(connection_string.rfind("SharedAccessKey=") + 16);
    return connection_string;
  }

  void collect_outcomes() {
    for (Call& call : calls_) {
      if (call.future.valid() && call.future.wait_for(0s) == std::future_status::ready) {
        *call.outcome = call.future.get();
      }
    }
  }

  TransportMaker maker_;
  std::string socket_folder_;
  LocalHub& hub_ = local_hub();
  MovableClock clock_;
  test::TestCrypto crypto_;
  posix::SystemRandom random_;
  posix::EventWake wake_{clock_};
  test::RecordingLog log_;
  SizedContext<ContextSizes> context_{Ports{clock_, crypto_, random_, &wake_, &log_, nullptr}};
  std::vector<std::unique_ptr<RelayedTransport>> transports_;
  std::vector<std::string> identities_;
  std::map<std::string, std::string> keys_;
  std::vector<Call> calls_;
  std::int64_t first_telemetry_;
  bool reachable_ = true;
};

}  // namespace

std::unique_ptr<Bench> make_local_hub_bench(const TransportMaker& maker,
                                            const std::string& socket_folder) {
  return std::make_unique<LocalHubBench>(maker, socket_folder);
}

const std::vector<Ability>& local_hub_abilities() {
  static const std::vector<Ability> abilities = {Ability::kInputs};
  return abilities;
}

const std::vector<std::string>& local_hub_gaps() {
  static const std::vector<std::string> gaps = {
      "desired: a notification lost -> the next one shows the gap, and all is told",
      "desired: a notification doubled -> told once",
      "desired: an old notification after newer ones -> ignored",
      "desired: a malformed notification -> nothing of it is applied, the twin is read again",
      "desired: the answer to GET is late, an error, or never comes -> read again",
      "desired: GET refused for good -> told, and tried again on the next link",
      "gateway: one client's document stalls -> the others go on without it",
      "telemetry: taken by the hub, its PUBACK lost with the link -> sent again, told once",
      "methods: never answered by the application -> 504 by the library, the call expires",
      "reported: no acknowledgement comes -> tried again until one does",
      "reported: a value replaced while its update is under way -> the newer one stays",
      "reported: refused by the hub for its content -> told once, not tried again",
      "session: the link goes dead without a word -> found out, and made again",
      "session: tokens over a day -> never an expired one, never an unplanned end",
      "session: an outage -> waits spread evenly below a bound that doubles",
      "session: a foreign topic -> dropped and counted, all else goes on",
  };
  return gaps;
}

}  // namespace hubtwin::conformance
