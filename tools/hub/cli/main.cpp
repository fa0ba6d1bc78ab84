// SPDX-License-Identifier: MIT
/// \file
/// The program `hub`: a local IoT Hub to develop against, and the back end's hand on it.

#include "tools/hub/cli/arguments.hpp"
#include "tools/hub/cli/commands.hpp"
#include "tools/hub/cli/errors.hpp"
#include "tools/hub/cli/fault_commands.hpp"
#include "tools/hub/cli/hub_directory.hpp"
#include "tools/hub/cli/start.hpp"

#include <algorithm>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace hubtwin::hub::cli {
namespace {

struct StartArguments {
  StartOptions options;
  std::vector<std::string> devices;
  std::vector<std::string> modules;
};

void add_start(CLI::App& app, StartArguments& arguments) {
  CLI::App* command = app.add_subcommand("start", "Run a hub until Ctrl-C or SIGTERM");
  StartOptions& options = arguments.options;
  command->add_option("--bind", options.bind_address, "Address to listen on")
      ->capture_default_str();
  command->add_option("--host-name", options.host_name,
                      "What clients call the hub (default: localhost, or the address)");
  command->add_option("--mqtt-port", options.mqtt_port, "Port for MQTT over TLS, 0: a free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  command->add_option("--rest-port", options.rest_port, "Port for HTTPS, 0: a free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  command->add_flag("--in-memory", options.in_memory, "Forget identities and twins at the end");
  command->add_option("--ready-file", options.ready_file,
                      "Write a JSON file with all that scripts need once the hub is ready");
  command->add_option("--device", arguments.devices, "A device to make if it isn't there; repeat")
      ->expected(1)
      ->take_all();
  command
      ->add_option("--module", arguments.modules,
                   "DEVICE/MODULE to make, with its device, if it isn't there; repeat")
      ->expected(1)
      ->take_all();
  command
      ->add_option("--proxy-port", options.proxy_port,
                   "Port of a fault proxy before the hub, 0: a free one (default: none)")
      ->check(CLI::Range(0, 65535));
  command->add_flag("--temporary", options.temporary,
                    "Remove the directory of --data when the hub ends");
  command->add_flag("--until-parent-ends", options.until_parent_ends,
                    "Stop also when the process that started this one ends");
  command->add_flag("--verbose", options.verbose, "Log all that the broker does");
  command->add_option("--broker", options.broker, "The Mosquitto program (default: looked for)");
  command->add_option("--plugin", options.plugin, "The hub's plugin (default: looked for)");
}

/// Devices first, each once, those of modules included.
std::vector<IdentityId> wanted_identities(const StartArguments& arguments) {
  std::vector<IdentityId> identities;
  const auto want = [&](const IdentityId& id) {
    if (std::find(identities.begin(), identities.end(), id) == identities.end()) {
      identities.push_back(id);
    }
  };
  for (const std::string& device : arguments.devices) {
    want(parse_device(device));
  }
  for (const std::string& module : arguments.modules) {
    const IdentityId id = parse_module(module);
    want({id.device, {}});
    want(id);
  }
  return identities;
}

/// A group of commands named without any of them. (CLI11's own check would come before the one
/// for unknown words, and hide it.)
void require_whole_command(const CLI::App& app, const std::string& words) {
  const auto all = [](const CLI::App*) { return true; };
  if (app.get_subcommands(all).empty()) {
    return;
  }
  const std::vector<const CLI::App*> given =
      app.get_subcommands([](const CLI::App* command) { return command->parsed(); });
  if (given.empty()) {
    std::string choices;
    for (const CLI::App* choice : app.get_subcommands(all)) {
      if (!choice->get_group().empty()) {
        choices += (choices.empty() ? "" : ", ") + choice->get_name();
      }
    }
    throw UsageError("'" + words + "' needs one of these: " + choices + " (see " + words +
                     " --help)");
  }
  require_whole_command(*given.front(), words + " " + given.front()->get_name());
}

int run(CLI::App& app, int argc, char** argv) {
  app.fallthrough();  // the options below may stand before or after the command

  Connection connection;
  app.add_option("--data", connection.directory,
                 "The hub's directory (default: ~/.local/state/hubtwin)");
  app.add_option("--service", connection.service,
                 "Service connection string of a hub elsewhere; --data goes before it")
      ->envname("HUBTWIN_SERVICE");
  app.add_option("--service-port", connection.service_port, "HTTPS port, with --service")
      ->check(CLI::Range(1, 65535))
      ->envname("HUBTWIN_SERVICE_PORT")
      ->capture_default_str();
  app.add_option("--ca", connection.service_ca_file,
                 "CA file, with --service (default: the system's)")
      ->envname("HUBTWIN_CA");
  app.add_flag("--compact", connection.compact, "Print JSON on one line");

  StartArguments start_arguments;
  add_start(app, start_arguments);
  add_commands(app, connection);
  add_fault_commands(app, connection);
  add_proxy(app);
  app.parse(argc, argv);  // runs every command but this one
  require_whole_command(app, "hub");
  if (!app.got_subcommand("start")) {
    return 0;
  }
  StartOptions& options = start_arguments.options;
  options.directory =
      connection.directory.empty() ? HubDirectory::default_path() : connection.directory;
  options.identities = wanted_identities(start_arguments);
  return start(options);
}

int run(int argc, char** argv) {
  CLI::App app("A local IoT Hub to develop and test against, and commands that act on it.", "hub");
  try {
    return run(app, argc, argv);
  } catch (const CLI::ParseError& error) {  // --help comes this way too
    return app.exit(error) == 0 ? 0 : kExitUsage;
  } catch (const UsageError& error) {
    std::cerr << "hub: " << error.what() << '\n';
    return kExitUsage;
  } catch (const std::exception& error) {
    std::cerr << "hub: " << error.what() << '\n';
    return kExitFailed;
  }
}

}  // namespace
}  // namespace hubtwin::hub::cli

int main(int argc, char** argv) {
  return hubtwin::hub::cli::run(argc, argv);
}
