// SPDX-License-Identifier: MIT
//
// What an application sees of a full outbox.
#include "sent.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using hubtwin::Error;
using hubtwin::FullPolicy;
using hubtwin::Status;
using hubtwin::TelemetryMessage;
using hubtwin::test::message_of;
using hubtwin::test::Sent;
using hubtwin::test::SubjectWorld;

namespace {

// A message of 100 bytes, of which five fill the outbox.
TelemetryMessage large(std::string_view mark, std::uint8_t priority = 0) {
  static std::string text;
  text = std::string(mark) + std::string(40, '.');
  TelemetryMessage message = message_of(text);
  message.priority = priority;
  return message;
}

// Sends until the outbox is full. \return the tickets.
std::vector<std::uint32_t> fill(SubjectWorld& client, std::uint8_t priority = 0) {
  std::vector<std::uint32_t> tickets;
  while (client.session.outbox().room_for(30, 41).ok()) {
    tickets.push_back(client.telemetry.send(large("x", priority)).value_or(0));
  }
  REQUIRE(tickets.size() > 2);
  return tickets;
}

}  // namespace

TEST_CASE("telemetry: drop oldest -> told in the next poll(), once each, and the rest arrives") {
  SubjectWorld client;
  Sent sent(client);
  client.telemetry.set_full_policy(FullPolicy::kDropOldest);
  const auto tickets = fill(client);
  const auto newest = client.telemetry.send(large("new"));
  REQUIRE(newest.ok());
  CHECK(sent.outcomes.empty());  // send() calls nobody
  CHECK(client.session.counters().dropped == 1);
  CHECK(client.session.next_deadline() == hubtwin::kAtOnce);
  client.session.poll();  // also of a client that isn't open
  CHECK(sent.outcomes == decltype(sent.outcomes){{tickets[0], Error::kDropped}});
  REQUIRE(client.connect());
  client.world.settle();
  REQUIRE(sent.outcomes.size() == tickets.size() + 1);
  CHECK(sent.outcomes.back() == std::make_pair(*newest, Error::kNone));
  CHECK(client.transport.publishes().back().payload.substr(0, 3) == "new");
  CHECK(client.session.counters().dropped == 1);
  CHECK(client.session.counters().refused == 0);
}

TEST_CASE("telemetry: drop newest -> told by send() itself, and no ticket") {
  SubjectWorld client;
  Sent sent(client);
  client.telemetry.set_full_policy(FullPolicy::kDropNewest);
  const auto tickets = fill(client);
  CHECK(client.telemetry.send(large("new")).error() == Error::kDropped);
  CHECK(client.telemetry.send(large("new", hubtwin::kNeverDropped)).error() == Error::kNoSpace);
  CHECK(client.session.counters().dropped == 1);
  CHECK(client.session.counters().refused == 1);
  REQUIRE(client.connect());
  client.world.settle();
  CHECK(sent.outcomes.size() == tickets.size());
}

TEST_CASE("telemetry: refuse -> counted") {
  SubjectWorld client;
  fill(client);
  CHECK(client.telemetry.send(large("new", 9)).error() == Error::kNoSpace);
  CHECK(client.session.counters().dropped == 0);
  CHECK(client.session.counters().refused == 1);
  CHECK(client.telemetry.send(message_of(std::string(600, 'x'))).error() ==
        Error::kInvalidArgument);  // not for want of room
  CHECK(client.session.counters().refused == 1);
}

TEST_CASE("telemetry: by priority -> an alarm pushes out what matters less, and not the reverse") {
  SubjectWorld client;
  Sent sent(client);
  client.telemetry.set_full_policy(FullPolicy::kByPriority);
  const auto tickets = fill(client, 1);
  CHECK(client.telemetry.send(large("less", 1)).error() == Error::kNoSpace);
  REQUIRE(client.telemetry.send(large("alarm", 2)).ok());
  client.session.poll();
  CHECK(sent.outcomes == decltype(sent.outcomes){{tickets[0], Error::kDropped}});
  CHECK(client.session.counters().refused == 1);
}

TEST_CASE(
    "telemetry: drop oldest on a slow link -> what is in flight stays, is told once and whole") {
  SubjectWorld client;
  Sent sent(client);
  REQUIRE(client.connect());
  client.transport.set_automatic(false);
  client.transport.set_publishes_per_poll(2);
  client.telemetry.set_full_policy(FullPolicy::kDropOldest);
  const auto tickets = fill(client);
  client.session.poll();
  client.transport.set_publishes_per_poll(0);
  REQUIRE(client.session.outbox().in_flight() == 2);
  REQUIRE(client.telemetry.send(large("new")).ok());
  client.session.poll();
  CHECK(sent.outcomes == decltype(sent.outcomes){{tickets[2], Error::kDropped}});
  // The transport checks that the payloads stayed where they were.
  client.transport.acknowledge_publish(client.transport.publishes()[0].packet_id);
  client.transport.acknowledge_publish(client.transport.publishes()[1].packet_id);
  client.session.poll();
  REQUIRE(sent.outcomes.size() == 3);
  CHECK(sent.outcomes[1] == std::make_pair(tickets[0], Error::kNone));
  CHECK(sent.outcomes[2] == std::make_pair(tickets[1], Error::kNone));
}

TEST_CASE("telemetry: who is told of a drop sends again -> poll() ends, each ticket is told once") {
  SubjectWorld client;
  client.telemetry.set_full_policy(FullPolicy::kDropOldest);
  std::vector<std::uint32_t> taken = fill(client);
  std::vector<std::uint32_t> told;
  client.telemetry.on_sent([&](std::uint32_t ticket, Status outcome) {
    told.push_back(ticket);
    if (outcome.error() == Error::kDropped) {
      const auto again = client.telemetry.send(large("again"));
      if (again.ok()) {
        taken.push_back(*again);
      }
    }
  });
  taken.push_back(client.telemetry.send(large("new")).value_or(0));
  for (std::size_t polls = 1; polls <= 5; ++polls) {
    client.session.poll();
    CHECK(told.size() == polls);
  }
  client.telemetry.set_full_policy(FullPolicy::kRefuse);
  REQUIRE(client.connect());
  client.world.settle();
  std::sort(told.begin(), told.end());
  CHECK(told == taken);
}

TEST_CASE("telemetry: who is told of a cancelled message sends again -> closing ends") {
  SubjectWorld client;
  std::size_t told = 0;
  client.telemetry.on_sent([&](std::uint32_t, Status outcome) {
    ++told;
    CHECK(outcome.error() == Error::kCancelled);
    CHECK(client.telemetry.send(message_of("again")).ok());
  });
  REQUIRE(client.session.open().ok());
  REQUIRE(client.telemetry.send(message_of("1")).ok());
  client.session.close();
  client.session.poll();
  CHECK(told == 1);
  CHECK(client.session.status().state == hubtwin::ConnectionState::kClosed);
  CHECK(client.session.outbox().count() == 1);  // waits for the next open()
}

TEST_CASE("telemetry: drop oldest -> answers of methods are neither dropped nor kept out") {
  SubjectWorld client;
  Sent sent(client);
  client.telemetry.set_full_policy(FullPolicy::kDropOldest);
  hubtwin::MethodCall call;
  REQUIRE(client.methods.on_method("m", [&](hubtwin::MethodCall made) { call = std::move(made); })
              .ok());
  REQUIRE(client.connect());
  client.transport.deliver("$iothub/methods/POST/m/?$rid=7", "null");
  client.world.settle();
  REQUIRE(call.pending());
  client.transport.set_publishes_per_poll(0);
  client.world.poll();
  const auto tickets = fill(client);
  REQUIRE(call.reply(200, "\"an answer of some length, so that it needs room\"").ok());
  client.world.poll();
  CHECK(sent.outcomes == decltype(sent.outcomes){{tickets[0], Error::kDropped}});
  for (int message = 0; message < 20; ++message) {
    REQUIRE(client.telemetry.send(large("new")).ok());
    client.world.poll();
  }
  CHECK(client.session.outbox().this_link() == 1);
  client.transport.set_publishes_per_poll(100);
  client.world.settle();
  CHECK(client.transport.published_to("$iothub/methods/res/200/?$rid=7").size() == 1);
}

// An application that counts what it sends and what it is told, through all that can happen.
TEST_CASE("telemetry: any policy, a link that comes and goes -> each ticket is told once",
          "[long]") {
  for (unsigned seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    SubjectWorld client;
    client.world.random = hubtwin::test::FakeRandom(seed);
    auto& random = client.world.random;
    const FullPolicy policies[] = {FullPolicy::kRefuse, FullPolicy::kDropNewest,
                                   FullPolicy::kDropOldest, FullPolicy::kByPriority};
    client.telemetry.set_full_policy(policies[seed % 4]);
    client.transport.set_latency(std::chrono::milliseconds(20), std::chrono::milliseconds(20));
    std::map<std::uint32_t, int> told;
    std::uint32_t dropped = 0;
    std::uint32_t refused = 0;
    const auto send = [&] {
      const auto ticket = client.telemetry.send(large(
          std::to_string(random.next() % 100000), static_cast<std::uint8_t>(random.next() % 3)));
      if (ticket.ok()) {
        REQUIRE(told.emplace(*ticket, 0).second);
      }
      dropped += ticket.error() == Error::kDropped ? 1 : 0;
      refused += ticket.error() == Error::kNoSpace ? 1 : 0;
    };
    client.telemetry.on_sent([&](std::uint32_t ticket, Status outcome) {
      REQUIRE(told.count(ticket) == 1);
      ++told[ticket];
      dropped += outcome.error() == Error::kDropped ? 1 : 0;
      if (random.next() % 3 == 0) {
        send();
      }
    });
    REQUIRE(client.session.open().ok());
    for (int step = 0; step < 600; ++step) {
      for (auto messages = random.next() % 4; messages != 0; --messages) {
        send();
      }
      if (random.next() % 12 == 0) {
        client.transport.cut(Error::kLinkLost);
      }
      client.transport.set_publishes_per_poll(random.next() % 4 == 0 ? 0 : random.next() % 5);
      client.world.run_for(std::chrono::milliseconds(random.next() % 60));
    }
    client.telemetry.on_sent([&](std::uint32_t ticket, Status outcome) {
      ++told[ticket];
      dropped += outcome.error() == Error::kDropped ? 1 : 0;
    });
    client.transport.set_publishes_per_poll(100);
    REQUIRE(client.world.run_until([&] { return client.session.outbox().count() == 0; },
                                   std::chrono::hours(3)));
    for (const auto& [ticket, times] : told) {
      CAPTURE(ticket);
      REQUIRE(times == 1);
    }
    CHECK(client.session.counters().dropped == dropped);
    CHECK(client.session.counters().refused == refused);
    CHECK(dropped + refused > 0);
  }
}
