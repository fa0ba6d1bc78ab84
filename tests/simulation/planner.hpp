// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What plans of any length are made of: random steps of one kind each.

#include "step.hpp"
#include "support/fake_random.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace hubtwin::simulation {

/// Appends steps for the identity who_, the first of which comes after wait_.
class Planner {
 public:
  explicit Planner(std::uint64_t seed) : choices_(seed) {}

 protected:
  ~Planner() = default;

  // The wait of an action stands before the first of its steps.
  Step& add(Act act, std::uint32_t n0 = 0, std::uint32_t n1 = 0, std::uint32_t n2 = 0,
            std::uint32_t n3 = 0);
  // What the network of a client is like, and what the client can take in one piece.
  void first_network();
  void change_desired();
  void use_application();
  void harm_requests();
  void harm_packets();
  std::vector<Step> take_steps() { return std::exchange(steps_, {}); }

  test::FakeRandom choices_;
  std::uint32_t who_ = 0;
  Duration wait_{0};

 private:
  // A value that may take a while to be sent, and what is reported meanwhile: often the same, or at
  // a place around it.
  void revise_long_value();
  Step inner_step();
  void report(Step& step);

  std::vector<Step> steps_;
};

}  // namespace hubtwin::simulation
