// SPDX-License-Identifier: MIT
#include "tools/hub/cli/broker_setup.hpp"

#include "tools/hub/cli/errors.hpp"

#include <cstdlib>
#include <sstream>
#include <vector>

#include <unistd.h>

namespace hubtwin::hub::cli {
namespace {

namespace fs = std::filesystem;

bool is_usable(const fs::path& file, int mode) {
  std::error_code ignored;
  return fs::is_regular_file(file, ignored) && access(file.c_str(), mode) == 0;
}

fs::path find(const std::string& what, const std::string& option, const std::string& remedy,
              int mode, const fs::path& wanted, const std::vector<fs::path>& candidates) {
  std::string looked;
  for (const fs::path& candidate : wanted.empty() ? candidates : std::vector<fs::path>{wanted}) {
    if (is_usable(candidate, mode)) {
      return fs::canonical(candidate);
    }
    looked += (looked.empty() ? "" : ", ") + candidate.string();
  }
  throw UsageError(what + " isn't there (looked for " + looked + "): " + remedy +
                   ", or name it by " + option);
}

}  // namespace

std::string broker_configuration(const BrokerSetup& setup) {
  if (setup.plugin.string().find('\n') != std::string::npos) {
    throw UsageError("a broker's configuration can't name a path with a line break");
  }
  std::ostringstream text;
  text << "# Written by 'hub start', anew each time.\n"
          "per_listener_settings false\n"
          "allow_anonymous false\n"
          "allow_zero_length_clientid false\n"
          "set_tcp_nodelay true\n"
          // The hub counts messages itself; the broker would drop what is too much in silence.
          "max_queued_messages 1000\n"
          "max_inflight_messages 100\n"
          "log_dest stderr\n"
          "log_timestamp_format %Y-%m-%dT%H:%M:%S\n";
  text << (setup.verbose ? "log_type all\n"
                         : "log_type error\nlog_type warning\nlog_type notice\n");
  if (setup.in_memory) {
    text << "persistence false\n";
  } else {
    text << "persistence true\n"
            "persistence_location ./\n"
            "autosave_on_changes true\n"
            "autosave_interval 1\n";
  }
  if (geteuid() == 0) {
    // Else the broker would become user mosquitto, who can't read the hub's private files.
    text << "user root\n";
  }
  text << "plugin " << setup.plugin.string() << '\n'
       << "plugin_opt_host_name " << setup.host_name << '\n'
       << "plugin_opt_store " << (setup.in_memory ? ":memory:" : "hub.sqlite") << '\n'
       << "plugin_opt_wake_socket wake.sock\n"
       << "plugin_opt_ready_file " << kBrokerReadyFile << '\n'
       << "plugin_opt_rest_bind " << setup.bind_address << '\n'
       << "plugin_opt_rest_port " << setup.rest_port << '\n'
       << "plugin_opt_rest_certificate server.pem\n"
       << "plugin_opt_rest_key server.key\n"
       << "plugin_opt_policy_file policy.json\n"
       << (setup.proxy ? std::string("plugin_opt_proxy_socket ") + kProxySocket + '\n' : "")
       << "listener " << setup.mqtt_port << ' ' << setup.bind_address << '\n'
       << "max_qos 1\n"
          "certfile server.pem\n"
          "keyfile server.key\n"
          "listener 0 wake.sock\n"
          "max_qos 1\n";
  return text.str();
}

fs::path find_broker(const fs::path& wanted) {
  std::vector<fs::path> candidates;
  if (const char* path = std::getenv("PATH"); path != nullptr) {
    std::istringstream directories(path);
    for (std::string directory; std::getline(directories, directory, ':');) {
      candidates.push_back(fs::path(directory) / "mosquitto");
    }
  }
  candidates.emplace_back("/usr/sbin/mosquitto");
  candidates.emplace_back("/usr/local/sbin/mosquitto");
  return find("the Mosquitto broker", "--broker", "install Mosquitto 2.0 (Debian: mosquitto)", X_OK,
              wanted, candidates);
}

fs::path find_plugin(const fs::path& wanted) {
  const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
  const char* const name = HUBTWIN_HUB_PLUGIN_FILE;
  return find("the hub's plugin", "--plugin", "build target hubtwin_hub_plugin", R_OK, wanted,
              {here / name, here / "../plugin" / name, here / HUBTWIN_HUB_PLUGIN_INSTALLED / name});
}

}  // namespace hubtwin::hub::cli
