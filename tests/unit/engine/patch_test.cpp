// SPDX-License-Identifier: MIT
#include "support.hpp"

#include <catch2/catch.hpp>

using engine_test::HeapTree;
using engine_test::must_apply;
using engine_test::read;
using engine_test::text_of;
using engine_test::try_apply;
using hubtwin::Error;
using hubtwin::Patch;
using hubtwin::Status;

namespace {

struct Row {
  const char* before;
  const char* document;
  const char* after;
};

void check(const Row& row, Patch::Mode mode) {
  INFO(row.before << " + " << row.document);
  for (const std::size_t step : {0U, 1U, 3U}) {
    HeapTree tree(2000);
    must_apply(*tree, row.before);
    REQUIRE(try_apply(*tree, row.document, mode, step) == Status());
    CHECK(text_of(tree->root()) == row.after);
    // Nothing is left behind: the same content read afresh takes the same room.
    HeapTree fresh(2000);
    must_apply(*fresh, row.after);
    CHECK(tree->bytes_used() == fresh->bytes_used());
  }
}

}  // namespace

TEST_CASE("patch: merge rules -> as the hub's") {
  const Row rows[] = {
      {"{}", "{}", "{}"},
      {"{}", R"({"a":1})", R"({"a":1})"},
      {R"({"a":1})", R"({"b":2})", R"({"a":1,"b":2})"},
      {R"({"a":1,"b":2})", R"({"a":3})", R"({"a":3,"b":2})"},
      {R"({"a":1,"b":2})", R"({"a":null})", R"({"b":2})"},
      {R"({"a":1})", R"({"x":null})", R"({"a":1})"},
      {R"({"a":{"b":1,"c":2}})", R"({"a":{"b":3}})", R"({"a":{"b":3,"c":2}})"},
      {R"({"a":{"b":1,"c":2}})", R"({"a":{"b":null}})", R"({"a":{"c":2}})"},
      {R"({"a":{"b":1}})", R"({"a":{"b":null}})", R"({"a":{}})"},
      {R"({"a":{"b":1}})", R"({"a":{}})", R"({"a":{"b":1}})"},
      {R"({"a":{"b":1}})", R"({"a":null})", "{}"},
      {R"({"a":{"b":1}})", R"({"a":5})", R"({"a":5})"},
      {R"({"a":5})", R"({"a":{"b":1}})", R"({"a":{"b":1}})"},
      {R"({"a":5})", R"({"a":{}})", R"({"a":{}})"},
      {R"({"a":[1,2,3]})", R"({"a":[9]})", R"({"a":[9]})"},
      {R"({"a":[1,2]})", R"({"a":{"b":1}})", R"({"a":{"b":1}})"},
      {R"({"a":{"b":1}})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"({"a":[1]})", R"({"a":"x"})", R"({"a":"x"})"},
      {"{}", R"({"a":{"b":null,"c":{"d":null}}})", R"({"a":{"c":{}}})"},
      {R"({"a":1})", R"({"a":{"b":null}})", R"({"a":{}})"},
      {"{}", R"({"a":[null,{"b":null},[null]]})", R"({"a":[null,{"b":null},[null]]})"},
      {"{}", R"({"a":[[],[[1,2],{"x":[]}],{"y":{"z":[3]}}]})",
       R"({"a":[[],[[1,2],{"x":[]}],{"y":{"z":[3]}}]})"},
      {R"({"a":1})", R"({"$version":5,"a":2,"$metadata":{"a":{"b":[1]}}})", R"({"a":2})"},
      {R"({"a":{"b":1}})", R"({"a":{"$x":{},"b":2}})", R"({"a":{"b":2}})"},
      {"{}", R"({"a":[{"$x":1,"y":2}]})", R"({"a":[{"y":2}]})"},
      {"{}", R"({"":1})", R"({"":1})"},
      {R"({"a":1,"b":2,"c":3})", R"({"c":4,"b":5,"a":6,"d":7})", R"({"a":6,"b":5,"c":4,"d":7})"},
      // A key that stands twice: the last one counts.
      {"{}", R"({"a":1,"a":2})", R"({"a":2})"},
      {"{}", R"({"a":1,"a":null})", "{}"},
      {"{}", R"({"a":null,"a":1})", R"({"a":1})"},
      {R"({"a":1})", R"({"a":2,"a":3})", R"({"a":3})"},
      {R"({"a":1})", R"({"a":2,"a":1})", R"({"a":1})"},
      {R"({"a":1})", R"({"a":2,"a":null})", "{}"},
      {R"({"a":1})", R"({"a":null,"a":2})", R"({"a":2})"},
      {R"({"a":1})", R"({"a":null,"a":null})", "{}"},
      {R"({"a":1})", R"({"a":{"b":1},"a":2,"z":0})", R"({"a":2,"z":0})"},
      {R"({"a":1})", R"({"a":2,"a":{"b":1}})", R"({"a":{"b":1}})"},
      {R"({"a":1})", R"({"a":{"b":1},"a":{"c":2}})", R"({"a":{"c":2}})"},
      {R"({"a":{"x":1}})", R"({"a":{"b":1,"x":2},"a":{"c":2}})", R"({"a":{"x":1,"c":2}})"},
      {R"({"a":{"x":1}})", R"({"a":{"x":null},"a":{"c":2}})", R"({"a":{"x":1,"c":2}})"},
      {R"({"a":{"x":{"y":1}}})", R"({"a":{"x":{"y":2,"z":3}},"a":{"x":{}}})",
       R"({"a":{"x":{"y":1}}})"},
      {R"({"a":{"x":1}})", R"({"a":{"x":2},"a":5})", R"({"a":5})"},
      {R"({"a":{"x":1}})", R"({"a":{"x":2},"a":null})", "{}"},
      {R"({"a":{"x":1}})", R"({"a":5,"a":{"x":2}})", R"({"a":{"x":2}})"},
      {R"({"a":{"x":1}})", R"({"a":null,"a":{"c":2}})", R"({"a":{"x":1,"c":2}})"},
      {R"({"a":[1]})", R"({"a":[2],"a":[1]})", R"({"a":[1]})"},
      {R"({"a":[1]})", R"({"a":[1],"a":[2]})", R"({"a":[2]})"},
      {"{}", R"({"n":{"k":1,"k":2,"j":{"x":1},"j":{"y":2},"i":1,"i":null}})",
       R"({"n":{"k":2,"j":{"y":2}}})"},
      {"{}", R"({"n":[{"k":1,"k":{"x":1},"k":null}]})", R"({"n":[{"k":null}]})"},
      {"{}", R"({"n":{"k":[1,2],"k":[3]},"n":{"m":1}})", R"({"n":{"m":1}})"},
  };
  for (const Row& row : rows) {
    check(row, Patch::Mode::kMerge);
  }
}

TEST_CASE("patch: replace rules -> the document is the whole state") {
  const Row rows[] = {
      {"{}", "{}", "{}"},
      {R"({"a":1})", "{}", "{}"},
      {R"({"a":1,"b":{"c":2,"d":3}})", R"({"b":{"d":3}})", R"({"b":{"d":3}})"},
      {R"({"a":1,"b":{"c":2}})", R"({"b":{},"a":1})", R"({"a":1,"b":{}})"},
      {R"({"a":1})", R"({"b":1})", R"({"b":1})"},
      {R"({"a":{"b":{"c":1}}})", R"({"a":{"b":2}})", R"({"a":{"b":2}})"},
      {R"({"a":1})", R"({"a":{"b":{"c":1}}})", R"({"a":{"b":{"c":1}}})"},
      {R"({"a":[1,2]})", R"({"a":[1,2]})", R"({"a":[1,2]})"},
      {R"({"a":[1,2],"b":1})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"({"a":1})", R"({"a":null})", "{}"},
      {R"({"a":{"b":1,"c":2}})", R"({"a":{"b":null}})", R"({"a":{}})"},
      {R"({"a":1})", R"({"$version":1,"$metadata":{}})", "{}"},
      {R"({"a":1,"b":2})", R"({"a":1,"a":null})", "{}"},
      {R"({"a":1,"b":2})", R"({"a":null,"a":1})", R"({"a":1})"},
      {R"({"a":{"x":1,"y":2}})", R"({"a":{"x":1},"a":{"y":2}})", R"({"a":{"y":2}})"},
      {R"({"a":{"x":1,"y":2}})", R"({"a":{"x":3},"a":{"x":1,"y":2}})", R"({"a":{"x":1,"y":2}})"},
      {R"({"a":{"x":{"p":1,"q":2}}})", R"({"a":{"x":{}},"a":{"x":{"p":1}}})",
       R"({"a":{"x":{"p":1}}})"},
  };
  for (const Row& row : rows) {
    check(row, Patch::Mode::kReplace);
  }
}

TEST_CASE("patch: commit and release -> the old state before, both between, the new one after") {
  HeapTree tree(2000);
  must_apply(*tree, R"({"a":1,"b":{"c":"old","d":[1]},"gone":{"x":"deep"}})");
  const std::string before = text_of(tree->root());
  const std::string after = R"({"a":1,"b":{"c":"new","d":{"e":2}},"n":3})";
  Patch patch;
  REQUIRE(patch.begin(*tree, Patch::Mode::kReplace) == Status());
  CHECK(patch.active());
  CHECK(patch.commit() == Error::kWrongState);
  REQUIRE(read(after, patch) == Status());
  CHECK(patch.complete());
  CHECK(text_of(tree->root()) == before);
  CHECK(tree->root().size() == 3);
  CHECK_FALSE(tree->at("n").exists());
  CHECK(*tree->at("b.c").as_string() == "old");

  CHECK(tree->set("z", 1).error() == Error::kWrongState);
  CHECK(tree->set_object("z").error() == Error::kWrongState);
  CHECK(tree->append(tree->at("b.d"), 1).error() == Error::kWrongState);
  CHECK(tree->erase("a") == Error::kWrongState);
  HeapTree other(100);
  CHECK(tree->copy("z", other->root()).error() == Error::kWrongState);
  Patch second;
  CHECK(second.begin(*tree, Patch::Mode::kMerge) == Error::kWrongState);
  CHECK(patch.begin(*other, Patch::Mode::kMerge) == Error::kWrongState);

  REQUIRE(patch.commit() == Status());
  CHECK(text_of(tree->root()) == after);
  CHECK_FALSE(tree->at("gone").exists());
  CHECK(tree->root().size() == 3);
  patch.release();
  CHECK_FALSE(patch.active());
  CHECK(text_of(tree->root()) == after);
  CHECK(tree->set("z", 1).ok());
}

TEST_CASE("patch: abort after any part of a document -> the tree exactly as before") {
  const char* const kBefore =
      R"({"a":{"b":[1,{"c":2}],"d":{"e":"text","f":true}},"g":-15,"h":{"i":{}},"j":"some text"})";
  const char* const kDocuments[] = {
      R"({"a":{"b":[1,{"c":3}],"d":{"e":null,"f":{"x":{"y":[[]]}}}},"g":{"z":1},"h":7,"n":[{"m":1}]})",
      R"({"j":"some text","g":-15,"g":25,"a":{"d":{"e":"TEXT"},"d":{"f":[]}},"a":null,"a":{"q":1}})",
      R"({"h":null,"h":{"i":{"k":[1,2,3]}},"a":5,"$v":{"x":1},"a":{"b":[1,{"c":2}]}})"};
  for (const char* document : kDocuments) {
    for (const Patch::Mode mode : {Patch::Mode::kMerge, Patch::Mode::kReplace}) {
      const std::string whole = document;
      for (std::size_t length = 0; length <= whole.size(); ++length) {
        HeapTree tree(2000);
        must_apply(*tree, kBefore);
        tree->mark(tree->at("a.d.e"), hubtwin::PropertyMark::kDirty);
        const std::size_t used = tree->bytes_used();
        {
          Patch patch;
          REQUIRE(patch.begin(*tree, mode) == Status());
          static_cast<void>(read(whole.substr(0, length), patch));
          CHECK(text_of(tree->root()) == kBefore);
          if (length == whole.size()) {
            REQUIRE(patch.commit() == Status());
            CHECK(text_of(tree->root()) != kBefore);
          }
          if (length % 2 == 0) {
            patch.abort();
            patch.abort();
          }  // else the destructor does it
        }
        INFO(whole.substr(0, length));
        REQUIRE(text_of(tree->root()) == kBefore);
        REQUIRE(tree->bytes_used() == used);
        REQUIRE(tree->at("a.d.e").has(hubtwin::PropertyMark::kDirty));
        // And it can be used as ever.
        REQUIRE(try_apply(*tree, "{}", Patch::Mode::kReplace) == Status());
        REQUIRE(tree->bytes_used() == 8);
      }
    }
  }
}

TEST_CASE("patch: an array that parts from the old one at any place -> the new one, whole") {
  const char* const kOld = R"({"k":[1,[2,{"a":3,"b":[4,{}]},[]],"text",{"c":{"d":5}}],"z":6})";
  const char* const kNew[] = {
      R"([])",
      R"([9])",
      R"([1])",
      R"([1,[]])",
      R"([1,[2]])",
      R"([1,[2,{}]])",
      R"([1,[2,{"a":3}]])",
      R"([1,[2,{"b":[4,{}],"a":3},[]],"text",{"c":{"d":5}}])",
      R"([1,[2,{"a":3,"b":[4]},[]],"text",{"c":{"d":5}}])",
      R"([1,[2,{"a":3,"b":[4,{"e":7}]},[]],"text",{"c":{"d":5}}])",
      R"([1,[2,{"a":3,"b":[4,{},8]},[]],"text",{"c":{"d":5}}])",
      R"([1,[2,{"a":3,"b":[4,{}],"e":8},[]],"text",{"c":{"d":5}}])",
      R"([1,[2,{"a":3,"b":[4,{}]},[8]],"text",{"c":{"d":5}}])",
      R"([1,[2,{"a":3,"b":[4,{}]},{}],"text",{"c":{"d":5}}])",
      R"([1,[2,{"a":3,"b":[4,{}]},[],8],"text",{"c":{"d":5}}])",
      R"([1,[2,{"a":3,"b":[4,{}]},[]],"texT",{"c":{"d":5}}])",
      R"([1,[2,{"a":3,"b":[4,{}]},[]],"text",{"c":{}}])",
      R"([1,[2,{"a":3,"b":[4,{}]},[]],"text",{"c":{"d":5}},null])",
      R"([1,[2,{"a":3,"b":[4,{}]},[]],"text",{"c":{"d":5},"c":5}])",
      R"([1,[2,{"a":3,"a":3,"b":[4,{}]},[]],"text"])",
  };
  for (const char* array : kNew) {
    for (const bool twice : {false, true}) {
      HeapTree tree(2000);
      must_apply(*tree, kOld);
      const std::string before = text_of(tree->root());
      const std::string first = twice ? R"("k":[1,[2,{"a":0}]],)" : "";
      const std::string document = "{" + first + "\"k\":" + array + "}";
      INFO(document);
      for (std::size_t length = 0; length < document.size(); length += 3) {
        REQUIRE_FALSE(try_apply(*tree, document.substr(0, length)).ok());
        REQUIRE(text_of(tree->root()) == before);
      }
      HeapTree fresh(2000);
      must_apply(*fresh, document);
      must_apply(*tree, document);
      CHECK(equal_values(tree->at("k"), fresh->at("k")));
      CHECK(*tree->at("z").as_integer() == 6);
      REQUIRE(tree->erase("z") == Status());
      CHECK(tree->bytes_used() == fresh->bytes_used());
    }
  }
}

TEST_CASE("patch: documents it can't take -> refused by kind") {
  HeapTree tree(4000);
  must_apply(*tree, R"({"a":1})");
  CHECK(try_apply(*tree, "[1]") == Error::kWrongType);
  CHECK(try_apply(*tree, "1") == Error::kWrongType);
  CHECK(try_apply(*tree, "null") == Error::kWrongType);
  CHECK(try_apply(*tree, "\"x\"") == Error::kWrongType);
  CHECK(try_apply(*tree, "{\"b\":1") == Error::kJsonTruncated);
  const auto nested = [](std::size_t levels) {
    std::string document = "1";
    for (std::size_t i = 0; i < levels; ++i) {
      document = i % 3 == 2 ? "[" + document + "]" : "{\"k\":" + document + "}";
    }
    return "{\"k\":" + document + "}";
  };
  CHECK(try_apply(*tree, nested(HUBTWIN_MAX_DEPTH)) == Status());
  CHECK(try_apply(*tree, nested(HUBTWIN_MAX_DEPTH + 1)) == Error::kJsonTooDeep);
  CHECK(*tree->at("a").as_integer() == 1);
}

TEST_CASE("patch: tokens out of order -> kWrongState") {
  HeapTree tree(1000);
  const auto refused = [&](Error (*tell)(Patch&)) {
    Patch patch;
    REQUIRE(patch.begin(*tree, Patch::Mode::kMerge) == Status());
    const Error error = tell(patch);
    CHECK_FALSE(patch.complete());
    CHECK(patch.commit() == Error::kWrongState);
    return error;
  };
  CHECK(refused([](Patch& p) { return p.on_key("a").error(); }) == Error::kWrongState);
  CHECK(refused([](Patch& p) { return p.on_end_object(); }) == Error::kWrongState);
  CHECK(refused([](Patch& p) {
          static_cast<void>(p.on_begin_object());
          return p.on_integer(1);
        }) == Error::kWrongState);
  CHECK(refused([](Patch& p) {
          static_cast<void>(p.on_begin_object());
          return p.on_end_array();
        }) == Error::kWrongState);
  CHECK(refused([](Patch& p) {
          static_cast<void>(p.on_begin_object());
          static_cast<void>(p.on_key("a"));
          return p.on_end_object();
        }) == Error::kWrongState);
  CHECK(refused([](Patch& p) {
          static_cast<void>(p.on_begin_object());
          static_cast<void>(p.on_key("a"));
          return p.on_key("b").error();
        }) == Error::kWrongState);
  CHECK(refused([](Patch& p) {
          static_cast<void>(p.on_begin_object());
          static_cast<void>(p.on_key("a"));
          static_cast<void>(p.on_begin_array());
          return p.on_key("b").error();
        }) == Error::kWrongState);
  CHECK(tree->bytes_used() == 8);
}

TEST_CASE(
    "patch: members unnamed are to be null -> in every object that was there and ends by then") {
  const Row rows[] = {
      {R"({"k":0,"a":{"x":1,"y":2}})", R"({"x":1})", R"({"k":0,"a":{"x":1,"y":null}})"},
      {R"({"k":0,"a":{"x":1,"y":{"z":2}}})", R"({"w":3})",
       R"({"k":0,"a":{"x":null,"y":null,"w":3}})"},
      {R"({"k":0,"a":{"y":{"z":2,"q":[1]}}})", R"({"y":{"z":2}})",
       R"({"k":0,"a":{"y":{"z":2,"q":null}}})"},
      {R"({"k":0,"a":{"x":1}})", "{}", R"({"k":0,"a":{"x":null}})"},
      {R"({"k":0,"a":{"x":1,"y":2}})", R"({"x":{"y":2}})", R"({"k":0,"a":{"x":{"y":2},"y":null}})"},
      {R"({"k":0})", R"({"x":{}})", R"({"k":0,"a":{"x":{}}})"},
  };
  for (const Row& row : rows) {
    INFO(row.before << " + " << row.document);
    bool done = false;
    for (std::size_t room = 60; !done; ++room) {
      HeapTree tree(room);
      if (!try_apply(*tree, row.before).ok()) {
        continue;
      }
      Patch patch;
      REQUIRE(patch.begin(*tree, Patch::Mode::kMerge).ok());
      REQUIRE(patch.on_begin_object() == Error::kNone);
      Error error = patch.on_key("a").error();
      if (error == Error::kNone) {
        patch.replace_unnamed_by_null(true);
        error = read(row.document, patch).error();
      }
      if (error != Error::kNone) {
        REQUIRE(error == Error::kNoSpace);
        patch.abort();
        REQUIRE(text_of(tree->root()) == row.before);
        continue;
      }
      patch.replace_unnamed_by_null(false);
      REQUIRE(patch.on_end_object() == Error::kNone);
      REQUIRE(patch.commit().ok());
      patch.release();
      REQUIRE(text_of(tree->root()) == row.after);
      done = true;
    }
  }
}
