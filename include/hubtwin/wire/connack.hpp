// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What the code of a CONNACK means.

#include <hubtwin/status.hpp>

HUBTWIN_NAMESPACE_BEGIN

/// \param[in] code  Of a CONNACK (MQTT 3.1.1, 3.2.2.3).
/// \return success for 0; else why the link is refused, with the code in Status::mqtt_code();
///         Error::kProtocolViolation for a code that the standard doesn't define.
Status status_of_connack(int code);

HUBTWIN_NAMESPACE_END
