// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What the engine's tests share: documents in and out of trees, an independent model of changes,
/// and a generator of documents.

#include <hubtwin/twin/json_reader.hpp>
#include <hubtwin/twin/json_writer.hpp>
#include <hubtwin/twin/patch.hpp>
#include <hubtwin/twin/property_tree.hpp>

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace engine_test {

/// Keeps the order of members, as the tree does.
using OrderedJson = nlohmann::ordered_json;
using Json = nlohmann::json;

/// What stands in a tree, as text.
std::string text_of(hubtwin::PropertyView view);
/// The same parsed by nlohmann/json; compares without regard to the order of members.
Json json_of(hubtwin::PropertyView view);

/// Feeds a document to a handler in fragments of `step` bytes (0: in one).
hubtwin::Status read(std::string_view document, hubtwin::JsonHandler& handler, std::size_t step = 0,
                     const hubtwin::JsonLimits& limits = {});

/// Merges or replaces, commits and releases; on an error takes everything back.
hubtwin::Status try_apply(hubtwin::PropertyTree& tree, std::string_view document,
                          hubtwin::Patch::Mode mode = hubtwin::Patch::Mode::kMerge,
                          std::size_t step = 0);
/// Applies a document that must be fine.
void must_apply(hubtwin::PropertyTree& tree, std::string_view document,
                hubtwin::Patch::Mode mode = hubtwin::Patch::Mode::kMerge);

/// One line a change: `+path new`, `-path old`, `=path old -> new`.
std::vector<std::string> changes_of(const hubtwin::Patch& patch);
/// Applies a document and answers its changes.
std::vector<std::string> changes(hubtwin::PropertyTree& tree, std::string_view document,
                                 hubtwin::Patch::Mode mode = hubtwin::Patch::Mode::kMerge);

/// The model: what changes_of() should say, in any order, from the two states.
std::vector<std::string> model_changes(const Json& before, const Json& after);

/// A tree with an arena on the heap, so that sanitizers see its bounds.
class HeapTree {
 public:
  explicit HeapTree(std::size_t bytes, hubtwin::KeyTable keys = {})
      : arena_(bytes), tree_(hubtwin::ByteSpan(arena_.data(), arena_.size()), keys) {}
  hubtwin::PropertyTree& operator*() { return tree_; }
  hubtwin::PropertyTree* operator->() { return &tree_; }

 private:
  std::vector<std::uint8_t> arena_;
  hubtwin::PropertyTree tree_;
};

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
