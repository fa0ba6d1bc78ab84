// SPDX-License-Identifier: MIT
/// \file
/// Target: JsonWriter. What it writes reads back as what was asked for; what it can't write it
/// refuses.
///
/// Input: room (two bytes), then tokens, each a byte (see Op) and what it takes.

#include "fuzz/input.hpp"
#include "fuzz/read_json.hpp"
#include "support/json_oracle.hpp"
#include <hubtwin/twin/json_writer.hpp>

#include <cmath>
#include <cstring>
#include <vector>

#include <nlohmann/json.hpp>

namespace {

using hubtwin::ByteSpan;
using hubtwin::Error;
using hubtwin::JsonWriter;
using hubtwin::PropertyValue;
using hubtwin::Span;
using hubtwin::fuzz::Input;
using hubtwin::test::TokenLog;

enum Op : std::uint8_t {
  kBeginObject,
  kEndObject,
  kBeginArray,
  kEndArray,
  kKey,     // text
  kText,    // text
  kNumber,  // eight bytes
  kDouble,  // eight bytes
  kBool,
  kNull,
  kLarge,  // eight bytes, without sign
  kEmpty,
  kOps
};

struct Token {
  Op op = kNull;
  std::string_view text;
  std::uint64_t number = 0;
};

std::vector<Token> tokens_of(Input& input) {
  std::vector<Token> tokens;
  while (!input.empty()) {
    Token token;
    token.op = static_cast<Op>(input.byte() % kOps);
    if (token.op == kKey || token.op == kText) {
      token.text = input.text();
    } else if (token.op == kNumber || token.op == kDouble || token.op == kLarge) {
      token.number = input.number();
    } else if (token.op == kBool || token.op == kEmpty) {
      token.number = input.byte() & 1;
    }
    tokens.push_back(token);
  }
  return tokens;
}

double double_of(std::uint64_t bits) {
  double value = 0;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

void write(const Token& token, JsonWriter& writer) {
  switch (token.op) {
    case kBeginObject:
      return writer.begin_object();
    case kEndObject:
      return writer.end_object();
    case kBeginArray:
      return writer.begin_array();
    case kEndArray:
      return writer.end_array();
    case kKey:
      return writer.key(token.text);
    case kText:
      return writer.value(token.text);
    case kNumber:
      return writer.value(static_cast<std::int64_t>(token.number));
    case kDouble:
#if HUBTWIN_FLOAT
      return writer.value(double_of(token.number));
#else
      return writer.value(nullptr);
#endif
    case kBool:
      return writer.value(token.number != 0);
    case kLarge:
      return writer.value(token.number);
    case kEmpty:
      return writer.value(token.number != 0 ? PropertyValue::object() : PropertyValue::array());
    case kNull:
    case kOps:
      return writer.value(nullptr);
  }
}

// What a reader should find.
void expect(const Token& token, TokenLog& log) {
  switch (token.op) {
    case kBeginObject:
      return static_cast<void>(log.on_begin_object());
    case kEndObject:
      return static_cast<void>(log.on_end_object());
    case kBeginArray:
      return static_cast<void>(log.on_begin_array());
    case kEndArray:
      return static_cast<void>(log.on_end_array());
    case kKey:
      return static_cast<void>(log.on_key(token.text));
    case kText:
      return static_cast<void>(log.on_string(token.text));
    case kNumber:
    case kLarge:
      return static_cast<void>(log.on_integer(static_cast<std::int64_t>(token.number)));
    case kDouble:
#if HUBTWIN_FLOAT
      return static_cast<void>(log.on_double(double_of(token.number)));
#else
      break;
#endif
    case kBool:
      return static_cast<void>(log.on_bool(token.number != 0));
    case kEmpty:
      static_cast<void>(token.number != 0 ? log.on_begin_object() : log.on_begin_array());
      return static_cast<void>(token.number != 0 ? log.on_end_object() : log.on_end_array());
    case kNull:
    case kOps:
      break;
  }
  static_cast<void>(log.on_null());
}

struct Pieces final : hubtwin::JsonSink {
  Error write(std::string_view piece) override {
    FUZZ_HOLDS(!piece.empty());
    text += piece;
    return Error::kNone;
  }
  std::string text;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Input input(bytes, size);
  const std::size_t small = 1 + input.word() % 2048;
  const std::vector<Token> tokens = tokens_of(input);

  // Enough for what escapes make of the input.
  std::vector<char> room(64 + 8 * size);
  JsonWriter writer(Span<char>(room.data(), room.size()));
  TokenLog expected;
  for (const Token& token : tokens) {
    write(token, writer);
    expect(token, expected);
  }
  FUZZ_HOLDS(writer.status() != Error::kNoSpace);
  FUZZ_HOLDS(writer.finish() == writer.status());
  const std::string whole(writer.text());

  // Through a buffer, and into too little room.
  std::vector<char> buffer(small);
  Pieces pieces;
  JsonWriter streamed(Span<char>(buffer.data(), buffer.size()), pieces);
  JsonWriter tight(Span<char>(buffer.data(), buffer.size()));
  for (const Token& token : tokens) {
    write(token, streamed);
  }
  FUZZ_HOLDS(streamed.finish() == writer.status());
  FUZZ_HOLDS(!writer.complete() || pieces.text == whole);
  FUZZ_HOLDS(streamed.complete() == writer.complete());
  for (const Token& token : tokens) {
    write(token, tight);
  }
  FUZZ_HOLDS(tight.size() <= small);
  if (writer.status().ok()) {
    FUZZ_HOLDS(tight.status() == (whole.size() <= small ? Error::kNone : Error::kNoSpace));
    FUZZ_HOLDS(!tight.status().ok() || tight.text() == whole);
  }

  if (!writer.complete()) {
    return 0;
  }
  std::vector<std::uint8_t> scratch(4096);
  TokenLog found;
  const hubtwin::Status status = hubtwin::fuzz::read_json(
      whole, 0, ByteSpan(scratch.data(), scratch.size()), hubtwin::JsonLimits(), found);
  // The reader of a twin goes less deep than the writer.
  FUZZ_HOLDS_WITH(status.ok() || status == Error::kJsonTooDeep, whole);
  FUZZ_HOLDS_WITH(!status.ok() || found.text == expected.text, found.text + "--\n" + expected.text);
  FUZZ_HOLDS_WITH(nlohmann::json::accept(whole), whole);
  return 0;
}
