// SPDX-License-Identifier: MIT
#include "documents.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>

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

Json parsed(std::string_view text) {
  Json json;
  if (!parse(json, text)) {
    fail("a document", "is no JSON");
  }
  return json;
}

std::string written(const rapidjson::Value& json) {
  rapidjson::StringBuffer text;
  rapidjson::Writer<rapidjson::StringBuffer> writer(text);
  json.Accept(writer);
  return {text.GetString(), text.GetSize()};
}

bool is_property(const rapidjson::Value& name) {
  return name.GetString()[0] != '$';
}

std::size_t properties_of(const rapidjson::Value& object) {
  std::size_t count = 0;
  for (const auto& member : object.GetObject()) {
    count += is_property(member.name) ? 1 : 0;
  }
  return count;
}

bool same(const rapidjson::Value& a, const rapidjson::Value& b, bool exact) {
  if (a.IsObject() && b.IsObject()) {
    for (const auto& member : a.GetObject()) {
      if (is_property(member.name)) {
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

// Gives every property another value of the same kind and much the same length.
void change(rapidjson::Value& value, Json::AllocatorType& allocator) {
  if (value.IsObject()) {
    for (auto& member : value.GetObject()) {
      if (is_property(member.name)) {
        change(member.value, allocator);
      }
    }
  } else if (value.IsArray()) {
    for (auto& element : value.GetArray()) {
      change(element, allocator);
    }
  } else if (value.IsString()) {
    std::string text(value.GetString(), value.GetStringLength());
    text.resize(text.empty() ? 1 : text.size());
    text[0] = text[0] == 'x' ? 'y' : 'x';
    value.SetString(text.data(), static_cast<rapidjson::SizeType>(text.size()), allocator);
  } else if (value.IsBool()) {
    value.SetBool(!value.GetBool());
  } else if (value.IsInt64()) {
    value.SetInt64(value.GetInt64() + 1);
  } else if (value.IsDouble()) {
    value.SetDouble(value.GetDouble() + 1);
  }
}

Document changed(Text twin) {
  Json json = parsed(twin.view());
  change(json, json.GetAllocator());
  return Document(written(json));
}

Document section(Text twin, const char* name) {
  const Json json = parsed(twin.view());
  const auto found = json.FindMember(name);
  if (found == json.MemberEnd() || !found->value.IsObject()) {
    fail(name, "no such section");
  }
  return Document(written(found->value));
}

std::string contents(const std::string& name) {
  std::FILE* const file = std::fopen(name.c_str(), "rb");
  if (file == nullptr) {
    fail(name, "cannot be opened in the working directory");
  }
  std::string result;
  char some[4096];
  while (const std::size_t size = std::fread(some, 1, sizeof(some), file)) {
    result.append(some, size);
  }
  const bool well = std::ferror(file) == 0 && !result.empty();
  std::fclose(file);
  if (!well) {
    fail(name, "cannot be read, or is empty");
  }
  return result;
}

std::vector<Document> lines(const std::string& text) {
  std::vector<Document> result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    result.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return result;
}

}  // namespace

void fail(const std::string& which, const std::string& what) {
  std::fprintf(stderr, "benchmark: %s: %s\n", which.c_str(), what.c_str());
  std::exit(1);
}

Document::Document(std::string_view json) : padded_(json) {
  padded_.append(Text::kPadding, '\0');
}

Documents::Documents(const std::string& size)
    : twin(contents("twin-" + size + ".json")),
      desired(section(twin.text(), "desired")),
      reported(section(twin.text(), "reported")),
      changed_twin(changed(twin.text())),
      patches(lines(contents("patches-" + size + ".jsonl"))),
      expected(contents("expect-" + size + ".json")) {}

bool same_json(std::string_view a, std::string_view b, bool exact) {
  Json json_a;
  Json json_b;
  return parse(json_a, a) && parse(json_b, b) && same(json_a, json_b, exact);
}

}  // namespace hubtwin::benchmark
