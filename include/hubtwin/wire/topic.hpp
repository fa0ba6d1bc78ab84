// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Topics of twins, methods and messages (IoT Hub MQTT support; topic filters of the device SDKs).
/// What the hub sends is read with suspicion: parameters by name and in any order, anything odd
/// answers nothing.

#include <hubtwin/bytes.hpp>
#include <hubtwin/wire/cut.hpp>
#include <hubtwin/wire/text_writer.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// \name Filters to subscribe to.
/// @{
constexpr std::string_view kMethodFilter = "$iothub/methods/POST/#";
constexpr std::string_view kTwinResponseFilter = "$iothub/twin/res/#";
/// A device may receive its own messages only, so the wildcard says no more than its id would.
constexpr std::string_view kDeviceboundFilter = "devices/+/messages/devicebound/#";
constexpr std::string_view kDesiredFilter = "$iothub/twin/PATCH/properties/desired/#";
/// @}

/// \name Beginnings of the topics that those filters match: what a subject claims.
/// @{
constexpr std::string_view kMethodPrefix = head(kMethodFilter, kMethodFilter.size() - 1);
constexpr std::string_view kTwinResponsePrefix =
    head(kTwinResponseFilter, kTwinResponseFilter.size() - 1);
constexpr std::string_view kDesiredPrefix = head(kDesiredFilter, kDesiredFilter.size() - 1);
/// @}

/// Longest request id of a method call that is taken; the hub's are a few characters, an Edge hub's
/// a GUID.
constexpr std::size_t kMaxRequestIdSize = 48;

/// Longest method name (Edge hub: 100 characters).
constexpr std::size_t kMaxMethodNameSize = 100;

/// Whether `name` can be a direct method's: 1 to 100 printable ASCII characters without space and
/// `$ ( ) < > @ , ; : \ " / [ ] ? = { }` (IoT Hub developer guide, direct methods).
bool is_method_name(std::string_view name);

/// `$iothub/methods/POST/{name}/?$rid={rid}`.
struct MethodRequestTopic {
  std::string_view name;
  std::string_view request_id;  ///< Opaque: echoed as it stands.
};
/// \return nothing unless there is a name, of whatever characters, and one request id of 1 to
///         kMaxRequestIdSize characters that can stand in a topic.
std::optional<MethodRequestTopic> parse_method_request(std::string_view topic);

/// Appends `$iothub/methods/res/{status}/?$rid={rid}`.
void write_method_response(TextWriter& topic, int status, std::string_view request_id);

/// `$iothub/twin/res/{status}/?$rid={rid}[&$version={n}]`.
struct TwinResponseTopic {
  int status = 0;                        ///< 100 to 599.
  std::string_view request_id;           ///< Of 1 to kMaxRequestIdSize characters.
  std::optional<std::uint64_t> version;  ///< New version of the reported section, with 204; an Edge
                                         ///< hub leaves it out.

  /// The request id as the number of Session::next_request_id(), or nothing for a text that is not
  /// the decimal form of one.
  std::optional<std::uint32_t> request_number() const;
};
/// \return nothing when the topic isn't such a one.
std::optional<TwinResponseTopic> parse_twin_response(std::string_view topic);

/// `$iothub/twin/PATCH/properties/desired/?$version={n}`.
/// \return the version, or nothing when the topic isn't such a one.
std::optional<std::uint64_t> parse_desired_notification(std::string_view topic);

/// Appends `$iothub/twin/GET/?$rid={rid}`.
void write_twin_get(TextWriter& topic, std::uint32_t request_id);
/// Appends `$iothub/twin/PATCH/properties/reported/?$rid={rid}`.
void write_reported_patch(TextWriter& topic, std::uint32_t request_id);

/// `devices/{device}/messages/devicebound/{bag}`.
/// \return the property bag, still encoded; nothing when the topic isn't one of this device.
std::optional<std::string_view> parse_devicebound(std::string_view topic,
                                                  std::string_view device_id);

/// `devices/{device}/modules/{module}/inputs/{input}/{bag}`.
struct InputTopic {
  std::string_view input;
  std::string_view bag;  ///< Property bag, still encoded.
};
/// \return nothing when the topic isn't one of this module.
std::optional<InputTopic> parse_input(std::string_view topic, std::string_view device_id,
                                      std::string_view module_id);
/// Appends the filter of a module's inputs.
void write_input_filter(TextWriter& filter, std::string_view device_id, std::string_view module_id);

/// Appends `devices/{device}[/modules/{module}]/messages/events/`, where a property bag may follow.
/// \param[in] module_id  Empty for a device.
void write_telemetry(TextWriter& topic, std::string_view device_id, std::string_view module_id);

HUBTWIN_NAMESPACE_END
