// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A session on a scripted transport with telemetry, messages and methods, in little memory.

#include "support/scripted_transport.hpp"
#include "support/world.hpp"
#include <hubtwin/messages.hpp>
#include <hubtwin/methods.hpp>
#include <hubtwin/session/session.hpp>
#include <hubtwin/telemetry.hpp>

#include <array>
#include <string>
#include <string_view>

namespace hubtwin::test {

constexpr std::string_view kDeviceIdentity =
    "HostName=contoso.azure-devices.net;DeviceId=dev1;"
    "SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
constexpr std::string_view kModuleIdentity =
    "HostName=contoso.azure-devices.net;DeviceId=dev1;ModuleId=mod1;"
    "SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// A client whose transport is as good as ours gets: it withholds acknowledgements and re-sends
/// with DUP.
struct SubjectWorld {
  explicit SubjectWorld(std::string_view connection_string = kDeviceIdentity,
                        const SessionOptions& options = SessionOptions())
      : transport(world.clock),
        session(world.context, transport, Identity::parse(connection_string).value(), options,
                SessionMemory{{identity.data(), identity.size()},
                              {secret.data(), secret.size()},
                              {outbox.data(), outbox.size()}}),
        telemetry(session),
        messages(session,
                 MessagesMemory{{filter.data(), filter.size()}, {inputs.data(), inputs.size()}}),
        methods(session,
                MethodsMemory{{table.data(), table.size()}, {pending.data(), pending.size()}}) {
    world.watch(transport);
    transport.set_automatic(true);
    transport.set_capabilities({true, true});
    session.add(telemetry);
    session.add(messages);
    session.add(methods);
  }

  /// Opens, and runs until the link is ready.
  bool connect() {
    return session.open().ok() && world.run_until([this] { return session.ready(); });
  }
  /// Loses the link, and runs until the next one is ready.
  bool reconnect() {
    transport.cut(Error::kLinkLost);
    world.settle();
    return world.run_until([this] { return session.ready(); }, std::chrono::hours(1));
  }

  /// A PUBLISH from the hub, at QoS 1.
  std::uint16_t deliver_acknowledged(std::string message_topic, std::string payload,
                                     bool duplicate = false, std::uint16_t packet_id = 0) {
    ScriptedTransport::Message message;
    message.topic = std::move(message_topic);
    message.payload = std::move(payload);
    message.qos = Qos::kAtLeastOnce;
    message.duplicate = duplicate;
    message.packet_id = packet_id;
    return transport.deliver(std::move(message));
  }

  /// Bytes that can be received whole.
  std::size_t receive_room() const { return world.context.document_scratch().size(); }

  World world;
  ScriptedTransport transport;
  std::array<char, 192> identity{};
  std::array<std::uint8_t, 64> secret{};
  std::array<std::uint8_t, 512> outbox{};
  std::array<char, input_filter_size(16)> filter{};
  std::array<NamedInput, 2> inputs{};
  std::array<NamedMethod, 3> table{};
  std::array<PendingMethod, 2> pending{};
  Session session;
  Telemetry telemetry;
  Messages messages;
  Methods methods;
};

}  // namespace hubtwin::test
