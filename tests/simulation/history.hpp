// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Plays one history of devices, their hub and the network between them, and tells what that
/// broke.

#include "device.hpp"
#include "step.hpp"

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

/// What else than its steps decides a history.
struct Setting {
  std::uint64_t seed = 1;  ///< Of the clients' own random numbers.
  Plant plant = Plant::kNone;
  bool trace = false;  ///< Whether Verdict::trace is wanted.
};

/// How a history ended.
struct Verdict {
  std::string failure;             ///< Empty: everything held.
  std::vector<std::string> trace;  ///< What happened, a line each, for a person to read.
  Counts counts;
};

/// Plays the steps, ends all faults, and waits until all is in step and quiet. The same every time,
/// on every machine.
Verdict play(const std::vector<Step>& steps, const Setting& setting);

}  // namespace hubtwin::simulation
