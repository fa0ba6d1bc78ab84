// SPDX-License-Identifier: MIT
#include <hubtwin/impl/twin/change.ipp>
