// SPDX-License-Identifier: MIT
//
// Network over a driver without a wire.
#include "support/fake_clock.hpp"
#include "support/fake_random.hpp"
#include <hubtwin/lwip/lwip_stream.hpp>

#include <deque>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace hubtwin;
using namespace std::chrono_literals;

namespace {

class FakeDriver final : public lwip::EthernetDriver {
 public:
  void read_address(std::uint8_t (&address)[6]) override {
    for (std::uint8_t i = 0; i < 6; ++i) {
      address[i] = static_cast<std::uint8_t>(0x10 * i + 2);
    }
  }
  bool link_up() override { return link; }
  bool send(ByteView frame) override {
    sent.emplace_back(frame.begin(), frame.end());
    return room;
  }
  std::size_t waiting() override { return incoming.empty() ? 0 : incoming.front().size(); }
  void receive(ByteSpan where) override {
    taken += where.empty() ? 0 : 1;
    std::copy_n(incoming.front().begin(), std::min(where.size(), incoming.front().size()),
                where.begin());
    incoming.pop_front();
  }

  bool link = true;
  bool room = true;
  int taken = 0;
  std::vector<std::string> sent;
  std::deque<std::string> incoming;
};

// An ARP question for `last` byte of 192.0.2.x, from 192.0.2.9.
std::string arp_question(char last) {
  std::string frame(6, '\xFF');
  const std::string from("\x02\x00\x00\x00\x00\x09", 6);
  frame += from + std::string("\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01", 10) + from;
  frame +=
      std::string("\xC0\x00\x02\x09", 4) + std::string(6, '\0') + std::string("\xC0\x00\x02", 3);
  return frame + last;
}

struct World {
  static test::FakeClock& clock() {
    static test::FakeClock the_clock;
    return the_clock;
  }
  test::FakeRandom random;
  FakeDriver driver;
  lwip::Network network{clock(), random, &driver};

  void run(Duration time) {
    const MonotonicTime end = clock().now() + time;
    while (clock().now() < end) {
      network.poll();
      clock().advance(10ms);
    }
  }
};

}  // namespace

TEST_CASE("lwip network: a fixed address and a link -> up, and answers ARP") {
  World world;
  REQUIRE_FALSE(world.network.up());
  REQUIRE(world.network.set_address({"192.0.2.2"}).ok());
  world.network.poll();
  REQUIRE(world.network.up());
  world.driver.sent.clear();
  world.driver.incoming = {arp_question(3), arp_question(2)};
  world.network.poll();
  REQUIRE(world.driver.taken == 2);
  REQUIRE(world.driver.sent.size() == 1);
  REQUIRE(world.driver.sent[0].substr(0, 6) == std::string("\x02\x00\x00\x00\x00\x09", 6));
  REQUIRE(world.driver.sent[0].substr(6, 6) == "\x02\x12\x22\x32\x42\x52");
}

TEST_CASE("lwip network: the cable is pulled and plugged in -> down and up again") {
  World world;
  REQUIRE(world.network.set_address({"192.0.2.2"}).ok());
  world.network.poll();
  world.driver.link = false;
  world.network.poll();
  REQUIRE_FALSE(world.network.up());
  lwip::LwipStream stream(world.network);
  REQUIRE(stream.open("192.0.2.9", 8883).ok());
  REQUIRE(stream.advance(World::clock().now()).error() == Error::kNetworkFailed);
  world.driver.link = true;
  world.network.poll();
  REQUIRE(world.network.up());
}

TEST_CASE("lwip network: texts that are no addresses -> refused, and the old address stays") {
  World world;
  REQUIRE(world.network.set_address({"192.0.2.2"}).ok());
  world.network.poll();
  for (const char* text :
       {"", "192.0.2", "192.0.2.256", "192.0.2.2 ", "name", "1920.00.200.2000"}) {
    CAPTURE(text);
    REQUIRE(world.network.set_address({text}).error() == Error::kInvalidArgument);
    if (*text != '\0') {
      lwip::StaticAddress address{"192.0.2.5"};
      address.gateway = text;
      REQUIRE(world.network.set_address(address).error() == Error::kInvalidArgument);
    }
  }
  REQUIRE(world.network.up());
}

TEST_CASE("lwip network: DHCP without a server -> asks again and again, never up") {
  World world;
  REQUIRE(world.network.start_dhcp("sensor").ok());
  world.run(1s);
  const std::size_t early = world.driver.sent.size();
  REQUIRE(early >= 1);
  world.run(30s);
  REQUIRE(world.driver.sent.size() > early);
  REQUIRE_FALSE(world.network.up());
}

TEST_CASE("lwip network: frames that are too long or garbage -> dropped, the next one is taken") {
  World world;
  REQUIRE(world.network.set_address({"192.0.2.2"}).ok());
  world.network.poll();
  world.driver.sent.clear();
  world.driver.incoming = {std::string(2000, 'x'), "x", std::string(60, '\0'), arp_question(2)};
  world.network.poll();
  REQUIRE(world.driver.incoming.empty());
  REQUIRE(world.driver.sent.size() == 1);
}

TEST_CASE("lwip network: the driver has no room -> the frame is lost, and sent again later") {
  World world;
  REQUIRE(world.network.set_address({"192.0.2.2"}).ok());
  world.network.poll();
  world.driver.room = false;
  lwip::LwipStream stream(world.network);
  REQUIRE(stream.open("192.0.2.9", 8883).ok());
  REQUIRE_FALSE(*stream.advance(World::clock().now()));
  world.driver.sent.clear();
  world.driver.room = true;
  world.run(5s);
  REQUIRE_FALSE(world.driver.sent.empty());
}

TEST_CASE("lwip network: something is always due within a while, so timers go on") {
  World world;
  REQUIRE(world.network.start_dhcp().ok());
  world.network.poll();
  REQUIRE(world.network.next_deadline() <= World::clock().now() + 60s);
}
