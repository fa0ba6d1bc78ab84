// SPDX-License-Identifier: MIT
#include "tools/hub/cli/hub_directory.hpp"

#include "tools/hub/cli/errors.hpp"
#include "tools/hub/cli/private_file.hpp"
#include "tools/hub/core/encoding.hpp"
#include "tools/hub/core/sas_token.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <string_view>

namespace hubtwin::hub::cli {
namespace {

std::string string_member(const Json& object, const char* name, const std::string& file) {
  if (object.is_object()) {
    if (const auto member = object.find(name); member != object.end() && member->is_string()) {
      return member->get<std::string>();
    }
  }
  throw UsageError(file + " has no string '" + name + "'");
}

Json parse_file(const std::filesystem::path& file, const std::string& content) {
  std::string why;
  std::optional<Json> json = parse_json(content, &why);
  if (!json) {
    throw UsageError(file.string() + " isn't JSON: " + why);
  }
  return *std::move(json);
}

}  // namespace

ServiceEndpoint parse_service_connection_string(const std::string& text) {
  std::map<std::string, std::string> values;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) {
      throw UsageError("the service connection string has a part without '='");
    }
    if (!values.emplace(pair.substr(0, equals), pair.substr(equals + 1)).second) {
      throw UsageError("the service connection string has '" + std::string(pair.substr(0, equals)) +
                       "' twice");
    }
  }
  for (const char* name : {"HostName", "SharedAccessKeyName", "SharedAccessKey"}) {
    if (values[name].empty()) {
      throw UsageError(std::string("the service connection string lacks '") + name + "'");
    }
  }
  if (!base64_decode(values["SharedAccessKey"])) {
    throw UsageError("the SharedAccessKey of the service connection string isn't base64");
  }
  ServiceEndpoint endpoint;
  endpoint.host_name = values["HostName"];
  endpoint.address = endpoint.host_name;
  endpoint.policy_name = values["SharedAccessKeyName"];
  endpoint.policy_key = values["SharedAccessKey"];
  return endpoint;
}

std::string service_connection_string(const std::string& host_name, const ServicePolicy& policy) {
  return "HostName=" + host_name + ";SharedAccessKeyName=" + policy.name +
         ";SharedAccessKey=" + policy.primary_key;
}

std::string identity_connection_string(const std::string& host_name, const Json& identity) {
  const Json::json_pointer key("/authentication/symmetricKey/primaryKey");
  if (!identity.contains(key) || !identity[key].is_string() ||
      identity[key].get_ref<const std::string&>().empty()) {
    throw UsageError("this identity has no shared access key, hence no such connection string");
  }
  std::string text = "HostName=" + host_name + ";DeviceId=" + identity.value("deviceId", "");
  if (identity.contains("moduleId")) {
    text += ";ModuleId=" + identity.value("moduleId", "");
  }
  return text + ";SharedAccessKey=" + identity[key].get<std::string>();
}

std::filesystem::path HubDirectory::default_path() {
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/') {
    return std::filesystem::path(state) / "hubtwin";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') {
    return std::filesystem::path(home) / ".local/state/hubtwin";
  }
  throw UsageError("neither XDG_STATE_HOME nor HOME is set: name the hub's directory by --data");
}

ServicePolicy HubDirectory::ensure_policy() const {
  ServicePolicy policy;
  if (const std::optional<std::string> content = read_file(policy_file())) {
    const Json json = parse_file(policy_file(), *content);
    policy.name = string_member(json, "name", policy_file().string());
    policy.primary_key = string_member(json, "primaryKey", policy_file().string());
    policy.secondary_key = string_member(json, "secondaryKey", policy_file().string());
    return policy;
  }
  policy.primary_key = make_shared_access_key();
  policy.secondary_key = make_shared_access_key();
  const Json json = {{"name", policy.name},
                     {"primaryKey", policy.primary_key},
                     {"secondaryKey", policy.secondary_key}};
  write_private_file(policy_file(), json.dump(2) + "\n");
  return policy;
}

ServiceEndpoint HubDirectory::running_endpoint() const {
  const std::string file = running_file().string();
  const std::optional<std::string> content = read_file(running_file());
  if (!content) {
    throw UsageError("no hub runs in " + path_.string() +
                     ": start one there (hub start), name its directory by --data, or give a "
                     "service connection string by --service");
  }
  const Json json = parse_file(running_file(), *content);
  ServiceEndpoint endpoint =
      parse_service_connection_string(string_member(json, "serviceConnectionString", file));
  endpoint.address = string_member(json, "address", file);
  endpoint.ca_file = string_member(json, "caFile", file);
  const auto port = json.find("restPort");
  if (port == json.end() || !port->is_number_integer()) {
    throw UsageError(file + " has no number 'restPort'");
  }
  endpoint.port = port->get<int>();
  return endpoint;
}

}  // namespace hubtwin::hub::cli
