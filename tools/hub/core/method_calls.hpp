// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Direct method calls that wait: for their target to connect, or for its answer.

#include "tools/hub/core/identity_id.hpp"
#include "tools/hub/core/json.hpp"
#include "tools/hub/core/message.hpp"
#include "tools/hub/core/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hubtwin::hub {

struct MethodRequest {
  std::string name;
  std::string payload;  ///< JSON text
  std::chrono::seconds response_timeout{30};
  std::chrono::seconds connect_timeout{0};

  /// Reads and checks the body of the REST call.
  static Result<MethodRequest> parse(const Json& body);
};

class MethodCalls {
 public:
  using Completion = std::function<void(Result<Json>)>;
  using Send = std::function<void(const MethodRequest& request, const std::string& rid)>;

  /// Sends a call whose target is there, and waits for its answer.
  void dispatch(const IdentityId& target, const MethodRequest& request, Completion done,
                TimePoint now, const Send& send);
  /// Waits for the target to come.
  void park(const IdentityId& target, MethodRequest request, Completion done, TimePoint now);
  /// The target came: dispatches what is parked for it.
  void arrived(const IdentityId& target, TimePoint now, const Send& send);

  /// The target's answer. False if no call of this target waits under this request id.
  bool answer(const IdentityId& target, const std::string& rid, const std::string& status,
              const std::string& payload);

  void expire(TimePoint now);
  std::optional<TimePoint> next_deadline() const;

  /// Ends all calls, or those to one target, with an error.
  void fail_all(const ServiceError& error);
  void fail(const IdentityId& target, const ServiceError& error);

 private:
  struct Call {
    IdentityId target;
    Completion done;
    TimePoint deadline;
    std::optional<MethodRequest> parked;  ///< set until it is sent
  };

  std::string next_rid();
  template <typename Predicate>
  std::vector<Call> take_if(Predicate predicate);

  std::uint64_t last_rid_ = 0;
  std::map<std::string, Call> calls_;
};

}  // namespace hubtwin::hub
