// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A transport on the bench: its clock, its wake, and a record of what it tells.

#include "support/temporary_directory.hpp"
#include <hubtwin/paho/transport.hpp>
#include <hubtwin/posix/event_wake.hpp>
#include <hubtwin/posix/system_clock.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using hubtwin::test::TemporaryDirectory;

/// Writes down every event, and checks the rules that hold for all of them.
class Record final : public hubtwin::TransportEvents {
 public:
  struct Message {
    std::string topic;
    std::string payload;
    hubtwin::Qos qos;
    bool duplicate;
  };

  void on_connected(bool session_present) override;
  void on_disconnected(hubtwin::Status reason) override;
  void on_subscribed(std::uint16_t packet_id, bool granted) override;
  void on_published(std::uint16_t packet_id) override;
  hubtwin::Intake on_message(const hubtwin::MessageHead& head) override;
  void on_message_fragment(hubtwin::ByteView fragment) override;
  void on_message_end() override;

  /// A connect() has answered success.
  void begin() { linked = true; }

  bool linked = false;  // on_disconnected is still to come
  bool up = false;
  int connects = 0;
  bool session_present = false;
  std::vector<hubtwin::Status> disconnects;
  std::vector<std::pair<std::uint16_t, bool>> subscribed;
  std::vector<std::uint16_t> published;
  std::vector<Message> messages;
  std::vector<std::string> broken_rules;
  int offers = 0;  // calls of on_message

  std::function<hubtwin::Intake(const hubtwin::MessageHead&)> intake;
  std::function<void(const Message&)> then;

 private:
  void rule(bool holds, const char* what);
  std::optional<Message> open_;
};

/// Options for plain TCP.
hubtwin::paho::Options plain();

/// The transport with everything around it.
class Rig {
 public:
  explicit Rig(hubtwin::paho::Options options);
  ~Rig();

  /// Begins a link to a port of 127.0.0.1, or of another name for it.
  hubtwin::Status connect(std::uint16_t port, const std::string& host = "127.0.0.1");
  /// connect() and wait for it; fails the test when it doesn't come.
  void connect_and_wait(std::uint16_t port, const std::string& host = "127.0.0.1");
  /// connect() and the reason why it failed.
  hubtwin::Status refusal(std::uint16_t port, const std::string& host = "127.0.0.1");

  /// Subscribes and waits until that is granted.
  void subscribe_and_wait(const std::string& filter);
  hubtwin::Result<std::uint16_t> publish(const std::string& topic, const std::string& payload,
                                         hubtwin::Qos qos = hubtwin::Qos::kAtLeastOnce);

  /// Polls, sleeping in between, until the condition holds; false after 10 s.
  bool until(const std::function<bool()>& condition);
  /// Waits for on_disconnected.
  hubtwin::Status end();

  hubtwin::posix::SystemClock clock;
  hubtwin::posix::EventWake wake{clock};
  Record record;
  /// What the transport thinks has passed besides.
  hubtwin::Duration leap{0};
  std::unique_ptr<hubtwin::paho::Transport> transport;
  std::string client_id = "rig";
};
