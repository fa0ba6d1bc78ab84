// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The client of a module identity: a part of a device with a twin, methods and a connection of
/// its own.

#include <hubtwin/client.hpp>
#include <hubtwin/detail/client_parts.hpp>
#include <hubtwin/session/context.hpp>
#include <hubtwin/session/sizes.hpp>

#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// A module at a hub or an IoT Edge gateway. Make a SizedModuleClient; take this by reference.
class ModuleClient : public Client {
 public:
  /// Takes what a gateway routes to the input `name`; see Messages::on_input().
  Status on_input(std::string_view name, const MessageHandler& handler) {
    return messages().on_input(name, handler);
  }
  /// Takes what no named input takes.
  void on_input(const MessageHandler& handler) { messages().on_message(handler); }

  /// Sends to the output `name`, which a gateway routes on; see Telemetry::send_output().
  Result<std::uint32_t> send_output(std::string_view name, const TelemetryMessage& message) {
    return telemetry().send_output(name, message);
  }

 protected:
  ModuleClient(Context& context, Transport& transport, const Identity& identity,
               const SessionOptions& options, const SessionMemory& memory)
      : Client(context, transport, identity, options, memory, true) {}
  ~ModuleClient() = default;
};

/// A ModuleClient with its memory.
template <class Sizes = DefaultSizes>
using SizedModuleClient = detail::SizedClient<Sizes, ModuleClient, true>;

HUBTWIN_NAMESPACE_END
