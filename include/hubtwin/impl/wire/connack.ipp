// SPDX-License-Identifier: MIT
#include <hubtwin/wire/connack.hpp>

HUBTWIN_NAMESPACE_BEGIN

Status status_of_connack(int code) {
  switch (code) {
    case 0:
      return Status();
    case 1:
      return Status::with_mqtt_code(Error::kRefusedProtocol, code);
    case 2:
      return Status::with_mqtt_code(Error::kRefusedIdentifier, code);
    case 3:
      return Status::with_mqtt_code(Error::kServerUnavailable, code);
    case 4:
    case 5:
      return Status::with_mqtt_code(Error::kRefusedCredentials, code);
    default:
      return Status::with_mqtt_code(Error::kProtocolViolation, code);
  }
}

HUBTWIN_NAMESPACE_END
