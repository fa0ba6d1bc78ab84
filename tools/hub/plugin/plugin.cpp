// SPDX-License-Identifier: MIT
// The adapter between Mosquitto and the hub. Everything here but the REST server and the waker runs
// on the broker's main thread, which owns the hub.

#include "tools/hub/core/encoding.hpp"
#include "tools/hub/core/hub.hpp"
#include "tools/hub/core/store.hpp"
#include "tools/hub/plugin/job_queue.hpp"
#include "tools/hub/plugin/plugin_options.hpp"
#include "tools/hub/plugin/waker.hpp"
#include "tools/hub/rest/server.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

namespace hubtwin::hub {
namespace {

/// '/' first: no device can have such an id.
constexpr char kWakerClientId[] = "/waker";
/// The broker closes the client that the callback was about; any code but the few with a meaning
/// does.
constexpr int kCloseClient = MOSQ_ERR_PROTOCOL;
/// For a PUBLISH of MQTT 3.1.1: acknowledge, and show it to nobody.
constexpr int kSwallow = MOSQ_ERR_ACL_DENIED;

std::string text_or_empty(const char* text) {
  return text == nullptr ? std::string() : text;
}

std::string bytes_of(const void* data, std::uint32_t size) {
  return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), size);
}

class SystemClock : public HubClock {
 public:
  TimePoint now() override { return std::chrono::system_clock::now(); }
};

class BrokerLog : public HubLog {
 public:
  void write(LogLevel level, const std::string& line) override {
    // One level up from the broker's own chatter, so that a log without that shows what the hub
    // does.
    const int kind = level == LogLevel::kWarning ? MOSQ_LOG_WARNING
                     : level == LogLevel::kInfo  ? MOSQ_LOG_NOTICE
                                                 : MOSQ_LOG_DEBUG;
    mosquitto_log_printf(kind, "hub: %s", line.c_str());
  }
};

/// Where the hub's output meets the broker. Kicks wait until the callback at hand has ended.
class BrokerOutbound : public Outbound {
 public:
  explicit BrokerOutbound(HubLog& log) : log_(log) {}

  void send(const std::string& client_id, const std::string& topic, const std::string& payload,
            int qos) override {
    const int result = mosquitto_broker_publish_copy(client_id.c_str(), topic.c_str(),
                                                     static_cast<int>(payload.size()),
                                                     payload.data(), qos, false, nullptr);
    if (result != MOSQ_ERR_SUCCESS) {
      log_.write(LogLevel::kWarning,
                 client_id + ": the broker refuses to send: " + mosquitto_strerror(result));
    }
  }

  void close(const std::string& client_id, const std::string&) override {
    doomed_.push_back(client_id);
  }

  std::vector<std::string> take_doomed() { return std::exchange(doomed_, {}); }

 private:
  HubLog& log_;
  std::vector<std::string> doomed_;
};

/// Renamed into place, so that a reader never sees half of it.
void write_ready_file(const std::string& path, std::optional<int> rest_port) {
  const std::string draft = path + ".new";
  {
    Json content = Json::object();
    if (rest_port) {
      content["restPort"] = *rest_port;
    }
    std::ofstream file(draft);
    file << content.dump() << '\n';
  }
  std::rename(draft.c_str(), path.c_str());
}

class Plugin {
 public:
  Plugin(mosquitto_plugin_id_t* identifier, const PluginOptions& options)
      : identifier_(identifier),
        store_(options.store),
        outbound_(log_),
        hub_(options.hub, store_, outbound_, clock_, log_),
        waker_password_(base64_encode(random_bytes(32))),
        waker_(options.wake_socket, kWakerClientId, waker_password_),
        jobs_([this] { waker_.wake(); }) {
    register_callbacks();
    try {
      restore_sessions();
      start_threads(options);
    } catch (...) {
      unregister_callbacks();
      throw;
    }
    log_.write(LogLevel::kInfo,
               "ready as " + options.hub.host_name + ", state in " + options.store);
  }

  /// The order matters: nobody may wait for this thread when the REST server's threads are joined.
  ~Plugin() {
    jobs_.close();
    hub_.stop();
    if (rest_) {
      rest_->stop();
    }
    unregister_callbacks();
  }

  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;

 private:
  // ---- Callbacks of the broker ----

  int on_basic_auth(mosquitto_evt_basic_auth& event) {
    ConnectRequest request;
    request.client_id = text_or_empty(mosquitto_client_id(event.client));
    if (request.client_id == kWakerClientId) {
      return equal_in_constant_time(text_or_empty(event.password), waker_password_)
                 ? MOSQ_ERR_SUCCESS
                 : MOSQ_ERR_AUTH;
    }
    request.username = text_or_empty(event.username);
    if (event.password != nullptr) {
      request.password = event.password;
    }
    request.clean_session = mosquitto_client_clean_session(event.client);
    request.keep_alive_s = mosquitto_client_keepalive(event.client);
    request.protocol_level = mosquitto_client_protocol_version(event.client);
    request.connection = connection_of(event.client);
    return result_of(hub_.connect(request), MOSQ_ERR_AUTH);
  }

  int on_acl_check(mosquitto_evt_acl_check& event) {
    const std::string client_id = text_or_empty(mosquitto_client_id(event.client));
    const std::string topic = text_or_empty(event.topic);
    switch (event.access) {
      case MOSQ_ACL_SUBSCRIBE:
        if (kicking_) {
          // The broker goes through the filters of a session that it keeps.
          restored_filters_.push_back(topic);
          return MOSQ_ERR_SUCCESS;
        }
        return hub_.is_current(client_id, connection_of(event.client))
                   ? result_of(hub_.subscribe(client_id, topic, event.qos), MOSQ_ERR_ACL_DENIED)
                   : kCloseClient;
      case MOSQ_ACL_UNSUBSCRIBE:
        if (!kicking_) {
          hub_.unsubscribe(client_id, topic);
        }
        return MOSQ_ERR_SUCCESS;
      case MOSQ_ACL_WRITE:
        if (hub_.is_current(client_id, connection_of(event.client))) {
          return MOSQ_ERR_SUCCESS;  // on_message() judges it
        }
        // The one thing that the broker publishes for a connection that has gone.
        hub_.will(client_id, message_of(event));
        return MOSQ_ERR_ACL_DENIED;
      case MOSQ_ACL_READ:
        return hub_.resume_delivery(client_id, topic, bytes_of(event.payload, event.payloadlen))
                   ? MOSQ_ERR_SUCCESS
                   : MOSQ_ERR_ACL_DENIED;
      default:
        return MOSQ_ERR_ACL_DENIED;
    }
  }

  int on_message(mosquitto_evt_message& event) {
    const std::string client_id = text_or_empty(mosquitto_client_id(event.client));
    return hub_.publish(client_id, message_of(event)).accepted() ? kSwallow : kCloseClient;
  }

  int on_disconnect(mosquitto_evt_disconnect& event) {
    const char* const client_id = mosquitto_client_id(event.client);
    if (client_id != nullptr) {
      hub_.disconnected(client_id, connection_of(event.client));
    }
    return MOSQ_ERR_SUCCESS;
  }

  int on_tick(mosquitto_evt_tick&) {
    hub_.tick();
    for (const auto& job : jobs_.take()) {
      job(hub_);
    }
    for (const std::string& client_id : outbound_.take_doomed()) {
      kick(client_id, false);
    }
    return MOSQ_ERR_SUCCESS;
  }

  // ---- Helpers ----

  static int result_of(const Verdict& verdict, int refused) {
    switch (verdict.kind) {
      case Verdict::Kind::kAccept:
        return MOSQ_ERR_SUCCESS;
      case Verdict::Kind::kRefuse:
        return refused;
      default:
        return kCloseClient;
    }
  }

  /// Names a connection; the pointer is never followed, for the broker may have freed it.
  static std::uintptr_t connection_of(const mosquitto* client) {
    return reinterpret_cast<std::uintptr_t>(client);
  }

  template <typename Event>
  static PublishedMessage message_of(const Event& event) {
    PublishedMessage message;
    message.topic = text_or_empty(event.topic);
    message.payload = bytes_of(event.payload, event.payloadlen);
    message.qos = event.qos;
    message.retain = event.retain;
    return message;
  }

  /// False if the broker knows no such client. While it closes one, it asks again for its filters.
  bool kick(const std::string& client_id, bool with_will) {
    kicking_ = true;
    restored_filters_.clear();
    const int result = mosquitto_kick_client_by_clientid(client_id.c_str(), with_will);
    kicking_ = false;
    return result != MOSQ_ERR_NOT_FOUND;
  }

  /// The broker read its sessions before the plugin came: closing what isn't even open makes it
  /// name their filters, and changes nothing else.
  void restore_sessions() {
    for (const std::string& client_id : hub_.client_ids()) {
      if (kick(client_id, true)) {
        hub_.restore_session(client_id, restored_filters_);
      } else {
        hub_.restore_session(client_id, std::nullopt);
      }
    }
  }

  void start_threads(const PluginOptions& options) {
    std::optional<int> rest_port;
    if (options.rest) {
      rest_ = std::make_unique<rest::Server>(jobs_, *options.rest);
      rest_port = rest_->port();
    }
    waker_.start([path = options.ready_file, rest_port] {
      if (!path.empty()) {
        write_ready_file(path, rest_port);
      }
    });
  }

  /// A callback as the broker wants it: `method` on the Plugin, with no exception getting out.
  template <typename Event, int (Plugin::*method)(Event&)>
  static int callback(int, void* event, void* self) {
    auto& plugin = *static_cast<Plugin*>(self);
    try {
      return (plugin.*method)(*static_cast<Event*>(event));
    } catch (const std::exception& error) {
      plugin.log_.write(LogLevel::kWarning, error.what());
      return MOSQ_ERR_UNKNOWN;
    }
  }

  struct Registration {
    int event;
    MOSQ_FUNC_generic_callback function;
  };

  static const std::vector<Registration>& registrations() {
    static const std::vector<Registration> all{
        {MOSQ_EVT_BASIC_AUTH, callback<mosquitto_evt_basic_auth, &Plugin::on_basic_auth>},
        {MOSQ_EVT_ACL_CHECK, callback<mosquitto_evt_acl_check, &Plugin::on_acl_check>},
        {MOSQ_EVT_MESSAGE, callback<mosquitto_evt_message, &Plugin::on_message>},
        {MOSQ_EVT_DISCONNECT, callback<mosquitto_evt_disconnect, &Plugin::on_disconnect>},
        {MOSQ_EVT_TICK, callback<mosquitto_evt_tick, &Plugin::on_tick>},
    };
    return all;
  }

  void register_callbacks() {
    for (const auto& [event, function] : registrations()) {
      if (mosquitto_callback_register(identifier_, event, function, nullptr, this) !=
          MOSQ_ERR_SUCCESS) {
        unregister_callbacks();
        throw std::runtime_error("the broker doesn't take the plugin's callbacks");
      }
    }
  }

  void unregister_callbacks() {
    for (const auto& [event, function] : registrations()) {
      mosquitto_callback_unregister(identifier_, event, function, nullptr);
    }
  }

  mosquitto_plugin_id_t* const identifier_;
  SystemClock clock_;
  BrokerLog log_;
  Store store_;
  BrokerOutbound outbound_;
  Hub hub_;
  const std::string waker_password_;
  bool kicking_ = false;
  std::vector<std::string> restored_filters_;
  Waker waker_;
  JobQueue jobs_;
  std::unique_ptr<rest::Server> rest_;
};

}  // namespace
}  // namespace hubtwin::hub

extern "C" {

[[gnu::visibility("default")]] int mosquitto_plugin_version(int supported_version_count,
                                                            const int* supported_versions) {
  for (int i = 0; i < supported_version_count; ++i) {
    if (supported_versions[i] == MOSQ_PLUGIN_VERSION) {
      return MOSQ_PLUGIN_VERSION;
    }
  }
  return -1;
}

[[gnu::visibility("default")]] int mosquitto_plugin_init(mosquitto_plugin_id_t* identifier,
                                                         void** user_data, mosquitto_opt* options,
                                                         int option_count) {
  try {
    std::map<std::string, std::string> by_name;
    for (int i = 0; i < option_count; ++i) {
      by_name[options[i].key] = hubtwin::hub::text_or_empty(options[i].value);
    }
    *user_data = new hubtwin::hub::Plugin(identifier, hubtwin::hub::PluginOptions::read(by_name));
    return MOSQ_ERR_SUCCESS;
  } catch (const std::exception& error) {
    mosquitto_log_printf(MOSQ_LOG_ERR, "hub: can't start: %s", error.what());
    return MOSQ_ERR_INVAL;
  }
}

[[gnu::visibility("default")]] int mosquitto_plugin_cleanup(void* user_data, mosquitto_opt*, int) {
  delete static_cast<hubtwin::hub::Plugin*>(user_data);
  return MOSQ_ERR_SUCCESS;
}
}
