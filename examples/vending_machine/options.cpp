// SPDX-License-Identifier: MIT
#include "options.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string_view>

namespace vending {
namespace {

constexpr const char* kHelp =
    R"(A vending machine: one device and up to three modules (cooling, stock, payment).

  --device <connection string>   the machine's device identity (or HUBTWIN_DEVICE)
  --module <connection string>   a department's module identity; repeat for each
                                 (or HUBTWIN_MODULES, one a line)
  --ca <file>                    certificates to trust, PEM (or HUBTWIN_CA);
                                 by default the system's
  --port <number>                MQTT port, 8883 unless given (or HUBTWIN_PORT)
  --transport paho|native        Eclipse Paho with OpenSSL (unless given), or our own MQTT
                                 client with mbedTLS (or HUBTWIN_TRANSPORT)
  --verbose                      the library's log on standard error
  --help                         this text

Runs until SIGTERM or SIGINT, then closes its connections and exits with 0.
Prefer the environment for connection strings: they hold keys, and other users of
this computer can read command lines.
)";

bool parse_port(std::string_view text, std::uint16_t& port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port != 0;
}

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

}  // namespace

OptionsOutcome parse_options(int argc, char** argv, Options& options) {
  options.device = environment("HUBTWIN_DEVICE");
  options.ca_file = environment("HUBTWIN_CA");
  std::string port = environment("HUBTWIN_PORT");
  std::string transport = environment("HUBTWIN_TRANSPORT");
  std::istringstream lines(environment("HUBTWIN_MODULES"));
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) {
      options.modules.push_back(line);
    }
  }

  bool modules_from_line = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--help") {
      std::fputs(kHelp, stdout);
      return OptionsOutcome::kHelp;
    }
    if (option == "--verbose") {
      options.verbose = true;
      continue;
    }
    if (option != "--device" && option != "--module" && option != "--ca" && option != "--port" &&
        option != "--transport") {
      // Not its text: what stands in an option's place may be a misplaced connection string.
      std::fprintf(stderr, "vending_machine: argument %d is no option; see --help\n", i);
      return OptionsOutcome::kWrong;
    }
    if (++i == argc) {
      std::fprintf(stderr, "vending_machine: %s needs a value; see --help\n", argv[i - 1]);
      return OptionsOutcome::kWrong;
    }
    if (option == "--device") {
      options.device = argv[i];
    } else if (option == "--ca") {
      options.ca_file = argv[i];
    } else if (option == "--port") {
      port = argv[i];
    } else if (option == "--transport") {
      transport = argv[i];
    } else {
      if (!modules_from_line) {
        options.modules.clear();
        modules_from_line = true;
      }
      options.modules.emplace_back(argv[i]);
    }
  }
  if (!port.empty() && !parse_port(port, options.port)) {
    std::fprintf(stderr, "vending_machine: the port must be a number from 1 to 65535\n");
    return OptionsOutcome::kWrong;
  }
  if (!transport.empty() && transport != "paho" && transport != "native") {
    std::fprintf(stderr, "vending_machine: the transport is paho or native\n");
    return OptionsOutcome::kWrong;
  }
  options.native_transport = transport == "native";
  if (options.device.empty()) {
    std::fprintf(stderr, "vending_machine: no device: give --device or HUBTWIN_DEVICE\n");
    return OptionsOutcome::kWrong;
  }
  return OptionsOutcome::kRun;
}

}  // namespace vending
