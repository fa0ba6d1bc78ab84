// SPDX-License-Identifier: MIT
// Compiles the bodies of hubtwin/twin/json_reader.hpp.
#include <hubtwin/impl/twin/json_reader.ipp>
