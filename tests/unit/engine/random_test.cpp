// SPDX-License-Identifier: MIT
#include "model.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

using engine_test::Generator;
using engine_test::HeapTree;
using engine_test::Json;
using engine_test::json_of;
using engine_test::must_apply;
using engine_test::OrderedJson;
using engine_test::text_of;
using hubtwin::Patch;
using hubtwin::Status;

namespace {

// What is left of a whole document when nulls outside arrays count as not named.
void strip_nulls(Json& value) {
  if (!value.is_object()) {
    return;
  }
  for (auto member = value.begin(); member != value.end();) {
    if (member->is_null()) {
      member = value.erase(member);
    } else {
      strip_nulls(*member);
      ++member;
    }
  }
}

std::vector<std::string> sorted(std::vector<std::string> lines) {
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace

TEST_CASE("random patches: merged and replaced -> as nlohmann/json, with the model's changes",
          "[long]") {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    Generator generator(seed);
    HeapTree tree(200000);
    Json model = Json::object();
    for (int round = 0; round < 60; ++round) {
      const bool whole = generator.below(5) == 0;
      OrderedJson document = generator.patch(model, 5);
      if (whole) {
        // Much of what was, so that there is something to compare.
        Json next = model;
        next.merge_patch(Json::parse(document.dump()));
        document =
            generator.below(3) == 0 ? generator.object(4, 8) : OrderedJson::parse(next.dump());
      }
      const std::string text = document.dump();
      INFO("seed " << seed << " round " << round << (whole ? " replace " : " merge ") << text);
      const Json before = model;
      if (whole) {
        model = Json::parse(text);
        strip_nulls(model);
      } else {
        model.merge_patch(Json::parse(text));
      }
      const auto told =
          engine_test::changes(*tree, text, whole ? Patch::Mode::kReplace : Patch::Mode::kMerge);
      REQUIRE(json_of(tree->root()) == model);
      REQUIRE(sorted(engine_test::canonical(told)) ==
              sorted(engine_test::model_changes(before, model)));
    }
    // Read once more it takes no room beyond what it holds.
    tree->reset_high_water();
    for (const Patch::Mode mode : {Patch::Mode::kMerge, Patch::Mode::kReplace}) {
      REQUIRE(engine_test::changes(*tree, text_of(tree->root()), mode).empty());
      REQUIRE(tree->high_water() == tree->bytes_used());
    }
    HeapTree fresh(200000);
    must_apply(*fresh, text_of(tree->root()));
    REQUIRE(equal_values(tree->root(), fresh->root()));
    REQUIRE(tree->bytes_used() == fresh->bytes_used());
  }
}

TEST_CASE("random patches: aborted anywhere -> as if never begun", "[long]") {
  Generator generator(99);
  HeapTree tree(200000);
  must_apply(*tree, generator.object(5, 12).dump());
  for (int round = 0; round < 1500; ++round) {
    const std::string before = text_of(tree->root());
    const std::size_t used = tree->bytes_used();
    std::string document = generator.patch(json_of(tree->root()), 5).dump();
    document.resize(generator.below(static_cast<std::uint32_t>(document.size()) + 1));
    {
      Patch patch;
      REQUIRE(patch.begin(*tree, generator.below(2) == 0 ? Patch::Mode::kMerge
                                                         : Patch::Mode::kReplace) == Status());
      static_cast<void>(engine_test::read(document, patch));
    }
    INFO(document);
    REQUIRE(text_of(tree->root()) == before);
    REQUIRE(tree->bytes_used() == used);
  }
}

#if HUBTWIN_FLOAT  // the documents have fractions

static std::string data_file(const std::string& name) {
  std::ifstream file(std::string(HUBTWIN_TEST_DATA) + "/" + name, std::ios::binary);
  REQUIRE(file.good());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST_CASE("twin documents: read whole, then patched a hundred times -> the expected section") {
  for (const char* size : {"small", "medium", "large"}) {
    INFO(size);
    const std::string document = data_file(std::string("twin-") + size + ".json");
    HeapTree tree(document.size() + 2000);
    must_apply(*tree, document, Patch::Mode::kReplace);
    Json twin = Json::parse(document);
    twin["desired"].erase("$version");
    twin["reported"].erase("$version");
    CHECK(json_of(tree->root()) == twin);

    HeapTree desired(100000);
    must_apply(*desired, twin["desired"].dump());
    std::istringstream patches(data_file(std::string("patches-") + size + ".jsonl"));
    int count = 0;
    for (std::string line; std::getline(patches, line); ++count) {
      must_apply(*desired, line);
    }
    CHECK(count == 100);
    Json expected = Json::parse(data_file(std::string("expect-") + size + ".json"));
    expected.erase("$version");
    CHECK(json_of(desired->root()) == expected);
  }
}

TEST_CASE("twin documents: held in one tree -> no more than promised") {
  struct Row {
    const char* size;
    std::size_t bytes;
  };
  for (const Row& row : {Row{"small", 224}, Row{"medium", 9500}, Row{"large", 58000}}) {
    const std::string document = data_file(std::string("twin-") + row.size + ".json");
    HeapTree tree(100000);
    must_apply(*tree, document, Patch::Mode::kReplace);
    INFO(row.size << ": " << tree->bytes_used() << " bytes held, " << tree->high_water()
                  << " at most");
    CHECK(tree->bytes_used() <= row.bytes);
    CHECK(tree->high_water() == tree->bytes_used());
  }
}

#endif
