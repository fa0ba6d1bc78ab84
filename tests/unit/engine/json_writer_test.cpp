// SPDX-License-Identifier: MIT
#include "support.hpp"

#include <clocale>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>

#include <catch2/catch.hpp>

using engine_test::HeapTree;
using engine_test::must_apply;
using hubtwin::Error;
using hubtwin::JsonWriter;
using hubtwin::PropertyValue;
using hubtwin::Span;
using hubtwin::Status;

namespace {

std::string written(const PropertyValue& value) {
  char room[200];
  JsonWriter writer{Span<char>(room)};
  writer.value(value);
  REQUIRE(writer.status() == Status());
  REQUIRE(writer.complete());
  return std::string(writer.text());
}

// A sink that keeps all it gets; it may give up at one piece.
class Pieces final : public hubtwin::JsonSink {
 public:
  Error write(std::string_view piece) override {
    CHECK_FALSE(piece.empty());
    sizes.push_back(piece.size());
    text += piece;
    return sizes.size() == fail_at + 1 ? Error::kCancelled : Error::kNone;
  }

  std::string text;
  std::vector<std::size_t> sizes;
  std::size_t fail_at = std::string::npos - 1;
};

void write_everything(JsonWriter& writer) {
  writer.begin_object();
  writer.member("a", 1);
  writer.key("list");
  writer.begin_array();
  writer.value(true);
  writer.value(nullptr);
  writer.raw("{\"raw\":1}");
  writer.begin_object();
  writer.end_object();
  writer.value("x\ny");
  writer.end_array();
  writer.member("d", -25);
  writer.member("o", PropertyValue::object());
  writer.member("l", PropertyValue::array());
  writer.end_object();
}

const char kEverything[] =
    R"({"a":1,"list":[true,null,{"raw":1},{},"x\ny"],"d":-25,"o":{},"l":[]})";

}  // namespace

TEST_CASE("json writer: tokens -> compact JSON with commas and colons in place") {
  char room[200];
  JsonWriter writer{Span<char>(room)};
  write_everything(writer);
  CHECK(writer.status() == Status());
  CHECK(writer.complete());
  CHECK(writer.text() == kEverything);
  writer.clear();
  CHECK(writer.size() == 0);
  CHECK_FALSE(writer.complete());
  writer.value(7);
  CHECK(writer.text() == "7");
}

TEST_CASE("json writer: room too small -> kNoSpace that sticks, nothing beyond the room") {
  for (std::size_t size = 0; size <= sizeof(kEverything); ++size) {
    std::vector<char> room(size + 1, '#');
    JsonWriter writer(Span<char>(room.data(), size));
    write_everything(writer);
    INFO(size);
    CHECK(room[size] == '#');
    CHECK(writer.size() <= size);
    const bool fits = size >= sizeof(kEverything) - 1;
    CHECK(writer.status() == (fits ? Status() : Status(Error::kNoSpace)));
    CHECK(writer.complete() == fits);
  }
}

TEST_CASE("json writer: a sink -> the same document, in pieces of the room's size") {
  for (std::size_t size = 1; size <= sizeof(kEverything); ++size) {
    std::vector<char> room(size + 1, '#');
    Pieces pieces;
    JsonWriter writer(Span<char>(room.data(), size), pieces);
    write_everything(writer);
    INFO(size);
    CHECK_FALSE(writer.complete());  // the last piece is still here
    CHECK(writer.finish() == Status());
    CHECK(writer.complete());
    CHECK(writer.finish() == Status());
    CHECK(pieces.text == kEverything);
    CHECK(writer.size() == pieces.text.size());
    CHECK(room[size] == '#');
    for (std::size_t i = 0; i < pieces.sizes.size(); ++i) {
      CHECK((pieces.sizes[i] == size || i + 1 == pieces.sizes.size()));
    }
    writer.clear();
    CHECK(writer.size() == 0);
    writer.value(7);
    CHECK(writer.finish() == Status());
    CHECK(pieces.text == std::string(kEverything) + "7");
  }
}

TEST_CASE("json writer: a sink -> a document far larger than the room, with text larger than it") {
  std::string long_text;
  for (int i = 0; i < 3000; ++i) {
    long_text += i % 7 == 0 ? "\xC3\xA9" : i % 11 == 0 ? "\n" : "x";
  }
  engine_test::HeapTree tree(200000);
  REQUIRE(tree->set("list", PropertyValue::array()).ok());
  hubtwin::PropertyView list = tree->at("list");
  for (int i = 0; i < 40; ++i) {
    const auto element =
        tree->append(list, i % 2 == 0 ? PropertyValue(long_text) : PropertyValue(i));
    REQUIRE(element.ok());
    list = element->parent();
  }
  char room[64];
  Pieces pieces;
  JsonWriter writer(Span<char>(room), pieces);
  writer.write(tree->root());
  CHECK(writer.finish() == Status());
  CHECK(pieces.text == engine_test::text_of(tree->root()));
  CHECK(pieces.text.size() > 60000);
}

TEST_CASE("json writer: a sink that gives up -> its error sticks, and it is asked no more") {
  for (std::size_t piece = 0; piece < 4; ++piece) {
    char room[10];
    Pieces pieces;
    pieces.fail_at = piece;
    JsonWriter writer(Span<char>(room), pieces);
    write_everything(writer);
    CHECK(writer.finish() == Status(Error::kCancelled));
    CHECK(writer.status() == Status(Error::kCancelled));
    CHECK_FALSE(writer.complete());
    CHECK(pieces.sizes.size() == piece + 1);
  }
}

TEST_CASE("json writer: scalars -> their one form") {
  CHECK(written(nullptr) == "null");
  CHECK(written(true) == "true");
  CHECK(written(false) == "false");
  CHECK(written(0) == "0");
  CHECK(written(-1) == "-1");
  CHECK(written(std::uint8_t{200}) == "200");
  CHECK(written(std::numeric_limits<std::int64_t>::max()) == "9223372036854775807");
  CHECK(written(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(written("") == "\"\"");
  CHECK(written("plain \xC3\xA9 \xF0\x9F\x98\x80 \x7F /") ==
        "\"plain \xC3\xA9 \xF0\x9F\x98\x80 \x7F /\"");
  CHECK(written("\"\\\b\f\n\r\t") == R"("\"\\\b\f\n\r\t")");
  CHECK(written(std::string_view("\0\x01\x1F", 3)) == R"("\u0000\u0001\u001f")");
}

#if HUBTWIN_FLOAT

TEST_CASE("json writer: doubles -> the shortest text that is one") {
  CHECK(written(0.0) == "0.0");
  CHECK(written(-0.0) == "-0.0");
  CHECK(written(0.1) == "0.1");
  CHECK(written(5.0) == "5.0");
  CHECK(written(1e30) == "1e30");
  CHECK(written(1.5e-9) == "1.5e-9");
}

static std::uint64_t bits_of(double value) {
  std::uint64_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

TEST_CASE("json writer: any double -> reads back as the same bits") {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t bits = random();
    double value;
    std::memcpy(&value, &bits, sizeof(value));
    if (!std::isfinite(value)) {
      continue;
    }
    const std::string text = written(value);
    const double again = std::strtod(text.c_str(), nullptr);
    INFO(text);
    REQUIRE(bits_of(again) == bits);
    REQUIRE(text.find_first_of(".e") != std::string::npos);  // stays a double when read back
  }
}

TEST_CASE("json writer: another locale -> the same text") {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "C"}) {
    if (std::setlocale(LC_ALL, name) != nullptr) {
      CHECK(written(1234567.25) == "1234567.25");
    }
  }
  std::setlocale(LC_ALL, before.c_str());
}

#endif

TEST_CASE("json writer: what JSON can't hold -> refused by kind") {
  const auto refused = [](const PropertyValue& value) {
    char room[100];
    JsonWriter writer{Span<char>(room)};
    writer.value(value);
    CHECK_FALSE(writer.complete());
    return writer.status().error();
  };
#if HUBTWIN_FLOAT
  CHECK(refused(std::nan("")) == Error::kPropertyValue);
  CHECK(refused(HUGE_VAL) == Error::kPropertyValue);
  CHECK(refused(-HUGE_VAL) == Error::kPropertyValue);
#endif
  CHECK(refused(std::uint64_t{1} << 63) == Error::kOutOfRange);
  CHECK(refused("\xFF") == Error::kJsonString);
  CHECK(refused("\xE2\x82") == Error::kJsonString);
  CHECK(refused("\xED\xA0\x80") == Error::kJsonString);
}

TEST_CASE("json writer: tokens out of order -> kWrongState") {
  const auto refused = [](void (*write)(JsonWriter&)) {
    char room[100];
    JsonWriter writer{Span<char>(room)};
    write(writer);
    CHECK_FALSE(writer.complete());
    return writer.status().error();
  };
  CHECK(refused([](JsonWriter& w) { w.key("a"); }) == Error::kWrongState);
  CHECK(refused([](JsonWriter& w) { w.end_object(); }) == Error::kWrongState);
  CHECK(refused([](JsonWriter& w) { w.end_array(); }) == Error::kWrongState);
  CHECK(refused([](JsonWriter& w) { w.value(1), w.value(2); }) == Error::kWrongState);
  CHECK(refused([](JsonWriter& w) { w.begin_object(), w.value(1); }) == Error::kWrongState);
  CHECK(refused([](JsonWriter& w) { w.begin_object(), w.raw("1"); }) == Error::kWrongState);
  CHECK(refused([](JsonWriter& w) { w.begin_object(), w.end_array(); }) == Error::kWrongState);
  CHECK(refused([](JsonWriter& w) { w.begin_array(), w.end_object(); }) == Error::kWrongState);
  CHECK(refused([](JsonWriter& w) { w.begin_array(), w.key("a"); }) == Error::kWrongState);
  CHECK(refused([](JsonWriter& w) {
          w.begin_object();
          w.key("a");
          w.key("b");
        }) == Error::kWrongState);
  CHECK(refused([](JsonWriter& w) {
          w.begin_object();
          w.key("a");
          w.end_object();
        }) == Error::kWrongState);
  CHECK(refused([](JsonWriter& w) { w.raw(""); }) == Error::kJsonSyntax);
  CHECK(refused([](JsonWriter& w) { w.write({}); }) == Error::kNotFound);
  CHECK(refused([](JsonWriter&) {}) == Error::kNone);
  CHECK(refused([](JsonWriter& w) { w.begin_array(); }) == Error::kNone);
}

TEST_CASE("json writer: nesting -> up to kDeepest and no further") {
  for (const std::size_t levels : {JsonWriter::kDeepest, JsonWriter::kDeepest + 1}) {
    char room[200];
    JsonWriter writer{Span<char>(room)};
    for (std::size_t i = 0; i < levels; ++i) {
      writer.begin_array();
    }
    for (std::size_t i = 0; i < levels; ++i) {
      writer.end_array();
    }
    CHECK(writer.status().error() ==
          (levels > JsonWriter::kDeepest ? Error::kJsonTooDeep : Error::kNone));
  }
}

TEST_CASE("json writer: a place of a tree -> its JSON, at any depth and inside a document") {
  HeapTree tree(2000);
  const std::string document =
      R"({"a":{"b":[1,[2,[]],{"c":{}}],"d":"x"},"e":null,"f":{},"g":[[],[[]]],"h":-15})";
  must_apply(*tree, R"({"e":1})");
  REQUIRE(tree->set("a", 1).ok());
  must_apply(*tree, document);
  CHECK(engine_test::text_of(tree->root()) ==
        R"({"a":{"b":[1,[2,[]],{"c":{}}],"d":"x"},"f":{},"g":[[],[[]]],"h":-15})");
  CHECK(engine_test::text_of(tree->at("a.b")) == R"([1,[2,[]],{"c":{}}])");
  CHECK(engine_test::text_of(tree->at("a.b.2.c")) == "{}");
  CHECK(engine_test::text_of(tree->at("h")) == "-15");

  char room[100];
  JsonWriter writer{Span<char>(room)};
  writer.begin_object();
  writer.key("x");
  writer.write(tree->at("a"));
  writer.key("y");
  writer.write(tree->at("a.d"));
  writer.end_object();
  CHECK(writer.text() == R"({"x":{"b":[1,[2,[]],{"c":{}}],"d":"x"},"y":"x"})");
}
