// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Where a behaviour is shown: a transport, a hub behind it, and a way to let time pass. Behaviours
/// know nothing else, so that one more transport needs one more Bench.

#include "support/hub_records.hpp"
#include "support/recording_log.hpp"
#include <hubtwin/port/log.hpp>
#include <hubtwin/port/transport.hpp>
#include <hubtwin/session/context.hpp>
#include <hubtwin/session/session.hpp>
#include <hubtwin/time.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace hubtwin::conformance {

/// What a bench's Context can receive whole, in bytes.
constexpr std::size_t kReceiveRoom = 6 * 1024;

using Json = nlohmann::json;
using test::MethodOutcome;
using test::Properties;
using test::Telemetry;

/// What not every bench can do. A behaviour names what it needs, and a bench that lacks it says so
/// in its list of gaps: nothing is left out in silence.
enum class Ability {
  kFaultyAnswers,        ///< The hub answers requests with any status, late, or not at all.
  kFaultyNotifications,  ///< Notifications are lost, doubled or late.
  kLostPubacks,          ///< The hub takes a message, and its PUBACK is lost with the link.
  kInjection,            ///< The hub sends anything on any topic.
  kSilence,              ///< The link goes dead without being closed.
  kInputs,               ///< The hub sends to a module's inputs.
  kHurriedTime,          ///< Minutes of waiting pass in seconds; see Bench::hurry().
  kVirtualTime,          ///< Hours pass at once, and instants are exact.
};
const char* to_string(Ability ability);

/// What the hub does with one request of the device.
struct Verdict {
  int status = 0;         ///< 0: the normal course; else this status.
  bool silent = false;    ///< No answer.
  bool refused = false;   ///< With `silent`: and a reported update isn't applied, either.
  std::string body = {};  ///< With status 0: this document instead of the twin.
};

class Bench {
 public:
  virtual ~Bench() = default;

  // The device's side.

  virtual Context& context() = 0;
  /// A transport of its own for one more client; lives as long as the bench.
  virtual Transport& new_transport() = 0;
  /// Options that suit the bench: port, and retry times that tests can wait for.
  virtual SessionOptions options() const = 0;
  virtual const test::RecordingLog& log() const = 0;
  /// The device doesn't know the time of day, or learns it.
  virtual void set_utc_known(bool known) = 0;

  // Time.

  /// Polls until `done` holds. \return whether it did before the bench's patience was at its end.
  virtual bool run_until(const std::function<bool()>& done) = 0;
  /// The device's clock goes on by `duration`, and what is due is done. Without virtual time it
  /// jumps: what waits for the hub meanwhile runs into its time-out.
  virtual void pass(Duration duration) = 0;

  /// From now on run_until() passes over the time in which nothing happens. In virtual time that is
  /// so anyway.
  virtual void hurry() {}

  // The hub's side. An identity is "device" or "device/module".

  /// Creates an identity that doesn't exist. \return its connection string.
  std::string create(const std::string& identity);
  /// Deletes it and creates it again with the same key: an empty twin at version 1.
  virtual void recreate(const std::string& identity) = 0;
  /// Deletes it with its twin and all that waits for it; its link is dropped.
  virtual void remove(const std::string& identity) = 0;
  virtual bool connected(const std::string& identity) = 0;
  virtual void set_desired(const std::string& identity, const Json& patch) = 0;
  virtual void replace_desired(const std::string& identity, const Json& document) = 0;
  /// Sections without `$` members.
  virtual Json desired(const std::string& identity) = 0;
  virtual Json reported(const std::string& identity) = 0;
  virtual std::int64_t desired_version(const std::string& identity) = 0;
  virtual std::shared_ptr<const MethodOutcome> invoke(const std::string& identity,
                                                      const std::string& method,
                                                      const std::string& payload,
                                                      std::chrono::seconds timeout) = 0;
  /// To a device.
  virtual void send_message(const std::string& identity, const std::string& body,
                            const Properties& properties) = 0;
  /// Messages to the device that it hasn't acknowledged.
  virtual std::size_t messages_waiting(const std::string& identity) = 0;
  /// Whether messages_waiting() drops as soon as one is acknowledged; else only when the device
  /// connects the next time.
  virtual bool counts_acknowledged_at_once() const { return true; }
  /// All so far, in the order of arrival.
  virtual std::vector<Telemetry> telemetry(const std::string& identity) = 0;

  // The network between them.

  /// The link of this identity's client breaks.
  virtual void cut(const std::string& identity) = 0;
  /// Nobody answers at the hub's address, or somebody does again. Links that stand stay.
  virtual void set_hub_reachable(bool reachable) = 0;

  // What needs an ability; a bench without it doesn't override these.

  virtual void judge_next_get(const std::string& identity, const Verdict& verdict);
  virtual void judge_next_report(const std::string& identity, const Verdict& verdict);
  /// The next notifications of this identity: sent so many times each; 0 loses it.
  virtual void copy_next_notification(const std::string& identity, unsigned copies);
  virtual void lose_next_puback(const std::string& identity);
  virtual void inject(const std::string& identity, const std::string& topic,
                      const std::string& payload);
  virtual void go_silent(const std::string& identity);
  /// What the transport tells of that: not all can tell it from a closed link.
  virtual Error silence() const { return Error::kPeerSilent; }
  /// The link goes dead within the next answer to a GET.
  virtual void go_silent_within_next_twin(const std::string& identity);
  virtual void send_input(const std::string& identity, const std::string& input,
                          const std::string& body, const Properties& properties);

  /// The first secret of an identity, or signature made with it, that stands in a log line, or an
  /// empty text.
  std::string secret_in_log() const;

 private:
  /// \return the connection string, ending in its SharedAccessKey.
  virtual std::string create_identity(const std::string& identity) = 0;

  std::vector<std::string> keys_;
};

/// One bench that this program can set up, e.g. one of several fragment sizes.
struct BenchKind {
  std::string name;
  std::vector<Ability> abilities;
  std::function<std::unique_ptr<Bench>()> make;
};

/// The program's benches; each bench's source defines it.
const std::vector<BenchKind>& bench_kinds();
/// The names of the behaviours that they can't show; each bench's source states it, and a test
/// holds it against what is so.
const std::vector<std::string>& known_gaps();

}  // namespace hubtwin::conformance
