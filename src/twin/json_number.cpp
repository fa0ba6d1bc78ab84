// SPDX-License-Identifier: MIT
// Compiles the bodies of hubtwin/twin/json_number.hpp.
#include <hubtwin/impl/twin/json_number.ipp>
