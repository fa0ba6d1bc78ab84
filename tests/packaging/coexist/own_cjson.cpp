// SPDX-License-Identifier: MIT
#include "applications.hpp"

#include <cjson/cJSON.h>

int read_by_cjson(const std::string& text) {
  cJSON* document = cJSON_Parse(text.c_str());
  const cJSON* value = cJSON_GetObjectItem(document, "value");
  const int number = cJSON_IsNumber(value) != 0 ? value->valueint : -1;
  cJSON_Delete(document);
  return number;
}
