// SPDX-License-Identifier: MIT
#include "tools/hub/cli/arguments.hpp"

#include "tools/hub/cli/errors.hpp"
#include "tools/hub/cli/private_file.hpp"

#include <iostream>
#include <iterator>
#include <optional>

namespace hubtwin::hub::cli {
namespace {

std::string source_of(const std::string& argument) {
  if (argument == "-") {
    return "standard input";
  }
  return argument.rfind('@', 0) == 0 ? argument.substr(1) : "the argument";
}

}  // namespace

IdentityId parse_identity(const std::string& text) {
  IdentityId id = IdentityId::from_client_id(text);
  const bool module_named = text.find('/') != std::string::npos;
  if (!is_valid_id(id.device) || (module_named && !is_valid_id(id.module))) {
    throw UsageError("'" + text +
                     "' isn't DEVICE or DEVICE/MODULE, each of 1 to 128 letters, digits or "
                     "- . + % _ # * ? ! ( ) , : = @ $ '");
  }
  return id;
}

IdentityId parse_device(const std::string& text) {
  IdentityId id = parse_identity(text);
  if (id.is_module()) {
    throw UsageError("'" + text + "' names a module where a device is meant");
  }
  return id;
}

IdentityId parse_module(const std::string& text) {
  IdentityId id = parse_identity(text);
  if (!id.is_module()) {
    throw UsageError("'" + text + "' names a device where DEVICE/MODULE is meant");
  }
  return id;
}

std::string read_argument(const std::string& text) {
  if (text == "-") {
    return std::string(std::istreambuf_iterator<char>(std::cin), {});
  }
  if (text.rfind('@', 0) != 0) {
    return text;
  }
  const std::optional<std::string> content = read_file(text.substr(1));
  if (!content) {
    throw UsageError("there is no file " + text.substr(1));
  }
  return *content;
}

Json read_json_argument(const std::string& text) {
  std::string why;
  std::optional<Json> json = parse_json(read_argument(text), &why);
  if (!json) {
    throw UsageError(source_of(text) + " isn't JSON: " + why);
  }
  return *std::move(json);
}

Json read_object_argument(const std::string& text) {
  Json json = read_json_argument(text);
  if (!json.is_object()) {
    throw UsageError(source_of(text) + " is JSON, but no object: " + json.type_name());
  }
  return json;
}

std::map<std::string, std::string> parse_properties(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> properties;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) {
      throw UsageError("property '" + text + "' isn't KEY=VALUE");
    }
    if (!properties.emplace(text.substr(0, equals), text.substr(equals + 1)).second) {
      throw UsageError("property '" + text.substr(0, equals) + "' is given twice");
    }
  }
  return properties;
}

}  // namespace hubtwin::hub::cli
