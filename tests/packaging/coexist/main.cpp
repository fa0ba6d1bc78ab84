// SPDX-License-Identifier: MIT
//
// hubtwin and three other JSON libraries in one program: each does its own work by its own
// settings.
#include "applications.hpp"
#include <hubtwin/hubtwin.hpp>

#include <cstdio>

namespace {

// A string with an escape and a number with an exponent: what the library hands to RapidJSON.
int read_by_hubtwin(const std::string& text) {
  std::uint8_t scratch[128];
  hubtwin::SizedPropertyTree<256> tree;
  hubtwin::Patch patch;
  hubtwin::JsonReader reader{hubtwin::ByteSpan(scratch)};
  if (!patch.begin(tree, hubtwin::Patch::Mode::kMerge)) {
    return -1;
  }
  reader.begin(patch);
  if (!reader.feed(hubtwin::as_bytes(text)) || !reader.finish() || !patch.commit()) {
    return -1;
  }
  patch.release();
  return static_cast<int>(tree["value"].as_double().value_or(-1));
}

int failures = 0;
void expect(bool condition, const char* what) {
  if (!condition) {
    std::printf("not so: %s\n", what);
    ++failures;
  }
}

}  // namespace

int main() {
  const std::string text = R"({"value":4211})";
  expect(read_by_hubtwin(R"({"\u0076alue":4.211e3})") == 4211,
         "hubtwin reads escapes and exponents");
  expect(read_by_hubtwin("/* no */" + text) == -1, "hubtwin takes no comments");
  expect(read_by_rapidjson(text) == 4211, "the application's RapidJSON takes comments");
  expect(read_by_cjson(text) == 4211, "cJSON reads");
  expect(read_by_nlohmann(text) == 4211, "nlohmann reads");

  const RapidJsonUse use = rapidjson_use();
  expect(use.failed_assertions > 0, "the application's RapidJSON uses the application's assertion");
  expect(use.allocations > 0, "the application's RapidJSON uses the application's allocation");
  const int allocations = use.allocations;
  expect(read_by_hubtwin(text) == 4211, "hubtwin reads again");
  expect(rapidjson_use().allocations == allocations, "hubtwin allocates nothing through it");
  return failures;
}
