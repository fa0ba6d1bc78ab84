// SPDX-License-Identifier: MIT
// Compiles the bodies of hubtwin/twin/patch.hpp.
#include <hubtwin/impl/twin/patch.ipp>
