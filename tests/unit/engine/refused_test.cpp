// SPDX-License-Identifier: MIT
#include "model.hpp"

#include <catch2/catch.hpp>

using engine_test::HeapTree;
using engine_test::must_apply;
using engine_test::read;
using engine_test::text_of;
using hubtwin::Error;
using hubtwin::JsonLimits;
using hubtwin::Patch;
using hubtwin::PropertyView;
using hubtwin::RefusedValues;
using hubtwin::Span;
using hubtwin::Status;

namespace {

// Writes down each refused path with the reason's first letter.
class Refused final : public RefusedValues {
 public:
  void on_refused(PropertyView object, std::string_view key, Error reason) override {
    char room[200];
    const auto path = object.path(Span<char>(room));
    REQUIRE(path.ok());
    lines += std::string(*path) + (path->empty() ? "" : ".") + std::string(key);
    lines += reason == Error::kJsonTooLong  ? " long;"
             : reason == Error::kJsonNumber ? " number;"
                                            : "?";
  }

  std::string lines;
};

JsonLimits short_strings() {
  JsonLimits limits;
  limits.max_string = 8;
  limits.max_number = 10;
  return limits;
}

struct Row {
  const char* before;
  const char* document;
  const char* merged;
  const char* replaced;
  const char* refused;
};

const Row kRows[] = {
    {R"({"a":"old","c":2})", R"({"a":"too long a text","b":1})", R"({"a":"old","c":2,"b":1})",
     R"({"a":"old","b":1})", "a long;"},
    {"{}", R"({"a":"too long a text","b":1})", R"({"b":1})", R"({"b":1})", "a long;"},
    {"{}", R"({"a":"8 bytes.","b":"\u00e9\u00e9\u00e9\u00e9","c":"\u00e9\u00e9\u00e9\u00e9."})",
     R"({"a":"8 bytes.","b":"éééé"})", R"({"a":"8 bytes.","b":"éééé"})", "c long;"},
    {R"({"n":7})", R"({"n":12345678901,"m":1e999,"o":-1234567890.5,"p":1})", R"({"n":7,"p":1})",
     R"({"n":7,"p":1})", "n number;m number;o number;"},
    // Below objects, old and new.
    {R"({"o":{"x":1}})", R"({"o":{"x":"too long a text","y":2},"p":{"q":{"r":"too long a text"}}})",
     R"({"o":{"x":1,"y":2},"p":{"q":{}}})", R"({"o":{"x":1,"y":2},"p":{"q":{}}})",
     "o.x long;p.q.r long;"},
    {R"({"o":{"x":1}})", R"({"o":"too long a text"})", R"({"o":{"x":1}})", R"({"o":{"x":1}})",
     "o long;"},
    // A key twice: the last one counts.
    {R"({"a":"old"})", R"({"a":"new","a":"too long a text"})", R"({"a":"old"})", R"({"a":"old"})",
     "a long;"},
    {"{}", R"({"a":"new","a":"too long a text","n":{"a":"new","a":"too long a text"}})",
     R"({"n":{}})", R"({"n":{}})", "a long;n.a long;"},
    {"{}", R"({"a":"too long a text","a":1})", R"({"a":1})", R"({"a":1})", "a long;"},
    {R"({"a":{"b":1}})", R"({"a":{"b":2,"c":3},"a":"too long a text"})", R"({"a":{"b":1}})",
     R"({"a":{"b":1}})", "a long;"},
    // Arrays are refused whole, however far they equal the old one.
    {R"({"l":[1,2],"k":0})", R"({"l":[1,"too long a text",{"k":[2]},3],"b":1})",
     R"({"l":[1,2],"k":0,"b":1})", R"({"l":[1,2],"b":1})", "l long;"},
    {R"({"l":[1,2]})", R"({"l":[1,3,"too long a text"],"b":[1]})", R"({"l":[1,2],"b":[1]})",
     R"({"l":[1,2],"b":[1]})", "l long;"},
    {R"({"l":[1,[2,{"m":3}]]})", R"({"l":[1,[2,{"m":"too long a text"},4],[]],"b":1})",
     R"({"l":[1,[2,{"m":3}]],"b":1})", R"({"l":[1,[2,{"m":3}]],"b":1})", "l long;"},
    {R"({"l":"text"})", R"({"l":[[1],"too long a text"],"b":1})", R"({"l":"text","b":1})",
     R"({"l":"text","b":1})", "l long;"},
    {R"({"a":1})", R"({"l":[{"x":["too long a text",5]},6],"b":1})", R"({"a":1,"b":1})",
     R"({"b":1})", "l long;"},
    {"{}", R"({"n":{"l":["too long a text",[]],"m":1}})", R"({"n":{"m":1}})", R"({"n":{"m":1}})",
     "n.l long;"},
    {R"({"l":[1]})", R"({"l":[2],"l":["too long a text"]})", R"({"l":[1]})", R"({"l":[1]})",
     "l long;"},
    {R"({"l":[1]})", R"({"l":["too long a text"],"l":[3]})", R"({"l":[3]})", R"({"l":[3]})",
     "l long;"},
    {R"({"l":[1]})", R"({"l":["too long a text","another too long one",123456789012]})",
     R"({"l":[1]})", R"({"l":[1]})", "l long;"},
    // What is skipped is nobody's loss.
    {R"({"a":1})", R"({"$m":"too long a text","a":2})", R"({"a":2})", R"({"a":2})", ""},
};

}  // namespace

TEST_CASE("refused values: too long or out of range -> their properties stay, the others apply") {
  for (const Row& row : kRows) {
    for (const Patch::Mode mode : {Patch::Mode::kMerge, Patch::Mode::kReplace}) {
      for (const std::size_t step : {0U, 1U, 2U, 5U}) {
        INFO(row.document << " onto " << row.before << " by " << step);
        HeapTree tree(2000);
        must_apply(*tree, row.before);
        Refused refused;
        Patch patch;
        REQUIRE(patch.begin(*tree, mode, &refused) == Status());
        REQUIRE(read(row.document, patch, step, short_strings()) == Status());
        CHECK(text_of(tree->root()) == row.before);
        REQUIRE(patch.commit() == Status());
        patch.release();
        CHECK(text_of(tree->root()) == (mode == Patch::Mode::kMerge ? row.merged : row.replaced));
        CHECK(refused.lines == row.refused);
        HeapTree fresh(2000);
        must_apply(*fresh, text_of(tree->root()));
        CHECK(tree->bytes_used() == fresh->bytes_used());
      }
    }
  }
}

TEST_CASE("refused values: a document that breaks off anywhere -> the tree as before") {
  for (const Row& row : kRows) {
    const std::string document = row.document;
    for (std::size_t size = 0; size < document.size(); ++size) {
      HeapTree tree(2000);
      must_apply(*tree, row.before);
      const std::size_t used = tree->bytes_used();
      Refused refused;
      Patch patch;
      REQUIRE(patch.begin(*tree, Patch::Mode::kMerge, &refused) == Status());
      REQUIRE_FALSE(read(document.substr(0, size), patch, 0, short_strings()).ok());
      patch.abort();
      INFO(document << " up to " << size);
      REQUIRE(text_of(tree->root()) == row.before);
      REQUIRE(tree->bytes_used() == used);
    }
  }
}

TEST_CASE("refused values: what isn't JSON in the rest of one -> the document is refused") {
  for (const char* document :
       {"{\"a\":\"too long a text\xFF\"}", "{\"a\":\"too long a text\\q\"}",
        "{\"a\":\"too long a text\n\"}", R"({"a":1234567890123.})", R"({"a":123456789012e+})",
        R"({"a":["too long a text",]})", R"({"a":["too long a text",tru]})"}) {
    for (const std::size_t step : {0U, 1U, 3U}) {
      HeapTree tree(2000);
      must_apply(*tree, R"({"a":1})");
      Refused refused;
      Patch patch;
      REQUIRE(patch.begin(*tree, Patch::Mode::kMerge, &refused) == Status());
      INFO(document);
      CHECK_FALSE(read(document, patch, step, short_strings()).ok());
      patch.abort();
      CHECK(text_of(tree->root()) == R"({"a":1})");
    }
  }
}

TEST_CASE("refused values: nobody to hear of them -> the document is refused") {
  HeapTree tree(2000);
  Patch patch;
  REQUIRE(patch.begin(*tree, Patch::Mode::kMerge) == Status());
  CHECK(read(R"({"a":"too long a text"})", patch, 0, short_strings()) ==
        Status(Error::kJsonTooLong));
  patch.abort();
  REQUIRE(patch.begin(*tree, Patch::Mode::kMerge) == Status());
  CHECK(read(R"({"a":12345678901})", patch, 0, short_strings()) == Status(Error::kJsonNumber));
  CHECK(patch.on_integer(1) == Error::kWrongState);
}

TEST_CASE("refused values: a root that is one -> kWrongType") {
  HeapTree tree(2000);
  Refused refused;
  Patch patch;
  REQUIRE(patch.begin(*tree, Patch::Mode::kMerge, &refused) == Status());
  CHECK(read("\"too long a text\"", patch, 0, short_strings()) == Status(Error::kWrongType));
  CHECK(refused.lines.empty());
}
