// SPDX-License-Identifier: MIT
#include "local_hub.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hubtwin::conformance {

namespace {

using hub::IdentityId;
using hub::cli::identity_path;
using hub::cli::ServiceReply;
using hub::cli::ServiceRequest;
using hub::cli::twin_path;

constexpr std::chrono::seconds kStartPatience(30);

IdentityId id_of(const std::string& identity) {
  return IdentityId::from_client_id(identity);
}

hub::Json message_json(const std::string& body, const test::Properties& properties) {
  hub::Json message = {{"payload", body}};
  for (const auto& [name, value] : properties) {
    message["properties"][name] = value;
  }
  return message;
}

/// The number behind the name in "...;404103: ...".
int error_number(const std::string& text) {
  const std::size_t digits = text.find_first_of("0123456789");
  return digits == std::string::npos ? 0 : std::atoi(text.c_str() + digits);
}

test::MethodOutcome outcome_of(const ServiceReply& reply) {
  test::MethodOutcome outcome;
  outcome.done = true;
  if (reply.error.has_value()) {
    outcome.hub_error = error_number(*reply.error);
  } else {
    outcome.status = reply.body.at("status").get<int>();
    outcome.payload = reply.body.at("payload").dump();
  }
  return outcome;
}

}  // namespace

LocalHub::LocalHub() {
  std::string directory = (std::filesystem::temp_directory_path() / "hubtwin-hub-XXXXXX").string();
  if (mkdtemp(directory.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), directory);
  }
  directory_ = directory;
  const std::string ready = (directory_ / "ready.json").string();
  const char* const arguments[] = {HUBTWIN_HUB_PROGRAM, "start", "--data", directory.c_str(),
                                   "--in-memory", "--mqtt-port", "0", "--rest-port", "0",
                                   "--ready-file", ready.c_str(), "--until-parent-ends",
                                   // However this process ends, the directory goes with the hub.
                                   "--temporary", nullptr};
  const std::string log_file = (directory_ / "hub.log").string();
  static_cast<void>(std::ofstream(log_file));
  std::ifstream log(log_file);  // open already: a hub that ends removes its directory
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, log_file.c_str(), O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  const int failed = posix_spawn(&process_, HUBTWIN_HUB_PROGRAM, &actions, nullptr,
                                 const_cast<char**>(arguments), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    throw std::system_error(failed, std::generic_category(), HUBTWIN_HUB_PROGRAM);
  }
  try {
    wait_until_ready(log);
  } catch (...) {
    end();
    throw;
  }
}

LocalHub::~LocalHub() {
  end();
}

void LocalHub::end() {
  if (process_ > 0) {
    kill(process_, SIGTERM);
    waitpid(process_, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void LocalHub::wait_until_ready(std::istream& log) {
  const std::filesystem::path ready = directory_ / "ready.json";
  const auto give_up = std::chrono::steady_clock::now() + kStartPatience;
  while (!std::filesystem::exists(ready)) {
    int status = 0;
    const bool ended = waitpid(process_, &status, WNOHANG) == process_;
    if (ended) {
      process_ = -1;
    }
    if (ended || std::chrono::steady_clock::now() > give_up) {
      throw std::runtime_error("the hub didn't start" +
                               (ended ? ", wait status " + std::to_string(status) : "") + ": " +
                               std::string(std::istreambuf_iterator<char>(log), {}));
    }
    poll(nullptr, 0, 10);  // the file is the only sign
  }
  std::ifstream file(ready);
  const nlohmann::json running = nlohmann::json::parse(file);
  mqtt_port_ = running.at("mqttPort").get<std::uint16_t>();
  ca_file_ = running.at("caFile").get<std::string>();
  auto endpoint = hub::cli::parse_service_connection_string(
      running.at("serviceConnectionString").get<std::string>());
  endpoint.address = running.at("address").get<std::string>();
  endpoint.port = running.at("restPort").get<int>();
  endpoint.ca_file = ca_file_;
  service_ = std::make_unique<hub::cli::ServiceClient>(endpoint);
}

hub::Json LocalHub::call(const ServiceRequest& request) {
  return service_->call(request).body;
}

std::string LocalHub::create(const std::string& identity, const std::string& key) {
  const IdentityId id = id_of(identity);
  ServiceRequest request{"PUT", identity_path(id)};
  request.body = {
      {"deviceId", id.device},
      {"authentication",
       {{"type", "sas"}, {"symmetricKey", {{"primaryKey", key}, {"secondaryKey", key}}}}}};
  if (id.is_module()) {
    (*request.body)["moduleId"] = id.module;
  }
  return hub::cli::identity_connection_string(service_->endpoint().host_name, call(request));
}

void LocalHub::remove(const std::string& identity) {
  ServiceRequest request{"DELETE", identity_path(id_of(identity))};
  request.headers["If-Match"] = "\"*\"";
  call(request);
}

nlohmann::json LocalHub::twin(const std::string& identity) {
  return nlohmann::json::parse(call({"GET", twin_path(id_of(identity))}).dump());
}

void LocalHub::patch_desired(const std::string& identity, const nlohmann::json& patch) {
  ServiceRequest request{"PATCH", twin_path(id_of(identity))};
  request.body = hub::Json{{"properties", {{"desired", hub::Json::parse(patch.dump())}}}};
  call(request);
}

void LocalHub::replace_desired(const std::string& identity, const nlohmann::json& document) {
  ServiceRequest request{"PUT", twin_path(id_of(identity))};
  request.body = hub::Json{{"properties", {{"desired", hub::Json::parse(document.dump())}}}};
  call(request);
}

void LocalHub::send_message(const std::string& identity, const std::string& body,
                            const test::Properties& properties) {
  ServiceRequest request{"POST", "/_hubtwin" + identity_path(id_of(identity)) + "/messages"};
  request.body = message_json(body, properties);
  call(request);
}

void LocalHub::send_input(const std::string& identity, const std::string& input,
                          const std::string& body, const test::Properties& properties) {
  ServiceRequest request{"POST", "/_hubtwin" + identity_path(id_of(identity)) + "/inputs/" + input};
  request.body = message_json(body, properties);
  call(request);
}

std::int64_t LocalHub::newest_telemetry() {
  ServiceRequest request{"GET", "/_hubtwin/telemetry"};
  request.query = {{"after", "0"}, {"max", "1"}};
  return call(request).at("last").get<std::int64_t>();
}

std::vector<test::Telemetry> LocalHub::telemetry(const std::string& identity, std::int64_t after) {
  ServiceRequest request{"GET", "/_hubtwin/telemetry"};
  request.query = {{"after", std::to_string(after)}, {"max", "1000"}, {"from", identity}};
  std::vector<test::Telemetry> all;
  const hub::Json answer = call(request);
  for (const hub::Json& message : answer.at("messages")) {
    test::Telemetry seen;
    seen.body = message.value("payload", "");
    for (const auto& [name, value] : message.at("properties").items()) {
      seen.properties.emplace_back(name, value.get<std::string>());
    }
    all.push_back(std::move(seen));
  }
  return all;
}

std::string LocalHub::add_fault(const hub::Json& fault) {
  ServiceRequest request{"POST", "/_hubtwin/faults"};
  request.body = fault;
  return call(request).value("id", "");
}

void LocalHub::remove_fault(const std::string& id) {
  static_cast<void>(service_->send({"DELETE", "/_hubtwin/faults/" + id}));
}

void LocalHub::clear_faults() {
  static_cast<void>(service_->send({"DELETE", "/_hubtwin/faults"}));
}

void LocalHub::set_token_clock(std::chrono::seconds offset, std::chrono::seconds skew) {
  ServiceRequest request{"PUT", "/_hubtwin/clock"};
  request.body = {{"offsetSeconds", offset.count()}, {"tokenSkewSeconds", skew.count()}};
  call(request);
}

void LocalHub::set_enabled(const std::string& device, bool enabled) {
  const std::string path = identity_path(id_of(device));
  ServiceRequest request{"PUT", path};
  request.body = call({"GET", path});
  (*request.body)["status"] = enabled ? "enabled" : "disabled";
  request.headers["If-Match"] = "\"*\"";
  call(request);
}

std::future<test::MethodOutcome> LocalHub::invoke(const std::string& identity,
                                                  const std::string& method,
                                                  const std::string& payload,
                                                  std::chrono::seconds timeout) {
  ServiceRequest request{"POST", twin_path(id_of(identity)) + "/methods"};
  request.body = hub::Json{{"methodName", method},
                           {"payload", hub::Json::parse(payload)},
                           {"responseTimeoutInSeconds", timeout.count()}};
  request.timeout = timeout + std::chrono::seconds(10);
  return std::async(std::launch::async,
                    [this, request] { return outcome_of(service_->send(request)); });
}

}  // namespace hubtwin::conformance
