// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What stands on the command line, read strictly. All throw UsageError that names the argument.

#include "tools/hub/core/identity_id.hpp"
#include "tools/hub/core/json.hpp"

#include <map>
#include <string>
#include <vector>

namespace hubtwin::hub::cli {

/// "device" or "device/module".
IdentityId parse_identity(const std::string& text);
IdentityId parse_device(const std::string& text);
IdentityId parse_module(const std::string& text);

/// The text itself, the content of a file ("@file"), or standard input ("-").
std::string read_argument(const std::string& text);

/// read_argument() as JSON.
Json read_json_argument(const std::string& text);
/// The same, and it must be an object.
Json read_object_argument(const std::string& text);

/// "key=value" each; no key twice.
std::map<std::string, std::string> parse_properties(const std::vector<std::string>& texts);

}  // namespace hubtwin::hub::cli
