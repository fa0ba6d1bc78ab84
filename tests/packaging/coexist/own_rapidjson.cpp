// SPDX-License-Identifier: MIT
//
// RapidJSON as an application may set it: std::string support, own assertion, own allocation.
#include "applications.hpp"

#include <cstdlib>

namespace {
RapidJsonUse use;

void* counted_malloc(std::size_t size) {
  ++use.allocations;
  return std::malloc(size);
}
}  // namespace

#define RAPIDJSON_HAS_STDSTRING 1
#define RAPIDJSON_ASSERT(condition) static_cast<void>((condition) ? 0 : ++use.failed_assertions)
#define RAPIDJSON_MALLOC(size) counted_malloc(size)
#define RAPIDJSON_REALLOC(old, size) std::realloc(old, size)
#define RAPIDJSON_FREE(block) std::free(block)
#define RAPIDJSON_PARSE_DEFAULT_FLAGS kParseCommentsFlag

#include <rapidjson/document.h>

int read_by_rapidjson(const std::string& text) {
  rapidjson::Document document;
  document.Parse("/* comments are on here */" + text);
  if (document.HasParseError() || !document.HasMember("value")) {
    return -1;
  }
  return document[std::string("value")].GetInt();
}

RapidJsonUse rapidjson_use() {
  rapidjson::Value number(1);
  static_cast<void>(number.GetBool());  // trips the assertion
  return use;
}
