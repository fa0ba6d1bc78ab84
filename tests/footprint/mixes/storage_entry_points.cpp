// SPDX-License-Identifier: MIT
//
// The calls that an application may make of what survives a power cut, a function each, for the
// proof on the stack. As in entry_points.cpp.
#include <hubtwin/device_client.hpp>
#include <hubtwin/storage/desired_store.hpp>
#include <hubtwin/storage/flash_log.hpp>
#include <hubtwin/storage/message_store.hpp>
#include <hubtwin/storage/reported_store.hpp>
#include <hubtwin/storage/trust_store.hpp>

#include <cstddef>
#include <cstdint>
#include <new>

#define HUBTWIN_ENTRY(result, name, ...) extern "C" result entry_##name(__VA_ARGS__)
#define HUBTWIN_OUTSIDE(result, name, ...) extern "C" result outside_##name(__VA_ARGS__)

using Log = hubtwin::SizedFlashLog<256, 8, 4>;
HUBTWIN_OUTSIDE(void, log_construct, void* room, hubtwin::Flash& flash) {
  ::new (room) Log(flash);
}
HUBTWIN_ENTRY(hubtwin::Status, log_open, hubtwin::FlashLog& log) {
  return log.open();
}
HUBTWIN_ENTRY(hubtwin::Status, log_write, hubtwin::FlashLog& log, hubtwin::ByteView content) {
  return log.write(hubtwin::RecordId::kDesired, content);
}
HUBTWIN_ENTRY(std::size_t, log_read, hubtwin::FlashLog& log, hubtwin::ByteSpan room) {
  return log.read(hubtwin::RecordId::kDesired, 0, room).value_or(0);
}
HUBTWIN_ENTRY(hubtwin::Status, log_erase, hubtwin::FlashLog& log) {
  return log.erase(hubtwin::RecordId::kDesired);
}
HUBTWIN_ENTRY(std::size_t, log_longest_record, const hubtwin::FlashLog& log) {
  return log.longest_record();
}
HUBTWIN_ENTRY(std::uint32_t, log_erase_count, const hubtwin::FlashLog& log) {
  return log.erase_count(0);
}

HUBTWIN_OUTSIDE(void, desired_store_construct, void* room, hubtwin::Client& client,
                hubtwin::Storage& storage) {
  ::new (room) hubtwin::DesiredStore(client.session(), client.twin(), storage);
}
HUBTWIN_ENTRY(hubtwin::Status, desired_store_set_interval, hubtwin::DesiredStore& store) {
  return store.set_interval(hubtwin::Duration(0));
}
HUBTWIN_ENTRY(bool, desired_store_store_now, hubtwin::DesiredStore& store) {
  store.store_now();
  return store.pending();
}

HUBTWIN_OUTSIDE(void, reported_store_construct, void* room, hubtwin::Client& client,
                hubtwin::Storage& storage) {
  ::new (room) hubtwin::ReportedStore(client.session(), client.twin(), storage);
}
HUBTWIN_OUTSIDE(hubtwin::Status, reported_store_restore, hubtwin::ReportedStore& store) {
  return store.restore();
}
HUBTWIN_ENTRY(hubtwin::Status, reported_store_set_times, hubtwin::ReportedStore& store) {
  return store.set_times(hubtwin::Duration(0), hubtwin::Duration(0));
}
HUBTWIN_ENTRY(bool, reported_store_store_now, hubtwin::ReportedStore& store) {
  store.store_now();
  return store.pending();
}

HUBTWIN_OUTSIDE(void, message_store_construct, void* room, hubtwin::Client& client,
                hubtwin::Storage& storage, hubtwin::Span<hubtwin::MessageSlot> slots) {
  ::new (room) hubtwin::MessageStore(client.session(), client.telemetry(), storage, slots);
}
HUBTWIN_ENTRY(hubtwin::Status, message_store_set_delay, hubtwin::MessageStore& store) {
  return store.set_delay(hubtwin::Duration(0));
}
HUBTWIN_ENTRY(bool, message_store_send, hubtwin::MessageStore& store,
              const hubtwin::TelemetryMessage& message) {
  return store.send(message).ok();
}
HUBTWIN_ENTRY(std::size_t, message_store_count, const hubtwin::MessageStore& store) {
  return store.pending() ? store.count() : 0;
}

HUBTWIN_OUTSIDE(void, trust_store_construct, void* room, hubtwin::Client& client,
                hubtwin::Trust& trust, hubtwin::Storage& storage, hubtwin::ByteSpan bundle) {
  ::new (room) hubtwin::TrustStore(client.session(), trust, storage, bundle, bundle);
}
HUBTWIN_ENTRY(hubtwin::Status, trust_store_load, hubtwin::TrustStore& store) {
  return store.load();
}
HUBTWIN_ENTRY(hubtwin::Status, trust_store_offer, hubtwin::TrustStore& store,
              hubtwin::ByteView bundle) {
  return store.offer(bundle);
}
HUBTWIN_ENTRY(hubtwin::TrustSource, trust_store_source, const hubtwin::TrustStore& store) {
  return store.source();
}
