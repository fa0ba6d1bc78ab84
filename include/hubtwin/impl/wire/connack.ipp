// SPDX-License-Identifier: MIT
#include <hubtwin/wire/connack.hpp>

HUBTWIN_NAMESPACE_BEGIN

Status status_of_connack(int code) {
  switch (code) {
    case 0:
      return Status();
    case 1:
      return Status(Error::kRefusedProtocol, code, 0, 0);
    case 2:
      return Status(Error::kRefusedIdentifier, code, 0, 0);
    case 3:
      return Status(Error::kServerUnavailable, code, 0, 0);
    case 4:
    case 5:
      return Status(Error::kRefusedCredentials, code, 0, 0);
    default:
      return Status(Error::kProtocolViolation, code, 0, 0);
  }
}

HUBTWIN_NAMESPACE_END
