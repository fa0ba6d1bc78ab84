// SPDX-License-Identifier: MIT
#include "tools/hub/core/identity_id.hpp"

#include <algorithm>
#include <string_view>

namespace hubtwin::hub {
namespace {

constexpr std::size_t kMaxIdLength = 128;
constexpr std::string_view kIdCharacters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.+%_#*?!(),:=@$'";

}  // namespace

bool is_valid_id(const std::string& id) {
  return !id.empty() && id.size() <= kMaxIdLength &&
         id.find_first_not_of(kIdCharacters) == std::string::npos;
}

}  // namespace hubtwin::hub
