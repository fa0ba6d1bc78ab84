// SPDX-License-Identifier: MIT
#include "history.hpp"

#include "documents.hpp"
#include "support/model_hub.hpp"
#include "support/view_json.hpp"
#include "support/world.hpp"
#include <hubtwin/device_client.hpp>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string_view>

namespace hubtwin::simulation {

namespace {

using namespace std::chrono_literals;
using test::json_of;
using test::ModelHub;

constexpr const char* kDevice = "pump";
constexpr const char* kWatched[] = {"", "a", "b.x", "c.y.z", "longer-key"};
constexpr std::size_t kWatchedCount = sizeof(kWatched) / sizeof(kWatched[0]);
// Longer than the longest wait of the slow lanes, several times over.
constexpr Duration kPatience = 72h;

struct Sizes : DefaultSizes {
  static constexpr std::size_t kTransmitBytes = 160;  // so that flushes are split
  static constexpr std::size_t kOutboxBytes = 1024;
  static constexpr std::size_t kDesiredBytes = 8192;
  static constexpr std::size_t kReportedBytes = 2048;
};

/// Thrown where something that must hold doesn't.
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void expect(bool holds, const std::string& what) {
  if (!holds) {
    throw Broken(what);
  }
}

/// What an application knows that believes its callbacks and nothing else.
struct Beliefs {
  std::map<std::string, Json> desired;         // by watched path; no entry: nothing there
  std::map<std::string, TwinVersion> version;  // of the last call, by watched path
  std::map<std::string, Json> reported;        // by leaf; discarded: removed
  std::set<FlushId> flushes;                   // named by report(), not completed
  std::set<FlushId> named_flushes;             // all of those
  std::map<std::uint32_t, int> sent;           // tickets that wait for their outcome
};

class History {
 public:
  History(std::uint64_t seed, Plant plant) : choices_(seed), world_(seed + 1), plant_(plant) {}

  Verdict play() {
    try {
      prepare();
      const std::uint32_t steps = 5 + choices_.below(40);
      for (std::uint32_t step = 0; step < steps; ++step) {
        run_for(some_time());
        act();
      }
      run_for(some_time());
      end_of_faults();
      converge();
      stay_converged();
    } catch (const std::exception& broken) {
      verdict_.failure = broken.what();
    }
    verdict_.links = hub_.connects(kDevice);
    return std::move(verdict_);
  }

 private:
  void note(const std::string& text) {
    const Duration since = world_.clock.now() - test::FakeClock::kStart;
    verdict_.trace.push_back(std::to_string(since.count()) + " ms: " + text);
  }

  // For callbacks, which nothing may be thrown through: remembers the first claim that fails.
  void claim(bool holds, const std::string& what) {
    if (!holds && broken_claim_.empty()) {
      note("BROKEN: " + what);
      broken_claim_ = what;
    }
  }
  void run_for(Duration duration) {
    world_.run_for(duration);
    expect(broken_claim_.empty(), broken_claim_);
  }

  // The device.

  void prepare() {
    connection_string_ = hub_.create(kDevice);
    transport_.set_capabilities({choices_.chance(50), choices_.chance(50)});
    transport_.set_fragment_size(choices_.chance(30) ? 1 + choices_.below(40) : 4096);
    transport_.set_fragments_per_poll(choices_.chance(20) ? 1 + choices_.below(4) : 4096);
    transport_.set_latency(Duration(choices_.below(200)), Duration(choices_.below(200)));
    if (choices_.chance(20)) {
      transport_.set_publishes_per_poll(1);
    }
    fault_percent_ = choices_.chance(15) ? 0 : choices_.below(40);
    hub_.set_fate([this](ModelHub::Kind kind, const std::string&) { return fate_of(kind); });
    world_.watch(transport_);
    if (choices_.chance(50)) {
      hub_.set_desired(kDevice, random_document(choices_));
    }
    boot();
  }

  void boot() {
    beliefs_ = Beliefs();
    const Result<Identity> identity = Identity::parse(connection_string_);
    client_ = std::make_unique<SizedDeviceClient<Sizes>>(world_.context, transport_, *identity,
                                                         SessionOptions());
    for (std::size_t i = 0; i < kWatchedCount; ++i) {
      expect(client_->twin()
                 .on_desired(kWatched[i],
                             [this, i](const DesiredChange& change) { told(kWatched[i], change); })
                 .ok(),
             "a handler was refused");
    }
    client_->twin().on_flushed([this](const FlushOutcome& outcome) { flushed(outcome); });
    client_->on_sent([this](std::uint32_t ticket, Status outcome) { left(ticket, outcome); });
    client_->on_message([this](const Message& message) { received(message); });
    expect(client_->open().ok(), "open() was refused");
  }

  void told(const std::string& path, const DesiredChange& change) {
    ++verdict_.changes;
    const auto before = beliefs_.desired.find(path);
    const bool known = before != beliefs_.desired.end();
    const std::string where = "handler of '" + path + "': ";
    claim(change.path() == path, where + "called with another path");
    if (change.gone()) {
      claim(known, where + "told that something has gone that it never had");
    } else {
      const Json value = json_of(change.value());
      claim(!known || before->second != value, where + "told a value that it has already");
    }
    const bool was_empty = known && before->second == Json::object();  // told or not, both are true
    if (change.cause() != DesiredCause::kFirstState && change.old_value_kept() && !was_empty) {
      const bool plain = known && !before->second.is_object();
      claim(change.old_value().exists() == plain, where + "old value there or not, wrongly");
      claim(!plain || json_of(change.old_value()) == before->second,
            where + "the old value isn't what it was told before");
    }
    TwinVersion& last = beliefs_.version[path];
    claim(change.version() > last || recreated_, where + "told out of order");
    last = change.version();
    if (change.gone()) {
      beliefs_.desired.erase(path);
    } else {
      beliefs_.desired[path] = json_of(change.value());
    }
  }

  void flushed(const FlushOutcome& outcome) {
    ++verdict_.flushes;
    // The client may flush by itself what a new identity lacks; no report() named those.
    const bool named = beliefs_.named_flushes.count(outcome.id) != 0;
    claim(!named || beliefs_.flushes.erase(outcome.id) == 1, "a flush completed twice");
    claim(outcome.status.ok() || outcome.status.error() == Error::kCancelled,
          std::string("a flush failed: ") + to_string(outcome.status.error()));
  }

  void left(std::uint32_t ticket, Status outcome) {
    const auto sent = beliefs_.sent.find(ticket);
    claim(sent != beliefs_.sent.end(), "a message left that wasn't pending");
    if (!outcome.ok()) {
      claim(outcome.error() == Error::kCancelled, "a message failed");
      owed_telemetry_.erase(sent->second);
    }
    beliefs_.sent.erase(sent);
  }

  void received(const Message& message) {
    const int number = std::stoi(std::string(as_text(message.payload())));
    claim(number <= newest_message_ || number == next_owed_message(), "a message was overtaken");
    newest_message_ = std::max(newest_message_, number);
    owed_messages_.erase(number);
  }
  int next_owed_message() const {
    const auto next = owed_messages_.upper_bound(newest_message_);
    return next == owed_messages_.end() ? -1 : *next;
  }

  // What happens.

  Duration some_time() {
    const std::uint32_t kind = choices_.below(100);
    if (kind < 40) {
      return Duration(choices_.below(300));
    }
    if (kind < 80) {
      return Duration(choices_.below(10000));
    }
    return kind < 97 ? Duration(choices_.below(300000)) : Duration(choices_.below(7200000));
  }

  void act() {
    const std::uint32_t kind = choices_.below(100);
    if (kind < 25) {
      change_desired();
    } else if (kind < 50) {
      report();
    } else if (kind < 60) {
      send_telemetry();
    } else if (kind < 66) {
      send_message();
    } else if (kind < 80) {
      harm_network();
    } else if (kind < 90) {
      harm_requests();
    } else if (kind < 94) {
      touch_clock();
    } else {
      touch_client();
    }
  }

  void change_desired() {
    for (std::uint32_t n = 1 + choices_.below(4); n > 0; --n) {
      if (choices_.chance(15)) {
        const Json document = random_document(choices_);
        hub_.replace_desired(kDevice, document);
        note("desired replaced by " + document.dump());
      } else {
        const Json patch = random_patch(choices_);
        hub_.set_desired(kDevice, patch);
        note("desired patched by " + patch.dump());
      }
      note("desired is at version " + std::to_string(hub_.desired(kDevice).version()));
    }
    if (plant_ == Plant::kSilentChange) {
      hub_.corrupt_desired(kDevice, {{"a", choices_.below(1000)}});
      note("PLANTED: desired changed silently");
    }
  }

  void report() {
    Twin& twin = client_->twin();
    for (std::uint32_t n = 1 + choices_.below(6); n > 0; --n) {
      Result<FlushId> flush = kNothingToFlush;
      if (choices_.chance(20)) {
        const std::string place = kReportedPlaces[choices_.below(std::size(kReportedPlaces))];
        note("removal of " + place + " reported");
        flush = twin.report_removal(place);
        for (const std::string leaf : kReportedLeaves) {
          if (leaf == place || leaf.compare(0, place.size() + 1, place + ".") == 0) {
            beliefs_.reported[leaf] = Json(Json::value_t::discarded);
          }
        }
      } else {
        const std::string leaf = kReportedLeaves[choices_.below(std::size(kReportedLeaves))];
        const Json value = random_scalar(choices_);
        note(leaf + " reported as " + value.dump());
        flush = twin.report_json(leaf, value.dump());
        beliefs_.reported[leaf] = value;
      }
      expect(flush.ok(), std::string("report refused: ") + to_string(flush.error()));
      if (*flush != kNothingToFlush) {
        beliefs_.flushes.insert(*flush);
        beliefs_.named_flushes.insert(*flush);
      }
    }
    if (choices_.chance(30)) {
      twin.flush();
    }
    if (plant_ == Plant::kAcknowledgedNotApplied) {
      ModelHub::Verdict lie;
      lie.effect = false;
      hub_.judge_report(kDevice, lie);
      note("PLANTED: the next update will be acknowledged and not applied");
    }
  }

  void send_telemetry() {
    for (std::uint32_t n = 1 + choices_.below(4); n > 0; --n) {
      const std::string body = std::to_string(last_telemetry_ + 1);
      TelemetryMessage message;
      message.payload = as_bytes(body);
      const Result<std::uint32_t> ticket = client_->send(message);
      if (!ticket) {
        expect(ticket.error() == Error::kNoSpace || ticket.error() == Error::kWrongState,
               "telemetry refused for a wrong reason");
        return;
      }
      ++last_telemetry_;
      ++verdict_.telemetry;
      owed_telemetry_.insert(last_telemetry_);
      beliefs_.sent[*ticket] = last_telemetry_;
      note("telemetry " + body);
    }
  }

  void send_message() {
    ++last_message_;
    owed_messages_.insert(last_message_);
    note("message " + std::to_string(last_message_) + " from the hub");
    hub_.send_message(kDevice, std::to_string(last_message_));
  }

  void harm_network() {
    switch (choices_.below(6)) {
      case 0:
      case 1:
        note("link cut");
        hub_.cut(kDevice);
        break;
      case 2:
        note("link silent");
        hub_.go_silent(kDevice);
        break;
      case 3:
        note("hub refuses");
        hub_.refuse_all(choices_.chance(80) ? Status(Error::kConnectRefused)
                                            : Status(Error::kServerUnavailable, 3, 0, 0));
        break;
      case 4:
        note("hub doesn't answer CONNECT");
        hub_.ignore_connects(true);
        break;
      default:
        note("network well again");
        hub_.refuse_all(std::nullopt);
        hub_.ignore_connects(false);
        break;
    }
  }

  void harm_requests() {
    constexpr int kStatuses[] = {429, 500, 503};
    ModelHub::Verdict bad;
    if (choices_.chance(50)) {
      bad.silent = true;
      bad.effect = choices_.chance(50);
    } else {
      bad.status = kStatuses[choices_.below(3)];
    }
    const bool get = choices_.chance(50);
    note(std::string(get ? "the next GET" : "the next update") +
         " fares badly: " + (bad.silent ? "silence" : std::to_string(bad.status)));
    if (get) {
      hub_.judge_get(kDevice, bad);
    } else {
      hub_.judge_report(kDevice, bad);
    }
  }

  void touch_clock() {
    switch (choices_.below(3)) {
      case 0:
        note("UTC forgotten");
        world_.clock.forget_utc();
        break;
      case 1:
        note("UTC wrong");
        world_.clock.set_utc(true_utc() + std::chrono::seconds(choices_.below(40000)) - 20000s);
        break;
      default:
        note("UTC right");
        world_.clock.set_utc(true_utc());
        break;
    }
  }
  UtcTime true_utc() {
    return test::FakeClock::kStartUtc + std::chrono::duration_cast<std::chrono::seconds>(
                                            world_.clock.now() - test::FakeClock::kStart);
  }

  void touch_client() {
    switch (choices_.below(5)) {
      case 0:
        note("client closed");
        client_->close();
        break;
      case 1:
        note("client opened");
        static_cast<void>(client_->open());
        break;
      case 2:
        note("network_changed()");
        client_->network_changed();
        break;
      case 3:
        note("power cut and reboot");
        client_.reset();
        // What waited in memory is lost, and may or may not have reached the hub.
        owed_telemetry_.clear();
        boot();
        break;
      default:
        if (choices_.chance(30)) {
          note("identity deleted and made anew");
          hub_.recreate(kDevice);
          recreated_ = true;
          owed_telemetry_.clear();  // the records went with it
          owed_messages_.clear();
        }
        break;
    }
  }

  ModelHub::Fate fate_of(ModelHub::Kind kind) {
    using Kind = ModelHub::Kind;
    ModelHub::Fate fate;
    if (never_answer_get_ && kind == Kind::kGetAnswer) {
      fate.lost = true;
    }
    if (!faults_ || !choices_.chance(fault_percent_)) {
      return fate;
    }
    switch (choices_.below(4)) {
      case 0:
        // Only what a hub may fail to send: QoS 1 isn't lost on a link that stands.
        fate.lost = kind != Kind::kPuback && kind != Kind::kMessage;
        fate.then_cut = !fate.lost;
        break;
      case 1:
        fate.copies =
            kind == Kind::kNotification || kind == Kind::kGetAnswer || kind == Kind::kReportAnswer
                ? 2
                : 1;
        break;
      case 2:
        if (kind != Kind::kMessage && kind != Kind::kPuback) {  // the hub keeps these in order
          fate.delay = Duration(choices_.below(choices_.chance(80) ? 2000 : 100000));
        }
        break;
      default:
        fate.then_cut = true;
        break;
    }
    return fate;
  }

  // How it ends.

  void end_of_faults() {
    note("no more faults");
    faults_ = false;
    hub_.refuse_all(std::nullopt);
    hub_.ignore_connects(false);
    hub_.forgive(kDevice);
    world_.clock.set_utc(true_utc());
    run_for(2min);  // a link that went silent just now is found out
    if (plant_ == Plant::kNeverAnswersGet) {
      note("PLANTED: no GET is answered any more");
      never_answer_get_ = true;
      hub_.cut(kDevice);
    }
    static_cast<void>(
        world_.run_until([&] { return client_->connection().state != ConnectionState::kClosing; }));
    if (client_->connection().state == ConnectionState::kClosed) {
      expect(client_->open().ok(), "open() after close() was refused");
    }
  }

  void converge() {
    std::string difference;
    const bool converged = world_.run_until(
        [&] {
          difference = what_differs();
          return difference.empty() || !broken_claim_.empty();
        },
        kPatience);
    expect(broken_claim_.empty(), broken_claim_);
    expect(converged, "not converged: " + difference);
  }

  // Once all is in step the client is quiet, whatever went before.
  void stay_converged() {
    run_for(5min);  // what was cancelled by close() may be sent once more
    const unsigned gets = hub_.gets(kDevice);
    const unsigned reports = hub_.reports(kDevice);
    const std::uint64_t polls = world_.polls();
    run_for(10min);
    expect(what_differs().empty() || !client_->twin().synchronised(),
           "no longer converged: " + what_differs());
    // A token may be renewed meanwhile, and one signed by a wrong clock may run out.
    expect(hub_.gets(kDevice) <= gets + 3, "the twin is read over and over");
    expect(hub_.reports(kDevice) == reports, "the same is reported again");
    expect(world_.polls() < polls + 200, "polled without need");
  }

  std::string what_differs() {
    if (client_->connection().state != ConnectionState::kConnected) {
      return std::string("the client is ") + to_string(client_->connection().state);
    }
    Twin& twin = client_->twin();
    const test::ModelSection& desired = hub_.desired(kDevice);
    if (!twin.synchronised() || twin.desired_version() != desired.version()) {
      return "desired is at version " + std::to_string(twin.desired_version()) + " instead of " +
             std::to_string(desired.version());
    }
    if (!beliefs_.flushes.empty()) {
      return "a flush hasn't completed";
    }
    if (!beliefs_.sent.empty()) {
      return "telemetry hasn't left";
    }
    if (!owed_messages_.empty() || hub_.messages_waiting(kDevice) != 0) {
      return "a message from the hub hasn't been taken";
    }
    if (json_of(twin.desired()) != desired.document()) {
      return "desired is " + json_of(twin.desired()).dump() + " instead of " +
             desired.document().dump();
    }
    for (const std::string path : kWatched) {
      const Json value = value_at(desired.document(), path);
      const auto believed = beliefs_.desired.find(path);
      const bool right = believed == beliefs_.desired.end()
                             ? value.is_discarded() || (path.empty() && value.empty())
                             : believed->second == value;
      if (!right) {
        return "the handler of '" + path + "' wasn't told " + value.dump();
      }
    }
    return telemetry_difference() + reported_difference();
  }

  std::string telemetry_difference() {
    std::set<int> missing = owed_telemetry_;
    int newest = 0;
    for (const test::Telemetry& message : hub_.telemetry(kDevice)) {
      const int number = std::stoi(message.body);
      if (missing.erase(number) != 0 && number < newest) {
        return "telemetry " + message.body + " was overtaken";
      }
      newest = std::max(newest, number);
    }
    return missing.empty() ? "" : "telemetry " + std::to_string(*missing.begin()) + " is lost";
  }

  std::string reported_difference() {
    const Json& reported = hub_.reported(kDevice).document();
    for (const auto& [leaf, value] : beliefs_.reported) {
      const Json there = value_at(reported, leaf);
      if (there.is_discarded() != value.is_discarded() ||
          (!value.is_discarded() && there != value)) {
        return "reported " + leaf + " is " + there.dump() + " instead of " + value.dump();
      }
    }
    return "";
  }

  test::FakeRandom choices_;
  test::World world_;
  ModelHub hub_{world_};
  test::ScriptedTransport transport_{world_.clock, &hub_};
  Plant plant_;
  Verdict verdict_;
  std::string broken_claim_;
  std::string connection_string_;
  std::uint32_t fault_percent_ = 0;
  bool faults_ = true;
  bool never_answer_get_ = false;
  bool recreated_ = false;
  int last_telemetry_ = 0;
  std::set<int> owed_telemetry_;  // taken by send(), not excused by a power cut
  int last_message_ = 0;
  int newest_message_ = 0;
  std::set<int> owed_messages_;  // sent by the hub, not received
  Beliefs beliefs_;
  std::unique_ptr<SizedDeviceClient<Sizes>> client_;
};

}  // namespace

Plant plant_named(const std::string& name) {
  if (name == "acknowledged-not-applied") {
    return Plant::kAcknowledgedNotApplied;
  }
  if (name == "never-answers-get") {
    return Plant::kNeverAnswersGet;
  }
  return name == "silent-change" ? Plant::kSilentChange : Plant::kNone;
}

Verdict play(std::uint64_t seed, Plant plant) {
  return History(seed, plant).play();
}

}  // namespace hubtwin::simulation
