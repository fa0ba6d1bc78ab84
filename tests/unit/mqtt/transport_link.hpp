// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The MQTT client on a stream whose other end is the test, and the packets that go through.

#include "support/memory_stream.hpp"
#include <hubtwin/mqtt/transport.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace hubtwin::test {

using namespace std::chrono_literals;
using namespace std::string_literals;

using Lines = std::vector<std::string>;

inline const std::string kConnack = "\x20\x02\0\0"s;
inline const std::string kPuback7 = "\x40\x02\0\x07"s;
inline const std::string kPingreq = "\xC0\0"s;
inline const std::string kPingresp = "\xD0\0"s;
inline const std::string kDisconnect = "\xE0\0"s;

inline std::string incoming(const std::string& topic, const std::string& payload,
                            std::uint16_t packet_id = 0) {
  std::string rest = std::string(1, '\0') + static_cast<char>(topic.size()) + topic;
  if (packet_id != 0) {
    rest += {static_cast<char>(packet_id >> 8), static_cast<char>(packet_id & 0xFF)};
  }
  rest += payload;
  std::string length(1, static_cast<char>(rest.size() % 128));
  if (rest.size() > 127) {
    length[0] = static_cast<char>(length[0] | 0x80);
    length += static_cast<char>(rest.size() / 128);
  }
  return (packet_id != 0 ? "\x32" : "\x30") + length + rest;
}

inline std::string puback(int packet_id) {
  return "\x40\x02"s + static_cast<char>(packet_id >> 8) + static_cast<char>(packet_id & 0xFF);
}

// A transport, its stream, and what it told.
struct Link final : TransportEvents {
  explicit Link(std::size_t receive = 64, std::size_t transmit = 96)
      : receive_memory(receive),
        transmit_memory(transmit),
        transport(stream, {ByteSpan(receive_memory.data(), receive),
                           ByteSpan(transmit_memory.data(), transmit)}) {
    transport.attach(this);
    request.host = "hub.example.net";
    request.client_id = "dev";
    request.user_name = "user";
    request.password = SecretView("secret-token");
    request.keep_alive = 60s;
  }

  void on_connected(bool present) override { tell(present ? "connected present" : "connected"); }
  void on_disconnected(Status status) override {
    reason = status;
    tell("disconnected "s + to_string(status.error()));
  }
  void on_subscribed(std::uint16_t id, bool granted) override {
    tell("subscribed " + std::to_string(id) + (granted ? " granted" : " refused"));
  }
  void on_published(std::uint16_t id) override { tell("published " + std::to_string(id)); }
  Intake on_message(const MessageHead& head) override {
    tell("message " + std::string(head.topic) + " " + std::to_string(head.payload_size));
    last_id = head.packet_id;
    return intake;
  }
  void on_message_fragment(ByteView fragment) override { payload += as_text(fragment); }
  void on_message_end() override {
    tell("end " + payload);
    payload.clear();
  }

  void poll(Duration passing = 0ms) {
    now += passing;
    transport.poll(now);
  }
  // Until nothing can be done at once any more.
  void settle() {
    poll();
    for (int polls = 0; transport.next_deadline() == kAtOnce; ++polls) {
      REQUIRE(polls < 1000);
      poll();
    }
  }
  // Up, with nothing told or sent that a test has to look away from.
  void up() {
    REQUIRE(transport.connect(request).ok());
    stream.incoming += kConnack;
    poll();
    REQUIRE(take() == Lines{"connected"});
    stream.take();
  }
  Lines take() {
    Lines taken;
    taken.swap(told);
    return taken;
  }
  PublishRequest message(std::string_view text, Qos qos) const {
    PublishRequest publish;
    publish.topic = "t";
    publish.payload = as_bytes(text);
    publish.qos = qos;
    return publish;
  }

  std::vector<std::uint8_t> receive_memory;
  std::vector<std::uint8_t> transmit_memory;
  MemoryStream stream;
  mqtt::Transport transport;
  ConnectRequest request;
  MonotonicTime now{1h};
  Lines told;
  std::string payload;
  Status reason;
  Intake intake = Intake::kTake;
  std::uint16_t last_id = 0;
  std::function<void()> inside;  // runs within each event

 private:
  void tell(const std::string& line) {
    told.push_back(line);
    if (inside) {
      inside();
    }
  }
};

}  // namespace hubtwin::test
