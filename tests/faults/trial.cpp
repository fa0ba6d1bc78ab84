// SPDX-License-Identifier: MIT
#include "trial.hpp"

#include "support/text_file.hpp"

#include <algorithm>

namespace hubtwin::faults {

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{60};
constexpr Duration kLook = 20ms;
// Promised are 5 ms; see "How long poll() takes" in docs/reliability.md for why ten times that.
constexpr std::chrono::microseconds kFarTooLong = 50ms;

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

std::string key_of(const std::string& connection_string) {
  return connection_string.substr(connection_string.rfind("SharedAccessKey=") + 16);
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
  proxy.tls = hub::proxy::TlsFace{test::text_of(folder / "server.pem"),
                                  test::text_of(folder / "server.key"), "", ""};
  proxy.authority = hub::proxy::Authority{test::text_of(folder / "ca.pem"),
                                          test::text_of(folder / "ca.key"),
                                          {"localhost", "127.0.0.1"}};
  proxy.second_root_file = second_root_file();
  proxy_ = std::make_unique<hub::proxy::ProxyThread>(std::move(proxy));
  connection_string_ = hub_.create(identity_);
  secrets.add_text(key_of(connection_string_));
  crypto_.on_signature = [this](ByteView mac) { secrets.add_bytes(as_text(mac)); };
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

TransportWithTrust Trial::make_transport(const std::string& trust_file) {
  return transport_kind().make({hub_.ca_file(), trust_file, clock_, wake_, options_.connect_timeout,
                                meter_, usual_liveness_});
}

Device& Trial::device() {
  if (!device_) {
    transport_ = make_transport(flash_ ? trust_file() : "");
    device_ = std::make_unique<Device>(context_, *transport_.transport,
                                       identity_of(connection_string_), options_);
    if (flash_) {
      start_program();
    }
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
    rival_->transport = make_transport("");
    rival_->device = std::make_unique<Device>(context_, *rival_->transport.transport,
                                              identity_of(connection_string_), options_);
    rival_->device->on_connection(
        [this](const ConnectionStatus& status) { rival_->states.push_back(status); });
  }
  return *rival_;
}

void Trial::poll() {
  const auto wall = steady_clock::now();
  meter_.begin();
  context_.poll();
  const StepMeter::Poll poll = meter_.end();
  const auto took =
      std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - wall);
  outcome.longest_poll = std::max(outcome.longest_poll, took);
  if (poll.took > outcome.longest.took) {
    outcome.longest = poll;
  }
  outcome.longest_step = std::max(outcome.longest_step, poll.longest_step);
  outcome.longest_rest = std::max(outcome.longest_rest, poll.took - poll.longest_step);
  const std::size_t clients = rival_ ? 2 : 1;
  outcome.most_steps = std::max(outcome.most_steps, (poll.steps + clients - 1) / clients);
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

void Trial::polls_were_short() const {
  require(outcome.most_steps <= 1, "a poll() did more than one cryptographic step");
  require(outcome.longest_rest < kFarTooLong, "a poll() took far too long beside its step");
}

void Trial::no_secret_is_out() const {
  require(!log_.lines().empty(), "something stands in the log");
  for (const test::RecordingLog::Line& line : log_.lines()) {
    for (const std::string& text : {line.text, line.who}) {
      require(secrets.found_in(text).empty(), "a secret stands in the log: " + text);
      require(text.find("sig=") == std::string::npos, "a token stands in the log: " + text);
    }
  }
  require(secrets.found_in(outcome.reason + outcome.failure).empty(), "a secret was told");
  if (flash_) {
    const std::vector<std::uint8_t>& bytes = flash_->bytes();
    require(secrets.found_in(as_text(ByteView(bytes.data(), bytes.size()))).empty(),
            "a secret stands in the flash");
  }
}

void Trial::note(const std::string& reason) {
  outcome.reason += (outcome.reason.empty() ? "" : ", then ") + reason;
}

void Trial::remove() {
  hub_.remove(identity_);
}

void Trial::create_again() {
  hub_.create(identity_, key_of(connection_string_));
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

std::size_t Trial::failures_for(Error reason) const {
  return static_cast<std::size_t>(
      std::count_if(states_.begin(), states_.end(), [&](const ConnectionStatus& status) {
        return status.state == ConnectionState::kWaitingToRetry && status.reason.error() == reason;
      }));
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
          std::string("told another reason: ") + to_string(reason) + ", the system's number " +
              std::to_string(ended()->reason.os_code()));
}

void Trial::told_in_the_end(Error reason) {
  until([&] { return failures_for(reason) > 0; }, std::string("told: ") + to_string(reason));
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
}

void Trial::last_change_stands() {
  for (int i = 1; i <= 3; ++i) {
    hub_.patch_desired(identity_, {{"n", i}});
  }
  until(
      [&] {
        const auto n = device().twin().desired()["n"];
        return n.exists() && n.as_integer().value_or(0) == 3 && in_step();
      },
      "the last value stands");
  nothing_told();
}

void Trial::nothing_told() {
  const bool ended = std::any_of(states_.begin(), states_.end(), [](const auto& status) {
    return status.state == ConnectionState::kWaitingToRetry;
  });
  require(!ended, "an end was told");
  note("none: the link stands");
}

}  // namespace hubtwin::faults
