// SPDX-License-Identifier: MIT
// Messages whose payload comes from a source.
#include "transport_link.hpp"
#include <hubtwin/mqtt/packet_writer.hpp>

#include <string>

#include <catch2/catch.hpp>

using namespace hubtwin;
using namespace hubtwin::test;

namespace {

// The digits, over and over.
struct Digits final : PayloadSource {
  explicit Digits(std::size_t size) : bytes(size) {}
  std::size_t size() const override { return bytes; }
  void read(ByteSpan room) override {
    ++reads;
    REQUIRE(!room.empty());
    REQUIRE(room.size() <= bytes - at);
    for (std::uint8_t& byte : room) {
      byte = static_cast<std::uint8_t>('0' + at++ % 10);
    }
  }
  std::string text() const {
    std::string all;
    for (std::size_t i = 0; i < bytes; ++i) {
      all += static_cast<char>('0' + i % 10);
    }
    return all;
  }

  std::size_t bytes;
  std::size_t at = 0;
  std::size_t reads = 0;
};

PublishRequest publish_from(Digits& source) {
  PublishRequest publish;
  publish.topic = "t";
  publish.source = &source;
  return publish;
}

std::string publish_of(const Digits& source) {
  const std::size_t rest = 3 + source.bytes;
  std::string packet = "\x30"s;
  for (std::size_t left = rest;;) {
    packet += static_cast<char>((left % 128) | (left > 127 ? 0x80 : 0));
    left /= 128;
    if (left == 0) {
      break;
    }
  }
  return packet + "\0\x01t"s + source.text();
}

}  // namespace

TEST_CASE("transport: a message from a source -> whole, however long and slowly it goes") {
  for (const std::size_t size : {0U, 1U, 20U, 63U, 64U, 65U, 124U, 125U, 126U, 127U, 200U, 5000U}) {
    for (const std::size_t portion : {1U, 7U, 64U, 100000U}) {
      CAPTURE(size, portion);
      Link link;
      link.up();
      link.stream.portion = portion;
      Digits source(size);
      REQUIRE(*link.transport.publish(publish_from(source)) == 0);
      std::size_t polls = 0;
      for (; source.at < size || link.transport.next_deadline() == kAtOnce; ++polls) {
        REQUIRE(polls < 100);
        const std::size_t reads = source.reads;
        link.poll();
        REQUIRE(source.reads <= reads + 1);  // however fast the peer is: poll() takes no longer
      }
      REQUIRE(link.stream.take() == publish_of(source));
      REQUIRE(link.transport.publish(link.message("x", Qos::kAtMostOnce)).ok());
    }
  }
}

TEST_CASE("transport: while a message from a source goes out -> others wait, in their order") {
  Link link;
  link.up();
  Digits source(500);
  REQUIRE(link.transport.publish(publish_from(source)).ok());
  link.stream.writable = 40;
  link.stream.incoming = incoming("a", "m", 1) + incoming("a", "n", 2);
  link.settle();
  REQUIRE(link.transport.publish(link.message("x", Qos::kAtMostOnce)).error() ==
          Error::kBackPressure);
  const Subscription filters[] = {{"a/#", Qos::kAtLeastOnce}};
  REQUIRE(link.transport.subscribe(filters).error() == Error::kBackPressure);
  Digits other(3);
  REQUIRE(link.transport.publish(publish_from(other)).error() == Error::kBackPressure);
  link.transport.acknowledge(1);
  link.transport.acknowledge(2);
  REQUIRE(link.transport.next_deadline() == kAtOnce);
  link.poll();
  REQUIRE(link.transport.next_deadline() != kAtOnce);  // the peer takes nothing now
  link.stream.writable = 100000;
  link.settle();
  REQUIRE(link.stream.take() == publish_of(source) + puback(1) + puback(2));
  REQUIRE(link.transport.publish(publish_from(other)).ok());
  link.settle();
  REQUIRE(link.stream.take() == publish_of(other));
}

TEST_CASE("transport: messages that come while one from a source goes out -> it still gets on") {
  // As many acknowledgements are owed as the memory can hold.
  Link link(64, 96);
  link.up();
  link.stream.writable = 0;
  Digits source(5000);
  REQUIRE(link.transport.publish(publish_from(source)).ok());
  std::uint16_t sent = 0;
  for (int round = 0; round < 100; ++round) {
    ++sent;
    link.stream.incoming += incoming("a", "m", sent);
    link.poll();
  }
  const auto taken = static_cast<std::size_t>(link.last_id);
  REQUIRE(taken > 10);
  REQUIRE(taken < 24);
  link.stream.writable = 100000;
  link.settle();
  REQUIRE(source.at == 5000);
  const std::string before = link.stream.take();
  REQUIRE(before == publish_of(source));
  std::string owed;
  for (std::uint16_t id = 1; id <= link.last_id; ++id) {
    link.transport.acknowledge(id);
    owed += puback(id);
  }
  link.poll();
  REQUIRE(link.stream.take().rfind(owed, 0) == 0);
}

TEST_CASE(
    "transport: a peer that takes a long message byte by byte -> alive, no more of it -> silent") {
  Link link;
  link.up();
  Digits source(300);
  REQUIRE(link.transport.publish(publish_from(source)).ok());
  for (int seconds = 0; seconds < 250; ++seconds) {
    link.stream.writable = 1;
    link.poll(1s);
    REQUIRE(link.take().empty());
  }
  link.stream.writable = 0;
  for (int seconds = 0; seconds < 39; ++seconds) {
    link.poll(1s);
    REQUIRE(link.take().empty());
  }
  link.poll(2s);
  link.poll();
  REQUIRE(link.take() == Lines{"disconnected "s + to_string(Error::kPeerSilent)});
  REQUIRE(link.stream.take() == publish_of(source).substr(0, 250));
}

TEST_CASE("transport: closed while a message from a source goes out -> nothing is made up") {
  Link link;
  link.up();
  Digits source(300);
  REQUIRE(link.transport.publish(publish_from(source)).ok());
  link.stream.writable = 50;
  link.settle();
  const std::size_t read = source.at;
  link.stream.writable = 1000;
  link.transport.disconnect();  // a DISCONNECT would be taken for part of the message
  link.poll();
  link.poll();
  REQUIRE(source.at == read);
  REQUIRE(link.stream.take() == publish_of(source).substr(0, 50));
  REQUIRE(link.take() == Lines{"disconnected "s + to_string(Error::kClosed)});
  link.up();
  REQUIRE(link.transport.publish(link.message("x", Qos::kAtMostOnce)).ok());
}

TEST_CASE("transport: a source that can't be sent -> said at once") {
  Link link;
  link.up();
  Digits source(300);
  PublishRequest request = publish_from(source);
  request.qos = Qos::kAtLeastOnce;
  REQUIRE(link.transport.publish(request).error() == Error::kInvalidArgument);
  Digits endless(mqtt::kMaxRemaining);
  REQUIRE(link.transport.publish(publish_from(endless)).error() == Error::kNoSpace);
  const std::string topic(100, 't');
  request = publish_from(source);
  request.topic = topic;
  REQUIRE(link.transport.publish(request).error() == Error::kNoSpace);
}
