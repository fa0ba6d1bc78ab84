// SPDX-License-Identifier: MIT
#include "applications.hpp"

#include <nlohmann/json.hpp>

int read_by_nlohmann(const std::string& text) {
  return nlohmann::json::parse(text).value("value", -1);
}
