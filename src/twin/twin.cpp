// SPDX-License-Identifier: MIT
#include <hubtwin/impl/twin/twin.ipp>
