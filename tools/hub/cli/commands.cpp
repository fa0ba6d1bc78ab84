// SPDX-License-Identifier: MIT
#include "tools/hub/cli/commands.hpp"

#include "tools/hub/cli/arguments.hpp"
#include "tools/hub/cli/errors.hpp"
#include "tools/hub/core/encoding.hpp"

#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace hubtwin::hub::cli {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr const char* kAnyEtag = "\"*\"";
constexpr const char* kTargetHelp = "DEVICE or DEVICE/MODULE";
constexpr const char* kJsonHelp = "JSON, @FILE or - for standard input";

/// Adds a command that parses into an `Options` of its own and then runs.
template <typename Options>
void add_command(CLI::App& group, const std::string& name, const std::string& description,
                 const std::function<void(CLI::App&, Options&)>& declare,
                 std::function<void(const Options&)> run) {
  CLI::App* command = group.add_subcommand(name, description);
  auto options = std::make_shared<Options>();
  declare(*command, *options);
  command->callback([options, run = std::move(run)] { run(*options); });
}

CLI::App& add_group(CLI::App& app, const std::string& name, const std::string& description) {
  return *app.add_subcommand(name, description);
}

struct Target {
  std::string name;
};

std::function<void(CLI::App&, Target&)> named(const char* label, const char* help) {
  return [label, help](CLI::App& command, Target& target) {
    command.add_option(label, target.name, help)->required();
  };
}

struct NoOptions {};

const std::function<void(CLI::App&, NoOptions&)> kNothing = [](CLI::App&, NoOptions&) {};

// ---- Identities

struct NewIdentity {
  std::string name;
  std::string primary_key;
  std::string secondary_key;
  bool disabled = false;
};

void declare_new_identity(CLI::App& command, NewIdentity& identity) {
  command.add_option("--primary-key", identity.primary_key, "Base64 key (default: a new one)");
  command.add_option("--secondary-key", identity.secondary_key, "Base64 key (default: a new one)");
}

Json identity_body(const IdentityId& id, const NewIdentity& identity) {
  for (const std::string* key : {&identity.primary_key, &identity.secondary_key}) {
    if (!key->empty() && !base64_decode(*key)) {
      throw UsageError("a given key isn't base64");
    }
  }
  Json body = {{"deviceId", id.device}};
  if (id.is_module()) {
    body["moduleId"] = id.module;
  } else {
    body["status"] = identity.disabled ? "disabled" : "enabled";
  }
  body["authentication"] = {
      {"type", "sas"},
      {"symmetricKey",
       {{"primaryKey", identity.primary_key}, {"secondaryKey", identity.secondary_key}}}};
  return body;
}

void add_identity_commands(CLI::App& app, const Connection& connection) {
  const auto show = [&connection](const IdentityId& id) {
    connection.print(connection.call({"GET", identity_path(id)}).body);
  };
  const auto add = [&connection](const IdentityId& id, const NewIdentity& identity) {
    connection.print(connection.call({"PUT", identity_path(id), identity_body(id, identity)}).body);
  };
  const auto remove = [&connection](const IdentityId& id) {
    connection.call({"DELETE", identity_path(id), std::nullopt, {{"If-Match", kAnyEtag}}});
  };

  CLI::App& device = add_group(app, "device", "Device identities");
  add_command<NewIdentity>(
      device, "add", "Make a device",
      [](CLI::App& command, NewIdentity& identity) {
        command.add_option("DEVICE", identity.name, "The new device's id")->required();
        declare_new_identity(command, identity);
        command.add_flag("--disabled", identity.disabled, "It may not connect yet");
      },
      [add](const NewIdentity& identity) { add(parse_device(identity.name), identity); });
  add_command<NoOptions>(device, "list", "Show all devices", kNothing,
                         [&connection](const NoOptions&) {
                           connection.print(connection.call({"GET", "/devices/"}).body);
                         });
  add_command<Target>(device, "show", "Show a device with its keys", named("DEVICE", "Its id"),
                      [show](const Target& target) { show(parse_device(target.name)); });
  add_command<Target>(device, "remove", "Remove a device with its modules and twins",
                      named("DEVICE", "Its id"),
                      [remove](const Target& target) { remove(parse_device(target.name)); });
  struct Status {
    std::string name;
    std::string status;
    std::string reason;
  };
  add_command<Status>(
      device, "set-status", "Enable a device, or disable it and close its connection",
      [](CLI::App& command, Status& status) {
        command.add_option("DEVICE", status.name, "Its id")->required();
        command.add_option("STATUS", status.status, "enabled or disabled")
            ->required()
            ->check(CLI::IsMember({"enabled", "disabled"}));
        command.add_option("--reason", status.reason, "Why, for people");
      },
      [&connection](const Status& status) {
        const ServiceClient service = connection.connect();
        const std::string path = identity_path(parse_device(status.name));
        Json body = service.call({"GET", path}).body;
        body["status"] = status.status;
        body["statusReason"] = status.reason.empty() ? Json(nullptr) : Json(status.reason);
        const std::string etag = body.value("etag", "*");
        connection.print(
            service.call({"PUT", path, std::move(body), {{"If-Match", '"' + etag + '"'}}}).body);
      });

  CLI::App& module = add_group(app, "module", "Module identities");
  add_command<NewIdentity>(
      module, "add", "Make a module on a device",
      [](CLI::App& command, NewIdentity& identity) {
        command.add_option("DEVICE/MODULE", identity.name, "The new module's name")->required();
        declare_new_identity(command, identity);
      },
      [add](const NewIdentity& identity) { add(parse_module(identity.name), identity); });
  add_command<Target>(
      module, "list", "Show a device's modules", named("DEVICE", "Its id"),
      [&connection](const Target& target) {
        connection.print(
            connection.call({"GET", identity_path(parse_device(target.name)) + "/modules"}).body);
      });
  add_command<Target>(module, "show", "Show a module with its keys",
                      named("DEVICE/MODULE", "Its name"),
                      [show](const Target& target) { show(parse_module(target.name)); });
  add_command<Target>(module, "remove", "Remove a module with its twin",
                      named("DEVICE/MODULE", "Its name"),
                      [remove](const Target& target) { remove(parse_module(target.name)); });

  add_command<Target>(
      app, "connection-string", "Print the connection string of a device or module",
      named("TARGET", kTargetHelp), [&connection](const Target& target) {
        const ServiceClient service = connection.connect();
        const Json identity =
            service.call({"GET", identity_path(parse_identity(target.name))}).body;
        std::cout << identity_connection_string(service.endpoint().host_name, identity) << '\n';
      });
}

// ---- Twins

struct TwinChange {
  std::string name;
  std::string value;
};

void declare_twin_change(CLI::App& command, TwinChange& change) {
  command.add_option("TARGET", change.name, kTargetHelp)->required();
  command.add_option("VALUE", change.value, kJsonHelp)->required();
}

void add_twin_commands(CLI::App& app, const Connection& connection) {
  CLI::App& twin = add_group(app, "twin", "Device and module twins");
  add_command<Target>(
      twin, "show", "Show a twin", named("TARGET", kTargetHelp),
      [&connection](const Target& target) {
        connection.print(connection.call({"GET", twin_path(parse_identity(target.name))}).body);
      });
  const auto patch = [&connection](const TwinChange& change, const std::string& pointer) {
    const IdentityId id = parse_identity(change.name);
    Json body;
    body[Json::json_pointer(pointer)] = read_object_argument(change.value);
    connection.print(connection.call({"PATCH", twin_path(id), std::move(body)}).body);
  };
  add_command<TwinChange>(
      twin, "set-desired", "Merge an object into the desired properties; null removes",
      declare_twin_change,
      [patch](const TwinChange& change) { patch(change, "/properties/desired"); });
  add_command<TwinChange>(twin, "set-tags", "Merge an object into the tags; null removes",
                          declare_twin_change,
                          [patch](const TwinChange& change) { patch(change, "/tags"); });
  add_command<TwinChange>(
      twin, "replace-desired", "Replace all desired properties; the tags stay", declare_twin_change,
      [&connection](const TwinChange& change) {
        const std::string path = twin_path(parse_identity(change.name));
        const Json desired = read_object_argument(change.value);
        const ServiceClient service = connection.connect();
        // A PUT replaces the tags too: they go along, and the etag shows if they changed meanwhile.
        const Json present = service.call({"GET", path}).body;
        Json body = {{"tags", present.value("tags", Json::object())},
                     {"properties", {{"desired", desired}}}};
        const std::string if_match = '"' + present.value("etag", "*") + '"';
        connection.print(
            service.call({"PUT", path, std::move(body), {{"If-Match", if_match}}}).body);
      });
}

// ---- Methods

struct Invocation {
  std::string name;
  std::string method;
  std::string payload;
  int timeout_s = 30;
  int connect_timeout_s = 0;
};

void add_method_commands(CLI::App& app, const Connection& connection) {
  CLI::App& method = add_group(app, "method", "Direct methods");
  add_command<Invocation>(
      method, "invoke", "Invoke a method and print its status and payload",
      [](CLI::App& command, Invocation& invocation) {
        command.add_option("TARGET", invocation.name, kTargetHelp)->required();
        command.add_option("METHOD", invocation.method, "The method's name")->required();
        command.add_option("PAYLOAD", invocation.payload,
                           std::string(kJsonHelp) + " (default: null)");
        command.add_option("--timeout", invocation.timeout_s, "Seconds to wait for the answer")
            ->check(CLI::Range(5, 300))
            ->capture_default_str();
        command
            .add_option("--connect-timeout", invocation.connect_timeout_s,
                        "Seconds to wait for the device to connect")
            ->check(CLI::Range(0, 300))
            ->capture_default_str();
      },
      [&connection](const Invocation& invocation) {
        Json body = {
            {"methodName", invocation.method},
            {"payload",
             invocation.payload.empty() ? Json(nullptr) : read_json_argument(invocation.payload)},
            {"responseTimeoutInSeconds", invocation.timeout_s},
            {"connectTimeoutInSeconds", invocation.connect_timeout_s}};
        ServiceRequest request{"POST", twin_path(parse_identity(invocation.name)) + "/methods",
                               std::move(body)};
        request.timeout += seconds(invocation.timeout_s + invocation.connect_timeout_s);
        connection.print(connection.call(request).body);
      });
}

// ---- Messages

struct OutgoingMessage {
  std::string target;
  std::string input;
  std::string payload;
  std::string message_id;
  std::string correlation_id;
  std::string content_type;
  std::string content_encoding;
  std::string from;
  int expiry_s = 0;
  std::vector<std::string> properties;
};

void declare_message(CLI::App& command, OutgoingMessage& message) {
  command.add_option("PAYLOAD", message.payload, "Text, @FILE or - for standard input")->required();
  command.add_option("--property", message.properties, "KEY=VALUE; may be given again")
      ->take_all()
      ->expected(1);
  command.add_option("--message-id", message.message_id, "System property message id");
  command.add_option("--correlation-id", message.correlation_id, "System property correlation id");
  command.add_option("--content-type", message.content_type, "Such as application/json");
  command.add_option("--content-encoding", message.content_encoding, "Such as utf-8");
}

Json message_body(const OutgoingMessage& message) {
  Json body = Json::object();
  const std::string payload = read_argument(message.payload);
  try {
    static_cast<void>(Json(payload).dump());
    body["payload"] = payload;
  } catch (const Json::type_error&) {  // not UTF-8
    body["payloadBase64"] = base64_encode(payload);
  }
  const std::pair<const char*, const std::string&> texts[] = {
      {"messageId", message.message_id},
      {"correlationId", message.correlation_id},
      {"contentType", message.content_type},
      {"contentEncoding", message.content_encoding},
  };
  for (const auto& [name, text] : texts) {
    if (!text.empty()) {
      body[name] = text;
    }
  }
  if (message.expiry_s > 0) {
    body["expirySeconds"] = message.expiry_s;
  }
  body["properties"] = Json::object();
  for (const auto& [key, value] : parse_properties(message.properties)) {
    body["properties"][key] = value;
  }
  return body;
}

void add_message_commands(CLI::App& app, const Connection& connection) {
  CLI::App& group = add_group(app, "message", "Messages to devices and to modules' inputs");
  add_command<OutgoingMessage>(
      group, "send", "Queue a cloud-to-device message",
      [](CLI::App& command, OutgoingMessage& message) {
        command.add_option("DEVICE", message.target, "The device's id")->required();
        declare_message(command, message);
        command.add_option("--expiry", message.expiry_s, "Seconds that it is kept (default: 3600)")
            ->check(CLI::Range(1, 172800));
      },
      [&connection](const OutgoingMessage& message) {
        const IdentityId id = parse_device(message.target);
        connection.print(connection
                             .call({"POST", "/_hubtwin" + identity_path(id) + "/messages",
                                    message_body(message)})
                             .body);
      });
  add_command<OutgoingMessage>(
      group, "send-input", "Deliver a message to a connected module's input, as IoT Edge would",
      [](CLI::App& command, OutgoingMessage& message) {
        command.add_option("DEVICE/MODULE", message.target, "The module")->required();
        command.add_option("INPUT", message.input, "The input's name")->required();
        declare_message(command, message);
        command.add_option("--from", message.from, "DEVICE or DEVICE/MODULE named as the sender");
      },
      [&connection](const OutgoingMessage& message) {
        const IdentityId id = parse_module(message.target);
        Json body = message_body(message);
        if (!message.from.empty()) {
          body["from"] = parse_identity(message.from).client_id();
        }
        connection.call(
            {"POST", "/_hubtwin" + identity_path(id) + "/inputs/" + percent_encode(message.input),
             std::move(body)});
      });
  add_command<Target>(
      group, "purge", "Drop a device's waiting messages", named("DEVICE", "Its id"),
      [&connection](const Target& target) {
        connection.print(
            connection.call({"DELETE", identity_path(parse_device(target.name)) + "/commands"})
                .body);
      });
}

// ---- Telemetry

struct Watch {
  std::string from;
  std::size_t count = 0;
  int timeout_s = 0;
  bool all = false;
};

/// Prints each message as one line of JSON as it comes, until enough came.
void watch_telemetry(const Connection& connection, const Watch& watch) {
  constexpr std::chrono::milliseconds kPoll{200};
  const ServiceClient service = connection.connect();
  ServiceRequest request{"GET", "/_hubtwin/telemetry"};
  if (!watch.from.empty()) {
    request.query["from"] = parse_identity(watch.from).client_id();
  }
  if (!watch.all) {
    request.query["after"] = service.call(request).body.at("last").dump();
  }
  const auto deadline = steady_clock::now() + seconds(watch.timeout_s);
  for (std::size_t seen = 0;;) {
    const Json messages = service.call(request).body.at("messages");
    for (const Json& message : messages) {
      std::cout << message.dump() << std::endl;
      request.query["after"] = message.at("sequence").dump();
      if (++seen == watch.count) {
        return;
      }
    }
    if (!messages.empty()) {
      continue;
    }
    if (watch.timeout_s > 0 && steady_clock::now() >= deadline) {
      if (watch.count > 0) {
        throw ServiceFailure("only " + std::to_string(seen) + " of " + std::to_string(watch.count) +
                             " messages came within " + std::to_string(watch.timeout_s) + " s");
      }
      return;
    }
    std::this_thread::sleep_for(kPoll);
  }
}

void add_telemetry_commands(CLI::App& app, const Connection& connection) {
  CLI::App& telemetry = add_group(app, "telemetry", "What devices and modules sent");
  add_command<Watch>(
      telemetry, "watch", "Print telemetry as it arrives, one JSON object a line",
      [](CLI::App& command, Watch& watch) {
        command.add_option("--from", watch.from,
                           "Only of this DEVICE (without its modules) or DEVICE/MODULE");
        command.add_option("--count", watch.count, "End after so many messages");
        command.add_option("--timeout", watch.timeout_s, "End after so many seconds")
            ->check(CLI::Range(1, 86400));
        command.add_flag("--all", watch.all, "Begin with what the hub still keeps");
      },
      [&connection](const Watch& watch) { watch_telemetry(connection, watch); });
}

// ---- The hub as a whole

struct Query {
  std::string text;
};

void add_hub_commands(CLI::App& app, const Connection& connection) {
  add_command<Query>(
      app, "query", "Print the twins that a query finds",
      [](CLI::App& command, Query& query) {
        command
            .add_option("QUERY", query.text,
                        "'SELECT * FROM devices' or 'SELECT * FROM devices.modules', optionally "
                        "\"WHERE deviceId = '...'\"")
            ->required();
      },
      [&connection](const Query& query) {
        const ServiceClient service = connection.connect();
        ServiceRequest request{"POST", "/devices/query", Json{{"query", query.text}}};
        Json twins = Json::array();
        for (;;) {
          const ServiceReply reply = service.call(request);
          twins.insert(twins.end(), reply.body.begin(), reply.body.end());
          if (!reply.continuation) {
            break;
          }
          request.headers["x-ms-continuation"] = *reply.continuation;
        }
        connection.print(twins);
      });
  add_command<NoOptions>(app, "statistics",
                         "Print how many devices there are and how many are connected", kNothing,
                         [&connection](const NoOptions&) {
                           const ServiceClient service = connection.connect();
                           Json statistics = service.call({"GET", "/statistics/devices"}).body;
                           statistics.update(service.call({"GET", "/statistics/service"}).body);
                           connection.print(statistics);
                         });
}

}  // namespace

ServiceClient Connection::connect() const {
  if (!directory.empty() || service.empty()) {
    const HubDirectory hub(directory.empty() ? HubDirectory::default_path() : directory);
    return ServiceClient(hub.running_endpoint());
  }
  ServiceEndpoint endpoint = parse_service_connection_string(service);
  endpoint.port = service_port;
  endpoint.ca_file = service_ca_file;
  return ServiceClient(std::move(endpoint));
}

ServiceReply Connection::call(const ServiceRequest& request) const {
  return connect().call(request);
}

void Connection::print(const Json& json) const {
  std::cout << json.dump(compact ? -1 : 2) << '\n';
}

void add_commands(CLI::App& app, const Connection& connection) {
  add_identity_commands(app, connection);
  add_twin_commands(app, connection);
  add_method_commands(app, connection);
  add_message_commands(app, connection);
  add_telemetry_commands(app, connection);
  add_hub_commands(app, connection);
}

}  // namespace hubtwin::hub::cli
