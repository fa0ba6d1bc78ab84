// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// One identity of a history: its client with an application that believes its callbacks and
/// nothing else, its network, and the promises that are watched all the time.

#include "claims.hpp"
#include "elastic_client.hpp"
#include "journal.hpp"
#include "kept.hpp"
#include "known_to_hub.hpp"
#include "step.hpp"
#include "storehouse.hpp"
#include "support/model_hub.hpp"
#include "support/world.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace hubtwin::simulation {

/// What histories were made of, to see that they weren't empty.
struct Counts {
  std::uint64_t links = 0;
  std::uint64_t changes = 0;
  std::uint64_t flushes = 0;
  std::uint64_t telemetry = 0;
  std::uint64_t refused = 0;        // documents that didn't fit their arena
  std::uint64_t in_place = 0;       // changes told without their old values
  std::uint64_t power_cuts = 0;     // in an operation of the flash, or between two
  std::uint64_t program_cuts = 0;   // of them, those that all clients of a program died by
  std::uint64_t crossings = 0;      // of clients' writes in one log
  std::uint64_t kept_sections = 0;  // told to the application before any network
  std::uint64_t kept_values = 0;    // reported ones, staged again
  std::uint64_t kept_messages = 0;  // owed by the store after a restart
};

class Device {
 public:
  /// Creates the identity at the hub; the client comes with Act::kPowerOn.
  Device(test::World& world, test::ModelHub& hub, Journal& journal, Counts& counts,
         std::uint32_t who);
  /// A client that has no storage yet will have it in this log, which others may use as well.
  void share(Storehouse& program_log) { program_log_ = &program_log; }
  /// After a contract was broken the client can't be ended in good order any more.
  void abandon_client() { static_cast<void>(new std::shared_ptr<Client>(std::move(client_))); }

  const std::string& identity() const { return identity_; }
  bool is_on() const { return client_ != nullptr; }
  Client& client() { return *client_; }
  test::ScriptedTransport& transport() { return transport_; }

  /// Plays a step that concerns this identity alone.
  void play(const Step& step);
  /// Notes what the stores have stored; has power come back, if it failed in the last poll at a log
  /// that is this client's own.
  void look_after_storage();
  /// What becomes of a packet that the hub sends.
  test::ModelHub::Fate fate_of(test::ModelHub::Kind kind);
  /// From now on all packets arrive, in order and once.
  void end_of_faults();
  /// From now on no GET is answered; for the simulation's own test.
  void lose_get_answers() { lose_get_answers_ = true; }

  // Power fails for the whole program, and comes back to its log between the first two of these.

  /// All in RAM is gone.
  void power_off();
  /// The client is made and opened.
  void power_on();
  /// All clients were polled twice since then: what was stored must have been told.
  void expect_stored_section();

  /// The promises that hold at every moment. \return what is broken; empty: nothing.
  std::string broken_promise();
  /// What keeps client and hub from being in step; empty: nothing.
  std::string difference();

 private:
  void begin_with_storage();
  void begin_with_stored_section();
  void restore();
  bool watches(std::uint32_t watched) const;
  void register_handler(std::uint32_t watched);
  void act(const Step& step);
  void act_inside(std::uint32_t callback);
  void report(const std::string& path, const Json& value, bool by_value);
  void claim_reported(const std::string& path, const Json& value, FlushId flush);
  void remove(const std::string& path);
  bool may_be_refused(Error error, const std::string& path, const Json& value) const;
  void send_telemetry(std::uint32_t count);
  void patch_desired(const Json& patch);
  void judge(const Step& step);
  void arm_race(const Step& step);

  void told(std::uint32_t watched, const DesiredChange& change);
  void flushed(const FlushOutcome& outcome);
  void left(std::uint32_t ticket, Status outcome);
  void received(const Message& message);
  int next_owed_message() const;
  void published(const test::ScriptedTransport::Publish& publish);
  void delivered(const test::ScriptedTransport::Message& message, bool wanted);

  void claim(bool holds, const std::string& what);
  void watch_version();
  std::string wrong_leaf(const DesiredChange& change, const std::optional<Json>& before,
                         const std::optional<Json>& after) const;
  std::string desired_difference();
  std::string handler_difference(const Json& document) const;
  std::string telemetry_difference() const;
  std::string storage_difference() const;
  Json truth() const;
  bool fits(const Json& document) const;
  bool tight() const;

  test::World& world_;
  test::ModelHub& hub_;
  Journal& journal_;
  Counts& counts_;
  std::uint32_t who_;
  std::string identity_;
  std::string connection_string_;
  test::ScriptedTransport transport_;
  Capacities capacities_;       // of the client that is on
  Capacities next_capacities_;  // of the next one
  std::string broken_;          // the first claim that failed in a callback

  // What the network and the hub will do.
  struct Armed {
    std::uint32_t skip;
    Harm harm;
    std::uint32_t size;
  };
  std::array<std::deque<Armed>, 8> armed_;  // by ModelHub::Kind
  std::deque<Step> races_;
  bool lose_get_answers_ = false;
  std::array<std::deque<Step>, kCallbackCount> inside_;

  // The hub's side of the story.
  unsigned epoch_ = 0;               // how often the identity was made anew
  std::set<TwinVersion> skipped_;    // desired versions whose notification the hub never sent
  Json inherited_ = Json::object();  // reported as this boot found it
  bool has_reported_ = false;        // an update has left since power-on
  int last_message_ = 0;
  std::set<int> owed_messages_;   // sent by the hub, not received
  std::set<int> owed_telemetry_;  // taken by send(), not excused by a power cut
  int last_telemetry_ = 0;
  std::map<int, unsigned> telemetry_runs_;  // in which run_ each was sent
  unsigned run_ = 0;  // counts what begins with an empty outbox: programs, and being closed

  // What survives power cuts.
  std::optional<bool> next_storage_;     // from the next power-on; whether it stores at once
  Storehouse* program_log_ = nullptr;    // that there is for all clients of the program
  std::unique_ptr<Storehouse> own_log_;  // of a client that found none
  Storehouse* storehouse_ = nullptr;     // one of them, from the first power-on with storage
  std::unique_ptr<Stores> stores_;       // of the client that is on
  Kept kept_;
  bool restore_owed_ = false;  // reported values wait for the turn to be staged again

  // The application's: what it was told, and what it said.
  struct Told {
    std::optional<Json> value;  // none: nothing there
    TwinVersion version = kNoVersion;
    unsigned returns = 0;
    bool called = false;
  };
  std::array<Told, kWatchedCount> told_;
  std::int64_t bound_ = -1;           // follows "a"
  std::int64_t expected_bound_ = -1;  // as the handler of "a" saw it
  Claims claims_;
  KnownToHub known_to_hub_;
  std::set<FlushId> flushes_;          // named by report(), not completed
  std::set<FlushId> named_flushes_;    // all of those
  std::map<std::uint32_t, int> sent_;  // tickets that wait for their outcome
  int newest_message_ = 0;
  Status last_error_;                        // of reading the twin, since it was in step
  TwinVersion newest_version_ = kNoVersion;  // that the client was at
  bool may_return_ = false;                  // to a lower one: the identity was made anew
  unsigned returns_ = 0;                     // how often it did
  TwinVersion compared_ = kNoVersion;        // version at which the documents were found equal

  std::shared_ptr<Client> client_;  // last: its end calls nothing back
};

}  // namespace hubtwin::simulation
