// SPDX-License-Identifier: MIT
#include "support.hpp"

#include <array>

#include <catch2/catch.hpp>

namespace engine_test {

using hubtwin::ByteSpan;
using hubtwin::Change;
using hubtwin::ChangeKind;
using hubtwin::JsonReader;
using hubtwin::Patch;
using hubtwin::PropertyTree;
using hubtwin::PropertyView;
using hubtwin::Span;
using hubtwin::Status;

std::string text_of(PropertyView view) {
  std::vector<char> room(1 << 20);
  hubtwin::JsonWriter writer(Span<char>(room.data(), room.size()));
  writer.write(view);
  REQUIRE(writer.status() == Status());
  REQUIRE(writer.complete());
  return std::string(writer.text());
}

Status read(std::string_view document, hubtwin::JsonHandler& handler, std::size_t step,
            const hubtwin::JsonLimits& limits) {
  std::vector<std::uint8_t> scratch(5200);
  JsonReader reader(ByteSpan(scratch.data(), scratch.size()), limits);
  reader.begin(handler);
  step = step == 0 ? document.size() : step;
  for (std::size_t at = 0; at < document.size(); at += step) {
    // A copy of each fragment, so that sanitizers see reads beyond it.
    const std::string_view part = document.substr(at, step);
    const std::vector<std::uint8_t> fragment(part.begin(), part.end());
    const Status status = reader.feed({fragment.data(), fragment.size()});
    if (!status.ok()) {
      return status;
    }
  }
  return reader.finish();
}

Status try_apply(PropertyTree& tree, std::string_view document, Patch::Mode mode,
                 std::size_t step) {
  Patch patch;
  REQUIRE(patch.begin(tree, mode) == Status());
  const Status status = read(document, patch, step);
  if (!status.ok()) {
    patch.abort();
    return status;
  }
  REQUIRE(patch.commit() == Status());
  patch.release();
  return status;
}

void must_apply(PropertyTree& tree, std::string_view document, Patch::Mode mode) {
  INFO(document);
  REQUIRE(try_apply(tree, document, mode) == Status());
}

std::vector<std::string> changes_of(const Patch& patch) {
  std::vector<std::string> lines;
  for (const Change& change : patch.changes()) {
    std::array<char, 2048> room;
    const auto path = change.path(Span<char>(room.data(), room.size()));
    REQUIRE(path.ok());
    CHECK(change.is_at(*path));
    const std::string name(*path);
    switch (change.kind()) {
      case ChangeKind::kAdded:
        CHECK_FALSE(change.old_value().exists());
        lines.push_back("+" + name + " " + text_of(change.new_value()));
        break;
      case ChangeKind::kRemoved:
        CHECK_FALSE(change.new_value().exists());
        lines.push_back("-" + name + " " + text_of(change.old_value()));
        break;
      case ChangeKind::kChanged:
        lines.push_back("=" + name + " " + text_of(change.old_value()) + " -> " +
                        text_of(change.new_value()));
        break;
    }
  }
  return lines;
}

std::vector<std::string> changes(PropertyTree& tree, std::string_view document, Patch::Mode mode) {
  Patch patch;
  REQUIRE(patch.begin(tree, mode) == Status());
  REQUIRE(read(document, patch) == Status());
  REQUIRE(patch.commit() == Status());
  std::vector<std::string> lines = changes_of(patch);
  CHECK(patch.changes().empty() == lines.empty());
  patch.release();
  return lines;
}

}  // namespace engine_test
