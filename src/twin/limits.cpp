// SPDX-License-Identifier: MIT
// Compiles the bodies of hubtwin/twin/limits.hpp.
#include <hubtwin/impl/twin/limits.ipp>
