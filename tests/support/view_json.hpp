// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Twin values as nlohmann::json, to be compared with a hub's.

#include <hubtwin/twin/property_view.hpp>

#include <nlohmann/json.hpp>

namespace hubtwin::test {

/// The value at a place of a twin; null where there is none.
nlohmann::json json_of(PropertyView place);

}  // namespace hubtwin::test
