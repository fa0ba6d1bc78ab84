// SPDX-License-Identifier: MIT
/// \file
/// Target: the local hub's REST surface, as a function of requests. What it refuses changes
/// nothing, and no request makes it fail by itself (500).
///
/// Input: requests, each a byte of flags (1: an Authorization header of its own comes first, 2: an
/// If-Match header comes next), a byte for the method, then target and body; texts end at
/// kSeparator.

#include "fuzz/input.hpp"
#include "tools/hub/rest/service_api.hpp"
#include "unit/hub/hub_fixture.hpp"

namespace {

using hubtwin::fuzz::Input;
using namespace hubtwin::hub;
using hubtwin::hub::rest::HttpRequest;
using hubtwin::hub::rest::HttpResponse;

const char* const kMethods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"};

ServicePolicy policy() {
  return {"iothubowner", kPrimaryKey, kSecondaryKey};
}

const std::string& service_token() {
  static const std::string kToken =
      make_sas_token(kHost, kPrimaryKey,
                     std::chrono::system_clock::now() + std::chrono::hours(24 * 365), "iothubowner")
          .value();
  return kToken;
}

/// The hub's thread is this one. Method calls wait for their time-outs, which come at once.
class Inline final : public Executor {
 public:
  explicit Inline(HubFixture& bench) : bench_(bench) {}
  bool run(std::function<void(Hub&)> job) override {
    job(bench_.hub);
    if (calls_method) {
      bench_.pass(std::chrono::seconds(700));
    }
    return true;
  }
  bool calls_method = false;

 private:
  HubFixture& bench_;
};

// All that requests may change.
std::string state_of(Hub& hub) {
  std::string state;
  for (const std::string& client : hub.client_ids()) {
    const IdentityId id = IdentityId::from_client_id(client);
    state += hub.get_identity(id).value().dump() + hub.get_twin(id).value().dump();
  }
  return state;
}

class Play {
 public:
  void request(Input& input) {
    HttpRequest request;
    const std::uint8_t flags = input.byte();
    request.method = kMethods[input.below(std::size(kMethods))];
    request.headers["authorization"] =
        (flags & 1) != 0 ? std::string(input.part()) : service_token();
    if ((flags & 2) != 0) {
      request.headers["if-match"] = input.part();
    }
    request.target = input.part();
    request.body = input.part();
    executor_.calls_method =
        request.method == "POST" && request.target.substr(0, 6).find("twin") != std::string::npos;
    const std::string before = state_of(bench_.hub);
    const HttpResponse response = api_.handle(request);
    check(request, response, (flags & 1) == 0, before);
    bench_.outbound.take();
  }

  void end() {
    bench_.hub.stop();
    for (const std::string& key : {kPrimaryKey, service_token()}) {
      FUZZ_HOLDS(bench_.log.lines.find(key) == std::string::npos);
    }
  }

 private:
  void check(const HttpRequest& request, const HttpResponse& response, bool authorized,
             const std::string& before) {
    const std::string told = request.method + ' ' + request.target + " -> " +
                             std::to_string(response.status) + ' ' + response.body;
    FUZZ_HOLDS_WITH(response.status >= 200 && response.status < 505 && response.status != 500,
                    told);
    FUZZ_HOLDS_WITH(response.body.empty() || Json::accept(response.body), told);
    FUZZ_HOLDS_WITH(response.status < 400 || !response.body.empty(), told);
    FUZZ_HOLDS(authorized || response.status == 401);
    const bool bulk = response.status == 400 && request.method == "POST" &&
                      Json::parse(response.body, nullptr, false).contains("isSuccessful");
    const bool may_change = response.status < 400 && request.method != "GET";
    if (!may_change && !bulk && !executor_.calls_method) {
      FUZZ_HOLDS_WITH(state_of(bench_.hub) == before, told);
    }
  }

  HubFixture bench_;
  Inline executor_{bench_};
  rest::ServiceApi api_{executor_, kHost, policy()};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Input input(bytes, size);
  Play play;
  for (int requests = 0; !input.empty() && requests < 16; ++requests) {
    play.request(input);
  }
  play.end();
  return 0;
}
