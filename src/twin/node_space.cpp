// SPDX-License-Identifier: MIT
#include <hubtwin/impl/twin/node_space.ipp>
