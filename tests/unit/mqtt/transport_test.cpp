// SPDX-License-Identifier: MIT
// The MQTT client against a stream whose other end is the test.
#include "transport_link.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace hubtwin;
using namespace hubtwin::test;

TEST_CASE("transport: connects, CONNECT goes out whole however little the stream takes") {
  Link link;
  link.stream.connected = false;
  link.stream.portion = GENERATE(1U, 3U, 1000U);
  REQUIRE(link.transport.connect(link.request).ok());
  REQUIRE(link.transport.connect(link.request).error() == Error::kWrongState);
  REQUIRE(link.stream.peer == "hub.example.net:8883");
  link.poll();
  REQUIRE(link.stream.outgoing.empty());
  link.stream.connected = true;
  link.poll();
  REQUIRE(link.stream.take() ==
          "\x10\x23\0\x04MQTT\x04\xC0\0\x3C\0\x03"s + "dev\0\x04user\0\x0C"s + "secret-token");
  REQUIRE(link.take().empty());
  link.stream.incoming = "\x20\x02\x01\0"s;
  link.poll();
  REQUIRE(link.take() == Lines{"connected present"});
}

TEST_CASE("transport: the token doesn't stay in memory, whether the link comes up or not") {
  Link link;
  const bool sent = GENERATE(false, true);
  link.stream.writable = sent ? 1000 : 20;
  REQUIRE(link.transport.connect(link.request).ok());
  link.poll();
  if (!sent) {
    link.stream.end = Error::kLinkLost;
    link.poll();
  }
  const std::string memory(link.transmit_memory.begin(), link.transmit_memory.end());
  REQUIRE(memory.find("token") == std::string::npos);
}

TEST_CASE("transport: CONNACK's refusals, each with its reason and code") {
  const auto [code, error] = GENERATE(table<char, Error>({{'\1', Error::kRefusedProtocol},
                                                          {'\2', Error::kRefusedIdentifier},
                                                          {'\3', Error::kServerUnavailable},
                                                          {'\4', Error::kRefusedCredentials},
                                                          {'\5', Error::kRefusedCredentials}}));
  Link link;
  REQUIRE(link.transport.connect(link.request).ok());
  link.stream.incoming = "\x20\x02\0"s + code;
  link.poll();
  REQUIRE(link.take().size() == 1);
  REQUIRE(link.reason == Status::with_mqtt_code(error, code));
  REQUIRE_FALSE(link.stream.is_open());
}

TEST_CASE("transport: what can't be connected -> said at once, no event follows") {
  Link link;
  SECTION("the stream can't begin") {
    link.stream.open_status = Error::kTlsTrustUnreadable;
    REQUIRE(link.transport.connect(link.request).error() == Error::kTlsTrustUnreadable);
  }
  SECTION("user name and token are longer than the memory") {
    const std::string token(80, 'x');
    link.request.password = SecretView(token);
    REQUIRE(link.transport.connect(link.request).error() == Error::kNoSpace);
  }
  SECTION("a keep-alive out of its range") {
    link.request.keep_alive = GENERATE(Duration(0s), Duration(4s), Duration(1178s));
    REQUIRE(link.transport.connect(link.request).error() == Error::kInvalidArgument);
  }
  SECTION("a password without a user name") {
    link.request.user_name = {};
    REQUIRE(link.transport.connect(link.request).error() == Error::kInvalidArgument);
  }
  link.poll();
  REQUIRE(link.take().empty());
  REQUIRE(link.transport.next_deadline() == kNever);
}

TEST_CASE("transport: the stream fails while connecting -> its reason, then a new attempt") {
  Link link;
  link.stream.connected = false;
  REQUIRE(link.transport.connect(link.request).ok());
  link.stream.end = Status::with_os_code(Error::kConnectRefused, 111);
  link.poll();
  REQUIRE(link.take() == Lines{"disconnected "s + to_string(Error::kConnectRefused)});
  REQUIRE(link.reason.os_code() == 111);
  link.stream.connected = true;
  link.up();
  REQUIRE(link.stream.opened == 2);
}

TEST_CASE("transport: subscribes and publishes, answers come as events") {
  Link link;
  link.up();
  const Subscription filters[] = {{"a/#", Qos::kAtLeastOnce}};
  REQUIRE(*link.transport.subscribe(filters) == 1);
  REQUIRE(*link.transport.publish(link.message("x", Qos::kAtMostOnce)) == 0);
  REQUIRE(*link.transport.publish(link.message("y", Qos::kAtLeastOnce)) == 2);
  PublishRequest again = link.message("z", Qos::kAtLeastOnce);
  again.resend = true;
  again.packet_id = 7;
  REQUIRE(*link.transport.publish(again) == 7);
  REQUIRE(link.transport.next_deadline() == kAtOnce);
  link.poll();
  REQUIRE(link.stream.take() == "\x82\x08\0\x01\0\x03"s + "a/#\x01" + "\x30\x04\0\x01tx"s +
                                    "\x32\x06\0\x01t\0\x02y"s + "\x3A\x06\0\x01t\0\x07z"s);
  link.stream.incoming = "\x90\x03\0\x01\x01"s + kPuback7 + puback(2) + "\x90\x03\0\x09\x80"s;
  link.poll();
  REQUIRE(link.take() ==
          Lines{"subscribed 1 granted", "published 7", "published 2", "subscribed 9 refused"});
}

TEST_CASE("transport: before CONNACK nothing can be sent") {
  Link link;
  REQUIRE(link.transport.publish(link.message("x", Qos::kAtMostOnce)).error() ==
          Error::kWrongState);
  REQUIRE(link.transport.connect(link.request).ok());
  REQUIRE(link.transport.publish(link.message("x", Qos::kAtMostOnce)).error() ==
          Error::kWrongState);
}

TEST_CASE("transport: a peer that reads slowly -> back-pressure, nothing lost or mixed") {
  Link link;
  link.up();
  link.stream.writable = 0;
  std::string wanted;
  std::size_t taken = 0;
  const std::string payload(20, 'p');
  for (int index = 0; index < 200; ++index) {
    const Result<std::uint16_t> id =
        link.transport.publish(link.message(payload, Qos::kAtMostOnce));
    if (id.ok()) {
      ++taken;
      wanted += "\x30\x17\0\x01t"s + payload;
    } else {
      REQUIRE(id.error() == Error::kBackPressure);
    }
    link.stream.writable = static_cast<std::size_t>(index % 11);
    link.poll();
  }
  REQUIRE(taken > 20);
  REQUIRE(taken < 200);
  link.stream.writable = 1000;
  link.poll();
  REQUIRE(link.stream.take() == wanted);
  const std::string large(90, 'l');
  REQUIRE(link.transport.publish(link.message(large, Qos::kAtMostOnce)).error() == Error::kNoSpace);
}

TEST_CASE("transport: messages come in fragments, QoS 1 is acknowledged when told so") {
  Link link(32);
  link.up();
  link.stream.portion = GENERATE(1U, 5U, 1000U);
  const std::string large(300, 'm');
  link.stream.incoming =
      incoming("a", "one") + incoming("b", "two", 513) + incoming("c", large) + incoming("d", "");
  for (int polls = 0; polls < 500; ++polls) {
    link.poll();
  }
  REQUIRE(link.take() == Lines{"message a 3", "end one", "message b 3", "end two", "message c 300",
                               "end " + large, "message d 0", "end "});
  REQUIRE(link.stream.take().empty());
  link.transport.acknowledge(513);
  link.poll();
  REQUIRE(link.stream.take() == puback(513));
}

TEST_CASE("transport: one poll takes a bounded portion, and asks for the next at once") {
  Link link(32);
  link.up();
  link.stream.incoming = incoming("c", std::string(3000, 'm'));
  link.poll();
  REQUIRE(link.payload.size() < 300);
  REQUIRE(link.transport.next_deadline() == kAtOnce);
}

TEST_CASE("transport: a message for later keeps everything behind it") {
  Link link;
  link.up();
  link.intake = Intake::kLater;
  link.stream.incoming = incoming("a", "one", 5) + kPuback7;
  link.poll();
  link.poll(1h);
  REQUIRE(link.take() == Lines{"message a 3", "message a 3"});
  REQUIRE(link.stream.take() == kPingreq);  // alive itself
  // The session knows what it waits for, and of the peer nothing can be known meanwhile.
  REQUIRE(link.transport.next_deadline() == link.now + 45s);
  link.intake = Intake::kTake;
  link.poll(1s);
  REQUIRE(link.take() == Lines{"message a 3", "end one", "published 7"});
  REQUIRE(link.transport.next_deadline() == link.now + 30s);
}

TEST_CASE("transport: a message that is dropped is swallowed, and QoS 1 acknowledged") {
  Link link;
  link.up();
  link.intake = Intake::kDrop;
  link.stream.incoming = incoming("a", std::string(120, 'x'), 5) + incoming("b", "y");
  link.poll();
  REQUIRE(link.take() == Lines{"message a 120", "message b 1"});
  REQUIRE(link.payload.empty());
  REQUIRE(link.stream.take() == puback(5));
}

TEST_CASE("transport: acknowledgements always have room, though the peer reads nothing") {
  Link link(64, 64);
  link.up();
  link.stream.writable = 0;
  for (std::uint16_t id = 1; id <= 100; ++id) {
    link.stream.incoming += incoming("a", "x", id);
  }
  for (int polls = 0; polls < 40; ++polls) {
    link.poll();
  }
  const std::size_t offered = link.take().size() / 2;
  REQUIRE(offered == (64 - 2) / 4);  // a PINGREQ has its place as well
  REQUIRE(link.transport.publish(link.message("x", Qos::kAtMostOnce)).error() ==
          Error::kBackPressure);
  std::string wanted;
  for (std::uint16_t id = 1; id <= offered; ++id) {
    link.transport.acknowledge(id);
    wanted += puback(id);
  }
  link.transport.acknowledge(500);  // nobody's: nothing happens
  link.poll();
  link.stream.writable = 1000;
  link.poll();
  REQUIRE(link.stream.take() == wanted);
  REQUIRE(link.take().size() >= 2);
}

TEST_CASE(
    "transport: a message's event publishes all that is taken -> its acknowledgement has room") {
  const Intake intake = GENERATE(Intake::kDrop, Intake::kTake);
  Link link(64, 64);
  link.up();
  link.stream.writable = 0;
  link.intake = intake;
  link.inside = [&link] {
    for (std::size_t size = 64; size > 0; --size) {
      static_cast<void>(
          link.transport.publish(link.message(std::string(size, 'p'), Qos::kAtMostOnce)));
    }
  };
  link.stream.incoming = incoming("a", "x", 5);
  link.poll();
  link.inside = nullptr;
  link.transport.acknowledge(5);  // of one that was dropped it is done already
  link.stream.writable = 1000;
  link.poll();
  link.poll();
  const std::string sent = link.stream.take();
  REQUIRE(sent.size() > 50);
  REQUIRE(sent.substr(sent.size() - 4) == puback(5));
}

TEST_CASE("transport: PINGREQs to a peer that reads nothing take no acknowledgement's room") {
  Link link(64, 64);
  link.up();
  link.stream.writable = 0;
  std::string wanted;
  for (std::uint16_t id = 1; id <= 15; ++id) {
    link.stream.incoming += incoming("a", "x", id);
    wanted += puback(id);
  }
  for (int seconds = 0; seconds < 1000; seconds += 5) {  // alive by what it sends
    link.stream.incoming += kPingresp;
    link.poll(5s);
  }
  for (std::uint16_t id = 1; id <= 15; ++id) {
    link.transport.acknowledge(id);
  }
  link.stream.writable = 1000;
  link.poll();
  REQUIRE(link.stream.take() == kPingreq + kPingreq + wanted);  // 64 bytes: no third one
}

TEST_CASE("transport: the link cut before the acknowledgement -> it comes again") {
  Link link;
  link.up();
  link.stream.incoming = incoming("a", "one", 5);
  link.poll();
  link.stream.end = Error::kLinkLost;
  link.poll();
  REQUIRE(link.take() ==
          Lines{"message a 3", "end one", "disconnected "s + to_string(Error::kLinkLost)});
  link.transport.acknowledge(5);  // too late: nothing goes out on the next link
  link.up();
  link.poll();
  REQUIRE(link.stream.take().empty());
}

TEST_CASE("transport: nothing received -> PINGREQ though it publishes, then a dead link") {
  Link link;
  link.up();
  REQUIRE(link.transport.next_deadline() == link.now + 30s);
  for (int seconds = 0; seconds < 30; seconds += 5) {
    REQUIRE(link.transport.publish(link.message("x", Qos::kAtMostOnce)).ok());
    link.poll(5s);
  }
  REQUIRE(link.stream.take().find(kPingreq) != std::string::npos);
  REQUIRE(link.transport.next_deadline() == link.now + 10s);
  SECTION("an answer") {
    link.stream.incoming = kPingresp;
    link.poll(9s);
    REQUIRE(link.transport.next_deadline() == link.now + 30s);
    REQUIRE(link.take().empty());
  }
  SECTION("none") {
    link.poll(9s);
    REQUIRE(link.take().empty());
    link.poll(1s);
    REQUIRE(link.take() == Lines{"disconnected "s + to_string(Error::kPeerSilent)});
    REQUIRE_FALSE(link.stream.is_open());
  }
}

TEST_CASE("transport: nothing sent -> PINGREQ before the hub misses it, though it receives") {
  Link link;
  link.up();
  std::string sent;
  for (int seconds = 0; seconds < 45; seconds += 5) {
    link.stream.incoming = incoming("a", "x");
    link.poll(5s);
    sent += link.stream.take();
  }
  REQUIRE(sent == kPingreq);
}

TEST_CASE("transport: closed by the session -> DISCONNECT, one event at a later poll") {
  Link link;
  link.up();
  REQUIRE(link.transport.publish(link.message("x", Qos::kAtMostOnce)).ok());
  link.transport.disconnect();
  REQUIRE(link.stream.outgoing == "\x30\x04\0\x01tx"s + kDisconnect);
  REQUIRE(link.take().empty());
  REQUIRE(link.transport.next_deadline() == kAtOnce);
  link.transport.disconnect();
  link.poll();
  link.poll();
  REQUIRE(link.take() == Lines{"disconnected "s + to_string(Error::kClosed)});
}

TEST_CASE("transport: closed with nobody attached -> ready for the next one at once") {
  Link link;
  link.up();
  link.transport.attach(nullptr);
  link.transport.disconnect();
  REQUIRE(link.stream.outgoing == kDisconnect);
  link.transport.attach(&link);
  link.up();
}

TEST_CASE("transport: every event may close the link, and nothing follows but its end") {
  const std::string packet =
      GENERATE(as<std::string>(), kPuback7, "\x90\x03\0\x01\x01"s, incoming("a", "x", 3));
  const int at = GENERATE(0, 1);
  Link link;
  link.up();
  int events = 0;
  link.inside = [&] {
    if (events++ == at) {
      link.transport.disconnect();
    }
  };
  link.stream.incoming = packet + packet;
  link.poll();
  link.poll();
  const Lines told = link.take();
  REQUIRE(told.size() == static_cast<std::size_t>(at) + 2);
  REQUIRE(told.back() == "disconnected "s + to_string(Error::kClosed));
}

TEST_CASE("transport: the end's event may begin the next link") {
  Link link;
  link.up();
  link.inside = [&] {
    if (!link.stream.is_open()) {
      REQUIRE(link.transport.connect(link.request).ok());
    }
  };
  link.stream.end = Error::kLinkLost;
  link.poll();
  link.stream.incoming = kConnack;
  link.poll();
  REQUIRE(link.take() == Lines{"disconnected "s + to_string(Error::kLinkLost), "connected"});
}

TEST_CASE("transport: packets out of place or shape -> the link ends with a reason") {
  Link link;
  SECTION("before CONNACK") {
    REQUIRE(link.transport.connect(link.request).ok());
    link.stream.incoming = GENERATE(as<std::string>(), kPuback7, kPingresp, incoming("a", "x"));
    link.poll();
    REQUIRE(link.take() == Lines{"disconnected "s + to_string(Error::kProtocolViolation)});
  }
  SECTION("CONNACK twice") {
    link.up();
    link.stream.incoming = kConnack;
    link.poll();
    REQUIRE(link.take() == Lines{"disconnected "s + to_string(Error::kProtocolViolation)});
  }
  SECTION("nonsense") {
    link.up();
    link.stream.incoming = "\xFF";
    link.poll();
    REQUIRE(link.take() == Lines{"disconnected "s + to_string(Error::kProtocolViolation)});
  }
  SECTION("a topic that doesn't fit") {
    link.up();
    link.stream.incoming = incoming(std::string(70, 't'), "x");
    link.poll();
    REQUIRE(link.take() == Lines{"disconnected "s + to_string(Error::kNoSpace)});
  }
}
