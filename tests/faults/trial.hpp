// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// One row at work: a client of its own behind a fault proxy of its own, and the stopwatch.

#include "conformance/bench.hpp"
#include "conformance/local_hub.hpp"
#include "matrix.hpp"
#include "meter.hpp"
#include "support/model_flash.hpp"
#include "support/recording_log.hpp"
#include "support/secrets.hpp"
#include "support/test_crypto.hpp"
#include "tools/hub/proxy/proxy_thread.hpp"
#include <hubtwin/device_client.hpp>
#include <hubtwin/posix/event_wake.hpp>
#include <hubtwin/posix/system_clock.hpp>
#include <hubtwin/posix/system_random.hpp>
#include <hubtwin/storage/flash_log.hpp>
#include <hubtwin/storage/trust_store.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hubtwin::faults {

static_assert(HUBTWIN_LOG_LEVEL == 4, "every log line is looked through for secrets");

using conformance::LocalHub;
using hub::Json;
using namespace std::chrono_literals;

/// The system's clock, which may be made to go faster.
class FastClock final : public Clock {
 public:
  MonotonicTime now() override { return system_.now() + ahead_; }
  std::optional<UtcTime> utc() override { return system_.utc(); }
  void move(Duration duration) { ahead_ += duration; }

 private:
  posix::SystemClock system_;
  Duration ahead_{0};
};

/// What a row's transport is made of.
struct TransportPlan {
  std::string ca_file;
  /// Where the transport may keep roots that replace those of ca_file; empty: none will.
  std::string trust_file;
  Clock& clock;
  posix::EventWake& wake;
  Duration connect_timeout;
  StepMeter& meter;
  /// Where the transport looks for signs of life by itself, at its own times; else at the shortest
  /// that it takes.
  bool usual_liveness;
};

/// A transport, and the roots that it goes by.
struct TransportWithTrust {
  std::shared_ptr<Transport> transport;
  std::shared_ptr<Trust> trust;  ///< null where the plan has no trust_file
};

/// Each program's own: what its transport is called, how one is made, and which reasons it tells.
struct TransportKind {
  std::string name;
  std::function<TransportWithTrust(const TransportPlan& plan)> make;
  /// A peer that has gone silent.
  Error silent;
  bool has_tls13 = false;
  /// Makes what is below the transport write down all it can, in files of this folder. Before the
  /// first transport. \return the files.
  std::function<std::vector<std::filesystem::path>(const std::filesystem::path& folder)> trace;
};
const TransportKind& transport_kind();

/// What is written down of a row.
struct Outcome {
  std::string fault;
  std::string failure;  ///< empty: it is as it should be
  std::string reason;   ///< what the application saw, in order
  std::optional<std::chrono::milliseconds> noticed;
  std::optional<std::chrono::milliseconds> recovered;
  std::chrono::microseconds longest_poll{0};  ///< by the clock on the wall
  StepMeter::Poll longest;                    ///< by the thread's own processor time
  std::chrono::microseconds longest_step{0};  ///< of cryptography
  std::chrono::microseconds longest_rest{0};  ///< of a poll() without its longest step
  std::size_t most_steps = 0;                 ///< of one client in one poll()
  std::size_t polls = 0;
};

struct MatrixSizes : DefaultSizes {
  static constexpr std::size_t kTransmitBytes = 2048;
  static constexpr std::size_t kOutboxBytes = 4096;
  static constexpr std::size_t kDesiredBytes = 60000;
  static constexpr std::size_t kReportedBytes = 2048;
};
using Device = SizedDeviceClient<MatrixSizes>;

class Trial {
 public:
  Trial(LocalHub& hub, std::string identity);
  ~Trial();

  // The course of a row.

  SessionOptions& options() { return options_; }
  /// A dead peer is found when a program that sets no times finds it. Before the first link.
  void take_usual_liveness() {
    options_.keep_alive = Duration(0);
    usual_liveness_ = true;
  }
  Device& device();
  LocalHub& hub() { return hub_; }
  const std::string& identity() const { return identity_; }
  /// Opens, without waiting.
  void open();
  /// Opens, and waits until the twin was read and telemetry passes.
  void stand();
  /// Starts a fault of the proxy, and the stopwatch. \return its id.
  std::string strike(const Json& fault);
  /// The same for a fault of the hub, for this identity.
  std::string strike_hub(Json fault);
  /// Ends a fault of the proxy.
  void lift(const std::string& id) { proxy_->remove(id); }
  /// Starts the stopwatch.
  void start_watch() { began_ = std::chrono::steady_clock::now(); }
  /// Waits until the link's end, or the failure of an attempt, has been told with one of these
  /// reasons, and no other since the fault began.
  void told(const std::vector<Error>& reasons);
  /// The same, for the last in a chain of reasons.
  void told_in_the_end(Error reason);
  /// How often an attempt was told to have failed for this reason.
  std::size_t failures_for(Error reason) const;
  /// Waits until reading the twin has failed for this reason.
  void twin_told(Error reason);
  /// Removes all faults, and waits until everything works again: link, twin, telemetry.
  void recovers();
  /// Nothing was told, and the link that stood stands.
  void nothing_told();

  void require(bool condition, const std::string& what) const;
  /// Waits until this holds.
  void until(const std::function<bool()>& done, const std::string& what);
  /// Waits until three changes of a desired property have come to the last one's value, whatever
  /// becomes of them on the way, without the link's end.
  void last_change_stands();
  /// Waiting goes so much faster by the client's clock: for time-outs of a minute.
  void hurry() { hurry_ = true; }
  void hurry_no_more() { hurry_ = false; }

  /// Deletes the identity; makes it anew, with its old key; both at once.
  void remove();
  void create_again();
  void recreate();
  bool connected();
  bool in_step();
  /// Sends a message and waits until the hub has it.
  void send_one();
  std::size_t telemetry_with(const std::string& body);
  /// How updates went, one reason each.
  const std::vector<Error>& flushes() const { return flushes_; }
  void note(const std::string& reason);

  Outcome outcome;
  /// The keys, and every signature made so far.
  test::Secrets secrets;
  /// No poll() did more than one cryptographic step for a client, nor took anything near ten times
  /// what is promised beside it.
  void polls_were_short() const;
  /// No secret stands in any line of the log, in the flash, or in what was told.
  void no_secret_is_out() const;
  std::size_t log_lines() const { return log_.lines().size(); }

  // Roots that are replaced.

  /// Gives the device a TrustStore, on flash that outlives restart(). Before device().
  void keep_trust();
  TrustStore& trust_store() { return *program_->store; }
  /// Offers a bundle, again after each step of housekeeping.
  Status offer(const std::string& bundle);
  /// The program ends wherever it is, and starts anew from the same flash. Not opened yet.
  void restart();
  /// The root of the hub, the one that it moves to, and somebody else's: PEM.
  std::string first_root() const;
  std::string second_root();
  static std::string strange_root();

  /// A second client of the same identity, past the proxy.
  struct Rival;
  Rival& rival();

 private:
  /// What a start of the program makes beside the client.
  struct Program {
    explicit Program(Flash& flash) : log(flash) {}
    SizedFlashLog<256, 8, 4> log;
    std::string built_in;
    std::vector<std::uint8_t> room;
    std::unique_ptr<TrustStore> store;
  };

  TransportWithTrust make_transport(const std::string& trust_file);
  std::string trust_file() const;
  std::string second_root_file() const;
  void start_program();
  void poll();
  void wait();

  LocalHub& hub_;
  const std::string identity_;
  FastClock clock_;
  StepMeter meter_;
  test::TestCrypto system_crypto_;
  MeteredCrypto crypto_{system_crypto_, meter_};
  posix::SystemRandom random_;
  posix::EventWake wake_{clock_};
  test::RecordingLog log_;
  struct Sizes : DefaultContextSizes {
    static constexpr std::size_t kDocumentBytes = conformance::kReceiveRoom;
  };
  SizedContext<Sizes> context_{Ports{clock_, crypto_, random_, &wake_, &log_, nullptr}};
  std::unique_ptr<hub::proxy::ProxyThread> proxy_;
  SessionOptions options_;
  bool usual_liveness_ = false;
  std::string connection_string_;
  std::unique_ptr<test::ModelFlash> flash_;  // there are roots to be kept
  TransportWithTrust transport_;
  std::unique_ptr<Program> program_;
  std::unique_ptr<Device> device_;
  std::unique_ptr<Rival> rival_;
  std::vector<ConnectionStatus> states_;
  std::vector<Error> twin_errors_;
  std::vector<Error> flushes_;
  std::vector<std::string> hub_faults_;
  std::int64_t first_telemetry_ = 0;
  std::chrono::steady_clock::time_point began_;
  std::size_t messages_ = 0;
  bool hurry_ = false;
};

struct Trial::Rival {
  TransportWithTrust transport;
  std::unique_ptr<Device> device;
  std::vector<ConnectionStatus> states;
};

}  // namespace hubtwin::faults
