// SPDX-License-Identifier: MIT
#include "rig.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using hubtwin::Intake;
using hubtwin::MonotonicTime;
using hubtwin::Qos;
using hubtwin::Status;

void Record::rule(bool holds, const char* what) {
  if (!holds) {
    broken_rules.push_back(what);
  }
}

void Record::on_connected(bool present) {
  rule(linked && !up, "on_connected once, while a link is being made");
  up = true;
  ++connects;
  session_present = present;
}

void Record::on_disconnected(Status reason) {
  rule(linked, "one on_disconnected for each connect");
  rule(!reason.ok(), "on_disconnected has a reason");
  linked = false;
  up = false;
  open_.reset();
  disconnects.push_back(reason);
}

void Record::on_subscribed(std::uint16_t packet_id, bool granted) {
  rule(up, "on_subscribed on a link");
  subscribed.emplace_back(packet_id, granted);
}

void Record::on_published(std::uint16_t packet_id) {
  rule(up, "on_published on a link");
  published.push_back(packet_id);
}

Intake Record::on_message(const hubtwin::MessageHead& head) {
  rule(up && !open_, "on_message on a link, one at a time");
  ++offers;
  const Intake answer = intake ? intake(head) : Intake::kTake;
  if (answer == Intake::kTake) {
    open_ = Message{std::string(head.topic), "", head.qos, head.duplicate};
    open_->payload.reserve(head.payload_size);
  }
  return answer;
}

void Record::on_message_fragment(hubtwin::ByteView fragment) {
  rule(open_.has_value() && !fragment.empty(), "a fragment within a message, not empty");
  open_->payload += hubtwin::as_text(fragment);
}

void Record::on_message_end() {
  rule(open_.has_value(), "an end after a beginning");
  messages.push_back(*open_);
  open_.reset();
  if (then) {
    then(messages.back());
  }
}

hubtwin::paho::Options plain() {
  hubtwin::paho::Options options;
  options.insecure_plain_tcp = true;
  return options;
}

Rig::Rig(hubtwin::paho::Options options) {
  // Paho C would obey them.
  unsetenv("http_proxy");
  unsetenv("https_proxy");
  options.wake = &wake;
  transport = std::make_unique<hubtwin::paho::Transport>(std::move(options));
  transport->attach(&record);
}

Rig::~Rig() {
  for (const std::string& broken : record.broken_rules) {
    UNSCOPED_INFO("broken rule: " << broken);
  }
  CHECK(record.broken_rules.empty());
}

Status Rig::connect(std::uint16_t port, const std::string& host) {
  hubtwin::ConnectRequest request;
  request.host = host;
  request.port = port;
  request.client_id = client_id;
  request.clean_session = true;
  const Status status = transport->connect(request);
  if (status.ok()) {
    record.begin();
  }
  return status;
}

void Rig::connect_and_wait(std::uint16_t port, const std::string& host) {
  REQUIRE(connect(port, host).ok());
  REQUIRE(until([this] { return record.up || !record.linked; }));
  INFO("reason: " << (record.disconnects.empty()
                          ? "none"
                          : hubtwin::to_string(record.disconnects.back().error())));
  REQUIRE(record.up);
}

Status Rig::refusal(std::uint16_t port, const std::string& host) {
  const Status status = connect(port, host);
  return status.ok() ? end() : status;
}

Status Rig::end() {
  REQUIRE(until([this] { return !record.linked; }));
  return record.disconnects.back();
}

void Rig::subscribe_and_wait(const std::string& filter) {
  const hubtwin::Subscription filters[] = {{filter, Qos::kAtLeastOnce}};
  const auto id = transport->subscribe(filters);
  REQUIRE(id.ok());
  REQUIRE(until(
      [&] { return !record.subscribed.empty() && record.subscribed.back().first == id.value(); }));
  REQUIRE(record.subscribed.back().second);
}

hubtwin::Result<std::uint16_t> Rig::publish(const std::string& topic, const std::string& payload,
                                            Qos qos) {
  hubtwin::PublishRequest request;
  request.topic = topic;
  request.payload = hubtwin::as_bytes(payload);
  request.qos = qos;
  return transport->publish(request);
}

bool Rig::until(const std::function<bool()>& condition) {
  const MonotonicTime limit = clock.now() + 10s;
  while (!condition()) {
    if (clock.now() >= limit) {
      return false;
    }
    transport->poll(clock.now() + leap);
    if (condition()) {
      return true;
    }
    const MonotonicTime now = clock.now();
    const MonotonicTime deadline = transport->next_deadline();
    const MonotonicTime real = deadline <= now + leap ? now
                               : deadline == hubtwin::kNever
                                   ? limit
                                   : hubtwin::earlier(limit, deadline - leap);
    wake.wait(real);
  }
  return true;
}
