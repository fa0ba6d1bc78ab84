// SPDX-License-Identifier: MIT
#include <hubtwin/impl/twin/path_filter.ipp>
