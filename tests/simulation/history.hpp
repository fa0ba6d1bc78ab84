// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// One random history of a device, its hub and the network between them, and what must hold
/// during it and after it.

#include <cstdint>
#include <string>
#include <vector>

namespace hubtwin::simulation {

/// A wrong turn of the hub that the library can't make good. Planted to see that the simulation
/// would notice a library that errs.
enum class Plant : std::uint8_t {
  kNone,
  kAcknowledgedNotApplied,  ///< Some reported updates are acknowledged and not applied.
  kNeverAnswersGet,         ///< From some moment on, no GET is ever answered.
  kSilentChange,            ///< Desired properties change without a version or notification.
};
/// The plant of that name ("acknowledged-not-applied", ...); kNone where there is none.
Plant plant_named(const std::string& name);

/// How a history ended.
struct Verdict {
  std::string failure;             ///< Empty: everything held.
  std::vector<std::string> trace;  ///< What happened, a line each, for a person to read.
  // What was covered, to see that the histories aren't empty.
  std::uint64_t links = 0;
  std::uint64_t changes = 0;
  std::uint64_t flushes = 0;
  std::uint64_t telemetry = 0;
};

/// Plays the history of this seed: the same every time, on every machine.
Verdict play(std::uint64_t seed, Plant plant);

}  // namespace hubtwin::simulation
