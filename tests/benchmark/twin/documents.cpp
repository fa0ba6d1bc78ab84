// SPDX-License-Identifier: MIT
#include "documents.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace hubtwin::benchmark {
namespace {

using Json = rapidjson::Document;

bool parse(Json& json, std::string_view text) {
  json.Parse<rapidjson::kParseValidateEncodingFlag | rapidjson::kParseFullPrecisionFlag>(
      text.data(), text.size());
  return !json.HasParseError();
}

std::size_t properties_of(const rapidjson::Value& object) {
  std::size_t count = 0;
  for (const auto& member : object.GetObject()) {
    count += member.name.GetString()[0] == '$' ? 0 : 1;
  }
  return count;
}

bool same(const rapidjson::Value& a, const rapidjson::Value& b, bool exact) {
  if (a.IsObject() && b.IsObject()) {
    for (const auto& member : a.GetObject()) {
      if (member.name.GetString()[0] != '$') {
        const auto found = b.FindMember(member.name);
        if (found == b.MemberEnd() || !same(member.value, found->value, exact)) {
          return false;
        }
      }
    }
    return properties_of(a) == properties_of(b);
  }
  if (a.IsArray() && b.IsArray()) {
    bool all = a.Size() == b.Size();
    for (rapidjson::SizeType i = 0; all && i < a.Size(); ++i) {
      all = same(a[i], b[i], exact);
    }
    return all;
  }
  if (a.IsNumber() && b.IsNumber() && !exact) {
    return std::fabs(a.GetDouble() - b.GetDouble()) <= 1e-15 * std::fabs(a.GetDouble());
  }
  return a == b;
}

// Gives every value but versions another one of the same kind and much the same length.
void change(rapidjson::Value& value, Json::AllocatorType& allocator) {
  if (value.IsObject()) {
    for (auto& member : value.GetObject()) {
      if (member.name.GetString()[0] != '$') {
        change(member.value, allocator);
      }
    }
  } else if (value.IsArray()) {
    for (auto& element : value.GetArray()) {
      change(element, allocator);
    }
  } else if (value.IsString()) {
    const char first = value.GetString()[0] == 'x' ? 'y' : 'x';
    char room[4096];
    const std::size_t size = value.GetStringLength();
    if (size > sizeof(room)) {
      fail("has a longer string than IoT Hub takes", "twin");
    }
    std::memcpy(room, value.GetString(), size);
    room[0] = first;
    value.SetString(room, static_cast<rapidjson::SizeType>(size > 0 ? size : 1), allocator);
  } else if (value.IsBool()) {
    value.SetBool(!value.GetBool());
  } else if (value.IsInt64()) {
    value.SetInt64(value.GetInt64() + 1);
  } else if (value.IsDouble()) {
    value.SetDouble(value.GetDouble() + 1);
  }
}

// The text's first object, up to where it ends.
std::size_t length_of_object(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      i += c == '\\' ? 1 : 0;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return i + 1;
    }
  }
  return 0;
}

}  // namespace

void fail(const char* what, const char* which) {
  std::fprintf(stderr, "benchmark: %s: %s\n", which, what);
  std::exit(1);
}

void Documents::Room::load(const char* stem, const char* size_name, const char* extension) {
  char name[64];
  std::snprintf(name, sizeof(name), "%s-%s.%s", stem, size_name, extension);
  std::FILE* file = std::fopen(name, "rb");
  if (file == nullptr) {
    fail("cannot be opened in the working directory", name);
  }
  size = std::fread(bytes, 1, sizeof(bytes), file);
  const bool whole = std::ferror(file) == 0 && size > 0 && size < sizeof(bytes);
  std::fclose(file);
  if (!whole) {
    fail("cannot be read, is empty or too large", name);
  }
}

void Documents::load(const char* size) {
  twin_.load("twin", size, "json");
  patches_.load("patches", size, "jsonl");
  expected_.load("expect", size, "json");
  changed_.size = 0;
}

std::string_view Documents::section(std::string_view name) const {
  char key[32];
  std::snprintf(key, sizeof(key), "\"%.*s\":{", static_cast<int>(name.size()), name.data());
  std::string_view rest = twin();
  const std::size_t at = rest.find(key);
  if (at == std::string_view::npos) {
    fail("no such section", key);
  }
  rest.remove_prefix(at + std::strlen(key) - 1);
  return {rest.data(), length_of_object(rest)};
}

std::string_view Documents::changed_twin() {
  if (changed_.size == 0) {
    Json json;
    if (!parse(json, twin())) {
      fail("isn't JSON", "twin");
    }
    change(json, json.GetAllocator());
    rapidjson::StringBuffer text;
    rapidjson::Writer<rapidjson::StringBuffer> writer(text);
    json.Accept(writer);
    changed_.size = text.GetSize();
    std::memcpy(changed_.bytes, text.GetString(), changed_.size);
  }
  return changed_.view();
}

Text text_of(std::string_view text) {
  static char room[kMostText + Text::kPadding];
  std::memcpy(room, text.data(), text.size());
  std::memset(room + text.size(), 0, Text::kPadding);
  return {room, text.size()};
}

bool same_json(std::string_view a, std::string_view b, bool exact) {
  Json json_a;
  Json json_b;
  return parse(json_a, a) && parse(json_b, b) && same(json_a, json_b, exact);
}

}  // namespace hubtwin::benchmark
