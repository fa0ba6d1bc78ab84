// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The client of a device identity.

#include <hubtwin/client.hpp>
#include <hubtwin/detail/client_parts.hpp>
#include <hubtwin/session/context.hpp>
#include <hubtwin/session/sizes.hpp>

HUBTWIN_NAMESPACE_BEGIN

/// A device at a hub. Make a SizedDeviceClient; take this by reference.
class DeviceClient : public Client {
 public:
  /// Takes cloud-to-device messages; see Messages::on_message(). Without a handler none is
  /// subscribed, and the hub keeps them. \pre Sizes::kMessages.
  void on_message(const MessageHandler& handler) { messages().on_message(handler); }

 protected:
  DeviceClient(Context& context, Transport& transport, const Identity& identity,
               const SessionOptions& options, const SessionMemory& memory)
      : Client(context, transport, identity, options, memory, false) {}
  ~DeviceClient() = default;
};

/// A DeviceClient with its memory: sizeof tells all that it ever uses, the Context and the
/// transport aside.
///
///     hubtwin::SizedContext<> context{clock, crypto, random};
///     hubtwin::SizedDeviceClient<> sensor{context, transport, identity};
template <class Sizes = DefaultSizes>
using SizedDeviceClient = detail::SizedClient<Sizes, DeviceClient, false>;

HUBTWIN_NAMESPACE_END
