// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The user name of an MQTT CONNECT to the hub (IoT Hub MQTT support, "Using the MQTT protocol
/// directly").

#include <hubtwin/bytes.hpp>
#include <hubtwin/status.hpp>

#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// The service's protocol version that this library speaks.
constexpr std::string_view kApiVersion = "2021-04-12";

/// Parts of a user name.
struct UserNameParts {
  std::string_view host;  ///< HostName, also where a gateway stands in between.
  std::string_view device_id;
  std::string_view module_id;     ///< Empty for a device.
  std::string_view product_info;  ///< Appended to the user agent, any text; may be empty.
  std::string_view model_id;  ///< Plug and Play model, e.g. "dtmi:com:example:Thermostat;1"; may
                              ///< be empty.
};

/// Writes `{host}/{device}[/{module}]/?api-version=...&DeviceClientType=...[&model-id=...]`, the
/// last two values percent-encoded, the ids raw.
/// \return the text in `room`; Error::kNoSpace when it doesn't fit.
Result<std::string_view> build_user_name(const UserNameParts& parts, Span<char> room);

HUBTWIN_NAMESPACE_END
