// SPDX-License-Identifier: MIT
#include "subject.hpp"
#include "subjects.hpp"

#include <json-c/json.h>

namespace hubtwin::benchmark {
namespace {

// Values are shared by counting, not copied. A JSON null is a null pointer.
bool merge(json_object* target, json_object* patch) {
  bool well = true;
  json_object_iterator end = json_object_iter_end(patch);
  for (json_object_iterator at = json_object_iter_begin(patch); !json_object_iter_equal(&at, &end);
       json_object_iter_next(&at)) {
    const char* const key = json_object_iter_peek_name(&at);
    json_object* const value = json_object_iter_peek_value(&at);
    if (value == nullptr) {
      json_object_object_del(target, key);
    } else if (json_object_is_type(value, json_type_object)) {
      json_object* below = json_object_object_get(target, key);
      if (!json_object_is_type(below, json_type_object)) {
        below = json_object_new_object();
        well = json_object_object_add(target, key, below) == 0 && well;
      }
      well = merge(below, value) && well;
    } else {
      well = json_object_object_add(target, key, json_object_get(value)) == 0 && well;
    }
  }
  return well;
}

class JsonC final : public Subject {
 public:
  JsonC() : Subject("json-c") {}

  bool read(Text json) override {
    json_object* const next = parse(json);
    if (next == nullptr) {
      return false;
    }
    clear();
    kept_ = next;
    return true;
  }

  bool patch(Text json) override {
    json_object* const patch = parse(json);
    const bool well = json_object_is_type(patch, json_type_object) && merge(kept_, patch);
    json_object_put(patch);
    return well;
  }

  std::string_view write() override {
    std::size_t size = 0;
    const char* const text = json_object_to_json_string_length(
        kept_, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &size);
    return text != nullptr ? std::string_view(text, size) : std::string_view();
  }

  void clear() override {
    json_object_put(kept_);
    kept_ = nullptr;
  }

 private:
  static json_object* parse(Text json) {
    json_tokener* const tokener = json_tokener_new();
    if (tokener == nullptr) {
      return nullptr;
    }
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    json_object* const result =
        json_tokener_parse_ex(tokener, json.data, static_cast<int>(json.size));
    json_tokener_free(tokener);
    return result;
  }

  json_object* kept_ = nullptr;
};

}  // namespace

Subjects json_c_subjects() {
  static JsonC json_c;
  static Subject* const subjects[] = {&json_c};
  return {subjects, 1};
}

}  // namespace hubtwin::benchmark
