// SPDX-License-Identifier: MIT
#include "support.hpp"

#include <algorithm>
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

Json json_of(PropertyView view) {
  return Json::parse(text_of(view));
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
        lines.push_back("+" + name + " " + json_of(change.new_value()).dump());
        break;
      case ChangeKind::kRemoved:
        CHECK_FALSE(change.new_value().exists());
        lines.push_back("-" + name + " " + json_of(change.old_value()).dump());
        break;
      case ChangeKind::kChanged:
        lines.push_back("=" + name + " " + json_of(change.old_value()).dump() + " -> " +
                        json_of(change.new_value()).dump());
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

namespace {

struct Leaves {
  std::map<std::string, Json> leaves;
  std::map<std::string, bool> objects;  // every path that holds an object
};

void collect(const Json& value, const std::string& path, Leaves& into) {
  if (value.is_object()) {
    into.objects[path] = true;
    for (const auto& [key, member] : value.items()) {
      collect(member, path.empty() ? key : path + "." + key, into);
    }
  }
  if (!path.empty() && (!value.is_object() || value.empty())) {
    into.leaves[path] = value;
  }
}

}  // namespace

std::vector<std::string> model_changes(const Json& before, const Json& after) {
  Leaves old_state;
  Leaves new_state;
  collect(before, "", old_state);
  collect(after, "", new_state);
  std::vector<std::string> lines;
  for (const auto& [path, value] : old_state.leaves) {
    const auto now = new_state.leaves.find(path);
    if (now == new_state.leaves.end()) {
      // An object that is still there hasn't gone.
      if (!(value.is_object() && new_state.objects.count(path) > 0)) {
        lines.push_back("-" + path + " " + value.dump());
      }
    } else if (now->second != value) {
      lines.push_back("=" + path + " " + value.dump() + " -> " + now->second.dump());
    }
  }
  for (const auto& [path, value] : new_state.leaves) {
    if (old_state.leaves.count(path) == 0 &&
        !(value.is_object() && old_state.objects.count(path) > 0)) {
      lines.push_back("+" + path + " " + value.dump());
    }
  }
  return lines;
}

OrderedJson Generator::scalar() {
  static const char* const kTexts[] = {"",
                                       "a",
                                       "ab",
                                       "abc",
                                       "abcd",
                                       "north",
                                       "eco standby",
                                       "5m",
                                       "\xC2\xB0"
                                       "C",
                                       "quote \" back \\ tab \t",
                                       "\xF0\x9F\x98\x80",
                                       "active primary production sector"};
  switch (below(9)) {
    case 0:
      return below(2) == 0;
    case 1:
      return static_cast<std::int64_t>(below(200)) - 100;
    case 2:
      return static_cast<std::int64_t>(below(0xFFFFFF)) - 0x7FFFFF;
    case 3:
      return static_cast<std::int64_t>((static_cast<std::uint64_t>(random_()) << 32) | random_());
    case 4:
      return static_cast<double>(below(100000)) / 8 + 0.0625;
    case 5:
      return static_cast<double>(below(1000000)) * 1e-7 + 0.1;
    case 6: {
      std::string text(below(300), 'x');
      for (char& letter : text) {
        letter = static_cast<char>('a' + below(26));
      }
      return text;
    }
    default:
      return kTexts[below(sizeof(kTexts) / sizeof(kTexts[0]))];
  }
}

std::string Generator::key() {
  static const char* const kKeys[] = {"a",
                                      "b",
                                      "c",
                                      "level",
                                      "unit",
                                      "mode",
                                      "sendFrequency",
                                      "status",
                                      "limits",
                                      "k",
                                      "\xC3\xA9t\xC3\xA9",
                                      "x-1"};
  if (below(8) == 0) {
    return "key" + std::to_string(below(40));
  }
  return kKeys[below(sizeof(kKeys) / sizeof(kKeys[0]))];
}

OrderedJson Generator::value(unsigned depth) {
  const std::uint32_t choice = below(10);
  if (depth > 0 && choice < 3) {
    return object(depth - 1, below(5));
  }
  if (depth > 0 && choice == 3) {
    return array(depth - 1);
  }
  return scalar();
}

OrderedJson Generator::object(unsigned depth, unsigned members) {
  OrderedJson made = OrderedJson::object();
  for (unsigned i = 0; i < members; ++i) {
    made[key()] = value(depth);
  }
  return made;
}

OrderedJson Generator::array(unsigned depth) {
  OrderedJson made = OrderedJson::array();
  for (std::uint32_t count = below(5); count > 0; --count) {
    made.push_back(below(12) == 0 ? OrderedJson() : value(depth));
  }
  return made;
}

OrderedJson Generator::patch(const Json& target, unsigned depth) {
  OrderedJson made = OrderedJson::object();
  if (target.is_object()) {
    for (const auto& [key, member] : target.items()) {
      switch (below(8)) {
        case 0:
          made[key] = nullptr;
          break;
        case 1:
          made[key] = value(depth);
          break;
        case 2:
          made[key] = OrderedJson::parse(member.dump());  // the same again
          break;
        case 3:
        case 4:
          if (depth > 0 && member.is_object()) {
            made[key] = patch(member, depth - 1);
          }
          break;
        default:
          break;
      }
    }
  }
  for (std::uint32_t count = below(3); count > 0; --count) {
    made[key()] = below(6) == 0 ? OrderedJson() : value(depth);
  }
  return made;
}

}  // namespace engine_test
