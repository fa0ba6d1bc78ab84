// SPDX-License-Identifier: MIT
//
// Names that system headers of some platforms define as macros: a public header that uses one of
// them as a name of its own doesn't compile here.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

// NOLINTBEGIN(readability-identifier-naming): the names are those of others
#define min(...) trap_of_min
#define max(...) trap_of_max
#define small trap_of_small
#define near trap_of_near
#define far trap_of_far
#define interface trap_of_interface
#define major(...) trap_of_major
#define minor(...) trap_of_minor
#define unix trap_of_unix
#define linux trap_of_linux
#define ERROR trap_of_ERROR
#define DELETE trap_of_DELETE
#define IN trap_of_IN
#define OUT trap_of_OUT
#define F(...) trap_of_F
#define B1 trap_of_B1
#define DEBUG trap_of_DEBUG
#define NO_ERROR trap_of_NO_ERROR
#define GetObject trap_of_GetObject
// NOLINTEND(readability-identifier-naming)

#include <hubtwin/hubtwin.hpp>
