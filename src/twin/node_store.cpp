// SPDX-License-Identifier: MIT
// Compiles the bodies of hubtwin/twin/node_store.hpp.
#include <hubtwin/impl/twin/node_store.ipp>
