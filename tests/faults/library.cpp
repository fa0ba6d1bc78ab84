// SPDX-License-Identifier: MIT

/// \file
/// The library's bodies with every log line; see CMakeLists.txt.

#include <hubtwin/implementation.hpp>
