// SPDX-License-Identifier: MIT
#include "subject.hpp"
#include "subjects.hpp"

#include <cstring>

#include <cjson/cJSON.h>

namespace hubtwin::benchmark {
namespace {

void remove_nulls(cJSON* object) {
  for (cJSON* item = object->child; item != nullptr;) {
    cJSON* const next = item->next;
    if (cJSON_IsNull(item)) {
      cJSON_Delete(cJSON_DetachItemViaPointer(object, item));
    } else if (cJSON_IsObject(item)) {
      remove_nulls(item);
    }
    item = next;
  }
}

// Takes the patch's values over, so that nothing is copied but keys that are new.
bool merge(cJSON* target, cJSON* patch) {
  bool well = true;
  for (cJSON* item = patch->child; item != nullptr && well;) {
    cJSON* const next = item->next;
    cJSON* const found = cJSON_GetObjectItemCaseSensitive(target, item->string);
    if (cJSON_IsNull(item)) {
      if (found != nullptr) {
        cJSON_Delete(cJSON_DetachItemViaPointer(target, found));
      }
    } else if (cJSON_IsObject(item) && cJSON_IsObject(found)) {
      well = merge(found, item);
    } else {
      cJSON_DetachItemViaPointer(patch, item);
      if (cJSON_IsObject(item)) {
        remove_nulls(item);
      }
      well = found != nullptr ? cJSON_ReplaceItemViaPointer(target, found, item)
                              : cJSON_AddItemToObject(target, item->string, item);
    }
    item = next;
  }
  return well;
}

class CJson final : public Subject {
 public:
  CJson() : Subject("cjson") {}

  bool read(Text json) override {
    cJSON* const next = cJSON_Parse(json.data);
    if (next == nullptr) {
      return false;
    }
    clear();
    kept_ = next;
    return true;
  }

  bool patch(Text json) override {
    cJSON* const patch = cJSON_Parse(json.data);
    const bool well = cJSON_IsObject(patch) && merge(kept_, patch);
    cJSON_Delete(patch);
    return well;
  }

  std::string_view write() override {
    return cJSON_PrintPreallocated(kept_, written_, sizeof(written_), false)
               ? std::string_view(written_, std::strlen(written_))
               : std::string_view();
  }

  void clear() override {
    cJSON_Delete(kept_);
    kept_ = nullptr;
  }

 private:
  char written_[kMostWritten] = {};
  cJSON* kept_ = nullptr;
};

}  // namespace

Subjects cjson_subjects() {
  static CJson cjson;
  static Subject* const subjects[] = {&cjson};
  return {subjects, 1};
}

}  // namespace hubtwin::benchmark
