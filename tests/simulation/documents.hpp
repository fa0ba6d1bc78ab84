// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Random twin documents that the hub would accept.

#include "support/fake_random.hpp"

#include <string>

#include <nlohmann/json.hpp>

namespace hubtwin::simulation {

using Json = nlohmann::json;

/// A scalar; seldom the same twice.
Json random_scalar(test::FakeRandom& random);
/// A merge patch for a desired section: few keys, so that patches meet, with nulls that delete.
Json random_patch(test::FakeRandom& random);
/// A whole desired section, without nulls.
Json random_document(test::FakeRandom& random);

/// Paths that a device reports: leaves, and inner objects that may be removed.
inline constexpr const char* kReportedLeaves[] = {"p", "q", "r.x", "r.y", "s.t.u"};
inline constexpr const char* kReportedPlaces[] = {"p", "q", "r.x", "r.y", "r", "s.t", "s", "s.t.u"};

/// The value at a dotted path; discarded where there is none.
Json value_at(const Json& document, const std::string& path);

}  // namespace hubtwin::simulation
