// SPDX-License-Identifier: MIT
/// \file
/// Target: the local hub's broker side, what its plugin hands to it: CONNECT, filters, topics,
/// payloads. Twins change whole or not at all, versions count up, and a restart finds what was.
///
/// Input: steps, each a byte (see Step), a byte that says who (bit 0: the module), and what it
/// takes; texts end at kSeparator.

#include "fuzz/input.hpp"
#include "unit/hub/hub_fixture.hpp"
#include <hubtwin/wire/topic.hpp>

#include <array>
#include <memory>

namespace {

using hubtwin::fuzz::Input;
using namespace hubtwin::hub;

enum Step : std::uint8_t {
  kConnect,
  kConnectAs,
  kSubscribe,
  kSubscribeTo,
  kPublish,
  kReport,
  kDesire,
  kReplace,
  kInvoke,
  kMessage,
  kWait,
  kDisconnect,
  kWill,
  kRestore,
  kSteps
};

const std::array<IdentityId, 2> kWho = {IdentityId{"d", ""}, IdentityId{"d", "m"}};

const char* const kFilters[] = {"$iothub/methods/POST/#", "$iothub/twin/res/#",
                                "$iothub/twin/PATCH/properties/desired/#",
                                "devices/d/messages/devicebound/#", "devices/d/modules/m/inputs/#"};

Json twin_of(Hub& hub, const IdentityId& id) {
  const auto twin = hub.get_twin(id);
  FUZZ_HOLDS(twin.ok());
  return twin.value();
}

std::uint64_t version_of(const Json& twin, const char* section) {
  return twin.at("properties").at(section).at("$version").get<std::uint64_t>();
}

// A section's content, free of the hub's own members.
Json content_of(const Json& twin, const char* section) {
  Json content = twin.at("properties").at(section);
  content.erase("$version");
  content.erase("$metadata");
  return content;
}

// Nothing, or all of it: the version tells which.
void check_section(const Json& before, const Json& after, const char* section,
                   const std::optional<Json>& merged) {
  const std::uint64_t old_version = version_of(before, section);
  const std::uint64_t version = version_of(after, section);
  FUZZ_HOLDS(version == old_version || version == old_version + 1);
  if (version == old_version) {
    FUZZ_HOLDS(content_of(before, section) == content_of(after, section));
  } else {
    FUZZ_HOLDS(merged.has_value());
    FUZZ_HOLDS_WITH(same_value(content_of(after, section), *merged),
                    after.dump() + "\n" + merged->dump());
  }
}

Json merged_with(Json content, const Json& patch) {
  Json merged = std::move(content);
  merged.merge_patch(patch);
  merged.erase("$version");
  merged.erase("$metadata");
  return merged;
}

class Play {
 public:
  void step(Input& input) {
    const auto step = static_cast<Step>(input.byte() % kSteps);
    const std::uint8_t who = input.byte();
    const IdentityId& id = kWho[who & 1];
    const Json before = twin_of(bench_.hub, id);
    std::optional<Json> desired;
    std::optional<Json> reported;
    run(step, who, id, before, input, desired, reported);
    const Json after = twin_of(bench_.hub, id);
    check_section(before, after, "desired", desired);
    check_section(before, after, "reported", reported);
    check_sent();
  }

  void end() {
    bench_.hub.stop();
    FUZZ_HOLDS(answered_ == invoked_);
    FUZZ_HOLDS(bench_.log.lines.find(kPrimaryKey) == std::string::npos);
    // A hub that starts from what this one stored.
    Hub second(bench_.hub.options(), bench_.store, bench_.outbound, bench_.clock, bench_.log);
    for (const IdentityId& id : kWho) {
      const Json was = twin_of(bench_.hub, id);
      const Json is = twin_of(second, id);
      FUZZ_HOLDS(was.at("properties") == is.at("properties") && was.at("etag") == is.at("etag"));
    }
  }

 private:
  void run(Step step, std::uint8_t who, const IdentityId& id, const Json& before, Input& input,
           std::optional<Json>& desired, std::optional<Json>& reported) {
    Hub& hub = bench_.hub;
    const std::string client = id.client_id();
    switch (step) {
      case kConnect:
        bench_.connect(client, (who & 2) != 0);
        connected_ = bench_.last_connection;
        return;
      case kConnectAs:
        return connect_as(client, who, input);
      case kSubscribe:
        static_cast<void>(hub.subscribe(client, kFilters[input.below(5)], who >> 1 & 1));
        return;
      case kSubscribeTo:
        static_cast<void>(hub.subscribe(client, std::string(input.part()), who >> 1 & 1));
        return;
      case kPublish:
        return publish(client, who, before, input, reported);
      case kReport: {
        PublishedMessage message;
        message.topic = "$iothub/twin/PATCH/properties/reported/?$rid=7";
        return report(client, message, before, input, reported);
      }
      case kDesire:
      case kReplace:
        return desire(id, step == kReplace, before, input, desired);
      case kInvoke:
        return invoke(id, input);
      case kMessage: {
        DownstreamMessage message;
        message.payload = input.part();
        message.properties[std::string(input.part())] = "v";
        static_cast<void>(hub.send_message("d", message));
        static_cast<void>(hub.deliver_input(kWho[1], std::string(input.part()), message));
        return;
      }
      case kWait:
        bench_.pass(std::chrono::seconds(1) * input.word());
        return;
      case kDisconnect:
        return hub.disconnected(client, connected_);
      case kWill: {
        PublishedMessage message;
        message.topic = input.part();
        message.payload = input.part();
        return hub.will(client, message);
      }
      case kRestore: {
        const std::vector<std::string> filters = {std::string(input.part()), kFilters[0]};
        if ((who & 2) != 0) {
          hub.restore_session(client, filters);
        } else {
          const std::string topic(input.part());
          static_cast<void>(hub.resume_delivery(client, topic, std::string(input.part())));
          hub.unsubscribe(client, filters[0]);
        }
        return;
      }
      case kSteps:
        return;
    }
  }

  // A CONNECT of which one part comes from the input.
  void connect_as(const std::string& client, std::uint8_t who, Input& input) {
    ConnectRequest request = bench_.request(client);
    const std::string part(input.part());
    switch (who >> 1 & 3) {
      case 0:
        request.username = part;
        break;
      case 1:
        request.password = part;
        break;
      case 2:
        request.client_id = part;
        break;
      default:
        request.username = kHost + "/" + client + part;
        break;
    }
    const Verdict verdict = bench_.hub.connect(request);
    FUZZ_HOLDS(verdict.accepted() || !verdict.why.empty());
    // Nobody gets in by a token or name that is not his own.
    FUZZ_HOLDS(!verdict.accepted() || (who >> 1 & 3) != 2 || part == client);
    FUZZ_HOLDS(!verdict.accepted() || (who >> 1 & 3) != 1 ||
               part.find("SharedAccessSignature") != std::string::npos);
  }

  void publish(const std::string& client, std::uint8_t who, const Json& before, Input& input,
               std::optional<Json>& reported) {
    PublishedMessage message;
    message.topic = input.part();
    message.qos = who >> 1 & 3;
    message.retain = (who & 8) != 0;
    message.dup = (who & 16) != 0;
    report(client, message, before, input, reported);
  }

  void report(const std::string& client, PublishedMessage& message, const Json& before,
              Input& input, std::optional<Json>& reported) {
    message.payload = input.part();
    const Verdict verdict = bench_.hub.publish(client, message);
    FUZZ_HOLDS(verdict.accepted() || !verdict.why.empty());
    if (const auto patch = parse_json(message.payload); patch && patch->is_object()) {
      reported = merged_with(content_of(before, "reported"), *patch);
    }
  }

  void desire(const IdentityId& id, bool replace, const Json& before, Input& input,
              std::optional<Json>& desired) {
    const auto patch = parse_json(input.part());
    if (!patch) {
      return;
    }
    const Json body = {{"properties", {{"desired", *patch}}}};
    const auto result = replace ? bench_.hub.replace_twin(id, body, std::nullopt)
                                : bench_.hub.patch_twin(id, body, std::nullopt);
    if (!result) {
      FUZZ_HOLDS(!result.error().message.empty());
    } else if (patch->is_object()) {
      desired = merged_with(replace ? Json::object() : content_of(before, "desired"), *patch);
    }
  }

  void invoke(const IdentityId& id, Input& input) {
    const auto body = parse_json(input.part());
    if (!body) {
      return;
    }
    ++invoked_;
    bench_.hub.invoke_method(id, *body, [this](Result<Json> result) {
      ++answered_;
      FUZZ_HOLDS(result.ok() ? result.value().contains("status") : !result.error().message.empty());
    });
    FUZZ_HOLDS(answered_ <= invoked_);
  }

  // What goes to clients is what clients can read.
  void check_sent() {
    for (const Sent& sent : bench_.outbound.take()) {
      const std::string_view topic = sent.topic;
      if (hubtwin::has_prefix(topic, hubtwin::kDesiredPrefix)) {
        const auto version = hubtwin::parse_desired_notification(topic);
        const auto body = parse_json(sent.payload);
        FUZZ_HOLDS(version && body && body->at("$version") == *version);
      } else if (hubtwin::has_prefix(topic, hubtwin::kMethodPrefix)) {
        FUZZ_HOLDS_WITH(hubtwin::parse_method_request(topic).has_value(), sent.topic);
      } else if (hubtwin::has_prefix(topic, hubtwin::kTwinResponsePrefix)) {
        FUZZ_HOLDS(sent.payload.empty() || parse_json(sent.payload).has_value());
      }
    }
  }

  HubFixture bench_;
  std::uintptr_t connected_ = 0;
  std::size_t invoked_ = 0;
  std::size_t answered_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Input input(bytes, size);
  Play play;
  for (int steps = 0; !input.empty() && steps < 40; ++steps) {
    play.step(input);
  }
  play.end();
  return 0;
}
