// SPDX-License-Identifier: MIT
/// \file
/// Target: JsonReader with Patch, held against RapidJSON and nlohmann/json.
///
/// Input: bytes of the arena beyond the least (two bytes), scratch beyond the least by eights,
/// fragments (see in_fragments), flags; then documents, with kSeparator between them. Flags: 1 keys
/// that cost no arena, 2 values that can't be kept leave their property as it was, 4 every second
/// document replaces, 8 the first does, 16 every third is taken back after its commit.
///
/// The library differs from the others, and only there: NUL bytes and byte order marks are refused
/// (RFC 8259); more than JsonReader::kDeepest levels, keys beyond JsonLimits::max_key or the
/// scratch; numbers of more than kMaxNumberCharacters characters or beyond a double, and strings
/// beyond the scratch, are no values.

#include "fuzz/input.hpp"
#include "fuzz/read_json.hpp"
#include "support/json_oracle.hpp"
#include "support/view_json.hpp"
#include <hubtwin/twin/json_writer.hpp>
#include <hubtwin/twin/patch.hpp>
#include <hubtwin/twin/property_tree.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include <nlohmann/json.hpp>

namespace {

using hubtwin::ByteSpan;
using hubtwin::Change;
using hubtwin::ChangeKind;
using hubtwin::Error;
using hubtwin::JsonLimits;
using hubtwin::Patch;
using hubtwin::PropertyTree;
using hubtwin::PropertyView;
using hubtwin::Span;
using hubtwin::Status;
using hubtwin::fuzz::Input;
using hubtwin::fuzz::read_json;
using hubtwin::test::json_of;
using hubtwin::test::JsonVerdict;
using hubtwin::test::TokenLog;
using Json = nlohmann::json;

constexpr std::size_t kLeastScratch = 64;
constexpr std::string_view kKeys[] = {"level", "limits", "mode", "sendFrequency"};

struct Ignore final : hubtwin::RefusedValues {
  void on_refused(PropertyView object, std::string_view, Error) override {
    ++count;
    FUZZ_HOLDS(object.is_object());
  }
  std::size_t count = 0;
};

std::string text_of(PropertyView view) {
  static std::vector<char> room(std::size_t{1} << 20);
  hubtwin::JsonWriter writer(Span<char>(room.data(), room.size()));
  writer.write(view);
  FUZZ_HOLDS(writer.complete());
  return std::string(writer.text());
}

// What the tree makes of a document: without names of the hub's own, in a whole document without
// nulls outside arrays, and with doubles for what 64 bits with sign don't hold.
void strip(Json& value, bool nulls) {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) {
    value = static_cast<double>(value.get<std::uint64_t>());
  } else if (value.is_array()) {
    for (Json& element : value) {
      strip(element, false);
    }
  } else if (value.is_object()) {
    for (auto member = value.begin(); member != value.end();) {
      if (member.key().substr(0, 1) == "$" || (nulls && member->is_null())) {
        member = value.erase(member);
      } else {
        strip(*member, nulls);
        ++member;
      }
    }
  }
}

// Whether two values are equal, numbers by their exact value whatever their type: operator==
// rounds.
bool same(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) {
    const auto exact = [](const Json& number) {
      return number.is_number_unsigned()  ? static_cast<long double>(number.get<std::uint64_t>())
             : number.is_number_integer() ? static_cast<long double>(number.get<std::int64_t>())
                                          : static_cast<long double>(number.get<double>());
    };
    return exact(a) == exact(b);
  }
  if (a.type() != b.type() || a.size() != b.size() || !a.is_structured()) {
    return a == b;
  }
  if (a.is_array()) {
    return std::equal(a.begin(), a.end(), b.begin(), same);
  }
  return std::all_of(a.items().begin(), a.items().end(), [&b](const auto& member) {
    const auto other = b.find(member.key());
    return other != b.end() && same(member.value(), *other);
  });
}

// Reading by itself: the same as RapidJSON and nlohmann/json, and the same however it is cut.
void compare_reading(std::string_view text, std::uint8_t fragments, ByteSpan scratch,
                     const JsonVerdict& verdict) {
  JsonLimits limits;
  limits.max_depth = hubtwin::JsonReader::kDeepest;
  TokenLog whole;
  const Status status = read_json(text, 0, scratch, limits, whole);
  TokenLog cut;
  FUZZ_HOLDS(read_json(text, fragments, scratch, limits, cut) == status);
  FUZZ_HOLDS_WITH(cut.text == whole.text, cut.text + "--\n" + whole.text);
  if (verdict.unsure) {
    return;
  }
  const std::size_t longest_key = std::min<std::size_t>(limits.max_key, scratch.size());
  const bool expected = verdict.valid && verdict.depth <= hubtwin::JsonReader::kDeepest &&
                        verdict.longest <= longest_key;
  FUZZ_HOLDS_WITH(status.ok() == expected, hubtwin::to_string(status.error()));
  FUZZ_HOLDS_WITH(!expected || whole.text == verdict.tokens.text,
                  whole.text + "--\n" + verdict.tokens.text);
  if (verdict.valid && whole.refused == 0 && expected) {
    FUZZ_HOLDS(Json::accept(text));
  }
  if (!verdict.valid && text.find('\0') == std::string_view::npos &&
      text.substr(0, 3) != "\xEF\xBB\xBF") {
    FUZZ_HOLDS(!Json::accept(text));
  }
}

struct Bench {
  Bench(std::size_t bytes, bool keys)
      : arena(bytes),
        tree(ByteSpan(arena.data(), arena.size()),
             keys ? hubtwin::KeyTable(kKeys) : hubtwin::KeyTable()) {}
  std::vector<std::uint8_t> arena;
  PropertyTree tree;
};

// Each change is what it says, and there are some exactly when something changed.
void check_changes(const Patch& patch, bool changed, bool odd_keys) {
  std::size_t count = 0;
  for (const Change& change : patch.changes()) {
    ++count;
    std::array<char, 4096> room;
    const auto path = change.path(Span<char>(room.data(), room.size()));
    FUZZ_HOLDS(odd_keys || !path.ok() || change.is_at(*path));
    FUZZ_HOLDS(change.old_value().exists() == (change.kind() != ChangeKind::kAdded));
    FUZZ_HOLDS(change.new_value().exists() == (change.kind() != ChangeKind::kRemoved));
    FUZZ_HOLDS(change.kind() != ChangeKind::kChanged ||
               !same(json_of(change.old_value()), json_of(change.new_value())));
  }
  FUZZ_HOLDS((count != 0) == changed);
  FUZZ_HOLDS(patch.changes().empty() == !changed);
}

// Whether a good document may be refused with this error.
bool may_refuse(Error error, const JsonVerdict& verdict, std::size_t size, std::size_t longest_key,
                const PropertyTree& tree, std::string_view text) {
  switch (error) {
    case Error::kNoSpace:
      // 8 bytes a node and 4 a key, of which each takes two characters of the document or more.
      return tree.bytes_free() < 64 + 8 * size;
    case Error::kWrongType:
      return text.find_first_not_of(" \t\r\n") != text.find('{');
    case Error::kJsonTooDeep:
      return verdict.depth > HUBTWIN_MAX_DEPTH;
    case Error::kJsonTooLong:
      return verdict.longest > longest_key || verdict.tokens.refused != 0;
    case Error::kJsonNumber:
      return verdict.tokens.refused != 0;
    default:
      return false;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Input input(bytes, size);
  const std::size_t arena = PropertyTree::kMinimumBytes + input.word() % 20000;
  std::vector<std::uint8_t> scratch(kLeastScratch + std::size_t{8} * input.byte());
  const std::uint8_t fragments = input.byte();
  const std::uint8_t flags = input.byte();
  Bench bench(arena, (flags & 1) != 0);
  PropertyTree& tree = bench.tree;
  const ByteSpan room(scratch.data(), scratch.size());
  Json model = Json::object();
  bool odd_keys = false;

  for (unsigned round = 0; !input.empty() && round < 16; ++round) {
    const std::string_view text = input.part();
    const JsonVerdict verdict = hubtwin::test::judge_json(text, scratch.size());
    compare_reading(text, fragments, room, verdict);
    odd_keys |= verdict.odd_keys || verdict.unsure;

    const bool replace = (flags & ((round % 2 == 0) ? 8 : 4)) != 0;
    const bool take_back = (flags & 16) != 0 && round % 3 == 2;
    const std::string before = text_of(tree.root());
    const std::size_t used = tree.bytes_used();
    Ignore ignore;
    Patch patch;
    FUZZ_HOLDS(patch
                   .begin(tree, replace ? Patch::Mode::kReplace : Patch::Mode::kMerge,
                          (flags & 2) != 0 ? &ignore : nullptr)
                   .ok());
    const Status status = hubtwin::fuzz::read_json(text, fragments, room, JsonLimits(), patch);
    // Nothing shows before it is committed.
    FUZZ_HOLDS(text_of(tree.root()) == before);
    if (status.ok()) {
      FUZZ_HOLDS(verdict.valid || verdict.unsure);
      FUZZ_HOLDS(patch.commit().ok());
      check_changes(patch, !same(json_of(tree.root()), model), odd_keys);
    } else {
      FUZZ_HOLDS(!patch.complete() || !verdict.valid || verdict.unsure);
    }
    if (!status.ok() || take_back) {
      patch.abort();
      FUZZ_HOLDS_WITH(text_of(tree.root()) == before, before + "\n" + text_of(tree.root()));
      FUZZ_HOLDS(tree.bytes_used() == used);
      FUZZ_HOLDS_WITH(status.ok() || !verdict.valid ||
                          may_refuse(status.error(), verdict, text.size(),
                                     std::min<std::size_t>(1024, scratch.size()), tree, text),
                      hubtwin::to_string(status.error()));
      continue;
    }
    patch.release();

    Json document = Json::parse(text, nullptr, false);
    if (verdict.tokens.refused != 0 || verdict.unsure || document.is_discarded()) {
      model = json_of(tree.root());  // what can't be kept has left things as they were
    } else {
      strip(document, replace);
      if (replace) {
        model = document;
      } else {
        model.merge_patch(document);
      }
    }
    FUZZ_HOLDS_WITH(same(json_of(tree.root()), model), text_of(tree.root()) + "\n" + model.dump());
    FUZZ_HOLDS(Json::parse(text_of(tree.root())) == model);
    FUZZ_HOLDS(tree.bytes_used() <= tree.capacity() && tree.high_water() >= tree.bytes_used());
  }

  // What the tree says of itself is read again as it is, into the same room: nothing leaked.
  std::vector<std::uint8_t> large(8192);
  Bench again(arena, (flags & 1) != 0);
  Patch patch;
  FUZZ_HOLDS(patch.begin(again.tree, Patch::Mode::kMerge).ok());
  JsonLimits limits;
  const Status status = hubtwin::fuzz::read_json(
      text_of(tree.root()), fragments, ByteSpan(large.data(), large.size()), limits, patch);
  FUZZ_HOLDS_WITH(status.ok(), hubtwin::to_string(status.error()));
  FUZZ_HOLDS(patch.commit().ok());
  patch.release();
  FUZZ_HOLDS(equal_values(tree.root(), again.tree.root()));
  FUZZ_HOLDS(again.tree.bytes_used() == tree.bytes_used());
  return 0;
}
