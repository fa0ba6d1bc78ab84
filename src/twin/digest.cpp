// SPDX-License-Identifier: MIT
#include <hubtwin/impl/twin/digest.ipp>
