// SPDX-License-Identifier: MIT
// Faults of MQTT packets, without TLS around them.
#include "rig.hpp"

#include <catch2/catch.hpp>

namespace hubtwin::hub::proxy {

namespace {

ProxyOptions looking() {
  ProxyOptions options;
  options.mqtt = true;
  return options;
}

/// A device whose CONNECT has come through.
struct Linked {
  explicit Linked(Rig& a_rig, const std::string& client_id = "pump") : rig(a_rig) {
    auto [a_device, a_hub] = rig.link();
    device = std::move(a_device);
    hub = std::move(a_hub);
    device->say(connect_packet(client_id));
    REQUIRE(rig.until([&] { return hub->heard() == connect_packet(client_id); }));
  }
  bool device_hears(const std::string& bytes) {
    return rig.until([&] { return device->heard() == bytes; });
  }

  Rig& rig;
  std::unique_ptr<End> device;
  std::unique_ptr<End> hub;
};

const std::string kPingresp("\xD0\x00", 2);

}  // namespace

TEST_CASE("packet: lose -> that one doesn't come, those behind it do") {
  Rig rig(looking());
  Linked link(rig);
  rig.add({{"at", "packet"}, {"do", "lose"}, {"packet", "puback"}, {"skip", 1}});
  link.hub->say(puback_packet(1) + puback_packet(2) + puback_packet(3));
  CHECK(link.device_hears(puback_packet(1) + puback_packet(3)));
  CHECK(rig.proxy().faults().empty());
}

TEST_CASE("packet: duplicate and swap -> so many copies, and the next one first") {
  Rig rig(looking());
  Linked link(rig);
  const std::string one = publish_packet("a", "1");
  const std::string two = publish_packet("a", "2");
  rig.add({{"at", "packet"}, {"do", "duplicate"}, {"packet", "publish"}, {"copies", 3}});
  link.hub->say(one);
  CHECK(link.device_hears(one + one + one));
  rig.add({{"at", "packet"}, {"do", "swap"}, {"packet", "publish"}});
  link.hub->say(one + two);
  CHECK(link.device_hears(one + one + one + two + one));
}

TEST_CASE("packet: delay -> it comes later than what was behind it") {
  Rig rig(looking());
  Linked link(rig);
  rig.add({{"at", "packet"}, {"do", "delay"}, {"packet", "puback"}, {"delayMs", 50}});
  link.hub->say(puback_packet(1) + kPingresp);
  CHECK(link.device_hears(kPingresp + puback_packet(1)));
}

TEST_CASE("packet: by topic, direction and identity -> only where all fit") {
  Rig rig(looking());
  Linked link(rig);
  Linked other(rig, "fridge");
  rig.add({{"at", "packet"},
           {"do", "lose"},
           {"packet", "publish"},
           {"direction", "to-device"},
           {"topic", "/res/"},
           {"identity", "pump"}});
  const std::string answer = publish_packet("twin/res/200", "{}");
  const std::string patch = publish_packet("twin/PATCH", "{}");
  other.hub->say(answer);
  CHECK(other.device_hears(answer));
  link.hub->say(patch);
  CHECK(link.device_hears(patch));
  link.device->say(answer);
  CHECK(rig.until([&] { return link.hub->heard() == connect_packet("pump") + answer; }));
  link.hub->say(answer + kPingresp);
  CHECK(link.device_hears(patch + kPingresp));
}

TEST_CASE("packet: a code -> the CONNACK and the SUBACK refuse") {
  Rig rig(looking());
  Linked link(rig);
  rig.add({{"at", "packet"}, {"do", "code"}, {"packet", "connack"}, {"code", 3}});
  rig.add({{"at", "packet"}, {"do", "code"}, {"packet", "suback"}, {"code", 128}});
  link.hub->say(connack_packet(0) + suback_packet());
  CHECK(link.device_hears(connack_packet(3) + std::string("\x90\x04\x00\x01\x80\x80", 6)));
  CHECK(rig.refusal({{"at", "packet"}, {"do", "code"}, {"packet", "puback"}, {"code", 1}}) ==
        "the fault proxy sets the code of a connack or suback only");
}

TEST_CASE("packet: close and reset -> instead of it, or right behind it") {
  Rig rig(looking());
  Linked link(rig);
  SECTION("close behind it") {
    rig.add({{"at", "packet"}, {"do", "close"}, {"packet", "connack"}, {"forwarded", true}});
    link.hub->say(connack_packet(0) + kPingresp);
    CHECK(rig.until([&] { return link.device->ended(); }));
    CHECK(link.device->heard() == connack_packet(0));
  }
  SECTION("reset instead of it") {
    rig.add({{"at", "packet"}, {"do", "reset"}, {"packet", "connack"}});
    link.hub->say(connack_packet(0));
    CHECK(rig.until([&] { return link.device->was_reset(); }));
    CHECK(link.device->heard().empty());
  }
  CHECK(rig.until([&] { return link.hub->ended(); }));
}

TEST_CASE("packet: silence within it -> its first bytes come, and nothing after") {
  Rig rig(looking());
  Linked link(rig);
  rig.add({{"at", "packet"}, {"do", "silence"}, {"packet", "publish"}, {"bytes", 6}});
  link.hub->say(publish_packet("topic", "payload") + kPingresp);
  CHECK(link.device_hears(publish_packet("topic", "payload").substr(0, 6)));
  link.device->say("x");
  link.hub->leave();
  rig.settle();
  CHECK_FALSE(link.device->ended());
}

TEST_CASE("link: of one identity -> its links alone, those present and those to come") {
  Rig rig(looking());
  Linked pump(rig);
  Linked fridge(rig, "fridge");
  rig.add({{"at", "link"}, {"do", "reset"}, {"identity", "fridge"}});
  CHECK(rig.until([&] { return fridge.device->was_reset(); }));
  pump.hub->say(kPingresp);
  CHECK(pump.device_hears(kPingresp));

  rig.add({{"at", "link"}, {"do", "silence"}, {"identity", "fridge"}, {"links", "coming"}});
  auto [device, hub] = rig.link();
  device->say(connect_packet("fridge"));
  CHECK(rig.until([&, &h = hub] { return h->heard() == connect_packet("fridge"); }));
  hub->say(connack_packet(0));
  rig.settle();
  CHECK(device->heard().empty());
  CHECK(rig.proxy().links().back().at("identity") == "fridge");
  rig.proxy().clear();
  CHECK(rig.until([&, &d = device] { return d->heard() == connack_packet(0); }));
}

}  // namespace hubtwin::hub::proxy
