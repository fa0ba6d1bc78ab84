// SPDX-License-Identifier: MIT
//
// All that a project without CMake adds to its sources.
#include <hubtwin/implementation.hpp>
