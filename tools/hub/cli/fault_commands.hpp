// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// `hub fault` and `hub clock`: faults on demand; `hub proxy`: the process that brings about those
/// of the network.

#include "tools/hub/cli/commands.hpp"

#include <CLI/CLI.hpp>

namespace hubtwin::hub::cli {

/// `connection` must outlive `app`.
void add_fault_commands(CLI::App& app, const Connection& connection);

/// What `hub start --proxy-port` starts. Not for people: it isn't shown in the help.
void add_proxy(CLI::App& app);

}  // namespace hubtwin::hub::cli
