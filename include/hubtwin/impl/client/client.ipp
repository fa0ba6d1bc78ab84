// SPDX-License-Identifier: MIT
#include <hubtwin/client.hpp>

HUBTWIN_NAMESPACE_BEGIN

void Client::adopt(Twin* twin, Methods* methods, Messages* messages, Telemetry* telemetry) {
  twin_ = twin;
  methods_ = methods;
  messages_ = messages;
  telemetry_ = telemetry;
  // The subjects in the order in which they are asked for a topic: the busiest first.
  if (twin != nullptr) {
    session_.add(*twin);
  }
  if (methods != nullptr) {
    session_.add(*methods);
  }
  if (messages != nullptr) {
    session_.add(*messages);
  }
  if (telemetry != nullptr) {
    session_.add(*telemetry);
  }
}

Status Client::open() {
  return wrong_kind_ ? Status(Error::kInvalidArgument) : session_.open();
}

HUBTWIN_NAMESPACE_END
