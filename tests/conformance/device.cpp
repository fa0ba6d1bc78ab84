// SPDX-License-Identifier: MIT
#include "device.hpp"

namespace hubtwin::conformance {

TelemetryMessage telemetry_of(std::string_view body, Qos qos) {
  TelemetryMessage message;
  message.payload = as_bytes(body);
  message.qos = qos;
  return message;
}

}  // namespace hubtwin::conformance
