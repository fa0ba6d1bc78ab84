// SPDX-License-Identifier: MIT
// Compiles the bodies of hubtwin/twin/json_writer.hpp.
#include <hubtwin/impl/twin/json_writer.ipp>
