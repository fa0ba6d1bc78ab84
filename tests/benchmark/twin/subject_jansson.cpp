// SPDX-License-Identifier: MIT
#include "subject.hpp"
#include "subjects.hpp"

#include <jansson.h>

namespace hubtwin::benchmark {
namespace {

// Values are shared by counting, not copied.
bool merge(json_t* target, json_t* patch) {
  bool well = true;
  const char* key = nullptr;
  json_t* value = nullptr;
  json_object_foreach(patch, key, value) {
    if (json_is_null(value)) {
      json_object_del(target, key);  // -1 when there is none
    } else if (json_is_object(value)) {
      json_t* below = json_object_get(target, key);
      if (!json_is_object(below)) {
        below = json_object();
        well = json_object_set_new_nocheck(target, key, below) == 0 && well;
      }
      well = merge(below, value) && well;
    } else {
      well = json_object_set_nocheck(target, key, value) == 0 && well;
    }
  }
  return well;
}

class Jansson final : public Subject {
 public:
  Jansson() : Subject("jansson") {
    json_object_seed(1);  // the same hash each time, hence the same instructions
  }

  bool read(Text json) override {
    json_t* const next = parse(json);
    if (next == nullptr) {
      return false;
    }
    clear();
    kept_ = next;
    return true;
  }

  bool patch(Text json) override {
    json_t* const patch = parse(json);
    const bool well = json_is_object(patch) && merge(kept_, patch);
    json_decref(patch);
    return well;
  }

  std::string_view write() override {
    const std::size_t size = json_dumpb(kept_, written_, sizeof(written_), JSON_COMPACT);
    return size <= sizeof(written_) ? std::string_view(written_, size) : std::string_view();
  }

  void clear() override {
    json_decref(kept_);
    kept_ = nullptr;
  }

 private:
  static json_t* parse(Text json) {
    json_error_t error;
    return json_loadb(json.data, json.size, 0, &error);
  }

  char written_[kMostWritten] = {};
  json_t* kept_ = nullptr;
};

}  // namespace

Subjects jansson_subjects() {
  static Jansson jansson;
  static Subject* const subjects[] = {&jansson};
  return {subjects, 1};
}

}  // namespace hubtwin::benchmark
