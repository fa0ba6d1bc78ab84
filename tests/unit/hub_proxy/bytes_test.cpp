// SPDX-License-Identifier: MIT
// Faults of the network: what happens to connections and bytes, whatever they mean.
#include "rig.hpp"

#include <catch2/catch.hpp>

namespace hubtwin::hub::proxy {

TEST_CASE("bytes: nothing wrong -> they pass both ways, and so does the end") {
  Rig rig;
  auto [device, hub] = rig.link();
  device->say("to the hub");
  hub->say("to the device");
  CHECK(rig.until([&, &h = hub] { return h->heard() == "to the hub"; }));
  CHECK(rig.until([&, &d = device] { return d->heard() == "to the device"; }));
  hub->say("last words");
  hub->leave();
  CHECK(rig.until([&, &d = device] { return d->ended(); }));
  CHECK(device->heard() == "to the devicelast words");
  CHECK(rig.until([&] { return rig.proxy().links().empty(); }));
}

TEST_CASE("bytes: the device leaves -> the hub gets its last words and the end") {
  Rig rig;
  auto [device, hub] = rig.link();
  device->say("goodbye");
  device->leave();
  CHECK(rig.until([&, &h = hub] { return h->ended(); }));
  CHECK(hub->heard() == "goodbye");
}

TEST_CASE("bytes: more than all buffers hold -> all arrive, in order") {
  Rig rig;
  auto [device, hub] = rig.link();
  std::string sent;
  for (int i = 0; i < 200; ++i) {
    const std::string part(5000, static_cast<char>('a' + i % 26));
    hub->say(part);
    sent += part;
    rig.until([&, &d = device] { return d->heard().size() + 100000 > sent.size(); });
  }
  CHECK(rig.until([&, &d = device] { return d->heard().size() == sent.size(); }));
  CHECK(device->heard() == sent);
}

TEST_CASE("accept: refuse -> nobody listens until the fault is removed") {
  Rig rig;
  const std::string id = rig.add({{"at", "accept"}, {"do", "refuse"}});
  CHECK_FALSE(rig.device()->connected());
  CHECK(rig.proxy().remove(id));
  auto [device, hub] = rig.link();
  device->say("here");
  CHECK(rig.until([&, &h = hub] { return h->heard() == "here"; }));
}

TEST_CASE("accept: reset, close, silence -> for as many as were wanted") {
  Rig rig;
  rig.add({{"at", "accept"}, {"do", "reset"}});
  auto first = rig.device();
  CHECK(rig.until([&] { return first->was_reset(); }));

  rig.add({{"at", "accept"}, {"do", "close"}});
  auto second = rig.device();
  CHECK(rig.until([&] { return second->ended(); }));

  rig.add({{"at", "accept"}, {"do", "silence"}, {"skip", 1}});
  auto [third, hub] = rig.link();  // passes unharmed
  third->say("x");
  CHECK(rig.until([&, &h = hub] { return h->heard() == "x"; }));
  auto fourth = rig.device();
  fourth->say("anybody?");
  CHECK(rig.until([&] { return rig.proxy().links().size() == 2; }));
  rig.settle();
  CHECK(fourth->heard().empty());
  CHECK_FALSE(fourth->ended());
  auto fifth = rig.device();
  CHECK(rig.hub()->connected());
}

TEST_CASE("link: silence -> neither bytes nor the end pass, and all do when it is over") {
  Rig rig;
  auto [device, hub] = rig.link();
  rig.until([&] { return rig.proxy().links().size() == 1; });
  const std::string id = rig.add({{"at", "link"}, {"do", "silence"}});
  device->say("lost?");
  hub->say("lost too?");
  hub->leave();
  rig.settle();
  CHECK(device->heard().empty());
  CHECK_FALSE(device->ended());
  rig.proxy().remove(id);
  CHECK(rig.until([&, &d = device] { return d->ended(); }));
  CHECK(device->heard() == "lost too?");
}

TEST_CASE("link: silence in one direction -> the other goes on") {
  Rig rig;
  auto [device, hub] = rig.link();
  rig.until([&] { return rig.proxy().links().size() == 1; });
  SECTION("to the hub") {
    rig.add({{"at", "link"}, {"do", "silence"}, {"direction", "to-hub"}});
    device->say("a");
    hub->say("b");
    CHECK(rig.until([&, &d = device] { return d->heard() == "b"; }));
    CHECK(hub->heard().empty());
  }
  SECTION("to the device") {
    rig.add({{"at", "link"}, {"do", "silence"}, {"direction", "to-device"}});
    hub->say("b");
    device->say("a");
    CHECK(rig.until([&, &h = hub] { return h->heard() == "a"; }));
    CHECK(device->heard().empty());
  }
}

TEST_CASE(
    "link: a silent device goes away -> the link is forgotten once the hub has gone as well") {
  Rig rig;
  auto [device, hub] = rig.link();
  rig.until([&] { return rig.proxy().links().size() == 1; });
  rig.add({{"at", "link"}, {"do", "silence"}});
  device->leave();
  rig.settle();
  CHECK_FALSE(hub->ended());
  hub->leave();
  CHECK(rig.until([&] { return rig.proxy().links().empty(); }));
}

TEST_CASE("link: reset after so many bytes -> these and no more arrive") {
  Rig rig;
  rig.add({{"at", "link"}, {"do", "reset"}, {"links", "coming"}, {"bytes", 5}});
  auto [device, hub] = rig.link();
  hub->say("0123456789");
  CHECK(rig.until([&, &d = device] { return d->was_reset(); }));
  CHECK(device->heard() == "01234");
  CHECK(rig.until([&, &h = hub] { return h->ended(); }));
  auto [next, its_hub] = rig.link();  // once was wanted
  its_hub->say("0123456789");
  CHECK(rig.until([&, &n = next] { return n->heard() == "0123456789"; }));
}

TEST_CASE(
    "link: close after so many bytes -> these and no more arrive, what it says meanwhile passes") {
  Rig rig;
  rig.add({{"at", "link"}, {"do", "close"}, {"links", "coming"}, {"bytes", 5}});
  auto [device, hub] = rig.link();
  device->say("hello");
  CHECK(rig.until([&, &h = hub] { return h->heard() == "hello"; }));
  hub->say("0123456789");
  CHECK(rig.until([&, &d = device] { return d->ended(); }));
  CHECK(device->heard() == "01234");
}

TEST_CASE("link: silence after so many bytes -> the rest comes when it is over") {
  Rig rig;
  const std::string id =
      rig.add({{"at", "link"}, {"do", "silence"}, {"links", "coming"}, {"bytes", 5}});
  auto [device, hub] = rig.link();
  hub->say("0123456789");
  CHECK(rig.until([&, &d = device] { return d->heard() == "01234"; }));
  device->say("hello?");
  rig.settle();
  CHECK(hub->heard().empty());
  rig.proxy().remove(id);
  CHECK(rig.until([&, &d = device] { return d->heard() == "0123456789"; }));
  CHECK(rig.until([&, &h = hub] { return h->heard() == "hello?"; }));
}

TEST_CASE("link: reset or close those present -> at once, and not those to come") {
  Rig rig;
  auto [one, one_hub] = rig.link();
  auto [two, two_hub] = rig.link();
  rig.until([&] { return rig.proxy().links().size() == 2; });
  rig.add({{"at", "link"}, {"do", "reset"}, {"count", 1}});
  CHECK(rig.until([&, &o = one] { return o->was_reset(); }));
  rig.settle();
  CHECK_FALSE(two->was_reset());
  rig.add({{"at", "link"}, {"do", "close"}, {"count", 0}});
  CHECK(rig.until([&, &t = two] { return t->ended(); }));
  auto [three, three_hub] = rig.link();
  three->say("alive");
  CHECK(rig.until([&, &h = three_hub] { return h->heard() == "alive"; }));
  CHECK(rig.proxy().faults().empty());
}

TEST_CASE("link: half-open -> the hub has gone, the device learns it when it speaks") {
  Rig rig;
  auto [device, hub] = rig.link();
  rig.until([&] { return rig.proxy().links().size() == 1; });
  rig.add({{"at", "link"}, {"do", "half-open"}});
  CHECK(rig.until([&, &h = hub] { return h->ended(); }));
  rig.settle();
  CHECK_FALSE(device->ended());
  device->say("still there?");
  CHECK(rig.until([&, &d = device] { return d->was_reset(); }));
}

TEST_CASE("link: a rate -> bytes pass no faster, and all of them when it is over") {
  Rig rig;
  const std::string id =
      rig.add({{"at", "link"}, {"do", "rate"}, {"bytesPerSecond", 1}, {"links", "all"}});
  auto [device, hub] = rig.link();
  hub->say("abcdef");
  CHECK(rig.until([&, &d = device] { return !d->heard().empty(); }));
  rig.settle();
  CHECK(device->heard().size() < 6);
  rig.proxy().remove(id);
  CHECK(rig.until([&, &d = device] { return d->heard() == "abcdef"; }));
}

TEST_CASE("faults: what this proxy can't do -> refused with the reason") {
  Rig rig;
  CHECK(rig.refusal({{"at", "packet"}, {"do", "lose"}, {"packet", "puback"}}) ==
        "the fault proxy doesn't look into packets here");
  CHECK(rig.refusal({{"at", "link"}, {"do", "reset"}, {"identity", "pump"}}) ==
        "the fault proxy doesn't look into packets here");
  CHECK(rig.refusal({{"at", "get"}, {"do", "lose"}}) ==
        "the fault proxy can't do what the hub itself does");
  CHECK(rig.refusal({{"at", "tls"}, {"do", "present"}, {"certificate", "expired"}}) ==
        "the fault proxy can't present itself so: it doesn't end TLS here");
  CHECK(rig.proxy().faults().empty());
}

}  // namespace hubtwin::hub::proxy
