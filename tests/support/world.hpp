// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A context in virtual time, and the loop that an application would have.

#include "support/fake_clock.hpp"
#include "support/fake_random.hpp"
#include "support/recording_log.hpp"
#include "support/scripted_transport.hpp"
#include "support/test_crypto.hpp"
#include <hubtwin/session/context.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

namespace hubtwin::test {

/// Room for everything; tests of tight memory bring a SizedContext of their own.
struct RoomyContextSizes {
  static constexpr std::size_t kDocumentBytes = 6 * 1024;
  static constexpr std::size_t kCallBytes = 1024;
};

/// Owns clock, random numbers, crypto, log and a Context, and drives the context's clients as an
/// application should: poll() when the deadline has come, and never without one. So a client that
/// forgets a deadline stands still, and one that asks to be polled for ever at one instant is found
/// out.
class World {
 public:
  explicit World(std::uint64_t seed = 1) : random(seed) {}
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Any clock time before this is "soon" for the tests of one behaviour.
  static constexpr Duration kLong = std::chrono::hours(24);

  FakeClock clock;
  FakeRandom random;
  TestCrypto crypto;
  RecordingLog log;
  SizedContext<RoomyContextSizes> context{Ports{clock, crypto, random, nullptr, &log, nullptr}};

  /// Has packets of this transport reach its peer in time, also while its client sleeps.
  void watch(ScriptedTransport& transport) { transports_.push_back(&transport); }

  /// Runs `action` at a later instant, between two polls.
  void at(MonotonicTime time, std::function<void()> action) {
    actions_.emplace(time, std::move(action));
  }
  void in(Duration delay, std::function<void()> action) {
    at(clock.now() + delay, std::move(action));
  }

  /// Runs until `done` holds. \return whether it did within `limit` of virtual time; false also
  /// when nothing is left to happen.
  bool run_until(const std::function<bool()>& done, Duration limit = std::chrono::minutes(10)) {
    const MonotonicTime end = clock.now() + limit;
    for (;;) {
      poll();
      if (done()) {
        return true;
      }
      const MonotonicTime next = next_event();
      if (next > end) {
        clock.advance_to(end);
        return false;
      }
      step_to(next);
    }
  }

  /// Runs for `duration` of virtual time.
  void run_for(Duration duration) {
    static_cast<void>(run_until([] { return false; }, duration));
    poll();
  }

  /// Runs until nothing more is due at this instant.
  void settle() { run_for(Duration::zero()); }

  /// One poll of all clients. Also what an application may do without a deadline.
  void poll() {
    for (ScriptedTransport* transport : transports_) {
      transport->deliver_to_peer();
    }
    context.poll();
    ++polls_;
  }
  std::uint64_t polls() const { return polls_; }

 private:
  // Polls at one instant beyond which a client is spinning: more than the fragments of the longest
  // message in tests when each takes a poll of its own.
  static constexpr unsigned kMostPollsAtOnce = 200000;

  MonotonicTime next_event() const {
    MonotonicTime next = context.next_deadline();
    for (const ScriptedTransport* transport : transports_) {
      next = earlier(next, transport->next_arrival_at_peer());
    }
    return actions_.empty() ? next : earlier(next, actions_.begin()->first);
  }

  void step_to(MonotonicTime next) {
    if (next > clock.now()) {
      clock.advance_to(next);
      polls_at_once_ = 0;
    } else if (++polls_at_once_ > kMostPollsAtOnce) {
      throw std::logic_error("a client asks to be polled again and again at the same instant");
    }
    while (!actions_.empty() && actions_.begin()->first <= clock.now()) {
      const std::function<void()> action = std::move(actions_.begin()->second);
      actions_.erase(actions_.begin());
      action();
    }
  }

  std::vector<ScriptedTransport*> transports_;
  std::multimap<MonotonicTime, std::function<void()>> actions_;
  std::uint64_t polls_ = 0;
  unsigned polls_at_once_ = 0;
};

}  // namespace hubtwin::test
