// SPDX-License-Identifier: MIT
#include "tools/hub/core/method_calls.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace hubtwin::hub {
namespace {

constexpr std::size_t kMaxPayloadBytes = 128 * 1024;
constexpr std::size_t kMaxNameBytes = 100;
constexpr int kStatusOfUnreadableStatus = 400;  // what IoT Edge makes of it

bool is_method_name(const std::string& name) {
  constexpr std::string_view kForbidden = "$()<>@,;:\\\"/[]?={}+#";
  return !name.empty() && name.size() <= kMaxNameBytes &&
         std::all_of(name.begin(), name.end(), [kForbidden](char c) {
           return c > ' ' && c < '\x7f' && kForbidden.find(c) == std::string_view::npos;
         });
}

/// A member that holds whole seconds; `standard` when absent, empty when out of range.
std::optional<std::chrono::seconds> read_seconds(const Json& body, const char* key, int least,
                                                 int most, int standard) {
  const auto found = body.find(key);
  if (found == body.end() || found->is_null()) {
    return std::chrono::seconds{standard};
  }
  if (!found->is_number_integer()) {
    return std::nullopt;
  }
  const auto value = found->get<std::int64_t>();
  if (value < least || value > most) {
    return std::nullopt;
  }
  return std::chrono::seconds{value};
}

int read_status(const std::string& text) {
  int status = 0;
  const char* const end = text.data() + text.size();
  const auto number = std::from_chars(text.data(), end, status);
  return number.ec == std::errc{} && number.ptr == end ? status : kStatusOfUnreadableStatus;
}

Result<Json> read_answer(const std::string& status, const std::string& payload) {
  if (payload.size() > kMaxPayloadBytes) {
    return errors::bad_device_response("the method's response is longer than 128 KB");
  }
  Json body = nullptr;
  if (!payload.empty()) {
    std::string why;
    auto parsed = parse_json(payload, &why);
    if (!parsed) {
      return errors::bad_device_response("the method's response: " + why);
    }
    body = std::move(*parsed);
  }
  return Json{{"status", read_status(status)}, {"payload", std::move(body)}};
}

}  // namespace

Result<MethodRequest> MethodRequest::parse(const Json& body) {
  if (!body.is_object()) {
    return errors::argument_invalid("the body isn't an object");
  }
  MethodRequest request;
  const auto name = body.find("methodName");
  if (name == body.end() || !name->is_string() || !is_method_name(name->get<std::string>())) {
    return errors::argument_invalid(
        "methodName isn't 1 to 100 printable ASCII characters without white space and "
        "$()<>@,;:\\\"/[]?={}+#");
  }
  name->get_to(request.name);
  const auto payload = body.find("payload");
  request.payload = payload == body.end() ? "null" : payload->dump();
  if (request.payload.size() > kMaxPayloadBytes) {
    return errors::argument_invalid("payload is longer than 128 KB");
  }
  const auto response = read_seconds(body, "responseTimeoutInSeconds", 5, 300, 30);
  if (!response) {
    return errors::argument_invalid("responseTimeoutInSeconds isn't an integer from 5 to 300");
  }
  const auto connect = read_seconds(body, "connectTimeoutInSeconds", 0, 300, 0);
  if (!connect) {
    return errors::argument_invalid("connectTimeoutInSeconds isn't an integer from 0 to 300");
  }
  request.response_timeout = *response;
  request.connect_timeout = *connect;
  return request;
}

std::string MethodCalls::next_rid() {
  std::array<char, 16> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), ++last_rid_, 16).ptr;
  return {text.data(), end};
}

void MethodCalls::dispatch(const IdentityId& target, const MethodRequest& request, Completion done,
                           TimePoint now, const Send& send) {
  const std::string rid = next_rid();
  calls_.emplace(rid, Call{target, std::move(done), now + request.response_timeout, std::nullopt});
  send(request, rid);
}

void MethodCalls::park(const IdentityId& target, MethodRequest request, Completion done,
                       TimePoint now) {
  const TimePoint deadline = now + request.connect_timeout;
  calls_.emplace(next_rid(), Call{target, std::move(done), deadline, std::move(request)});
}

void MethodCalls::arrived(const IdentityId& target, TimePoint now, const Send& send) {
  for (auto& [rid, call] : calls_) {
    if (call.parked && call.target == target) {
      const MethodRequest request = *std::exchange(call.parked, std::nullopt);
      call.deadline = now + request.response_timeout;
      send(request, rid);
    }
  }
}

bool MethodCalls::answer(const IdentityId& target, const std::string& rid,
                         const std::string& status, const std::string& payload) {
  const auto found = calls_.find(rid);
  if (found == calls_.end() || !(found->second.target == target) || found->second.parked) {
    return false;
  }
  const Completion done = std::move(found->second.done);
  calls_.erase(found);
  done(read_answer(status, payload));
  return true;
}

template <typename Predicate>
std::vector<MethodCalls::Call> MethodCalls::take_if(Predicate predicate) {
  std::vector<Call> taken;
  for (auto it = calls_.begin(); it != calls_.end();) {
    if (predicate(it->second)) {
      taken.push_back(std::move(it->second));
      it = calls_.erase(it);
    } else {
      ++it;
    }
  }
  return taken;
}

void MethodCalls::expire(TimePoint now) {
  for (const Call& call : take_if([now](const Call& each) { return each.deadline <= now; })) {
    call.done(call.parked ? errors::not_online(call.target.client_id())
                          : errors::gateway_timeout(call.target.client_id() +
                                                    " didn't answer the method in time"));
  }
}

std::optional<TimePoint> MethodCalls::next_deadline() const {
  std::optional<TimePoint> next;
  for (const auto& [rid, call] : calls_) {
    next = std::min(next.value_or(call.deadline), call.deadline);
  }
  return next;
}

void MethodCalls::fail_all(const ServiceError& error) {
  for (const Call& call : take_if([](const Call&) { return true; })) {
    call.done(error);
  }
}

void MethodCalls::fail(const IdentityId& target, const ServiceError& error) {
  for (const Call& call : take_if([&](const Call& each) { return each.target == target; })) {
    call.done(error);
  }
}

}  // namespace hubtwin::hub
