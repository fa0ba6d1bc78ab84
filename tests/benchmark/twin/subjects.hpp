// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The libraries of the twin benchmark; a program links those that it asks for.

#include "subject.hpp"

namespace hubtwin::benchmark {

Subjects hubtwin_subjects();
Subjects rapidjson_subjects();
Subjects cjson_subjects();
Subjects nlohmann_subjects();
Subjects jansson_subjects();
Subjects json_c_subjects();
Subjects simdjson_subjects();

/// Those of all libraries, in the order in which they are told.
Subjects all_subjects();

}  // namespace hubtwin::benchmark
