// SPDX-License-Identifier: MIT
#include <hubtwin/impl/port/log_ring.ipp>
