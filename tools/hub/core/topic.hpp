// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The MQTT topics and filters that IoT Hub documents, and property bags
/// (IoT Hub developer guide, "Communicate with your IoT hub by using the MQTT protocol").

#include "tools/hub/core/identity_id.hpp"
#include "tools/hub/core/message.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace hubtwin::hub {

/// What a client may publish.
struct TelemetryTopic {
  std::map<std::string, std::string> properties;
};
struct TwinGetTopic {
  std::string rid;
};
struct ReportedPatchTopic {
  std::string rid;
  std::optional<std::string> base_version;  ///< the $version parameter as it stands in the topic
};
struct MethodResponseTopic {
  std::string status;
  std::string rid;
};
using PublishTopic =
    std::variant<TelemetryTopic, TwinGetTopic, ReportedPatchTopic, MethodResponseTopic>;

/// Reads a topic that `sender` published to. Empty for one that it may not use or that is
/// malformed; `why` then says so.
std::optional<PublishTopic> parse_publish_topic(const IdentityId& sender, std::string_view topic,
                                                std::string* why);

/// What a client may subscribe to.
enum class Subscription { kMessages, kInputs, kMethods, kTwinResponses, kDesired };

/// Empty for a filter that `subscriber` may not use.
std::optional<Subscription> classify_filter(const IdentityId& subscriber, std::string_view filter);

/// "k=v&k=v", each side percent-encoded, as telemetry, messages and inputs carry it. Empty if
/// malformed.
std::optional<std::map<std::string, std::string>> parse_property_bag(std::string_view bag);

/// Topics of what the hub sends.
std::string twin_response_topic(int status, const std::string& rid,
                                std::optional<std::uint64_t> version = std::nullopt);
std::string desired_topic(std::uint64_t version);
std::string method_request_topic(const std::string& method, const std::string& rid);
std::string device_bound_topic(const std::string& device, const DownstreamMessage& message);
std::string input_topic(const IdentityId& module, const std::string& input,
                        const DownstreamMessage& message, const std::optional<IdentityId>& from);

/// Whether a topic is one of input_topic() for this module.
bool is_input(const IdentityId& module, std::string_view topic);

}  // namespace hubtwin::hub
