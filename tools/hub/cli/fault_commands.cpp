// SPDX-License-Identifier: MIT
#include "tools/hub/cli/fault_commands.hpp"

#include "tools/hub/cli/arguments.hpp"
#include "tools/hub/cli/broker_setup.hpp"
#include "tools/hub/cli/errors.hpp"
#include "tools/hub/cli/private_file.hpp"
#include "tools/hub/core/encoding.hpp"
#include "tools/hub/proxy/control.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hubtwin::hub::cli {
namespace {

constexpr const char* kFaultsPath = "/_hubtwin/faults";
constexpr const char* kClockPath = "/_hubtwin/clock";

struct NewFault {
  std::string at;
  std::string act;
  std::vector<std::string> members;
};

/// NAME=VALUE, where a value that is JSON means that and any other is text.
Json fault_document(const NewFault& fault) {
  Json document = {{"at", fault.at}, {"do", fault.act}};
  for (const auto& [name, text] : parse_properties(fault.members)) {
    const bool is_text = name == "identity" || name == "body" || name == "payload" ||
                         name == "topic" || name == "tlsVersion";
    const std::optional<Json> value = is_text ? std::nullopt : parse_json(read_argument(text));
    document[name] = value ? *value : Json(is_text ? read_argument(text) : text);
  }
  return document;
}

struct ProxyArguments {
  int port = 0;
  std::string host_name;
};

std::string read_needed(const std::string& file) {
  const std::optional<std::string> content = read_file(file);
  if (!content) {
    throw UsageError("there is no " + file + ": the fault proxy runs in a hub's directory only");
  }
  return *content;
}

[[noreturn]] void run_proxy(const ProxyArguments& arguments) {
  proxy::ProxyOptions options;
  options.port = static_cast<std::uint16_t>(arguments.port);
  options.hub_path = kWakeSocket;
  options.tls = proxy::TlsFace{read_needed("server.pem"), read_needed("server.key"), "", ""};
  options.authority = proxy::Authority{read_needed("ca.pem"),
                                       read_needed("ca.key"),
                                       {"localhost", "127.0.0.1", arguments.host_name}};
  options.second_root_file = "second-ca.pem";
  proxy::Proxy proxy(std::move(options));
  proxy::ControlServer control(proxy, kProxySocket);
  for (;;) {
    control.step(std::chrono::minutes(1));
  }
}

}  // namespace

void add_fault_commands(CLI::App& app, const Connection& connection) {
  CLI::App& fault = *app.add_subcommand("fault", "Faults on demand, of hub and network");
  CLI::App& add = *fault.add_subcommand("add", "Want a fault; prints it with its id");
  const auto wanted = std::make_shared<NewFault>();
  add.add_option("AT", wanted->at, "Where, e.g. get, report, packet, link: see the README")
      ->required();
  add.add_option("DO", wanted->act, "What, e.g. lose, delay, answer, silence")->required();
  add.add_option("NAME=VALUE", wanted->members,
                 "More about it, e.g. identity=DEVICE, count=3, status=429, delayMs=2000");
  add.callback([wanted, &connection] {
    connection.print(connection.call({"POST", kFaultsPath, fault_document(*wanted)}).body);
  });
  fault.add_subcommand("list", "Show the faults that are wanted, and the proxy's links")
      ->callback([&connection] {
        connection.print(connection.call({"GET", kFaultsPath}).body);
      });
  fault.add_subcommand("clear", "Want no faults any more")->callback([&connection] {
    connection.call({"DELETE", kFaultsPath});
  });
  CLI::App& remove = *fault.add_subcommand("remove", "Want one no more");
  const auto id = std::make_shared<std::string>();
  remove.add_option("ID", *id, "As 'add' and 'list' print it")->required();
  remove.callback([id, &connection] {
    connection.call({"DELETE", std::string(kFaultsPath) + '/' + percent_encode(*id)});
  });

  struct Clock {
    std::int64_t offset_s = 0;
    std::int64_t skew_s = 300;
  };
  CLI::App& clock = *app.add_subcommand(
      "token-clock", "Set by which time, and how strictly, tokens of new connections are judged");
  const auto set = std::make_shared<Clock>();
  clock.add_option("--offset", set->offset_s, "Seconds that the hub's clock is ahead")
      ->capture_default_str();
  clock.add_option("--skew", set->skew_s, "Seconds that an expired token is still honoured")
      ->capture_default_str();
  clock.callback([set, &connection] {
    connection.print(
        connection
            .call({"PUT", kClockPath,
                   Json{{"offsetSeconds", set->offset_s}, {"tokenSkewSeconds", set->skew_s}}})
            .body);
  });
}

void add_proxy(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("proxy", "Run the fault proxy of a hub");
  command.group("");
  const auto arguments = std::make_shared<ProxyArguments>();
  command.add_option("--port", arguments->port)->check(CLI::Range(0, 65535));
  command.add_option("--host-name", arguments->host_name);
  command.callback([arguments] { run_proxy(*arguments); });
}

}  // namespace hubtwin::hub::cli
