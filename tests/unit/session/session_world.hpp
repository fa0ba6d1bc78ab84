// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// One session on a scripted transport, with a subject that records what it is told.

#include "support/scripted_transport.hpp"
#include "support/world.hpp"
#include <hubtwin/session/session.hpp>

#include <array>
#include <string>
#include <vector>

namespace hubtwin::test {

/// A subject with one filter, `topic/#`.
class RecordingFeature final : public Feature {
 public:
  Span<const Subscription> subscriptions() const override {
    return wanted ? Span<const Subscription>(&subscription_, 1) : Span<const Subscription>();
  }
  bool claims(std::string_view topic) const override { return topic.substr(0, 6) == "topic/"; }
  Intake on_message(const MessageHead& head) override {
    events.push_back("message " + std::string(head.topic));
    payload.clear();
    return intake;
  }
  void on_message_fragment(ByteView fragment) override { payload += as_text(fragment); }
  void on_message_end() override { events.push_back("end " + payload); }
  void on_link_ready() override { events.push_back("ready"); }
  void on_link_lost(Status reason) override {
    events.push_back(std::string("lost: ") + to_string(reason.error()));
  }
  void on_close() override { events.push_back("close"); }
  void on_posted(std::uint32_t ticket, Status outcome) override {
    events.push_back("posted " + std::to_string(ticket) + ": " + to_string(outcome.error()));
  }
  void poll(MonotonicTime) override {}
  MonotonicTime next_deadline() const override { return kNever; }
  bool busy() const override { return in_flight; }

  std::vector<std::string> events;
  std::string payload;
  Intake intake = Intake::kTake;
  bool wanted = true;
  bool in_flight = false;

 private:
  Subscription subscription_{"topic/#", Qos::kAtMostOnce};
};

struct SessionWorld {
  explicit SessionWorld(const SessionOptions& options = SessionOptions(),
                        std::string_view connection_string = kConnectionString)
      : transport(world.clock),
        session(world.context, transport, Identity::parse(connection_string).value(), options,
                SessionMemory{Span<char>(identity.data(), identity.size()),
                              ByteSpan(secret.data(), secret.size()),
                              ByteSpan(outbox.data(), outbox.size())}) {
    world.watch(transport);
    session.add(feature);
    session.set_handler([this](const ConnectionStatus& status) {
      states.push_back(std::string(to_string(status.state)) + "/" +
                       to_string(status.reason.error()));
    });
  }

  static constexpr std::string_view kConnectionString =
      "HostName=contoso.azure-devices.net;DeviceId=dev1;"
      "SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

  bool run_to(ConnectionState state, Duration limit = std::chrono::hours(3)) {
    return world.run_until([&] { return session.status().state == state; }, limit);
  }

  World world;
  ScriptedTransport transport;
  std::array<char, 192> identity{};
  std::array<std::uint8_t, 256> secret{};
  std::array<std::uint8_t, 1024> outbox{};
  RecordingFeature feature;
  std::vector<std::string> states;
  Session session;
};

}  // namespace hubtwin::test
