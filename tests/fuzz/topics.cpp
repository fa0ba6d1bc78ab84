// SPDX-License-Identifier: MIT
/// \file
/// Target: topics and property bags, read and written by the client and by the local hub.
///
/// Input: parts with kSeparator between them: a topic or filter as it comes; then keys and values
/// by turns.

#include "fuzz/input.hpp"
#include "tools/hub/core/topic.hpp"
#include <hubtwin/auth/percent.hpp>
#include <hubtwin/wire/property_bag.hpp>
#include <hubtwin/wire/topic.hpp>

#include <map>
#include <vector>

namespace {

using hubtwin::PropertyBag;
using hubtwin::RawProperty;
using hubtwin::Span;
using hubtwin::TextWriter;
using hubtwin::fuzz::Input;
using hubtwin::hub::IdentityId;

using Properties = std::map<std::string, std::string>;

const IdentityId kDevice{"dev'1", ""};
const IdentityId kModule{"dev'1", "mod$2"};

bool within(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

bool can_be_sent_back(std::string_view request_id) {
  return !request_id.empty() && request_id.size() <= hubtwin::kMaxRequestIdSize &&
         request_id.find_first_of("+# ") == std::string_view::npos;
}

// The hub understands what the client answers by, and with the same request id.
void answer_method(std::string_view request_id) {
  char room[128];
  TextWriter topic{Span<char>(room, sizeof(room))};
  hubtwin::write_method_response(topic, -200, request_id);
  FUZZ_HOLDS(topic.ok());
  std::string why;
  const auto parsed = hubtwin::hub::parse_publish_topic(kDevice, topic.view(), &why);
  FUZZ_HOLDS_WITH(parsed.has_value(), why);
  const auto* response = std::get_if<hubtwin::hub::MethodResponseTopic>(&*parsed);
  FUZZ_HOLDS(response != nullptr && response->status == "-200");
  // An ampersand ends it for the client's parser, so none is in it.
  FUZZ_HOLDS(response->rid == request_id);
}

// An item is within the bag; what can be decoded is decoded the same way by all.
void read_bag(std::string_view text) {
  const PropertyBag bag(text);
  std::size_t items = 0;
  for (const RawProperty& item : bag) {
    FUZZ_HOLDS(++items <= text.size());
    FUZZ_HOLDS(within(item.key, text) && (!item.has_value || within(item.value, text)));
    std::vector<char> room(text.size() + 1);
    const auto key = hubtwin::percent_decode(item.key, Span<char>(room.data(), room.size()));
    FUZZ_HOLDS(!key.ok() || item.is(*key));
    if (key.ok()) {
      std::vector<char> value_room(text.size() + 1);
      const auto value = bag.find(*key, Span<char>(value_room.data(), value_room.size()));
      FUZZ_HOLDS(value.ok() || value.status() == hubtwin::Error::kInvalidArgument);
      // Too little room is told, and nothing else happens.
      if (value.ok() && !value->empty()) {
        std::vector<char> tight(value->size() - 1);
        FUZZ_HOLDS(bag.find(*key, Span<char>(tight.data(), tight.size())).status() ==
                   hubtwin::Error::kNoSpace);
      }
    }
  }
  // What the hub takes the client reads alike, names that stand twice aside.
  const auto by_hub = hubtwin::hub::parse_property_bag(text);
  if (by_hub && items == by_hub->size() && text.substr(0, 1) != "?") {
    for (const auto& [key, value] : *by_hub) {
      std::vector<char> room(text.size() + 1);
      const auto found = bag.find(key, Span<char>(room.data(), room.size()));
      FUZZ_HOLDS(found.ok() && *found == value);
    }
  }
}

void read_by_client(std::string_view topic) {
  if (const auto method = hubtwin::parse_method_request(topic)) {
    FUZZ_HOLDS(within(method->name, topic) && within(method->request_id, topic));
    FUZZ_HOLDS(!method->name.empty() && can_be_sent_back(method->request_id));
    answer_method(method->request_id);
  }
  if (const auto response = hubtwin::parse_twin_response(topic)) {
    FUZZ_HOLDS(response->status >= 100 && response->status <= 599);
    FUZZ_HOLDS(within(response->request_id, topic) && can_be_sent_back(response->request_id));
    if (const auto number = response->request_number()) {
      FUZZ_HOLDS(std::to_string(*number) == response->request_id);
    }
    // The hub's own form of it reads back equal.
    const std::string again = hubtwin::hub::twin_response_topic(
        response->status, std::string(response->request_id), response->version);
    const auto second = hubtwin::parse_twin_response(again);
    FUZZ_HOLDS_WITH(second && second->status == response->status &&
                        second->request_id == response->request_id &&
                        second->version == response->version,
                    again);
  }
  if (const auto version = hubtwin::parse_desired_notification(topic)) {
    FUZZ_HOLDS(hubtwin::parse_desired_notification(hubtwin::hub::desired_topic(*version)) ==
               version);
  }
  if (const auto bag = hubtwin::parse_devicebound(topic, kDevice.device)) {
    FUZZ_HOLDS(within(*bag, topic));
    read_bag(*bag);
  }
  if (const auto input = hubtwin::parse_input(topic, kModule.device, kModule.module)) {
    FUZZ_HOLDS(within(input->input, topic) && !input->input.empty());
    FUZZ_HOLDS(input->bag.empty() || within(input->bag, topic));
    FUZZ_HOLDS(hubtwin::hub::is_input(kModule, topic));
    read_bag(input->bag);
  }
  read_bag(topic);
}

void read_by_hub(std::string_view topic) {
  for (const IdentityId& id : {kDevice, kModule}) {
    std::string why;
    const auto parsed = hubtwin::hub::parse_publish_topic(id, topic, &why);
    FUZZ_HOLDS(parsed.has_value() || !why.empty());
    const auto subscription = hubtwin::hub::classify_filter(id, topic);
    // A filter is never something to publish to that the hub takes as telemetry.
    FUZZ_HOLDS(!subscription || topic.back() == '#');
  }
}

// Properties through both writers and both readers.
void round_trip(const Properties& properties) {
  std::string room(1024, '\0');
  TextWriter topic{Span<char>(room.data(), room.size())};
  hubtwin::write_telemetry(topic, kDevice.device, "");
  hubtwin::PropertyBagWriter bag(topic);
  Properties sent;
  for (const auto& [key, value] : properties) {
    const bool good = !key.empty() && key[0] != '$';
    FUZZ_HOLDS(bag.add({key, value}).ok() == good);
    if (good) {
      sent.emplace(key, value);
    }
  }
  bag.add_system("mid", "m 1");
  sent["$.mid"] = "m 1";
  if (topic.ok()) {
    std::string why;
    const auto parsed = hubtwin::hub::parse_publish_topic(kDevice, topic.view(), &why);
    FUZZ_HOLDS_WITH(parsed.has_value(), why);
    const auto* telemetry = std::get_if<hubtwin::hub::TelemetryTopic>(&*parsed);
    FUZZ_HOLDS_WITH(telemetry != nullptr && telemetry->properties == sent,
                    std::string(topic.view()));
  }

  hubtwin::hub::DownstreamMessage message;
  message.properties = properties;
  message.properties.erase("");
  message.message_id = "m 1";
  const std::string downstream = hubtwin::hub::device_bound_topic(kDevice.device, message);
  const auto received = hubtwin::parse_devicebound(downstream, kDevice.device);
  FUZZ_HOLDS(received.has_value());
  const PropertyBag found(*received);
  message.properties["$.mid"] = "m 1";
  message.properties.erase("$.to");
  for (const auto& [key, value] : message.properties) {
    std::vector<char> value_room(value.size() + 1);
    const auto text = found.find(key, Span<char>(value_room.data(), value_room.size()));
    FUZZ_HOLDS_WITH(text.ok() && *text == value, downstream);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Input input(bytes, size);
  // In memory of its own, so that sanitizers see reads beyond it.
  const std::string topic(input.part());
  read_by_client(topic);
  read_by_hub(topic);
  Properties properties;
  while (!input.empty() && properties.size() < 20) {
    const std::string key(input.part());
    properties[key] = std::string(input.part());
  }
  round_trip(properties);
  return 0;
}
