// SPDX-License-Identifier: MIT
//
// What a module's client offers beside that; see entry_points.cpp.
#include <hubtwin/module_client.hpp>

#include <string_view>

using SizedModule = hubtwin::SizedModuleClient<>;

extern "C" void outside_construct_module(void* room, hubtwin::Context& context,
                                         hubtwin::Transport& transport,
                                         const hubtwin::Identity& identity) {
  ::new (room) SizedModule(context, transport, identity);
}
extern "C" void outside_destroy_module(SizedModule& client) {
  client.~SizedModule();
}
extern "C" hubtwin::Status entry_on_input(hubtwin::ModuleClient& client, std::string_view name,
                                          const hubtwin::MessageHandler& handler) {
  return client.on_input(name, handler);
}
extern "C" void entry_on_any_input(hubtwin::ModuleClient& client,
                                   const hubtwin::MessageHandler& handler) {
  client.on_input(handler);
}
extern "C" hubtwin::Result<std::uint32_t> entry_send_output(
    hubtwin::ModuleClient& client, std::string_view name,
    const hubtwin::TelemetryMessage& message) {
  return client.send_output(name, message);
}
