// SPDX-License-Identifier: MIT
#include <hubtwin/impl/twin/desired.ipp>
