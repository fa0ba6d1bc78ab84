// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The one place that states hubtwin's version. CMake and the packages read it from here.

#define HUBTWIN_VERSION_MAJOR 0
#define HUBTWIN_VERSION_MINOR 1
#define HUBTWIN_VERSION_PATCH 0
/// The version as text, as it stands in the client's user agent.
#define HUBTWIN_VERSION_STRING "0.1.0"
