// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Independent models for the engine's tests, on nlohmann/json, and a generator of documents.

#include "support.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace engine_test {

/// Keeps the order of members, as the tree does.
using OrderedJson = nlohmann::ordered_json;
using Json = nlohmann::json;

/// What stands in a tree, parsed by nlohmann/json; compares without regard to the order of members.
Json json_of(hubtwin::PropertyView view);

/// The model: what changes_of() should say, in any order, from the two states.
std::vector<std::string> model_changes(const Json& before, const Json& after);

/// Lines of changes_of() with their values written as the model writes them.
std::vector<std::string> canonical(std::vector<std::string> lines);

/// Makes documents that look like twins, and some that don't.
class Generator {
 public:
  explicit Generator(std::uint32_t seed) : random_(seed) {}
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }
  /// Any scalar but null.
  OrderedJson scalar();
  std::string key();
  OrderedJson object(unsigned depth, unsigned members);
  OrderedJson array(unsigned depth);
  /// A merge patch that touches what is there, and adds.
  OrderedJson patch(const Json& target, unsigned depth);

 private:
  OrderedJson value(unsigned depth);
  std::mt19937 random_;
};

}  // namespace engine_test
