// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What the handlers of requests share. Private to service_api.cpp and fault_api.cpp.

#include "tools/hub/core/hub.hpp"
#include "tools/hub/rest/service_api.hpp"
#include "tools/hub/rest/url.hpp"

#include <chrono>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hubtwin::hub::rest {

/// How long the hub's thread may take over a piece of work that waits for nobody.
inline constexpr std::chrono::seconds kHubWait{20};

HttpResponse json_response(const Json& body, int status = 200);
HttpResponse respond(const Result<Json>& result);
HttpResponse respond(const Result<Done>& result);
Result<Json> parse_body(const HttpRequest& request);

/// The time-out's error, or what the work itself threw.
template <typename Answer>
Answer wait(std::future<Answer> answer, std::chrono::seconds longest) {
  if (answer.wait_for(longest) != std::future_status::ready) {
    return errors::gateway_timeout("the hub didn't answer within " +
                                   std::to_string(longest.count()) + " s");
  }
  try {
    return answer.get();
  } catch (const std::future_error&) {  // the promise went with the job: the hub is stopping
    return errors::stopping();
  } catch (const std::exception& error) {
    return errors::server_error(error.what());
  }
}

/// A request whose path matched a route.
struct ServiceApi::Call {
  const HttpRequest& request;
  const Target& target;
  std::vector<std::string> parameters;  ///< what stood where the route has "*"

  /// Routes name a device first and, if they are about one, a module second.
  IdentityId identity() const {
    return {parameters.at(0), parameters.size() > 1 ? parameters[1] : std::string()};
  }
  std::optional<std::string> if_match() const {
    const auto found = request.headers.find("if-match");
    return found == request.headers.end() ? std::nullopt : std::optional(found->second);
  }
};

/// Runs `work`, which takes a Hub& and answers a Result, on the hub's thread. What it needs it must
/// hold by value: when the wait times out it may still run later.
template <typename Work>
auto ServiceApi::on_hub(Work work) const {
  using Answer = decltype(work(std::declval<Hub&>()));
  auto promise = std::make_shared<std::promise<Answer>>();
  std::future<Answer> answer = promise->get_future();
  executor_.run([promise = std::move(promise), work = std::move(work)](Hub& hub) {
    try {
      promise->set_value(work(hub));
    } catch (...) {
      promise->set_exception(std::current_exception());
    }
  });
  return wait(std::move(answer), kHubWait);
}

}  // namespace hubtwin::hub::rest
