// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What an application does with JSON libraries of its own choice, one function a library. Each
/// answers the number that it read from `{"value":<number>}`, or -1.

#include <string>

int read_by_rapidjson(const std::string& text);
int read_by_cjson(const std::string& text);
int read_by_nlohmann(const std::string& text);

/// How often the application's own RapidJSON called the application's own assertion and allocator.
struct RapidJsonUse {
  int failed_assertions = 0;
  int allocations = 0;
};
RapidJsonUse rapidjson_use();
