// SPDX-License-Identifier: MIT
//
// Every call that an application may make of a device's client, a function each: what the stack is
// told for, and what a program that uses everything links. Those named outside_ may not be called
// inside a handler, all others may.
#include <hubtwin/device_client.hpp>
#include <hubtwin/twin/json_writer.hpp>

#include <chrono>
#include <cstdint>
#include <string_view>

namespace {
using hubtwin::Client;
using hubtwin::PropertyView;
using hubtwin::Twin;
using Text = std::string_view;
}  // namespace

#define HUBTWIN_ENTRY(result, name, ...) extern "C" result entry_##name(__VA_ARGS__)
#define HUBTWIN_OUTSIDE(result, name, ...) extern "C" result outside_##name(__VA_ARGS__)

// The client and its link.
using SizedDevice = hubtwin::SizedDeviceClient<>;
HUBTWIN_OUTSIDE(void, construct, void* room, hubtwin::Context& context,
                hubtwin::Transport& transport, const hubtwin::Identity& identity) {
  ::new (room) SizedDevice(context, transport, identity);
}
HUBTWIN_OUTSIDE(void, destroy, SizedDevice& client) {
  client.~SizedDevice();
}
HUBTWIN_OUTSIDE(void, poll, Client& client) {
  client.poll();
}
HUBTWIN_OUTSIDE(void, context_poll, hubtwin::Context& context) {
  context.poll();
}
HUBTWIN_ENTRY(hubtwin::MonotonicTime, context_next_deadline, hubtwin::Context& context) {
  return context.next_deadline();
}
HUBTWIN_ENTRY(void, context_wait, hubtwin::Context& context) {
  context.wait(context.next_deadline());
}
HUBTWIN_ENTRY(hubtwin::Status, open, Client& client) {
  return client.open();
}
HUBTWIN_ENTRY(void, close, Client& client) {
  client.close();
}
HUBTWIN_ENTRY(hubtwin::Status, update_identity, Client& client, const hubtwin::Identity& identity) {
  return client.update_identity(identity);
}
HUBTWIN_ENTRY(hubtwin::Status, set_keep_alive, Client& client, hubtwin::Duration keep_alive) {
  return client.set_keep_alive(keep_alive);
}
HUBTWIN_ENTRY(void, network_changed, Client& client) {
  client.network_changed();
}
HUBTWIN_ENTRY(hubtwin::MonotonicTime, next_deadline, Client& client) {
  return client.next_deadline();
}
HUBTWIN_ENTRY(hubtwin::MonotonicTime, now, Client& client) {
  return client.now();
}
HUBTWIN_ENTRY(const char*, connection, Client& client) {
  return to_string(client.connection().state);
}
HUBTWIN_ENTRY(hubtwin::ErrorClass, reason_class, Client& client) {
  return client.connection().reason_class();
}
HUBTWIN_ENTRY(std::uint32_t, counters, Client& client) {
  return client.counters().failures_of(client.connection().reason_class()) +
         client.transport_counters().bytes_sent + client.twin().counters().gaps;
}
HUBTWIN_ENTRY(void, on_connection, Client& client, const hubtwin::ConnectionHandler& handler) {
  client.on_connection(handler);
}
HUBTWIN_ENTRY(hubtwin::Result<hubtwin::Identity>, parse_identity, Text text, hubtwin::Log* log) {
  return hubtwin::Identity::parse(text, log);
}
HUBTWIN_ENTRY(const char*, error_text, hubtwin::Error error) {
  return to_string(error);
}
HUBTWIN_ENTRY(const char*, class_text, hubtwin::Error error) {
  return to_string(class_of(error));
}
HUBTWIN_ENTRY(bool, is_retryable, hubtwin::Error error) {
  return is_retryable(error);
}

// Telemetry.
HUBTWIN_ENTRY(hubtwin::Result<std::uint32_t>, send, Client& client,
              const hubtwin::TelemetryMessage& message) {
  return client.send(message);
}
HUBTWIN_ENTRY(void, on_sent, Client& client, const hubtwin::SentHandler& handler) {
  client.on_sent(handler);
}
HUBTWIN_ENTRY(void, set_full_policy, Client& client, hubtwin::FullPolicy policy) {
  client.telemetry().set_full_policy(policy);
}

// Methods.
HUBTWIN_ENTRY(hubtwin::Status, on_method, Client& client, Text name,
              const hubtwin::MethodHandler& handler) {
  return client.on_method(name, handler);
}
HUBTWIN_ENTRY(hubtwin::Status, set_reply_timeout, Client& client, hubtwin::Duration timeout) {
  return client.methods().set_reply_timeout(timeout);
}
HUBTWIN_ENTRY(std::size_t, pending_methods, Client& client) {
  return client.methods().pending_count();
}
HUBTWIN_ENTRY(bool, call_pending, const hubtwin::MethodCall& call) {
  return call.pending();
}
HUBTWIN_ENTRY(std::size_t, call_text, const hubtwin::MethodCall& call) {
  return call.name().size() + call.payload().size();
}
HUBTWIN_ENTRY(hubtwin::Status, call_reply, hubtwin::MethodCall& call, int status, Text json) {
  return call.reply(status, json);
}
HUBTWIN_ENTRY(void, call_move, hubtwin::MethodCall& from, hubtwin::MethodCall& to) {
  to = static_cast<hubtwin::MethodCall&&>(from);
}

// Messages.
HUBTWIN_ENTRY(void, on_message, hubtwin::DeviceClient& client,
              const hubtwin::MessageHandler& handler) {
  client.on_message(handler);
}
HUBTWIN_ENTRY(bool, message_keep, const hubtwin::Message& message) {
  return message.keep().pending();
}
HUBTWIN_ENTRY(hubtwin::Status, message_complete, hubtwin::MessageReceipt& receipt) {
  return receipt.complete();
}
HUBTWIN_ENTRY(hubtwin::Result<Text>, message_property, const hubtwin::Message& message, Text key,
              hubtwin::Span<char> room) {
  return message.property(key, room);
}
HUBTWIN_ENTRY(std::size_t, message_properties, const hubtwin::Message& message) {
  std::size_t found = 0;
  for (const hubtwin::RawProperty& property : message.properties()) {
    found += property.is("$.mid") ? 1 : 0;
  }
  return found;
}

// Desired properties.
HUBTWIN_ENTRY(bool, desired, Twin& twin, Text path) {
  return twin.desired(path).exists() && twin.synchronised();
}
HUBTWIN_ENTRY(hubtwin::Status, on_desired, Twin& twin, Text path,
              const hubtwin::DesiredHandler& handler) {
  return twin.on_desired(path, handler);
}
HUBTWIN_ENTRY(void, remove_desired, Twin& twin, Text path) {
  twin.remove_desired(path);
}
HUBTWIN_ENTRY(hubtwin::Status, bind_bool, Twin& twin, bool& variable) {
  return twin.bind("bool", variable);
}
HUBTWIN_ENTRY(hubtwin::Status, bind_integer, Twin& twin, std::int32_t& variable) {
  return twin.bind("integer", variable);
}
HUBTWIN_ENTRY(hubtwin::Status, bind_range, Twin& twin, std::uint8_t& variable) {
  return twin.bind("range", variable, hubtwin::in_range(1, 100));
}
HUBTWIN_ENTRY(hubtwin::Status, bind_duration, Twin& twin, std::chrono::seconds& variable) {
  return twin.bind("duration", variable,
                   hubtwin::in_range(std::chrono::seconds(1), std::chrono::hours(24)));
}
#if HUBTWIN_FLOAT
HUBTWIN_ENTRY(hubtwin::Status, bind_double, Twin& twin, double& variable) {
  return twin.bind("double", variable);
}
HUBTWIN_ENTRY(hubtwin::Status, bind_float, Twin& twin, float& variable) {
  return twin.bind("float", variable);
}
#endif
HUBTWIN_ENTRY(hubtwin::Status, bind_text, Twin& twin, char (&variable)[32]) {
  return twin.bind("text", variable);
}
HUBTWIN_ENTRY(void, unbind, Twin& twin, const bool& variable) {
  twin.unbind(variable);
}
HUBTWIN_ENTRY(void, on_refused, Twin& twin, const hubtwin::RefusedHandler& handler) {
  twin.on_refused(handler);
}
HUBTWIN_ENTRY(void, on_synchronised, Twin& twin, const hubtwin::SynchronisedHandler& handler) {
  twin.on_synchronised(handler);
}
HUBTWIN_ENTRY(void, on_twin_error, Twin& twin, const hubtwin::TwinErrorHandler& handler) {
  twin.on_error(handler);
}
HUBTWIN_ENTRY(std::size_t, changes, const hubtwin::DesiredChange& change) {
  std::size_t found = 0;
  for (const hubtwin::Change& leaf : change.changes()) {
    found += leaf.is_at("telemetryConfig.sendFrequency") ? 1 : leaf.key().size();
  }
  return found;
}
HUBTWIN_ENTRY(const char*, cause_text, const hubtwin::DesiredChange& change) {
  return to_string(change.cause());
}

// Reported properties.
HUBTWIN_ENTRY(bool, reported, Twin& twin, Text path) {
  return twin.reported(path).exists();
}
HUBTWIN_ENTRY(hubtwin::Result<hubtwin::FlushId>, report, Twin& twin, Text path,
              const hubtwin::PropertyValue& value) {
  return twin.report(path, value);
}
HUBTWIN_ENTRY(hubtwin::Result<hubtwin::FlushId>, report_deadband, Twin& twin, Text path,
              const hubtwin::PropertyValue& value, hubtwin::Deadband deadband) {
  return twin.report(path, value, deadband);
}
HUBTWIN_ENTRY(hubtwin::Result<hubtwin::FlushId>, report_json, Twin& twin, Text path, Text json) {
  return twin.report_json(path, json);
}
HUBTWIN_ENTRY(hubtwin::Result<hubtwin::FlushId>, report_removal, Twin& twin, Text path) {
  return twin.report_removal(path);
}
HUBTWIN_ENTRY(void, flush, Twin& twin) {
  twin.flush();
}
HUBTWIN_ENTRY(hubtwin::Status, set_flush_policy, Twin& twin, const hubtwin::FlushPolicy& policy) {
  return twin.set_flush_policy(policy);
}
HUBTWIN_ENTRY(void, on_flushed, Twin& twin, const hubtwin::FlushHandler& handler) {
  twin.on_flushed(handler);
}

// Values.
HUBTWIN_ENTRY(PropertyView, view_at, PropertyView view, Text path) {
  return view.at(path);
}
HUBTWIN_ENTRY(hubtwin::Result<bool>, view_bool, PropertyView view) {
  return view.as_bool();
}
HUBTWIN_ENTRY(hubtwin::Result<std::int64_t>, view_integer, PropertyView view) {
  return view.as_integer();
}
HUBTWIN_ENTRY(hubtwin::Result<std::int16_t>, view_short, PropertyView view) {
  return view.as<std::int16_t>();
}
#if HUBTWIN_FLOAT
HUBTWIN_ENTRY(hubtwin::Result<double>, view_double, PropertyView view) {
  return view.as_double();
}
#endif
HUBTWIN_ENTRY(hubtwin::Result<Text>, view_string, PropertyView view) {
  return view.as_string();
}
HUBTWIN_ENTRY(void, view_value, PropertyView view, hubtwin::PropertyValue& value) {
  value = view.value();
}
HUBTWIN_ENTRY(std::size_t, view_walk, PropertyView view) {
  std::size_t keys = view.size() + view.parent().depth();
  for (const PropertyView member : view) {
    keys += member.key().size();
  }
  return keys;
}
HUBTWIN_ENTRY(PropertyView, view_element, PropertyView view, std::size_t index) {
  return view.element(index);
}
HUBTWIN_ENTRY(hubtwin::Result<Text>, view_path, PropertyView view, hubtwin::Span<char> room) {
  return view.path(room);
}
HUBTWIN_ENTRY(bool, view_is_at, PropertyView view, Text path) {
  return view.is_at(path) || view.is_at_or_below(path);
}
HUBTWIN_ENTRY(bool, equal_values, PropertyView a, PropertyView b) {
  return hubtwin::equal_values(a, b);
}
HUBTWIN_ENTRY(hubtwin::Status, write_json, PropertyView view, hubtwin::Span<char> room) {
  hubtwin::JsonWriter writer(room);
  writer.begin_object();
  writer.key("state");
  writer.write(view);
  writer.end_object();
  return writer.finish();
}
