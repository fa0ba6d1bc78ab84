// SPDX-License-Identifier: MIT
#include "model.hpp"
#include "support/fraction.hpp"
#include "support/json_oracle.hpp"

#include <algorithm>
#include <cstring>

#include <catch2/catch.hpp>

using hubtwin::ByteSpan;
using hubtwin::Error;
using hubtwin::JsonHandler;
using hubtwin::JsonLimits;
using hubtwin::JsonReader;
using hubtwin::KeyAnswer;
using hubtwin::Status;

namespace {

#if HUBTWIN_FLOAT
std::string hex_of(double value) {
  char text[40];
  std::snprintf(text, sizeof(text), "%a", value);
  return text;
}
#endif

// Writes down each token; keys named "skip" are skipped.
class Trace final : public JsonHandler {
 public:
  Error on_null() override { return add("n"); }
  Error on_bool(bool value) override { return add(value ? "t" : "f"); }
  Error on_integer(std::int64_t value) override { return add("i" + std::to_string(value)); }
#if HUBTWIN_FLOAT
  Error on_double(double value) override {
    return add("d" + hex_of(value));
  }
#endif
  Error on_string(std::string_view value) override {
    return add("s" + std::string(value));
  }
  KeyAnswer on_key(std::string_view value) override {
    const Error error = add("k" + std::string(value));
    if (error != Error::kNone) {
      return error;
    }
    return value == "skip" ? KeyAnswer::skip() : KeyAnswer::read();
  }
  Error on_begin_object() override {
    return add("{");
  }
  Error on_end_object() override {
    return add("}");
  }
  Error on_begin_array() override {
    return add("[");
  }
  Error on_end_array() override {
    return add("]");
  }

  std::string text;
  std::size_t fail_at = std::string::npos;  // the token that is answered by an error
  std::size_t count = 0;

 private:
  Error add(const std::string& token) {
    text += token + "\n";
    return count++ == fail_at ? Error::kCancelled : Error::kNone;
  }
};

struct Outcome {
  std::string trace;
  Error error = Error::kNone;
  std::size_t position = 0;
  bool operator==(const Outcome& other) const {
    return trace == other.trace && error == other.error && position == other.position;
  }
};

// Reads in fragments that end at each of `cuts`; an empty list reads in one.
Outcome read_cut(std::string_view document, const std::vector<std::size_t>& cuts,
                 const JsonLimits& limits = {}, std::size_t scratch_bytes = 5200,
                 std::size_t fail_at = std::string::npos) {
  std::vector<std::uint8_t> scratch(scratch_bytes);
  JsonReader reader(ByteSpan(scratch.data(), scratch.size()), limits);
  Trace trace;
  trace.fail_at = fail_at;
  reader.begin(trace);
  std::size_t from = 0;
  for (std::size_t i = 0; i <= cuts.size(); ++i) {
    const std::size_t to = i < cuts.size() ? cuts[i] : document.size();
    const std::vector<std::uint8_t> fragment(document.begin() + static_cast<std::ptrdiff_t>(from),
                                             document.begin() + static_cast<std::ptrdiff_t>(to));
    static_cast<void>(reader.feed({fragment.data(), fragment.size()}));
    from = to;
  }
  const Status status = reader.finish();
  CHECK(reader.status() == status);
  return {trace.text, status.error(), reader.position()};
}

std::vector<std::size_t> every_byte(std::string_view document) {
  std::vector<std::size_t> cuts;
  for (std::size_t i = 1; i < document.size(); ++i) {
    cuts.push_back(i);
  }
  return cuts;
}

// The outcome, checked to be the same however the document is cut.
Outcome outcome(std::string_view document, const JsonLimits& limits = {},
                std::size_t scratch_bytes = 5200) {
  Outcome whole = read_cut(document, {}, limits, scratch_bytes);
  for (std::size_t cut = 0; cut <= document.size(); ++cut) {
    INFO("cut at " << cut << " of " << document);
    const Outcome part = read_cut(document, {cut}, limits, scratch_bytes);
    REQUIRE(part.trace == whole.trace);
    REQUIRE(part.error == whole.error);
    REQUIRE(part.position == whole.position);
  }
  INFO("byte by byte: " << document);
  REQUIRE(read_cut(document, every_byte(document), limits, scratch_bytes) == whole);
  return whole;
}

void check_against_oracle(const std::string& document) {
  JsonLimits limits;
  limits.max_depth = JsonReader::kDeepest;
  std::vector<std::uint8_t> scratch(5200);
  JsonReader reader(ByteSpan(scratch.data(), scratch.size()), limits);
  hubtwin::test::TokenLog tokens;
  reader.begin(tokens);
  static_cast<void>(reader.feed(hubtwin::as_bytes(document)));
  const Status status = reader.finish();
  const hubtwin::test::JsonVerdict verdict = hubtwin::test::judge_json(document, limits.max_string);
  if (verdict.unsure || status.error() == Error::kJsonTooDeep) {
    return;
  }
  INFO(document);
  REQUIRE(status.ok() == verdict.valid);
  if (verdict.valid) {
    REQUIRE(tokens.text == verdict.tokens.text);
  }
}

}  // namespace

TEST_CASE("json reader: valid documents -> the tokens, however they are cut") {
  struct Row {
    const char* document;
    const char* trace;
  };
  const Row rows[] = {
      {"{}", "{\n}\n"},
      {" [ ] ", "[\n]\n"},
      {"\t\r\n null \n", "n\n"},
      {"true", "t\n"},
      {"false", "f\n"},
      {"0", "i0\n"},
      {"-0", "i0\n"},
      {"-12345678901", "i-12345678901\n"},
      {"9223372036854775807", "i9223372036854775807\n"},
      {"-9223372036854775808", "i-9223372036854775808\n"},
      {"\"\"", "s\n"},
      {"\"abc\"", "sabc\n"},
      {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "s\"\\/\b\f\n\r\t\n"},
      {"\"a\\u0041\\u00e9\\u20AC\\ud83d\\ude00z\"", "saA\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z\n"},
      {"\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\x7F\"",
       "s\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\x7F\n"},
      {"{\"a\":1,\"b\":[true,null,{\"c\":\"d\"}],\"e\":{}}",
       "{\nka\ni1\nkb\n[\nt\nn\n{\nkc\nsd\n}\n]\nke\n{\n}\n}\n"},
      {"{\"a\":1,\"a\":2}", "{\nka\ni1\nka\ni2\n}\n"},
      {"{\"skip\":1,\"a\":2}", "{\nkskip\nka\ni2\n}\n"},
      {"{\"skip\":{\"x\":[1,\"\\u0041\",{\"skip\":{}}],\"y\":1.5e3},\"a\":2}",
       "{\nkskip\nka\ni2\n}\n"},
      {"{\"skip\":\"\",\"b\":{\"skip\":[],\"c\":1}}", "{\nkskip\nkb\n{\nkskip\nkc\ni1\n}\n}\n"},
      {"{\"skip\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}", "{\nkskip\n}\n"},
      {"{\"skip\":123456789012345678901234567890123456789012345678901234567890.5}",
       "{\nkskip\n}\n"},
  };
  for (const Row& row : rows) {
    INFO(row.document);
    const Outcome got = outcome(row.document);
    CHECK(got.error == Error::kNone);
    CHECK(got.trace == row.trace);
    CHECK(got.position == std::strlen(row.document));
  }
}

TEST_CASE("json reader: beyond integers -> doubles, or refused by a build without them") {
  struct Row {
    const char* document;
    const char* trace;
  };
  const Row rows[] = {
      {"9223372036854775808", "d0x1p+63\n"},
      {"0.5", "d0x1p-1\n"},
      {"-0.0", "d-0x0p+0\n"},
      {"2.5e-1", "d0x1p-2\n"},
      {"1E+2", "d0x1.9p+6\n"},
  };
  for (const Row& row : rows) {
    INFO(row.document);
    const Outcome got = outcome(row.document);
#if HUBTWIN_FLOAT
    CHECK(got.error == Error::kNone);
    CHECK(got.trace == row.trace);
#else
    CHECK(got.error == Error::kJsonNumber);
    CHECK(got.trace.empty());
#endif
    CHECK(got.position == std::strlen(row.document));
  }
}

TEST_CASE("json reader: what isn't JSON -> an error that names the kind and the byte") {
  struct Row {
    std::string document;
    Error error;
    std::size_t position;
  };
  const Row rows[] = {
      {"", Error::kJsonTruncated, 0},
      {"   ", Error::kJsonTruncated, 3},
      {"{", Error::kJsonTruncated, 1},
      {"[1,", Error::kJsonTruncated, 3},
      {"\"abc", Error::kJsonTruncated, 4},
      {"\"abc\\", Error::kJsonTruncated, 5},
      {"\"\\u00", Error::kJsonTruncated, 5},
      {"tru", Error::kJsonTruncated, 3},
      {"-", Error::kJsonTruncated, 1},
      {"1.", Error::kJsonTruncated, 2},
      {"1e", Error::kJsonTruncated, 2},
      {"1e+", Error::kJsonTruncated, 3},
      {"{\"a\"", Error::kJsonTruncated, 4},
      {"{\"a\":", Error::kJsonTruncated, 5},
      {"{\"a\":1", Error::kJsonTruncated, 6},
      {"[1 2]", Error::kJsonSyntax, 3},
      {"[1,]", Error::kJsonSyntax, 3},
      {"[,1]", Error::kJsonSyntax, 1},
      {"{,}", Error::kJsonSyntax, 1},
      {"{\"a\":1,}", Error::kJsonSyntax, 7},
      {"{\"a\" 1}", Error::kJsonSyntax, 5},
      {"{\"a\":}", Error::kJsonSyntax, 5},
      {"{a:1}", Error::kJsonSyntax, 1},
      {"{1:1}", Error::kJsonSyntax, 1},
      {"{'a':1}", Error::kJsonSyntax, 1},
      {"{]", Error::kJsonSyntax, 1},
      {"[}", Error::kJsonSyntax, 1},
      {"[1}", Error::kJsonSyntax, 2},
      {"{\"a\":1]", Error::kJsonSyntax, 6},
      {"01", Error::kJsonSyntax, 1},
      {"-01", Error::kJsonSyntax, 2},
      {"[00]", Error::kJsonSyntax, 2},
      {"+1", Error::kJsonSyntax, 0},
      {".5", Error::kJsonSyntax, 0},
      {"[1.]", Error::kJsonSyntax, 3},
      {"[1.e5]", Error::kJsonSyntax, 3},
      {"[1e]", Error::kJsonSyntax, 3},
      {"[1e+]", Error::kJsonSyntax, 4},
      {"[-]", Error::kJsonSyntax, 2},
      {"[-a]", Error::kJsonSyntax, 2},
      {"[1..2]", Error::kJsonSyntax, 3},
      {"[1.2.3]", hubtwin::test::kFractions ? Error::kJsonSyntax : Error::kJsonNumber, 4},
      {"0x10", Error::kJsonTrailing, 1},
      {"nul1", Error::kJsonSyntax, 3},
      {"True", Error::kJsonSyntax, 0},
      {"NaN", Error::kJsonSyntax, 0},
      {"Infinity", Error::kJsonSyntax, 0},
      {"// no\n1", Error::kJsonSyntax, 0},
      {"\xEF\xBB\xBF{}", Error::kJsonSyntax, 0},
      {"{} x", Error::kJsonTrailing, 3},
      {"{}{}", Error::kJsonTrailing, 2},
      {"1 1", Error::kJsonTrailing, 2},
      {"nulll", Error::kJsonTrailing, 4},
      {std::string("{}\0", 3), Error::kJsonTrailing, 2},
      {std::string("[\0]", 3), Error::kJsonSyntax, 1},
      {"\"a\nb\"", Error::kJsonString, 2},
      {std::string("\"a\0b\"", 5), Error::kJsonString, 2},
      {"\"\x1F\"", Error::kJsonString, 1},
      {"\"\\x\"", Error::kJsonString, 2},
      {"\"\\'\"", Error::kJsonString, 2},
      {"\"\\u12g4\"", Error::kJsonString, 5},
      {"\"\\ud83d\"", Error::kJsonString, 7},
      {"\"\\ud83dx\"", Error::kJsonString, 7},
      {"\"\\ud83d\\n\"", Error::kJsonString, 8},
      {"\"\\ud83d\\u0041\"", Error::kJsonString, 12},
      {"\"\\ude00\"", Error::kJsonString, 6},
      {"\"\x80\"", Error::kJsonString, 1},
      {"\"\xC3\"", Error::kJsonString, 2},
      {"\"\xC0\x80\"", Error::kJsonString, 1},
      {"\"\xC1\xBF\"", Error::kJsonString, 1},
      {"\"\xE0\x9F\xBF\"", Error::kJsonString, 2},
      {"\"\xED\xA0\x80\"", Error::kJsonString, 2},
      {"\"\xE2\x82\"", Error::kJsonString, 3},
      {"\"\xE2\\n\"", Error::kJsonString, 2},
      {"\"\xF0\x8F\xBF\xBF\"", Error::kJsonString, 2},
      {"\"\xF4\x90\x80\x80\"", Error::kJsonString, 2},
      {"\"\xF5\x80\x80\x80\"", Error::kJsonString, 1},
      {"\"\xFF\"", Error::kJsonString, 1},
      {"{\"\xFF\":1}", Error::kJsonString, 2},
      {"{\"skip\":[1,}", Error::kJsonSyntax, 11},
      {"{\"skip\":[01]}", Error::kJsonSyntax, 10},
      {"{\"skip\":\"\xFF\"}", Error::kJsonString, 9},
      {"{\"skip\":{]", Error::kJsonSyntax, 9},
      {"{\"skip\":\"\\ud800\"}", Error::kJsonString, 15},
      {"[1e400]", Error::kJsonNumber, 6},
      {"[-1e400]", Error::kJsonNumber, 7},
      {"[1.00000000000000000000000000000000]", Error::kJsonNumber, 33},
      {"100000000000000000000000000000000", Error::kJsonNumber, 32},
  };
  for (const Row& row : rows) {
    INFO(row.document);
    const Outcome got = outcome(row.document);
    CHECK(got.error == row.error);
    CHECK(got.position == row.position);
  }
}

TEST_CASE("json reader: limits -> refused at the first byte beyond, however it is cut") {
  JsonLimits limits;
  limits.max_depth = 3;
  CHECK(outcome("[[[]]]", limits).error == Error::kNone);
  CHECK(outcome("[[[[]]]]", limits).error == Error::kJsonTooDeep);
  CHECK(outcome("[[{\"a\":{}}]]", limits).error == Error::kJsonTooDeep);
  CHECK(outcome("[[[[]]]]", limits).position == 3);
  CHECK(outcome("{\"skip\":[[[[[[]]]]]]}", limits).error == Error::kNone);

  const std::string deepest(JsonReader::kDeepest - 1, '[');
  const std::string closing(JsonReader::kDeepest - 1, ']');
  CHECK(outcome("{\"skip\":" + deepest + closing + "}").error == Error::kNone);
  CHECK(outcome("{\"skip\":[" + deepest + closing + "]}").error == Error::kJsonTooDeep);

  limits.max_string = 5;
  limits.max_key = 4;
  CHECK(outcome("\"12345\"", limits).error == Error::kNone);
  CHECK(outcome("\"123456\"", limits).error == Error::kJsonTooLong);
  CHECK(outcome("\"123456\"", limits).position == 6);
  CHECK(outcome("\"\\u0031\\t345\"", limits).error == Error::kNone);
  CHECK(outcome("\"123\xE2\x82\xAC\"", limits).error == Error::kJsonTooLong);
  CHECK(outcome("\"123\\u20ac\"", limits).error == Error::kJsonTooLong);
  CHECK(outcome("\"12345\\n\"", limits).error == Error::kJsonTooLong);
  CHECK(outcome("\"\\n23456\\n\"", limits).error == Error::kJsonTooLong);
  CHECK(outcome("\"123456\xFF\"", limits).error == Error::kJsonTooLong);
  CHECK(outcome("\"1234\xFF\"", limits).error == Error::kJsonString);
  CHECK(outcome("{\"1234\":0}", limits).error == Error::kNone);
  CHECK(outcome("{\"12345\":0}", limits).error == Error::kJsonTooLong);
  CHECK(outcome("{\"skip\":\"1234567890\"}", limits).error == Error::kNone);
  CHECK(outcome("{\"skip\":{\"1234567890\":0}}", limits).error == Error::kNone);

  limits = JsonLimits();
  const std::string fits(64, 'x');
  CHECK(outcome("\"" + fits + "\"", limits, 64).error == Error::kNone);
  CHECK(outcome("\"" + fits + "x\"", limits, 64).error == Error::kJsonTooLong);
  CHECK(outcome("{\"" + fits + "x\":1}", limits, 64).error == Error::kJsonTooLong);

  limits.max_number = 4;
  CHECK(outcome("[1234]", limits).error == Error::kNone);
  CHECK(outcome("[12345]", limits).error == Error::kJsonNumber);
  CHECK(outcome("[12345]", limits).position == 5);
  CHECK(outcome("[1.2e]", limits).error == Error::kJsonSyntax);

  limits = JsonLimits();
  limits.max_document = 6;
  CHECK(outcome("[1, 2]", limits).error == Error::kNone);
  CHECK(outcome("[1, 2] ", limits).error == Error::kJsonTooLong);
  CHECK(outcome("[1, 2] ", limits).position == 6);
}

TEST_CASE("json reader: a handler's error -> sticks, and nobody is told more") {
  const std::string number = hubtwin::test::kFractions ? "1.5" : "15";
  const std::string document =
      R"({"a":1,"b":[true,null,)" + number + R"(,"text",{"c":"d\u0041"}],"e":{}} )";
  const Outcome whole = read_cut(document, {});
  REQUIRE(whole.error == Error::kNone);
  const auto tokens =
      static_cast<std::size_t>(std::count(whole.trace.begin(), whole.trace.end(), '\n'));
  REQUIRE(tokens > 15);
  for (std::size_t token = 0; token + 1 < tokens; ++token) {
    const Outcome cut = read_cut(document, {}, {}, 5200, token);
    CHECK(cut.error == Error::kCancelled);
    CHECK(whole.trace.compare(0, cut.trace.size(), cut.trace) == 0);
    CHECK(cut.trace.size() < whole.trace.size());
    CHECK(read_cut(document, every_byte(document), {}, 5200, token) == cut);
  }
}

TEST_CASE("json reader: after an error or in the middle -> begin() starts afresh") {
  std::vector<std::uint8_t> scratch(64);
  JsonReader reader(ByteSpan(scratch.data(), scratch.size()));
  CHECK(reader.feed(hubtwin::as_bytes("{}")).error() == Error::kWrongState);
  for (const char* earlier : {"{\"a\":[1", "[[[", "x", "\"\\u12", "\"\xE2", "{\"skip\":[", "12"}) {
    Trace trace;
    reader.begin(trace);
    static_cast<void>(reader.feed(hubtwin::as_bytes(earlier)));
    Trace next;
    reader.begin(next);
    CHECK_FALSE(reader.complete());
    CHECK(reader.feed(hubtwin::as_bytes("{\"a\":\"b\"}")) == Status());
    CHECK(reader.complete());
    CHECK(reader.finish() == Status());
    CHECK(reader.finish() == Status());
    CHECK(next.text == "{\nka\nsb\n}\n");
    CHECK(reader.position() == 9);
  }
}

TEST_CASE("json reader: long strings wanted -> in pieces, whole, however the document is cut") {
  struct Pieces final : JsonHandler {
    bool takes_long_strings() const override { return true; }
    Error on_string(std::string_view text) override {
      told += "short " + std::string(text) + ' ';
      return Error::kNone;
    }
    Error on_string_piece(std::string_view piece, bool last) override {
      pieces += piece;
      if (last) {
        told += "long " + pieces + ' ';
        pieces.clear();
      }
      return piece == "stop" ? Error::kOutOfRange : Error::kNone;
    }
    std::string told;
    std::string pieces;
  };
  JsonLimits limits;
  limits.max_string = 10;
  const std::string document =
      R"(["0123456789","0123456789A",{"k":"t\u00e4xt \"quoted\", \ud83d\ude00 end"},"","x"])";
  const std::string expected =
      "short 0123456789 long 0123456789A long t\u00e4xt \"quoted\", \U0001F600 end short  short x ";
  for (std::size_t step = 1; step <= document.size(); ++step) {
    CAPTURE(step);
    Pieces pieces;
    std::uint8_t scratch[64];
    JsonReader reader{ByteSpan(scratch), limits};
    reader.begin(pieces);
    for (std::size_t at = 0; at < document.size(); at += step) {
      REQUIRE(reader.feed(hubtwin::as_bytes(std::string_view(document).substr(at, step))).ok());
    }
    REQUIRE(reader.finish().ok());
    REQUIRE(pieces.told == expected);
  }
  Pieces pieces;
  std::uint8_t scratch[64];
  JsonReader reader{ByteSpan(scratch), limits};
  reader.begin(pieces);
  REQUIRE(reader.feed(hubtwin::as_bytes("\"012345678901234")).ok());
  REQUIRE(reader.feed(hubtwin::as_bytes("stop")).error() == Error::kOutOfRange);
  reader.begin(pieces);  // nothing is left of it
  REQUIRE(reader.feed(hubtwin::as_bytes("\"y\"")).ok());
  REQUIRE(pieces.told == "short y ");
}

TEST_CASE("json reader: generated documents -> RapidJSON's tokens, and the same in pieces") {
  engine_test::Generator generator(1);
  for (int i = 0; i < 400; ++i) {
    const std::string document = generator.object(4, 6).dump(i % 3 == 0 ? 2 : -1, ' ', i % 2 == 0);
    check_against_oracle(document);
    const Outcome whole = read_cut(document, {});
    REQUIRE(whole.error == Error::kNone);
    REQUIRE(read_cut(document, every_byte(document)) == whole);
    for (int k = 0; k < 8; ++k) {
      std::vector<std::size_t> cuts;
      for (std::size_t at = 0; at < document.size(); at += 1 + generator.below(40)) {
        cuts.push_back(at);
      }
      REQUIRE(read_cut(document, cuts) == whole);
    }
  }
}

TEST_CASE("json reader: damaged documents -> RapidJSON's verdict, and the same in pieces",
          "[long]") {
  engine_test::Generator generator(2);
  static const char kBytes[] =
      "{}[]:,\"\\/ \n0123456789-+.eEtrufalsn\x01\x7F\x80\xC3\xA9\xE2\xED\xF0\xFF";
  for (int i = 0; i < 20000; ++i) {
    std::string document =
        generator.object(3, 3).dump(-1, ' ', i % 2 == 0, nlohmann::json::error_handler_t::replace);
    for (std::uint32_t count = 1 + generator.below(3); count > 0 && !document.empty(); --count) {
      const std::size_t at = generator.below(static_cast<std::uint32_t>(document.size()));
      const char byte = kBytes[generator.below(sizeof(kBytes) - 1)];
      switch (generator.below(3)) {
        case 0:
          document[at] = byte;
          break;
        case 1:
          document.insert(at, 1, byte);
          break;
        default:
          document.erase(at, 1 + generator.below(3));
          break;
      }
    }
    check_against_oracle(document);
    if (i % 10 == 0) {
      REQUIRE(read_cut(document, every_byte(document)) == read_cut(document, {}));
    }
  }
}
