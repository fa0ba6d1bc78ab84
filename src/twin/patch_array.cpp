// SPDX-License-Identifier: MIT
#include <hubtwin/impl/twin/patch_array.ipp>
