// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Messages as JSON, for this hub's own routes.

#include "tools/hub/core/json.hpp"
#include "tools/hub/core/message.hpp"
#include "tools/hub/core/result.hpp"

namespace hubtwin::hub::rest {

/// Reads `payload` (text) or `payloadBase64`, `messageId`, `correlationId`, `userId`,
/// `contentType`, `contentEncoding`, `ack`, `expirySeconds` (1 to 172800, counted from `now`) and
/// `properties`. A member that isn't known or has the wrong type is an error that names it.
Result<DownstreamMessage> message_from_json(const Json& body, TimePoint now);

/// `payload` when the bytes are UTF-8, else `payloadBase64`; the property bag under `properties`.
Json telemetry_to_json(const TelemetryEvent& event);

}  // namespace hubtwin::hub::rest
