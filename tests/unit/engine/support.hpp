// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What the engine's tests share: documents in and out of trees, and changes as text.

#include <hubtwin/twin/json_reader.hpp>
#include <hubtwin/twin/json_writer.hpp>
#include <hubtwin/twin/patch.hpp>
#include <hubtwin/twin/property_tree.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace engine_test {

/// What stands in a tree, as text.
std::string text_of(hubtwin::PropertyView view);
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

}  // namespace engine_test
