// SPDX-License-Identifier: MIT
#include "trial.hpp"

#include <algorithm>
#include <ctime>
#include <fstream>
#include <iterator>

namespace hubtwin::faults {

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{60};
constexpr Duration kLook = 20ms;

std::string content(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::chrono::microseconds thread_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

std::chrono::milliseconds since(steady_clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - begin);
}

Identity identity_of(const std::string& connection_string) {
  const Result<Identity> identity = Identity::parse(connection_string);
  if (!identity.ok()) {
    throw Failure("the connection string isn't one");
  }
  return *identity;
}

void must(const Status& status, const std::string& what) {
  if (!status.ok()) {
    throw Failure(what + ": " + to_string(status.error()));
  }
}

}  // namespace

Trial::Trial(LocalHub& hub, std::string identity) : hub_(hub), identity_(std::move(identity)) {
  const std::filesystem::path& folder = hub_.directory();
  hub::proxy::ProxyOptions proxy;
  proxy.hub_path = (folder / "wake.sock").string();
  proxy.tls =
      hub::proxy::TlsFace{content(folder / "server.pem"), content(folder / "server.key"), "", ""};
  proxy.authority = hub::proxy::Authority{
      content(folder / "ca.pem"), content(folder / "ca.key"), {"localhost", "127.0.0.1"}};
  proxy_ = std::make_unique<hub::proxy::ProxyThread>(std::move(proxy));
  connection_string_ = hub_.create(identity_);
  first_telemetry_ = hub_.newest_telemetry();
  options_.port = proxy_->port();
  options_.keep_alive = 5s;
  options_.connect_timeout = 20s;  // a busy machine must not look like a fault
  options_.backoff.base = 100ms;
  options_.backoff.cap = 1s;
  options_.backoff.slow_base = 500ms;
  options_.backoff.slow_cap = 1s;
}

Trial::~Trial() {
  device_.reset();
  rival_.reset();
}

Device& Trial::device() {
  if (!device_) {
    transport_ = transport_kind().make({hub_.ca_file(), clock_, wake_, options_.connect_timeout});
    device_ =
        std::make_unique<Device>(context_, *transport_, identity_of(connection_string_), options_);
    device_->on_connection([this](const ConnectionStatus& status) { states_.push_back(status); });
    device_->twin().on_error(
        [this](const TwinError& error) { twin_errors_.push_back(error.status.error()); });
    device_->twin().on_flushed(
        [this](const FlushOutcome& flush) { flushes_.push_back(flush.status.error()); });
  }
  return *device_;
}

Trial::Rival& Trial::rival() {
  if (!rival_) {
    rival_ = std::make_unique<Rival>();
    rival_->transport =
        transport_kind().make({hub_.ca_file(), clock_, wake_, options_.connect_timeout});
    rival_->device = std::make_unique<Device>(context_, *rival_->transport,
                                              identity_of(connection_string_), options_);
    rival_->device->on_connection(
        [this](const ConnectionStatus& status) { rival_->states.push_back(status); });
  }
  return *rival_;
}

void Trial::poll() {
  const auto wall = steady_clock::now();
  const auto cpu = thread_time();
  context_.poll();
  const auto took =
      std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - wall);
  outcome.longest_poll = std::max(outcome.longest_poll, took);
  outcome.longest_poll_cpu = std::max(outcome.longest_poll_cpu, thread_time() - cpu);
  ++outcome.polls;
}

void Trial::wait() {
  context_.wait(std::min(context_.next_deadline(), clock_.now() + kLook));
  if (hurry_) {
    clock_.move(10 * kLook);
  }
}

void Trial::until(const std::function<bool()>& done, const std::string& what) {
  const auto give_up = steady_clock::now() + kPatience;
  for (;;) {
    poll();
    if (done()) {
      return;
    }
    if (steady_clock::now() > give_up) {
      std::string told;
      for (const ConnectionStatus& status : states_) {
        told += std::string(" ") + to_string(status.state) + "/" + to_string(status.reason.error());
      }
      throw Failure("not so within " + std::to_string(kPatience.count()) + " s: " + what +
                    "; told:" + told);
    }
    wait();
  }
}

void Trial::require(bool condition, const std::string& what) const {
  if (!condition) {
    throw Failure(what);
  }
}

void Trial::note(const std::string& reason) {
  outcome.reason += (outcome.reason.empty() ? "" : ", then ") + reason;
}

void Trial::remove() {
  hub_.remove(identity_);
}

void Trial::create_again() {
  hub_.create(identity_,
              connection_string_.substr(connection_string_.rfind("SharedAccessKey=") + 16));
}

void Trial::recreate() {
  remove();
  create_again();
}

bool Trial::connected() {
  return device().connection().state == ConnectionState::kConnected;
}

bool Trial::in_step() {
  return connected() && device().twin().synchronised();
}

void Trial::open() {
  must(device().open(), "open()");
}

void Trial::stand() {
  open();
  until([&] { return in_step(); }, "the twin is read");
  send_one();
  states_.clear();
  twin_errors_.clear();
}

std::size_t Trial::telemetry_with(const std::string& body) {
  const auto all = hub_.telemetry(identity_, first_telemetry_);
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [&](const auto& one) { return one.body == body; }));
}

void Trial::send_one() {
  const std::string body = "message " + std::to_string(++messages_);
  TelemetryMessage message;
  message.payload = as_bytes(body);
  must(device().send(message).status(), "send()");
  until([&] { return telemetry_with(body) > 0; }, "the hub has the message");
}

std::string Trial::strike(const Json& fault) {
  start_watch();
  return proxy_->add(fault);
}

std::string Trial::strike_hub(Json fault) {
  start_watch();
  fault["identity"] = identity_;
  hub_faults_.push_back(hub_.add_fault(fault));
  return hub_faults_.back();
}

bool Trial::failed_for(Error reason) const {
  return std::any_of(states_.begin(), states_.end(), [&](const ConnectionStatus& status) {
    return status.state == ConnectionState::kWaitingToRetry && status.reason.error() == reason;
  });
}

void Trial::told(const std::vector<Error>& reasons) {
  const auto ended = [&] {
    return std::find_if(states_.begin(), states_.end(), [](const ConnectionStatus& status) {
      return status.state == ConnectionState::kWaitingToRetry;
    });
  };
  until([&] { return ended() != states_.end(); }, "an end is told");
  outcome.noticed = since(began_);
  const Error reason = ended()->reason.error();
  note(to_string(reason));
  require(std::find(reasons.begin(), reasons.end(), reason) != reasons.end(),
          std::string("told another reason: ") + to_string(reason));
}

void Trial::told_in_the_end(Error reason) {
  until([&] { return failed_for(reason); }, std::string("told: ") + to_string(reason));
  outcome.noticed = since(began_);
  note(to_string(reason));
}

void Trial::twin_told(Error reason) {
  until([&] { return !twin_errors_.empty(); }, std::string("told: ") + to_string(reason));
  outcome.noticed = since(began_);
  note(std::string("twin: ") + to_string(twin_errors_.front()));
  require(twin_errors_.front() == reason,
          std::string("told another reason: ") + to_string(twin_errors_.front()));
}

void Trial::recovers() {
  const auto begin = steady_clock::now();
  proxy_->clear();
  for (const std::string& id : hub_faults_) {
    hub_.remove_fault(id);
  }
  hub_faults_.clear();
  until([&] { return in_step(); }, "the twin is in step again");
  hurry_ = false;
  send_one();
  outcome.recovered = since(begin);
  hub_.patch_desired(identity_, {{"after", 1}});
  until([&] { return device().twin().desired()["after"].exists(); }, "a desired change comes");
  for (const char* secret : {"SharedAccessKey=", "sig="}) {
    require(!log_.contains(secret), "a secret stands in the log");
  }
}

void Trial::nothing_told() {
  const bool ended = std::any_of(states_.begin(), states_.end(), [](const auto& status) {
    return status.state == ConnectionState::kWaitingToRetry;
  });
  require(!ended, "an end was told");
  note("none: the link stands");
}

}  // namespace hubtwin::faults
