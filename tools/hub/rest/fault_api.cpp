// SPDX-License-Identifier: MIT
// Faults on demand over REST, those of the hub and those of the fault proxy alike.

#include "tools/hub/proxy/control.hpp"
#include "tools/hub/rest/service_api_parts.hpp"

#include <cstdint>

namespace hubtwin::hub::rest {
namespace {

constexpr std::int64_t kMostOffset = 10LL * 365 * 24 * 3600;
constexpr std::int64_t kMostSkew = 24 * 3600;

/// A whole number that may be left out.
Result<std::int64_t> number_member(const Json& body, const char* name, std::int64_t least,
                                   std::int64_t most, std::int64_t otherwise) {
  if (!body.contains(name)) {
    return otherwise;
  }
  const Json& value = body[name];
  if (!value.is_number_integer() || value < least || value > most) {
    return errors::argument_invalid("'" + std::string(name) + "' must be a whole number from " +
                                    std::to_string(least) + " to " + std::to_string(most));
  }
  return value.get<std::int64_t>();
}

}  // namespace

HttpResponse ServiceApi::add_fault(const Call& call) const {
  const Result<Json> body = parse_body(call.request);
  if (!body) {
    return error_response(body.error());
  }
  Result<Fault> fault = Fault::parse(body.value());
  if (!fault) {
    return error_response(fault.error());
  }
  if (fault.value().agent == FaultAgent::kProxy) {
    return respond(proxy::ask_proxy(proxy_socket_, {{"add", body.value()}}));
  }
  return respond(
      on_hub([fault = std::move(fault).value()](Hub& hub) { return hub.add_fault(fault); }));
}

HttpResponse ServiceApi::list_faults(const Call&) const {
  Result<Json> own = on_hub([](Hub& hub) -> Result<Json> { return hub.faults(); });
  if (!own) {
    return error_response(own.error());
  }
  Json all = {{"faults", std::move(own).value()}, {"links", nullptr}};
  if (const Result<Json> others = proxy::ask_proxy(proxy_socket_, {{"list", true}})) {
    for (const Json& fault : others.value().at("faults")) {
      all["faults"].push_back(fault);
    }
    all["links"] = others.value().at("links");
  }
  return json_response(all);
}

HttpResponse ServiceApi::clear_faults(const Call&) const {
  static_cast<void>(proxy::ask_proxy(proxy_socket_, {{"clear", true}}));  // there may be none
  return respond(on_hub([](Hub& hub) -> Result<Done> {
    hub.clear_faults();
    return Done{};
  }));
}

HttpResponse ServiceApi::remove_fault(const Call& call) const {
  const std::string& id = call.parameters.at(0);
  if (!id.empty() && id.front() == 'n') {
    const Result<Json> removed = proxy::ask_proxy(proxy_socket_, {{"remove", id}});
    return respond(removed ? Result<Done>(Done{}) : Result<Done>(removed.error()));
  }
  return respond(on_hub([id](Hub& hub) { return hub.remove_fault(id); }));
}

HttpResponse ServiceApi::get_clock(const Call&) const {
  return respond(on_hub([](Hub& hub) -> Result<Json> { return hub.token_clock(); }));
}

HttpResponse ServiceApi::put_clock(const Call& call) const {
  const Result<Json> body = parse_body(call.request);
  if (!body) {
    return error_response(body.error());
  }
  if (!body.value().is_object()) {
    return error_response(errors::argument_invalid("the body must be an object"));
  }
  const auto offset = number_member(body.value(), "offsetSeconds", -kMostOffset, kMostOffset, 0);
  const auto skew = number_member(body.value(), "tokenSkewSeconds", 0, kMostSkew, 300);
  for (const auto* number : {&offset, &skew}) {
    if (!*number) {
      return error_response(number->error());
    }
  }
  return respond(on_hub([offset = std::chrono::seconds(offset.value()),
                         skew = std::chrono::seconds(skew.value())](Hub& hub) -> Result<Json> {
    hub.set_token_clock(offset, skew);
    return hub.token_clock();
  }));
}

}  // namespace hubtwin::hub::rest
