// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Thousands of real clients in virtual time, each with a context, random numbers and a transport
/// of its own, and one hub that takes so many connects a second and no more.

#include "support/fake_clock.hpp"
#include "support/fake_random.hpp"
#include "support/scripted_transport.hpp"
#include "support/test_crypto.hpp"
#include <hubtwin/device_client.hpp>
#include <hubtwin/session/context.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

namespace hubtwin::storm {

/// What a fleet consists of.
struct FleetOptions {
  std::size_t identities = 0;
  std::size_t clients_each = 1;  ///< Clients on each identity; the hub lets the last one in.
  SessionOptions session;
  std::uint64_t seed = 1;
};

/// A client's connect, as it reaches the hub or the place where it was.
struct Attempt {
  MonotonicTime at;
  std::size_t client;
};

class Fleet final : private test::ScriptedTransport::Peer {
 public:
  explicit Fleet(const FleetOptions& options);
  ~Fleet() override;
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  std::size_t size() const { return members_.size(); }
  MonotonicTime now() { return clock_.now(); }

  // The clients.

  void open_all();
  void close(std::size_t client);
  /// How many have a link with all subscriptions granted.
  std::size_t up() const { return up_; }
  bool up(std::size_t client) const;
  /// When the link of a client that is up became so.
  MonotonicTime up_since(std::size_t client) const;
  /// When a client was told first that it has a rival; kNever: not yet.
  MonotonicTime conflict_named(std::size_t client) const;
  /// What the client says of its link now.
  ConnectionStatus status(std::size_t client) const;

  // Time.

  /// Lets everything happen that is due until then.
  void run_to(MonotonicTime end);
  /// \return whether all clients were up within `limit`; then no later than at that moment.
  bool run_until_all_up(Duration limit);

  // The hub.

  /// From now on so many connects are taken in each second. What comes faster is kept waiting for
  /// up to two seconds, and refused as "server unavailable" beyond that: IoT Hub shapes traffic,
  /// then throttles. 0: no limit.
  void limit_connects(unsigned a_second) { limit_ = a_second; }
  /// All links break.
  void break_links();
  /// All links break, and nobody listens any more; or, `silent`, nobody answers any more.
  void take_hub_away(bool silent);
  void bring_hub_back() { hub_ = Hub::kServes; }
  /// All identities are deleted, their links broken; CONNACK 5 for them from now on.
  void delete_identities();
  /// They are made again with the same keys.
  void restore_identities() { deleted_ = false; }

  // What was seen, in the order of time.

  const std::vector<Attempt>& attempts() const { return attempts_; }
  /// CONNACK 0.
  const std::vector<MonotonicTime>& accepted() const { return accepted_; }
  /// Twins that were read.
  const std::vector<MonotonicTime>& twin_reads() const { return twin_reads_; }
  /// Changes of up().
  struct Change {
    MonotonicTime at;
    std::size_t up;
  };
  const std::vector<Change>& changes() const { return changes_; }
  /// Refused since they were too many.
  std::size_t throttled() const { return throttled_; }
  /// Forgets what was seen.
  void forget();

 private:
  struct Member;
  enum class Hub { kServes, kRefuses, kSilent };
  struct Due {
    MonotonicTime at;
    std::size_t member;
    std::uint64_t generation;
    bool operator>(const Due& other) const { return at > other.at; }
  };

  void on_connect(test::ScriptedTransport& transport,
                  const test::ScriptedTransport::Connect& connect) override;
  void on_subscribe(test::ScriptedTransport& transport,
                    const test::ScriptedTransport::Subscribe& subscribe) override;
  void on_publish(test::ScriptedTransport& transport,
                  const test::ScriptedTransport::Publish& publish) override;
  void on_acknowledged(test::ScriptedTransport&, std::uint16_t) override {}
  void on_gone(test::ScriptedTransport& transport, bool orderly) override;

  void on_state(Member& member, const ConnectionStatus& status);
  void schedule(Member& member);
  bool step(MonotonicTime end);
  Duration round_trip() { return Duration(100 + network_.below(200)); }

  test::FakeClock clock_;
  test::TestCrypto crypto_;
  test::FakeRandom network_;
  std::unordered_map<const test::ScriptedTransport*, Member*> member_of_;
  std::vector<Member*> holders_;  // of each identity's link
  std::priority_queue<Due, std::vector<Due>, std::greater<Due>> queue_;
  Hub hub_ = Hub::kServes;
  bool deleted_ = false;
  unsigned limit_ = 0;
  std::int64_t next_slot_us_ = 0;
  std::size_t up_ = 0;
  std::size_t throttled_ = 0;
  std::vector<Attempt> attempts_;
  std::vector<MonotonicTime> accepted_;
  std::vector<MonotonicTime> twin_reads_;
  std::vector<Change> changes_;
  std::vector<std::unique_ptr<Member>> members_;  // go first: their last word is for what is above
};

}  // namespace hubtwin::storm
