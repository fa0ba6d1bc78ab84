// SPDX-License-Identifier: MIT
//
// One array a type, as large as the type: a symbol table tells the sizes of a target that nobody
// has to run.
#include <hubtwin/function.hpp>
#include <hubtwin/status.hpp>

#define HUBTWIN_SIZE_OF(name, ...) extern "C" const char size_of_##name[sizeof(__VA_ARGS__)] = {}

HUBTWIN_SIZE_OF(Status, hubtwin::Status);
HUBTWIN_SIZE_OF(Function, hubtwin::Function<void()>);
