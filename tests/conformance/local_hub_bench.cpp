// SPDX-License-Identifier: MIT

#include "local_hub_bench.hpp"

#include "local_hub.hpp"
#include "support/test_crypto.hpp"
#include "tools/hub/core/encoding.hpp"
#include "tools/hub/proxy/proxy_thread.hpp"
#include <hubtwin/posix/system_clock.hpp>
#include <hubtwin/posix/system_random.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>

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

std::string content(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// A transport with a network of its own.
class ProxiedTransport final : public Transport {
 public:
  ProxiedTransport(std::shared_ptr<Transport> transport, const LocalHub& hub,
                   const std::string& socket_folder)
      : number_(++last_number()),
        proxy_(options(hub, socket_folder, number_)),
        transport_(std::move(transport)) {}

  hub::proxy::ProxyThread& proxy() { return proxy_; }
  /// Nobody listens any more, or somebody does again. Links that stand stay.
  void set_reachable(bool reachable) {
    if (!reachable && refusal_.empty()) {
      refusal_ = proxy_.add({{"at", "accept"}, {"do", "refuse"}});
    } else if (reachable && !refusal_.empty()) {
      proxy_.remove(std::exchange(refusal_, {}));
    }
  }
  const std::string& client_id() const { return client_id_; }

  TransportCapabilities capabilities() const override { return transport_->capabilities(); }
  void attach(TransportEvents* events) override { transport_->attach(events); }
  Status connect(const ConnectRequest& request) override {
    ConnectRequest through_proxy = request;
    through_proxy.port = proxy_.port() == 0 ? number_ : proxy_.port();
    client_id_ = std::string(request.client_id);
    return transport_->connect(through_proxy);
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
  static std::uint16_t& last_number() {
    static std::uint16_t last = 0;
    return last;
  }
  static hub::proxy::ProxyOptions options(const LocalHub& hub, const std::string& socket_folder,
                                          std::uint16_t number) {
    const std::filesystem::path& folder = hub.directory();
    hub::proxy::ProxyOptions made;
    if (!socket_folder.empty()) {
      made.listen_path = socket_folder + "/" + std::to_string(number);
    }
    made.hub_path = (folder / "wake.sock").string();
    made.tls =
        hub::proxy::TlsFace{content(folder / "server.pem"), content(folder / "server.key"), "", ""};
    return made;
  }

  const std::uint16_t number_;
  hub::proxy::ProxyThread proxy_;
  std::string refusal_;
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
  LocalHubBench(TransportMaker maker, std::string socket_folder, Error silence)
      : maker_(std::move(maker)),
        socket_folder_(std::move(socket_folder)),
        first_telemetry_(hub_.newest_telemetry()),
        silence_(silence) {}
  ~LocalHubBench() override {
    hub_.clear_faults();
    for (const std::string& identity : identities_) {
      if (identity.find('/') == std::string::npos) {
        hub_.remove(identity);
      }
    }
  }

  Context& context() override { return context_; }

  Transport& new_transport() override {
    transports_.push_back(std::make_unique<ProxiedTransport>(
        maker_({hub_.ca_file(), clock_, wake_}), hub_, socket_folder_));
    transports_.back()->set_reachable(reachable_);
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
    auto quiet_since = std::chrono::steady_clock::now();
    bool hub_was_asked = false;  // since then
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
      const MonotonicTime next = context_.next_deadline();
      const MonotonicTime look = std::min(next, clock_.now() + kLook);
      context_.wait(look);
      if (!hurry_ || clock_.now() < look || look == next) {
        quiet_since = std::chrono::steady_clock::now();
        hub_was_asked = false;
      } else if (std::chrono::steady_clock::now() - quiet_since > kQuiet && next != kNever) {
        // On a busy machine the hub may not have come to what the device sent. When it answers
        // this, it has.
        if (!hub_was_asked) {
          static_cast<void>(hub_.newest_telemetry());
        } else {
          clock_.move(std::max(Duration(0), next - clock_.now()));
        }
        hub_was_asked = !hub_was_asked;
      }
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
        transport->proxy().add({{"at", "link"}, {"do", "reset"}, {"count", 0}});
      }
    }
  }
  void set_hub_reachable(bool reachable) override {
    reachable_ = reachable;
    for (const auto& transport : transports_) {
      transport->set_reachable(reachable);
    }
  }

  void judge_next_get(const std::string& identity, const Verdict& verdict) override {
    add_answer("get", identity, verdict);
  }
  void judge_next_report(const std::string& identity, const Verdict& verdict) override {
    add_answer("report", identity, verdict);
  }
  void copy_next_notification(const std::string& identity, unsigned copies) override {
    hub::Json fault = {{"at", "notification"}, {"do", "lose"}, {"identity", identity}};
    if (copies > 0) {
      fault["do"] = "duplicate";
      fault["copies"] = copies;
    }
    hub_.add_fault(fault);
  }
  void lose_next_puback(const std::string& identity) override {
    on_each_proxy({{"at", "packet"},
                   {"do", "reset"},
                   {"packet", "puback"},
                   {"direction", "to-device"},
                   {"identity", identity}});
  }
  void inject(const std::string& identity, const std::string& topic,
              const std::string& payload) override {
    hub_.add_fault({{"at", "now"},
                    {"do", "send"},
                    {"topic", topic},
                    {"payloadBase64", hub::base64_encode(payload)},
                    {"identity", identity}});
  }
  void go_silent(const std::string& identity) override {
    on_each_proxy({{"at", "link"}, {"do", "silence"}, {"identity", identity}});
  }
  Error silence() const override { return silence_; }
  void hurry() override { hurry_ = true; }

 private:
  static constexpr std::chrono::seconds kPatience{40};
  /// When nothing has happened for so long, and the hub isn't behind, nothing will before the next
  /// deadline.
  static constexpr std::chrono::milliseconds kQuiet{100};
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

  /// The next request of this kind isn't answered as it should be.
  void add_answer(const char* at, const std::string& identity, const Verdict& verdict) {
    hub::Json fault = {{"at", at}, {"identity", identity}, {"do", "answer"}};
    if (verdict.silent) {
      fault["do"] = "lose";
      if (verdict.refused) {
        fault["applied"] = false;
      }
    } else {
      fault["status"] = verdict.status == 0 ? 200 : verdict.status;
      if (verdict.status == 0) {
        fault["body"] = verdict.body;
      }
    }
    hub_.add_fault(fault);
  }

  void on_each_proxy(const hub::Json& fault) {
    for (const auto& transport : transports_) {
      transport->proxy().add(fault);
    }
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
  std::vector<std::unique_ptr<ProxiedTransport>> transports_;
  std::vector<std::string> identities_;
  std::map<std::string, std::string> keys_;
  std::vector<Call> calls_;
  std::int64_t first_telemetry_;
  bool reachable_ = true;
  Error silence_;
  bool hurry_ = false;
};

}  // namespace

std::unique_ptr<Bench> make_local_hub_bench(const TransportMaker& maker,
                                            const std::string& socket_folder, Error silence) {
  return std::make_unique<LocalHubBench>(maker, socket_folder, silence);
}

const std::vector<Ability>& local_hub_abilities() {
  static const std::vector<Ability> abilities = {
      Ability::kFaultyAnswers, Ability::kFaultyNotifications,
      Ability::kLostPubacks,   Ability::kInjection,
      Ability::kSilence,       Ability::kInputs,
      Ability::kHurriedTime};
  return abilities;
}

const std::vector<std::string>& local_hub_gaps() {
  static const std::vector<std::string> gaps = {
      "gateway: one client's document stalls -> the others go on without it",
      "session: tokens over a day -> never an expired one, never an unplanned end",
      "session: an outage -> waits spread evenly below a bound that doubles",
  };
  return gaps;
}

}  // namespace hubtwin::conformance
