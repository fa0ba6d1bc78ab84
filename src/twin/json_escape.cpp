// SPDX-License-Identifier: MIT
#include <hubtwin/impl/twin/json_escape.ipp>
