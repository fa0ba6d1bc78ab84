// SPDX-License-Identifier: MIT
#include "tools/hub/cli/start.hpp"

#include "tools/hub/cli/broker_setup.hpp"
#include "tools/hub/cli/child_process.hpp"
#include "tools/hub/cli/errors.hpp"
#include "tools/hub/cli/hub_directory.hpp"
#include "tools/hub/cli/network.hpp"
#include "tools/hub/cli/private_file.hpp"
#include "tools/hub/cli/service_client.hpp"
#include "tools/hub/cli/tls_material.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <system_error>
#include <tuple>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hubtwin::hub::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kReadyLimit{30};
constexpr std::chrono::milliseconds kReadyPoll{10};
/// A port that was free a moment ago may be taken when the broker binds it.
constexpr int kPortAttempts = 5;

/// One hub a directory, for as long as this lives.
class DirectoryLock {
 public:
  explicit DirectoryLock(const HubDirectory& directory) {
    const std::string file = directory.lock_file().string();
    descriptor_ = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor_ < 0) {
      throw std::runtime_error("cannot open " + file + ": " +
                               std::generic_category().message(errno));
    }
    if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      close(descriptor_);
      throw UsageError("a hub is running in " + directory.path().string() +
                       " already: stop it, or give this one another directory by --data");
    }
  }
  ~DirectoryLock() { close(descriptor_); }
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  int descriptor_;
};

/// A file that is there only while the hub runs.
class TransientFile {
 public:
  explicit TransientFile(fs::path file) : file_(std::move(file)) { remove(); }
  ~TransientFile() { remove(); }
  TransientFile(const TransientFile&) = delete;
  TransientFile& operator=(const TransientFile&) = delete;

  const fs::path& path() const { return file_; }

 private:
  void remove() const {
    std::error_code ignored;
    if (!file_.empty()) {
      fs::remove(file_, ignored);
    }
  }

  fs::path file_;
};

/// Removes the hub's directory at the end, when that was wanted.
class TransientDirectory {
 public:
  TransientDirectory(fs::path directory, bool transient)
      : directory_(transient ? std::move(directory) : fs::path()) {}
  ~TransientDirectory() {
    std::error_code ignored;
    if (!directory_.empty()) {
      fs::remove_all(directory_, ignored);
    }
  }
  TransientDirectory(const TransientDirectory&) = delete;
  TransientDirectory& operator=(const TransientDirectory&) = delete;

 private:
  fs::path directory_;
};

enum class Readiness { kReady, kEnded, kToldToStop };

/// The running hub, from the first start of the broker to its end.
class RunningHub {
 public:
  RunningHub(StartOptions options, const HeldSignals& signals)
      : options_(std::move(options)),
        signals_(signals),
        directory_(options_.directory),
        lock_(directory_),
        running_file_(directory_.running_file()),
        ready_file_(options_.ready_file),
        broker_ready_file_(directory_.path() / kBrokerReadyFile),
        proxy_socket_(directory_.path() / kProxySocket) {}

  int run() {
    policy_ = directory_.ensure_policy();
    material_ = ensure_tls_material(directory_.path(), certificate_names());
    if (start_broker() == Readiness::kToldToStop) {
      return stop();
    }
    if (options_.proxy_port && start_proxy() == Readiness::kToldToStop) {
      return stop();
    }
    announce();
    while (broker_->running()) {
      if (signals_.wait() != SIGCHLD) {
        return stop();
      }
      if (proxy_ && !proxy_->running()) {
        throw std::runtime_error("the fault proxy " + proxy_->ending());
      }
    }
    std::cerr << "hub: the broker " << broker_->ending() << '\n';
    return kExitFailed;
  }

 private:
  std::set<std::string> certificate_names() const {
    std::set<std::string> names = {"localhost", "127.0.0.1", "::1", options_.host_name};
    if (!is_wildcard_address(options_.bind_address)) {
      names.insert(options_.bind_address);
    }
    return names;
  }

  int stop() {
    proxy_.reset();
    broker_->stop();
    if (broker_->ended_well()) {
      return 0;
    }
    std::cerr << "hub: the broker " << broker_->ending() << " when it was told to stop\n";
    return kExitFailed;
  }

  /// Either the broker accepts connections, or it was told to stop meanwhile.
  Readiness start_broker() {
    for (int attempt = 1;; ++attempt) {
      BrokerSetup setup;
      setup.bind_address = options_.bind_address;
      setup.host_name = options_.host_name;
      std::tie(setup.mqtt_port, setup.rest_port) =
          usable_ports(options_.bind_address, {options_.mqtt_port, "--mqtt-port"},
                       {options_.rest_port, "--rest-port"});
      setup.in_memory = options_.in_memory;
      setup.verbose = options_.verbose;
      setup.proxy = options_.proxy_port.has_value();
      setup.plugin = options_.plugin;
      write_private_file(directory_.broker_configuration(), broker_configuration(setup));
      broker_ = std::make_unique<ChildProcess>(
          options_.broker,
          std::vector<std::string>{"-c", directory_.broker_configuration().filename()},
          directory_.path(), signals_);
      mqtt_port_ = setup.mqtt_port;
      rest_port_ = setup.rest_port;
      const Readiness readiness =
          wait_until_ready(*broker_, broker_ready_file_.path(), "the broker");
      if (readiness != Readiness::kEnded) {
        return readiness;
      }
      const bool lost_a_port =
          (options_.mqtt_port == 0 && !can_listen(options_.bind_address, setup.mqtt_port)) ||
          (options_.rest_port == 0 && !can_listen(options_.bind_address, setup.rest_port));
      if (!lost_a_port || attempt == kPortAttempts) {
        throw std::runtime_error("the broker " + broker_->ending() +
                                 " before it was ready; its last lines above say why");
      }
    }
  }

  /// The proxy takes the place of the broker's own TLS: what it passes on goes to the socket that
  /// the broker has for programs of this machine.
  Readiness start_proxy() {
    proxy_port_ = usable_port("127.0.0.1", {*options_.proxy_port, "--proxy-port"});
    proxy_ = std::make_unique<ChildProcess>(
        fs::read_symlink("/proc/self/exe"),
        std::vector<std::string>{"proxy", "--port", std::to_string(proxy_port_), "--host-name",
                                 options_.host_name},
        directory_.path(), signals_);
    const Readiness readiness = wait_until_ready(*proxy_, proxy_socket_.path(), "the fault proxy");
    if (readiness == Readiness::kEnded) {
      throw std::runtime_error("the fault proxy " + proxy_->ending() +
                               " before it was ready; its last lines above say why");
    }
    return readiness;
  }

  Readiness wait_until_ready(ChildProcess& child, const fs::path& file, const std::string& name) {
    const auto deadline = std::chrono::steady_clock::now() + kReadyLimit;
    while (!fs::exists(file)) {
      if (!child.running()) {
        return Readiness::kEnded;
      }
      if (std::chrono::steady_clock::now() > deadline) {
        throw std::runtime_error(name + " wasn't ready within " +
                                 std::to_string(kReadyLimit.count()) + " s");
      }
      const std::optional<int> signal = signals_.wait(kReadyPoll);
      if (signal && *signal != SIGCHLD) {
        return Readiness::kToldToStop;
      }
    }
    return Readiness::kReady;
  }

  ServiceEndpoint endpoint() const {
    ServiceEndpoint endpoint;
    endpoint.host_name = options_.host_name;
    endpoint.address = connectable_address(options_.bind_address);
    endpoint.port = rest_port_;
    endpoint.ca_file = material_.ca_file;
    endpoint.policy_name = policy_.name;
    endpoint.policy_key = policy_.primary_key;
    return endpoint;
  }

  /// The identity's document, made if it isn't there yet.
  static Json ensure_identity(const ServiceClient& service, const IdentityId& id) {
    ServiceReply reply = service.send({"GET", identity_path(id)});
    if (reply.status == 404) {
      Json body = {{"deviceId", id.device}};
      if (id.is_module()) {
        body["moduleId"] = id.module;
      }
      body["authentication"] = {{"type", "sas"}};
      reply = service.send({"PUT", identity_path(id), std::move(body)});
    }
    if (reply.error) {
      throw ServiceFailure("cannot make '" + id.client_id() + "': " + *reply.error);
    }
    return reply.body;
  }

  void announce() {
    const ServiceClient service(endpoint());
    Json devices = Json::object();
    Json modules = Json::object();
    for (const IdentityId& id : options_.identities) {
      const Json identity = ensure_identity(service, id);
      (id.is_module() ? modules : devices)[id.client_id()] =
          identity_connection_string(options_.host_name, identity);
    }
    Json running = {
        {"hostName", options_.host_name},
        {"address", service.endpoint().address},
        {"mqttPort", mqtt_port_},
        {"restPort", rest_port_},
        {"caFile", material_.ca_file.string()},
        {"serviceConnectionString", service_connection_string(options_.host_name, policy_)},
        {"devices", devices},
        {"modules", modules},
        {"processId", getpid()},
    };
    if (proxy_) {
      running["proxyPort"] = proxy_port_;
    }
    write_private_file(running_file_.path(), running.dump(2) + "\n");
    if (!ready_file_.path().empty()) {
      write_private_file(ready_file_.path(), running.dump(2) + "\n");
    }
    print(running);
  }

  void print(const Json& running) const {
    const auto text = [&](const char* name) { return running.at(name).get<std::string>(); };
    std::cout << "The hub is ready. Ctrl-C stops it.\n"
              << "  MQTT over TLS   " << text("hostName") << " (" << text("address") << ") port "
              << mqtt_port_ << '\n'
              << "  REST            " << text("hostName") << " (" << text("address") << ") port "
              << rest_port_ << '\n'
              << (proxy_ ? "  Fault proxy     localhost (127.0.0.1) port " +
                               std::to_string(proxy_port_) + '\n'
                         : "")
              << "  CA file         " << text("caFile") << '\n'
              << "  State           "
              << (options_.in_memory ? "in memory" : directory_.state_file().string()) << '\n'
              << "  Service         " << text("serviceConnectionString") << '\n';
    for (const char* kind : {"devices", "modules"}) {
      for (const auto& [name, connection_string] : running.at(kind).items()) {
        std::cout << "  " << name << std::string(name.size() < 14 ? 14 - name.size() : 0, ' ')
                  << "  " << connection_string.get<std::string>() << '\n';
      }
    }
    std::cout << std::flush;
  }

  const StartOptions options_;
  const HeldSignals& signals_;
  const HubDirectory directory_;
  const DirectoryLock lock_;
  const TransientFile running_file_;
  const TransientFile ready_file_;
  const TransientFile broker_ready_file_;
  const TransientFile proxy_socket_;
  ServicePolicy policy_;
  TlsMaterial material_;
  int mqtt_port_ = 0;
  int rest_port_ = 0;
  int proxy_port_ = 0;
  // Last: they end before the lock is let go.
  std::unique_ptr<ChildProcess> broker_;
  std::unique_ptr<ChildProcess> proxy_;
};

}  // namespace

int start(StartOptions options) {
  const pid_t parent = getppid();
  check_address(options.bind_address);
  if (options.host_name.empty()) {
    options.host_name = default_host_name(options.bind_address);
  }
  options.broker = find_broker(options.broker);
  options.plugin = find_plugin(options.plugin);
  umask(077);  // the state holds keys too, and the broker inherits this
  std::error_code error;
  fs::create_directories(options.directory, error);
  if (error) {
    throw UsageError("cannot make the directory " + options.directory.string() + ": " +
                     error.message());
  }
  options.directory = fs::canonical(options.directory);
  if (options.temporary && fs::exists(options.directory / "policy.json")) {
    throw UsageError("--temporary would remove the hub that is kept in " +
                     options.directory.string() + ": name a new directory by --data");
  }
  const TransientDirectory transient(options.directory, options.temporary);
  const HeldSignals signals;
  if (options.until_parent_ends) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) {
      throw std::runtime_error("the process that started this one has ended already");
    }
  }
  return RunningHub(std::move(options), signals).run();
}

}  // namespace hubtwin::hub::cli
