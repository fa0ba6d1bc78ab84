// SPDX-License-Identifier: MIT
#include "tools/hub/plugin/plugin_options.hpp"

#include "tools/hub/core/encoding.hpp"
#include "tools/hub/core/json.hpp"

#include <charconv>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace hubtwin::hub {
namespace {

/// Hands out options by name and knows at the end which were never asked for.
class OptionReader {
 public:
  explicit OptionReader(std::map<std::string, std::string> options)
      : options_(std::move(options)) {}

  std::optional<std::string> text(const char* name) {
    const auto node = options_.extract(name);
    return node.empty() ? std::nullopt : std::optional<std::string>(node.mapped());
  }

  std::string required(const char* name) {
    const auto value = text(name);
    if (!value || value->empty()) {
      throw std::runtime_error(std::string("plugin_opt_") + name + " is missing");
    }
    return *value;
  }

  std::optional<int> number(const char* name, int least, int most) {
    const auto value = text(name);
    if (!value) {
      return std::nullopt;
    }
    int result = 0;
    const char* const end = value->data() + value->size();
    const auto read = std::from_chars(value->data(), end, result);
    if (read.ec != std::errc{} || read.ptr != end || result < least || result > most) {
      throw std::runtime_error(std::string("plugin_opt_") + name + " isn't a number from " +
                               std::to_string(least) + " to " + std::to_string(most));
    }
    return result;
  }

  void check_all_read() const {
    if (!options_.empty()) {
      throw std::runtime_error("plugin_opt_" + options_.begin()->first + " isn't known");
    }
  }

 private:
  std::map<std::string, std::string> options_;
};

/// {"name": .., "primaryKey": .., "secondaryKey": ..}. Messages never quote the file's content.
ServicePolicy read_policy(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    throw std::runtime_error("the policy file " + path + " can't be read");
  }
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto json = parse_json(text);
  ServicePolicy policy;
  const auto take = [&](const char* key, std::string& value) {
    if (!json || !json->is_object() || !json->contains(key) || !(*json)[key].is_string()) {
      throw std::runtime_error("the policy file " + path + " lacks " + key);
    }
    (*json)[key].get_to(value);
  };
  take("name", policy.name);
  take("primaryKey", policy.primary_key);
  take("secondaryKey", policy.secondary_key);
  if (!base64_decode(policy.primary_key) || !base64_decode(policy.secondary_key)) {
    throw std::runtime_error("the policy file " + path + " has a key that isn't base64");
  }
  return policy;
}

}  // namespace

PluginOptions PluginOptions::read(const std::map<std::string, std::string>& options) {
  OptionReader reader(options);
  PluginOptions result;
  result.hub.host_name = reader.text("host_name").value_or(result.hub.host_name);
  const auto max_modules = reader.number("max_modules", 0, 1000);
  result.hub.max_modules_per_device =
      max_modules ? static_cast<std::size_t>(*max_modules) : result.hub.max_modules_per_device;
  result.store = reader.text("store").value_or(result.store);
  result.wake_socket = reader.required("wake_socket");
  result.ready_file = reader.text("ready_file").value_or("");
  if (const auto port = reader.number("rest_port", 0, 65535)) {
    rest::ServerOptions rest;
    rest.bind_address = reader.text("rest_bind").value_or(rest.bind_address);
    rest.port = *port;
    rest.certificate_file = reader.required("rest_certificate");
    rest.key_file = reader.required("rest_key");
    rest.host_name = result.hub.host_name;
    rest.policy = read_policy(reader.required("policy_file"));
    rest.proxy_socket = reader.text("proxy_socket").value_or("");
    result.rest = std::move(rest);
  }
  reader.check_all_read();
  return result;
}

}  // namespace hubtwin::hub
