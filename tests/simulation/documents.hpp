// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Random twin documents that the hub would accept.

#include "support/fake_random.hpp"

#include <map>
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

/// A small array of scalars and objects.
Json random_array(test::FakeRandom& random);
/// An object as a device reports it whole: without nulls.
Json random_reported_object(test::FakeRandom& random);

/// The value at a dotted path; discarded where there is none.
Json value_at(const Json& document, const std::string& path);
/// Puts a value at a dotted path; what stands in the way becomes an object.
void put_at(Json& document, const std::string& path, Json value);
/// Takes away what is at a dotted path, if anything.
void erase_at(Json& document, const std::string& path);
/// The path of the value on the way to `path` that isn't an object; empty: there is none.
std::string scalar_above(const std::string& path, const Json& section);
/// The document without objects that have no leaf in them: whether such are there is seldom of
/// interest, since a merge patch leaves them behind.
Json without_empty_objects(const Json& document);

/// Scalars, arrays and empty objects by their paths.
using Leaves = std::map<std::string, Json>;
Leaves leaves_of(const Json& document);
/// Whether one of two dotted paths is the other one or an object around it.
bool related(const std::string& one, const std::string& other);

}  // namespace hubtwin::simulation
