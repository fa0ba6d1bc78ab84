// SPDX-License-Identifier: MIT
//
// Who has to go when the outbox is full. A list is the model: it knows the order of messages and
// the rules, and nothing of where they stand in the ring.
#include <hubtwin/session/outbox.hpp>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using hubtwin::Error;
using hubtwin::FullPolicy;
using hubtwin::kNeverDropped;
using hubtwin::Lifetime;
using hubtwin::Outbox;
using hubtwin::Qos;

namespace {

using Tickets = std::vector<std::uint32_t>;

Outbox::Record record_of(std::uint32_t ticket, const std::string& payload, std::uint8_t priority) {
  Outbox::Record record;
  record.topic = "topic";
  record.payload = hubtwin::as_bytes(payload);
  record.ticket = ticket;
  record.qos = Qos::kAtLeastOnce;
  record.priority = priority;
  return record;
}

struct Bench {
  explicit Bench(std::size_t size) : room(size), outbox(hubtwin::ByteSpan(room.data(), size)) {}

  Error push(std::uint32_t ticket, std::size_t payload, std::uint8_t priority,
             std::optional<FullPolicy> policy = std::nullopt) {
    const std::string text(payload, static_cast<char>('a' + ticket % 26));
    const Outbox::Record record = record_of(ticket, text, priority);
    if (outbox.room_for(record.topic.size(), payload).error() == Error::kNoSpace && policy) {
      outbox.make_room(record, *policy);
    }
    return outbox.push(record).error();
  }
  // What was dropped, and is told by that.
  Tickets take_dropped() {
    Tickets tickets;
    while (outbox.dropped() != 0) {
      const std::size_t position = outbox.oldest(Outbox::Kind::kDropped);
      tickets.push_back(outbox.at(position).ticket);
      outbox.remove(position);
    }
    return tickets;
  }
  Tickets left() const {
    Tickets tickets;
    for (std::size_t at = outbox.oldest(); at != Outbox::kNone; at = outbox.next(at)) {
      tickets.push_back(outbox.at(at).ticket);
    }
    return tickets;
  }

  std::vector<std::uint8_t> room;
  Outbox outbox;
};

// Of an empty ring: bytes that a record takes beside topic and payload.
std::size_t head_bytes() {
  std::size_t payload = 0;
  Bench bench(1000);
  while (bench.outbox.room_for(5, payload).ok()) {
    ++payload;
  }
  return 1000 - 5 - (payload - 1);
}

}  // namespace

TEST_CASE("full policy: oldest -> as many of the oldest go as the new one needs") {
  Bench bench(4 * (head_bytes() + 5 + 60));
  for (std::uint32_t ticket = 1; ticket <= 4; ++ticket) {
    REQUIRE(bench.push(ticket, 60, 0) == Error::kNone);
  }
  CHECK(bench.push(5, 30, 0, FullPolicy::kDropOldest) == Error::kNone);
  CHECK(bench.take_dropped() == Tickets{1});
  CHECK(bench.push(6, 110, 0, FullPolicy::kDropOldest) == Error::kNone);
  CHECK(bench.take_dropped() == Tickets{2, 3});
  CHECK(bench.left() == Tickets{4, 5, 6});
}

TEST_CASE("full policy: by priority -> the lowest go first, of these the oldest, equals never") {
  Bench bench(4 * (head_bytes() + 5 + 60));
  const std::uint8_t priorities[] = {2, 1, 3, 1};
  for (std::uint32_t ticket = 1; ticket <= 4; ++ticket) {
    REQUIRE(bench.push(ticket, 60, priorities[ticket - 1]) == Error::kNone);
  }
  CHECK(bench.push(5, 20, 1, FullPolicy::kByPriority) == Error::kNoSpace);
  CHECK(bench.take_dropped().empty());
  CHECK(bench.push(6, 20, 2, FullPolicy::kByPriority) == Error::kNone);
  CHECK(bench.take_dropped() == Tickets{2});
  CHECK(bench.push(7, 100, 3, FullPolicy::kByPriority) == Error::kNone);
  CHECK(bench.take_dropped() == Tickets{1, 4});
  CHECK(bench.left() == Tickets{3, 6, 7});
}

TEST_CASE("full policy: what is in flight stays where it is, and what waits behind it goes") {
  Bench bench(4 * (head_bytes() + 5 + 60));
  for (std::uint32_t ticket = 1; ticket <= 4; ++ticket) {
    REQUIRE(bench.push(ticket, 60, 0) == Error::kNone);
  }
  bench.outbox.mark_in_flight(11);
  const hubtwin::ByteView payload = bench.outbox.at(bench.outbox.find_in_flight(11)).payload;
  CHECK(bench.push(5, 20, 0, FullPolicy::kDropOldest) == Error::kNone);
  CHECK(bench.outbox.at(bench.outbox.find_in_flight(11)).payload.data() == payload.data());
  CHECK(hubtwin::as_text(payload) == std::string(60, 'b'));
  CHECK(bench.take_dropped() == Tickets{2});
  CHECK(bench.left() == Tickets{1, 3, 4, 5});
  CHECK(bench.outbox.at(bench.outbox.next_to_publish()).ticket == 3);
}

TEST_CASE("full policy: not enough that may go -> nothing goes, and the new one is refused") {
  Bench bench(4 * (head_bytes() + 5 + 60));
  for (std::uint32_t ticket = 1; ticket <= 4; ++ticket) {
    REQUIRE(bench.push(ticket, 60, ticket == 3 ? kNeverDropped : 0) == Error::kNone);
  }
  bench.outbox.mark_in_flight(11);
  CHECK(bench.push(5, 2 * 60 + 1, 9, FullPolicy::kDropOldest) == Error::kNoSpace);
  CHECK(bench.push(5, 2 * 60 + 1, 9, FullPolicy::kByPriority) == Error::kNoSpace);
  CHECK(bench.outbox.dropped() == 0);
  CHECK(bench.left() == Tickets{1, 2, 3, 4});
}

// Messages of all priorities, lifetimes and sizes; acknowledgements in and out of order; links
// lost.
TEST_CASE("full policy: random histories -> what a list with the rules says", "[long]") {
  struct Entry {
    std::uint32_t ticket;
    std::string payload;
    std::uint8_t priority;
    Lifetime lifetime;
    std::uint16_t packet_id;
    enum { kWaiting, kResend, kInFlight } state;
  };
  const std::size_t head = head_bytes() + 5;
  unsigned dropped_some = 0;
  unsigned refused_some = 0;
  unsigned moved_for_free = 0;
  for (unsigned seed = 0; seed < 120; ++seed) {
    std::mt19937 random(seed);
    const FullPolicy policy = seed % 2 == 0 ? FullPolicy::kDropOldest : FullPolicy::kByPriority;
    Bench bench(250 + random() % 600);
    Outbox& outbox = bench.outbox;
    std::deque<Entry> model;
    Tickets untold;  // dropped
    std::uint32_t ticket = 0;
    std::uint16_t packet_id = 0;
    const auto rank = [&](const Entry& entry, std::uint8_t limit) -> std::optional<unsigned> {
      const bool allowed = entry.state != Entry::kInFlight && entry.priority != kNeverDropped &&
                           (policy == FullPolicy::kDropOldest || entry.priority < limit);
      return allowed
                 ? std::optional<unsigned>(policy == FullPolicy::kDropOldest ? 0U : entry.priority)
                 : std::nullopt;
    };
    for (int step = 0; step < 1500; ++step) {
      CAPTURE(seed, step);
      const auto choice = random() % 12;
      if (choice < 6) {
        const std::uint8_t priority =
            random() % 9 == 0 ? kNeverDropped : static_cast<std::uint8_t>(random() % 4);
        const std::string payload(random() % (random() % 8 == 0 ? 200 : 50),
                                  static_cast<char>('a' + ++ticket % 26));
        Outbox::Record record = record_of(ticket, payload, priority);
        record.lifetime = random() % 6 == 0 ? Lifetime::kThisLink : Lifetime::kUntilSent;
        const bool fits = outbox.room_for(5, payload.size()).ok();
        if (!fits) {
          outbox.make_room(record, policy);
        }
        const Error answer = outbox.push(record).error();
        // Who should have gone, if as many as went.
        Tickets gone;
        for (std::size_t at = outbox.oldest(Outbox::Kind::kDropped); at != Outbox::kNone;
             at = outbox.next(at)) {
          if (outbox.at(at).dropped) {
            CHECK(outbox.at(at).topic.empty());
            gone.push_back(outbox.at(at).ticket);
          }
        }
        REQUIRE(gone.size() == outbox.dropped());
        const std::size_t count = gone.size() - untold.size();
        const bool nothing_untold = untold.empty();
        std::size_t taken = untold.size() * (head - 5);  // bytes, had one fewer gone
        std::size_t can_go = 0;
        for (const Entry& entry : model) {
          taken += head + entry.payload.size();
          can_go += rank(entry, priority) ? entry.payload.size() + 5 : 0;
        }
        const std::size_t all = taken;
        for (std::size_t index = 0; index < count; ++index) {
          auto victim = model.end();
          for (auto entry = model.begin(); entry != model.end(); ++entry) {
            if (rank(*entry, priority) &&
                (victim == model.end() || *rank(*entry, priority) < *rank(*victim, priority))) {
              victim = entry;
            }
          }
          REQUIRE(victim != model.end());
          REQUIRE(std::count(gone.begin(), gone.end(), victim->ticket) == 1);
          taken -= index + 1 < count ? victim->payload.size() + 5 : 0;
          untold.push_back(victim->ticket);
          model.erase(victim);
        }
        const std::size_t size = head + payload.size();
        // Not more went than had to, and what could have helped was tried: as far as that can be
        // told without knowing where records stand. Where none is pinned, the end of the ring may
        // leave less unused than the largest record, and the oldest one may stand between two
        // rooms.
        const std::size_t enough = 2 * size + head + 200;
        const bool none_pinned = outbox.in_flight() == 0 && nothing_untold;
        if (answer == Error::kNone) {
          CHECK((count == 0 || !none_pinned || taken + enough > bench.room.size()));
          dropped_some += count != 0 ? 1 : 0;
          moved_for_free += !fits && count == 0 ? 1 : 0;
          model.push_back({ticket, payload, priority, record.lifetime, 0, Entry::kWaiting});
        } else {
          REQUIRE(answer == Error::kNoSpace);
          REQUIRE(count == 0);  // nothing is lost in vain
          CHECK((!none_pinned || all - can_go + enough > bench.room.size()));
          refused_some += none_pinned ? 1 : 0;
        }
      } else if (choice < 8) {
        const auto entry = std::find_if(model.begin(), model.end(), [](const Entry& each) {
          return each.state != Entry::kInFlight;
        });
        const std::size_t position = outbox.next_to_publish();
        REQUIRE((position == Outbox::kNone) == (entry == model.end()));
        if (entry != model.end()) {
          REQUIRE(outbox.at(position).ticket == entry->ticket);
          REQUIRE(outbox.at(position).resend == (entry->state == Entry::kResend));
          entry->packet_id = ++packet_id;
          outbox.mark_in_flight(packet_id);
          entry->state = Entry::kInFlight;
        }
      } else if (choice < 10) {
        std::vector<std::size_t> in_flight;
        for (std::size_t index = 0; index < model.size(); ++index) {
          if (model[index].state == Entry::kInFlight) {
            in_flight.push_back(index);
          }
        }
        if (!in_flight.empty()) {
          const std::size_t chosen = in_flight[random() % 4 == 0 ? random() % in_flight.size() : 0];
          outbox.remove(outbox.find_in_flight(model[chosen].packet_id));
          model.erase(model.begin() + static_cast<std::ptrdiff_t>(chosen));
        }
      } else if (choice == 10) {
        Tickets told = bench.take_dropped();
        std::sort(told.begin(), told.end());
        std::sort(untold.begin(), untold.end());
        REQUIRE(told == untold);
        untold.clear();
      } else if (random() % 6 == 0) {
        outbox.rewind();
        for (auto entry = model.begin(); entry != model.end();) {
          entry->state = entry->state == Entry::kInFlight ? Entry::kResend : entry->state;
          entry = entry->lifetime == Lifetime::kThisLink ? model.erase(entry) : entry + 1;
        }
        while (outbox.this_link() != 0) {
          const std::size_t position = outbox.oldest(Outbox::Kind::kThisLink);
          REQUIRE(position != Outbox::kNone);
          const std::uint32_t removed = outbox.at(position).ticket;
          if (outbox.at(position).dropped) {
            untold.erase(std::find(untold.begin(), untold.end(), removed));
          }
          outbox.remove(position);
        }
      }
      // The same messages, whole and in the same order.
      REQUIRE(outbox.count() == model.size() + untold.size());
      REQUIRE(outbox.dropped() == untold.size());
      auto entry = model.begin();
      for (std::size_t at = outbox.oldest(); at != Outbox::kNone; at = outbox.next(at)) {
        const Outbox::Record record = outbox.at(at);
        if (record.dropped) {
          continue;
        }
        REQUIRE(entry != model.end());
        REQUIRE(record.ticket == entry->ticket);
        REQUIRE(record.priority == entry->priority);
        REQUIRE(hubtwin::as_text(record.payload) == entry->payload);
        ++entry;
      }
      REQUIRE(entry == model.end());
    }
  }
  CHECK(dropped_some > 1000);
  CHECK(refused_some > 200);
  CHECK(moved_for_free > 10);
}
