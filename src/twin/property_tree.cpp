// SPDX-License-Identifier: MIT
// Compiles the bodies of hubtwin/twin/property_tree.hpp.
#include <hubtwin/impl/twin/property_tree.ipp>
