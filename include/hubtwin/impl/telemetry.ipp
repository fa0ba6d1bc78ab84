// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/telemetry.hpp.

#include <hubtwin/telemetry.hpp>
#include <hubtwin/wire/text_writer.hpp>
#include <hubtwin/wire/topic.hpp>
#include <hubtwin/wire/utc_text.hpp>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_telemetry {

// MQTT 3.1.1, 1.5.3: a length has 16 bits.
constexpr std::size_t kMaxTopicSize = 65535;

static bool is_message_id(std::string_view text) {
  constexpr std::size_t kMaxSize = 128;
  constexpr std::string_view kPunctuation = "-:.+%_#*?!(),=@;$'";
  if (text.size() > kMaxSize) {
    return false;
  }
  for (const char character : text) {
    const char lower = static_cast<char>(character | 0x20);
    const bool alphanumeric =
        (lower >= 'a' && lower <= 'z') || (character >= '0' && character <= '9');
    if (!alphanumeric && kPunctuation.find(character) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

// What counts for kMaxTelemetrySize.
static std::uint64_t size_of(const TelemetryMessage& message, std::string_view output) {
  std::uint64_t size = message.payload.size();
  for (const std::string_view value :
       {output, message.message_id, message.correlation_id, message.user_id, message.content_type,
        message.content_encoding, message.component}) {
    size += value.size();
  }
  if (message.creation_time) {
    size += kUtcTextSize;
  }
  for (const Property& property : message.properties) {
    size += property.key.size();
    size += property.value.size();
  }
  return size;
}

}  // namespace detail_telemetry

Result<std::uint32_t> Telemetry::send_output(std::string_view output,
                                             const TelemetryMessage& message) {
  if (!session_.is_module()) {
    return Error::kNotSupported;
  }
  if (output.empty()) {
    return Error::kInvalidArgument;
  }
  return send_to(output, message);
}

Result<std::uint32_t> Telemetry::send_to(std::string_view output, const TelemetryMessage& message) {
  if (detail_telemetry::size_of(message, output) > kMaxTelemetrySize ||
      !detail_telemetry::is_message_id(message.message_id)) {
    return Error::kInvalidArgument;
  }
  char utc_room[kUtcTextSize];
  std::string_view creation_time;
  if (message.creation_time) {
    if (*message.creation_time < kFirstTextUtc || *message.creation_time > kLastTextUtc) {
      return Error::kInvalidArgument;
    }
    creation_time = to_utc_text(*message.creation_time, utc_room);
  }

  TextWriter topic(session_.topic_room());
  write_telemetry(topic, session_.device_id(), session_.module_id());
  PropertyBagWriter bag(topic);
  bag.add_system("mid", message.message_id);
  bag.add_system("cid", message.correlation_id);
  bag.add_system("uid", message.user_id);
  bag.add_system("ct", message.content_type);
  bag.add_system("ce", message.content_encoding);
  bag.add_system("ctime", creation_time);
  bag.add_system("sub", message.component);
  bag.add_system("on", output);
  for (const Property& property : message.properties) {
    const Status status = bag.add(property);
    if (!status) {
      return status;
    }
  }
  if (!topic.ok() || topic.size() > detail_telemetry::kMaxTopicSize) {
    return Error::kInvalidArgument;
  }
  return session_.post(this, topic.view(), message.payload, message.qos, Lifetime::kUntilSent,
                       message.priority);
}

void Telemetry::on_posted(std::uint32_t ticket, Status outcome) {
  const SentHandler handler = handler_;  // a copy, since it may replace itself
  if (handler) {
    handler(ticket, outcome);
  }
}

HUBTWIN_NAMESPACE_END
