// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// BEHAVIOUR: a test that runs on every bench of the program.

#include "bench.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace hubtwin::conformance {

using Needs = std::vector<Ability>;

/// Name and needs of a behaviour, known before any test runs.
struct BehaviourEntry {
  BehaviourEntry(const char* name_given, Needs needs_given);
  const char* name;
  Needs needs;
};

/// Runs the body on every bench that can show it; says so where one can't.
void show_on_each_bench(const BehaviourEntry& behaviour, void (*body)(Bench&));

}  // namespace hubtwin::conformance

#define HUBTWIN_BEHAVIOUR(entry, body, name, needs)                       \
  static void body(::hubtwin::conformance::Bench&);                       \
  static const ::hubtwin::conformance::BehaviourEntry entry(name, needs); \
  TEST_CASE(name) {                                                       \
    ::hubtwin::conformance::show_on_each_bench(entry, body);              \
  }                                                                       \
  static void body([[maybe_unused]] ::hubtwin::conformance::Bench& bench)

/// BEHAVIOUR("subject: condition -> outcome") { uses `bench` }
#define BEHAVIOUR(name)                                               \
  HUBTWIN_BEHAVIOUR(INTERNAL_CATCH_UNIQUE_NAME(behaviour_entry),      \
                    INTERNAL_CATCH_UNIQUE_NAME(behaviour_body), name, \
                    ::hubtwin::conformance::Needs())

/// The same for one that not every bench can show: BEHAVIOUR_NEEDING("...", Ability::k..., ...).
#define BEHAVIOUR_NEEDING(name, ...)                                  \
  HUBTWIN_BEHAVIOUR(INTERNAL_CATCH_UNIQUE_NAME(behaviour_entry),      \
                    INTERNAL_CATCH_UNIQUE_NAME(behaviour_body), name, \
                    (::hubtwin::conformance::Needs{__VA_ARGS__}))
