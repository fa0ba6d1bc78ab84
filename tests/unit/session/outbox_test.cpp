// SPDX-License-Identifier: MIT
#include <hubtwin/session/outbox.hpp>

#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using hubtwin::Error;
using hubtwin::Outbox;
using hubtwin::Qos;

namespace {

Outbox::Record make(const std::string& topic, const std::string& payload, std::uint32_t ticket) {
  Outbox::Record record;
  record.topic = topic;
  record.payload = hubtwin::as_bytes(payload);
  record.ticket = ticket;
  record.qos = Qos::kAtLeastOnce;
  return record;
}

std::string payload_of(const Outbox::Record& record) {
  return std::string(hubtwin::as_text(record.payload));
}

}  // namespace

TEST_CASE("outbox: empty -> nothing to publish") {
  std::uint8_t room[64];
  const Outbox outbox{hubtwin::ByteSpan(room)};
  CHECK(outbox.count() == 0);
  CHECK(outbox.oldest() == Outbox::kNone);
  CHECK(outbox.next_to_publish() == Outbox::kNone);
  CHECK(outbox.find_in_flight(1) == Outbox::kNone);
}

TEST_CASE("outbox: larger than the ring -> invalid argument, full -> no space") {
  std::uint8_t room[128];
  Outbox outbox{hubtwin::ByteSpan(room)};
  CHECK(outbox.push(make("t", std::string(128, 'x'), 1)).error() == Error::kInvalidArgument);
  REQUIRE(outbox.push(make("t", std::string(60, 'x'), 2)).ok());
  CHECK(outbox.push(make("t", std::string(60, 'x'), 3)).error() == Error::kNoSpace);
  CHECK(outbox.count() == 1);
}

TEST_CASE("outbox: link loss -> in-flight records come again first, marked as re-sends") {
  std::uint8_t room[512];
  Outbox outbox{hubtwin::ByteSpan(room)};
  REQUIRE(outbox.push(make("t", "a", 1)).ok());
  REQUIRE(outbox.push(make("t", "b", 2)).ok());
  REQUIRE(outbox.push(make("t", "c", 3)).ok());
  outbox.mark_in_flight(11);
  outbox.mark_in_flight(12);
  CHECK(outbox.in_flight() == 2);
  outbox.remove(outbox.find_in_flight(11));
  CHECK(outbox.in_flight() == 1);

  outbox.rewind();
  CHECK(outbox.in_flight() == 0);
  const Outbox::Record first = outbox.at(outbox.next_to_publish());
  CHECK(payload_of(first) == "b");
  CHECK(first.resend);
  CHECK(first.packet_id == 12);
  outbox.mark_in_flight(12);
  const Outbox::Record second = outbox.at(outbox.next_to_publish());
  CHECK(payload_of(second) == "c");
  CHECK_FALSE(second.resend);
}

// Against a plain list, through many wraps, with acknowledgements in and out of order.
TEST_CASE("outbox: random histories -> same content and order as a list", "[long]") {
  struct Entry {
    std::uint32_t ticket;
    std::string payload;
    std::uint16_t packet_id;
    enum { kWaiting, kResend, kInFlight } state;
  };
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    std::vector<std::uint8_t> room(200 + random() % 400);
    Outbox outbox{hubtwin::ByteSpan(room.data(), room.size())};
    std::deque<Entry> model;
    std::uint32_t ticket = 0;
    std::uint16_t packet_id = 0;
    std::size_t refused = 0;
    for (int step = 0; step < 2000; ++step) {
      CAPTURE(seed, step);
      switch (random() % 5) {
        case 0:
        case 1: {
          const std::string payload(random() % 60, static_cast<char>('a' + ticket % 26));
          const hubtwin::Status status = outbox.push(make("topic", payload, ++ticket));
          if (status.ok()) {
            model.push_back({ticket, payload, 0, Entry::kWaiting});
          } else {
            REQUIRE(status.error() == Error::kNoSpace);
            REQUIRE_FALSE(model.empty());  // an empty ring takes what can ever fit
            ++refused;
          }
          break;
        }
        case 2: {
          const std::size_t position = outbox.next_to_publish();
          auto entry = model.begin();
          while (entry != model.end() && entry->state == Entry::kInFlight) {
            ++entry;
          }
          REQUIRE((position == Outbox::kNone) == (entry == model.end()));
          if (entry != model.end()) {
            const Outbox::Record record = outbox.at(position);
            REQUIRE(record.ticket == entry->ticket);
            REQUIRE(record.topic == "topic");
            REQUIRE(payload_of(record) == entry->payload);
            REQUIRE(record.resend == (entry->state == Entry::kResend));
            outbox.mark_in_flight(++packet_id);
            entry->state = Entry::kInFlight;
            entry->packet_id = packet_id;
          }
          break;
        }
        case 3: {
          std::vector<std::size_t> in_flight;
          for (std::size_t i = 0; i < model.size(); ++i) {
            if (model[i].state == Entry::kInFlight) {
              in_flight.push_back(i);
            }
          }
          REQUIRE(outbox.in_flight() == in_flight.size());
          if (!in_flight.empty()) {
            const std::size_t chosen =
                in_flight[random() % 4 == 0 ? random() % in_flight.size() : 0];
            const std::size_t position = outbox.find_in_flight(model[chosen].packet_id);
            REQUIRE(position != Outbox::kNone);
            REQUIRE(payload_of(outbox.at(position)) == model[chosen].payload);
            outbox.remove(position);
            model.erase(model.begin() + static_cast<std::ptrdiff_t>(chosen));
          }
          break;
        }
        default:
          if (random() % 10 == 0) {
            outbox.rewind();
            for (Entry& entry : model) {
              entry.state = entry.state == Entry::kInFlight ? Entry::kResend : entry.state;
            }
          }
      }
      REQUIRE(outbox.count() == model.size());
      std::size_t position = outbox.oldest();
      for (const Entry& entry : model) {
        REQUIRE(position != Outbox::kNone);
        REQUIRE(outbox.at(position).ticket == entry.ticket);
        position = outbox.next(position);
      }
      REQUIRE(position == Outbox::kNone);
    }
    CHECK(refused > 0);
  }
}
