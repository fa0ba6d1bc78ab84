// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What the program is told on its command line or by its environment.

#include <cstdint>
#include <string>
#include <vector>

namespace vending {

/// Identities and endpoint. Connection strings hold keys: the environment is the better place for
/// them, since a command line can be read by every user of the machine.
struct Options {
  std::string device;                ///< --device or HUBTWIN_DEVICE
  std::vector<std::string> modules;  ///< --module, repeated, or HUBTWIN_MODULES, one a line
  std::string ca_file;               ///< --ca or HUBTWIN_CA; empty: the system's
  std::uint16_t port = 8883;         ///< --port or HUBTWIN_PORT
  bool native_transport = false;     ///< --transport native or HUBTWIN_TRANSPORT
  bool verbose = false;              ///< --verbose: the library's log on standard error
};

/// What parse_options() found instead of options.
enum class OptionsOutcome { kRun, kHelp, kWrong };

/// Reads them; prints help, or what is wrong and never a value of it, by itself.
OptionsOutcome parse_options(int argc, char** argv, Options& options);

}  // namespace vending
