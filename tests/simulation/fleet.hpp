// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The clients of one program, their hub and all that lies between them: what steps are played on,
/// and how it must end.

#include "device.hpp"
#include "journal.hpp"
#include "step.hpp"
#include "support/model_hub.hpp"
#include "support/world.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace hubtwin::simulation {

/// Thrown where something that must hold doesn't.
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};
void expect(bool holds, const std::string& what);

class Fleet {
 public:
  /// \param[in] seed   Of the clients' own random numbers.
  /// \param[in] trace  Whether a journal is kept.
  Fleet(std::uint64_t seed, bool trace);

  test::World& world() { return world_; }
  test::ModelHub& hub() { return hub_; }
  Journal& journal() { return journal_; }
  Counts counts() const;

  /// Lets the step's time pass, and plays it. Throws Broken for a promise that doesn't hold.
  void play(const Step& step);
  /// Lets time pass; the promises that hold at every moment are looked at in its end.
  void run_for(Duration duration);

  /// The identity of that number, made when first asked for.
  Device& device(std::uint32_t who);
  /// Visits those whose client was ever switched on.
  template <class Visit>
  void for_each_client(Visit visit) {
    for (const std::unique_ptr<Device>& device : devices_) {
      if (device != nullptr && device->is_on()) {
        visit(*device);
      }
    }
  }
  /// After a contract was broken, when clients can't be ended in good order any more.
  void abandon_clients();

  // How it ends, in this order.

  /// Network, hub and clock are well again, and time passes until every client has noticed.
  void end_of_faults();
  /// Clients that the application closed are opened.
  void open_all();
  /// All comes into step.
  void converge();
  /// And the clients are quiet then, whatever went before.
  void stay_converged();

 private:
  void check();
  void look_after_storage();
  void restart_program();
  bool run_until(const std::function<bool()>& done, Duration limit);
  void play_now(const Step& step);
  std::string difference();

  test::World world_;
  test::ModelHub hub_{world_};
  Journal journal_;
  Counts counts_;
  std::unique_ptr<Storehouse> program_log_;  // null: each client has its own
  std::vector<std::unique_ptr<Device>> devices_;
  Device* differed_ = nullptr;  // last
};

}  // namespace hubtwin::simulation
