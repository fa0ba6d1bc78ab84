// SPDX-License-Identifier: MIT

/// \file
/// The bench in virtual time: ScriptedTransport and the model hub, once for each of several sizes
/// of the fragments that payloads come in.

#include "bench.hpp"
#include "support/model_hub.hpp"
#include "support/world.hpp"

#include <deque>

namespace hubtwin::conformance {

namespace {

class ScriptedBench final : public Bench {
 public:
  explicit ScriptedBench(std::size_t fragment_size) : fragment_size_(fragment_size) {
    hub_.set_fate([this](test::ModelHub::Kind kind, const std::string& identity) {
      return fate_of(kind, identity);
    });
  }

  Context& context() override { return world_.context; }

  Transport& new_transport() override {
    test::ScriptedTransport& made =
        *transports_.emplace_back(std::make_unique<test::ScriptedTransport>(world_.clock, &hub_));
    made.set_capabilities({true, true});
    made.set_fragment_size(fragment_size_);
    made.set_latency(std::chrono::milliseconds(20), std::chrono::milliseconds(30));
    world_.watch(made);
    return made;
  }

  SessionOptions options() const override { return {}; }
  const test::RecordingLog& log() const override { return world_.log; }

  void set_utc_known(bool known) override {
    if (known) {
      world_.clock.set_utc(test::FakeClock::kStartUtc +
                           std::chrono::duration_cast<std::chrono::seconds>(
                               world_.clock.now() - test::FakeClock::kStart));
    } else {
      world_.clock.forget_utc();
    }
  }

  bool run_until(const std::function<bool()>& done) override {
    return world_.run_until(done, std::chrono::minutes(10));
  }
  void pass(Duration duration) override { world_.run_for(duration); }

  void recreate(const std::string& identity) override { hub_.recreate(identity); }
  void remove(const std::string& identity) override { hub_.remove(identity); }
  bool connected(const std::string& identity) override { return hub_.connected(identity); }
  void set_desired(const std::string& identity, const Json& patch) override {
    hub_.set_desired(identity, patch);
  }
  void replace_desired(const std::string& identity, const Json& document) override {
    hub_.replace_desired(identity, document);
  }
  Json desired(const std::string& identity) override { return hub_.desired(identity).document(); }
  Json reported(const std::string& identity) override { return hub_.reported(identity).document(); }
  std::int64_t desired_version(const std::string& identity) override {
    return hub_.desired(identity).version();
  }

  std::shared_ptr<const MethodOutcome> invoke(const std::string& identity,
                                              const std::string& method, const std::string& payload,
                                              std::chrono::seconds timeout) override {
    return hub_.invoke(identity, method, payload, timeout);
  }

  void send_message(const std::string& identity, const std::string& body,
                    const Properties& properties) override {
    hub_.send_message(identity, body, properties);
  }
  std::size_t messages_waiting(const std::string& identity) override {
    return hub_.messages_waiting(identity);
  }
  std::vector<Telemetry> telemetry(const std::string& identity) override {
    return hub_.telemetry(identity);
  }

  void cut(const std::string& identity) override { hub_.cut(identity); }
  void set_hub_reachable(bool reachable) override {
    if (reachable) {
      hub_.refuse_all(std::nullopt);
    } else {
      hub_.refuse_all(Status(Error::kConnectRefused));
    }
  }

  void judge_next_get(const std::string& identity, const Verdict& verdict) override {
    hub_.judge_get(identity, model_verdict(verdict));
  }
  void judge_next_report(const std::string& identity, const Verdict& verdict) override {
    hub_.judge_report(identity, model_verdict(verdict));
  }
  void copy_next_notification(const std::string& identity, unsigned copies) override {
    copies_.push_back({identity, copies});
  }
  void lose_next_puback(const std::string& identity) override { lost_pubacks_.push_back(identity); }
  void inject(const std::string& identity, const std::string& topic,
              const std::string& payload) override {
    hub_.inject(identity, topic, payload);
  }
  void go_silent(const std::string& identity) override { hub_.go_silent(identity); }
  void go_silent_within_next_twin(const std::string& identity) override {
    stalled_twins_.push_back(identity);
  }
  void send_input(const std::string& identity, const std::string& input, const std::string& body,
                  const Properties& properties) override {
    hub_.send_message(identity, body, properties, input);
  }

 private:
  using Kind = test::ModelHub::Kind;

  std::string create_identity(const std::string& identity) override {
    return hub_.create(identity);
  }

  struct Copies {
    std::string identity;
    unsigned copies;
  };

  static test::ModelHub::Verdict model_verdict(const Verdict& verdict) {
    test::ModelHub::Verdict model;
    model.status = verdict.status;
    model.silent = verdict.silent;
    model.body = verdict.body;
    if (verdict.refused) {
      model.effect = false;
    }
    return model;
  }

  test::ModelHub::Fate fate_of(Kind kind, const std::string& identity) {
    test::ModelHub::Fate fate;
    if (kind == Kind::kNotification && !copies_.empty() && copies_.front().identity == identity) {
      fate.copies = copies_.front().copies;
      copies_.pop_front();
    }
    if (kind == Kind::kPuback && !lost_pubacks_.empty() && lost_pubacks_.front() == identity) {
      fate.lost = true;
      fate.then_cut = true;
      lost_pubacks_.pop_front();
    }
    if (kind == Kind::kGetAnswer && !stalled_twins_.empty() && stalled_twins_.front() == identity) {
      fate.silent_after = 20;
      stalled_twins_.pop_front();
    }
    return fate;
  }

  std::size_t fragment_size_;
  test::World world_;
  test::ModelHub hub_{world_};
  std::vector<std::unique_ptr<test::ScriptedTransport>> transports_;
  std::deque<Copies> copies_;
  std::deque<std::string> lost_pubacks_;
  std::deque<std::string> stalled_twins_;
};

}  // namespace

const std::vector<BenchKind>& bench_kinds() {
  static const std::vector<BenchKind> kinds = [] {
    const std::vector<Ability> all = {
        Ability::kFaultyAnswers, Ability::kLostPubacks, Ability::kFaultyNotifications,
        Ability::kInjection,     Ability::kSilence,     Ability::kInputs,
        Ability::kHurriedTime,   Ability::kVirtualTime};
    std::vector<BenchKind> made;
    for (const std::size_t size : {1u, 7u, 4096u}) {
      made.push_back({"fragments of up to " + std::to_string(size) + " bytes", all,
                      [size] { return std::make_unique<ScriptedBench>(size); }});
    }
    return made;
  }();
  return kinds;
}

const std::vector<std::string>& known_gaps() {
  static const std::vector<std::string> none;
  return none;
}

}  // namespace hubtwin::conformance
