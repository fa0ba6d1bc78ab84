// SPDX-License-Identifier: MIT
//
// RapidJSON as an application may set it: std::string support, own assertion, own allocation.
#include "applications.hpp"

namespace {
RapidJsonUse use;

template <class T>
T* counted(T* made) {
  ++use.allocations;
  return made;
}
}  // namespace

#define RAPIDJSON_HAS_STDSTRING 1
#define RAPIDJSON_ASSERT(condition) static_cast<void>((condition) ? 0 : ++use.failed_assertions)
// NOLINTNEXTLINE(bugprone-macro-parentheses): a type and what it is made of
#define RAPIDJSON_NEW(made) counted(new made)
#define RAPIDJSON_DELETE(made) delete (made)
#define RAPIDJSON_PARSE_DEFAULT_FLAGS kParseCommentsFlag

#include <rapidjson/document.h>

int read_by_rapidjson(const std::string& text) {
  rapidjson::Document document;
  document.Parse("/* comments are on here */" + text);
  if (document.HasParseError()) {
    return -1;
  }
  const auto member = document.FindMember(std::string("value"));
  return member == document.MemberEnd() ? -1 : member->value.GetInt();
}

RapidJsonUse rapidjson_use() {
  rapidjson::Value number(1);
  static_cast<void>(number.GetBool());  // trips the assertion
  return use;
}
