// SPDX-License-Identifier: MIT
#include "tools/hub/rest/service_api.hpp"

#include "tools/hub/rest/message_json.hpp"
#include "tools/hub/rest/service_api_parts.hpp"

#include <charconv>
#include <chrono>
#include <future>
#include <memory>
#include <random>
#include <utility>

namespace hubtwin::hub::rest {
namespace {

using std::chrono::seconds;

/// A method call may wait 300 s for the device and 300 s for its answer.
constexpr seconds kMethodWait = seconds{300 + 300} + kHubWait;
constexpr std::size_t kLargestPage = 1000;
constexpr std::size_t kDefaultPage = 100;

std::string tracking_id() {
  std::random_device random;
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string id;
  for (int i = 0; i < 32; ++i) {
    id += kDigits[random() % 16];
  }
  return id;
}

std::optional<std::string> header(const HttpRequest& request, const char* name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::nullopt : std::optional(found->second);
}

/// A whole number within bounds; `text` comes from a header or a query.
Result<std::uint64_t> parse_number(const std::string& name, const std::string& text,
                                   std::uint64_t least, std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most) {
    return errors::argument_invalid("'" + name + "' must be a whole number from " +
                                    std::to_string(least) + " to " + std::to_string(most));
  }
  return number;
}

}  // namespace

HttpResponse json_response(const Json& body, int status) {
  HttpResponse response;
  response.status = status;
  response.headers["Content-Type"] = "application/json; charset=utf-8";
  if (const auto etag = body.is_object() ? body.find("etag") : body.end(); etag != body.end()) {
    if (etag->is_string()) {
      response.headers["ETag"] = '"' + etag->get<std::string>() + '"';
    }
  }
  // Devices may send property bags that aren't UTF-8; their view must not fail for it.
  response.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return response;
}

HttpResponse respond(const Result<Json>& result) {
  return result ? json_response(result.value()) : error_response(result.error());
}

HttpResponse respond(const Result<Done>& result) {
  if (!result) {
    return error_response(result.error());
  }
  HttpResponse response;
  response.status = 204;
  return response;
}

Result<Json> parse_body(const HttpRequest& request) {
  std::string why;
  std::optional<Json> body = parse_json(request.body, &why);
  if (!body) {
    return errors::argument_invalid("the body isn't JSON: " + why);
  }
  return *std::move(body);
}

HttpResponse error_response(const ServiceError& error) {
  const std::string text =
      "ErrorCode:" + error.name + ";" + std::to_string(error.code) + ": " + error.message;
  HttpResponse response = json_response(
      {{"Message", text}, {"ExceptionMessage", "Tracking ID:" + tracking_id()}}, error.http_status);
  response.headers["iothub-errorcode"] = error.name;
  if (error.http_status == 503) {
    response.headers["Connection"] = "close";  // the hub is stopping
  }
  return response;
}

struct ServiceApi::Route {
  const char* method;
  std::vector<std::string> path;  ///< "*" stands for any one segment
  HttpResponse (ServiceApi::*handler)(const Call&) const;
};

const std::vector<ServiceApi::Route>& ServiceApi::routes() {
  using Api = ServiceApi;
  // In order: the first match wins, so fixed words come before "*".
  static const std::vector<Route> kRoutes = {
      {"GET", {"devices"}, &Api::list_devices},
      {"POST", {"devices"}, &Api::bulk_devices},
      {"POST", {"devices", "query"}, &Api::query},
      {"PUT", {"devices", "*"}, &Api::put_identity},
      {"GET", {"devices", "*"}, &Api::get_identity},
      {"DELETE", {"devices", "*"}, &Api::delete_identity},
      {"DELETE", {"devices", "*", "commands"}, &Api::purge_messages},
      {"GET", {"devices", "*", "modules"}, &Api::list_modules},
      {"PUT", {"devices", "*", "modules", "*"}, &Api::put_identity},
      {"GET", {"devices", "*", "modules", "*"}, &Api::get_identity},
      {"DELETE", {"devices", "*", "modules", "*"}, &Api::delete_identity},
      {"GET", {"twins", "*"}, &Api::get_twin},
      {"PATCH", {"twins", "*"}, &Api::patch_twin},
      {"PUT", {"twins", "*"}, &Api::put_twin},
      {"POST", {"twins", "*", "methods"}, &Api::invoke_method},
      {"GET", {"twins", "*", "modules", "*"}, &Api::get_twin},
      {"PATCH", {"twins", "*", "modules", "*"}, &Api::patch_twin},
      {"PUT", {"twins", "*", "modules", "*"}, &Api::put_twin},
      {"POST", {"twins", "*", "modules", "*", "methods"}, &Api::invoke_method},
      {"GET", {"statistics", "devices"}, &Api::device_statistics},
      {"GET", {"statistics", "service"}, &Api::service_statistics},
      {"GET", {"_hubtwin", "telemetry"}, &Api::telemetry},
      {"GET", {"_hubtwin", "faults"}, &Api::list_faults},
      {"POST", {"_hubtwin", "faults"}, &Api::add_fault},
      {"DELETE", {"_hubtwin", "faults"}, &Api::clear_faults},
      {"DELETE", {"_hubtwin", "faults", "*"}, &Api::remove_fault},
      {"GET", {"_hubtwin", "clock"}, &Api::get_clock},
      {"PUT", {"_hubtwin", "clock"}, &Api::put_clock},
      {"POST", {"_hubtwin", "devices", "*", "messages"}, &Api::send_message},
      {"POST", {"_hubtwin", "devices", "*", "modules", "*", "inputs", "*"}, &Api::send_input},
  };
  return kRoutes;
}

ServiceApi::ServiceApi(Executor& executor, std::string host_name, ServicePolicy policy,
                       std::string proxy_socket)
    : executor_(executor),
      host_name_(std::move(host_name)),
      policy_(std::move(policy)),
      proxy_socket_(std::move(proxy_socket)) {}

HttpResponse ServiceApi::handle(const HttpRequest& request) const {
  try {
    return dispatch(request);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    return error_response(errors::server_error(error.what()));
  }
}

HttpResponse ServiceApi::dispatch(const HttpRequest& request) const {
  // Who isn't known learns nothing, not even which paths there are.
  const auto refusal = check_service_token(header(request, "authorization").value_or(""), policy_,
                                           host_name_, std::chrono::system_clock::now());
  if (refusal) {
    return error_response(*refusal);
  }
  const std::optional<Target> target = parse_target(request.target);
  if (!target) {
    return error_response(errors::argument_invalid("the path isn't percent-encoded correctly"));
  }
  bool path_known = false;
  for (const Route& route : routes()) {
    std::optional<std::vector<std::string>> parameters = match_path(target->segments, route.path);
    if (!parameters) {
      continue;
    }
    path_known = true;
    if (request.method == route.method) {
      return (this->*route.handler)(Call{request, *target, *std::move(parameters)});
    }
  }
  return error_response(path_known ? ServiceError{405, 405000, "MethodNotAllowed",
                                                  "this path doesn't take " + request.method}
                                   : ServiceError{404, 404000, "NotFound", "no such path"});
}

HttpResponse ServiceApi::list_devices(const Call& call) const {
  std::size_t most = kLargestPage;
  if (const auto top = call.target.query.find("top"); top != call.target.query.end()) {
    const auto number = parse_number("top", top->second, 1, kLargestPage);
    if (!number) {
      return error_response(number.error());
    }
    most = number.value();
  }
  return respond(on_hub([most](Hub& hub) -> Result<Json> { return hub.list_devices(most); }));
}

HttpResponse ServiceApi::bulk_devices(const Call& call) const {
  Result<Json> body = parse_body(call.request);
  if (!body) {
    return error_response(body.error());
  }
  return respond(
      on_hub([body = std::move(body).value()](Hub& hub) { return hub.bulk_identities(body); }));
}

HttpResponse ServiceApi::put_identity(const Call& call) const {
  Result<Json> body = parse_body(call.request);
  if (!body) {
    return error_response(body.error());
  }
  return respond(
      on_hub([id = call.identity(), body = std::move(body).value(), if_match = call.if_match()](
                 Hub& hub) { return hub.put_identity(id, body, if_match); }));
}

HttpResponse ServiceApi::get_identity(const Call& call) const {
  return respond(on_hub([id = call.identity()](Hub& hub) { return hub.get_identity(id); }));
}

HttpResponse ServiceApi::delete_identity(const Call& call) const {
  return respond(on_hub([id = call.identity(), if_match = call.if_match()](Hub& hub) {
    return hub.remove_identity(id, if_match);
  }));
}

HttpResponse ServiceApi::list_modules(const Call& call) const {
  return respond(
      on_hub([device = call.parameters.at(0)](Hub& hub) { return hub.list_modules(device); }));
}

HttpResponse ServiceApi::get_twin(const Call& call) const {
  return respond(on_hub([id = call.identity()](Hub& hub) { return hub.get_twin(id); }));
}

HttpResponse ServiceApi::patch_twin(const Call& call) const {
  Result<Json> body = parse_body(call.request);
  if (!body) {
    return error_response(body.error());
  }
  return respond(
      on_hub([id = call.identity(), body = std::move(body).value(), if_match = call.if_match()](
                 Hub& hub) { return hub.patch_twin(id, body, if_match); }));
}

HttpResponse ServiceApi::put_twin(const Call& call) const {
  Result<Json> body = parse_body(call.request);
  if (!body) {
    return error_response(body.error());
  }
  return respond(
      on_hub([id = call.identity(), body = std::move(body).value(), if_match = call.if_match()](
                 Hub& hub) { return hub.replace_twin(id, body, if_match); }));
}

HttpResponse ServiceApi::invoke_method(const Call& call) const {
  Result<Json> body = parse_body(call.request);
  if (!body) {
    return error_response(body.error());
  }
  auto promise = std::make_shared<std::promise<Result<Json>>>();
  std::future<Result<Json>> answer = promise->get_future();
  executor_.run([promise = std::move(promise), id = call.identity(),
                 body = std::move(body).value()](Hub& hub) {
    try {
      hub.invoke_method(id, body,
                        [promise](Result<Json> result) { promise->set_value(std::move(result)); });
    } catch (...) {
      promise->set_exception(std::current_exception());
    }
  });
  return respond(wait(std::move(answer), kMethodWait));
}

HttpResponse ServiceApi::query(const Call& call) const {
  const Result<Json> body = parse_body(call.request);
  if (!body) {
    return error_response(body.error());
  }
  const auto text = body.value().is_object() ? body.value().find("query") : body.value().end();
  if (text == body.value().end() || !text->is_string()) {
    return error_response(errors::argument_invalid("the body needs a string 'query'"));
  }
  std::size_t most = kDefaultPage;
  if (const auto count = header(call.request, "x-ms-max-item-count")) {
    const auto number = parse_number("x-ms-max-item-count", *count, 1, kLargestPage);
    if (!number) {
      return error_response(number.error());
    }
    most = number.value();
  }
  const Result<QueryPage> page =
      on_hub([text = text->get<std::string>(), most,
              continuation = header(call.request, "x-ms-continuation")](Hub& hub) {
        return hub.query(text, most, continuation);
      });
  if (!page) {
    return error_response(page.error());
  }
  HttpResponse response = json_response(page.value().items);
  response.headers["x-ms-item-type"] = "Twin";
  if (page.value().continuation) {
    response.headers["x-ms-continuation"] = *page.value().continuation;
  }
  return response;
}

HttpResponse ServiceApi::device_statistics(const Call&) const {
  return respond(on_hub([](Hub& hub) -> Result<Json> { return hub.device_statistics(); }));
}

HttpResponse ServiceApi::service_statistics(const Call&) const {
  return respond(on_hub([](Hub& hub) -> Result<Json> { return hub.service_statistics(); }));
}

HttpResponse ServiceApi::purge_messages(const Call& call) const {
  return respond(
      on_hub([device = call.parameters.at(0)](Hub& hub) { return hub.purge_messages(device); }));
}

HttpResponse ServiceApi::send_message(const Call& call) const {
  const Result<Json> body = parse_body(call.request);
  if (!body) {
    return error_response(body.error());
  }
  Result<DownstreamMessage> message =
      message_from_json(body.value(), std::chrono::system_clock::now());
  if (!message) {
    return error_response(message.error());
  }
  return respond(on_hub([device = call.parameters.at(0), message = std::move(message).value()](
                            Hub& hub) { return hub.send_message(device, message); }));
}

HttpResponse ServiceApi::send_input(const Call& call) const {
  Result<Json> parsed = parse_body(call.request);
  if (!parsed) {
    return error_response(parsed.error());
  }
  Json body = std::move(parsed).value();
  std::optional<IdentityId> from;
  if (body.is_object() && body.contains("from")) {
    if (!body["from"].is_string()) {
      return error_response(errors::argument_invalid("'from' must be a string"));
    }
    from = IdentityId::from_client_id(body["from"].get<std::string>());
    body.erase("from");
  }
  Result<DownstreamMessage> message = message_from_json(body, std::chrono::system_clock::now());
  if (!message) {
    return error_response(message.error());
  }
  return respond(on_hub([id = call.identity(), input = call.parameters.at(2), from,
                         message = std::move(message).value()](Hub& hub) {
    return hub.deliver_input(id, input, message, from);
  }));
}

HttpResponse ServiceApi::telemetry(const Call& call) const {
  std::uint64_t after = 0;
  std::size_t most = kDefaultPage;
  std::optional<IdentityId> from;
  for (const auto& [name, value] : call.target.query) {
    if (name == "after" || name == "max") {
      const bool is_max = name == "max";
      const auto number =
          parse_number(name, value, is_max ? 1 : 0, is_max ? kLargestPage : UINT64_MAX);
      if (!number) {
        return error_response(number.error());
      }
      (is_max ? most : after) = number.value();
    } else if (name == "from") {
      from = IdentityId::from_client_id(value);
    } else if (name != "api-version") {
      return error_response(errors::argument_invalid("unknown parameter '" + name + "'"));
    }
  }
  return respond(on_hub([after, most, from](Hub& hub) -> Result<Json> {
    Json messages = Json::array();
    for (const TelemetryEvent& event : hub.telemetry_after(after, most, from)) {
      messages.push_back(telemetry_to_json(event));
    }
    return Json{{"messages", std::move(messages)}, {"last", hub.last_telemetry()}};
  }));
}

}  // namespace hubtwin::hub::rest
