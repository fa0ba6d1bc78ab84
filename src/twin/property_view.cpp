// SPDX-License-Identifier: MIT
// Compiles the bodies of hubtwin/twin/property_view.hpp.
#include <hubtwin/impl/twin/property_view.ipp>
