// SPDX-License-Identifier: MIT
#include <hubtwin/impl/port/log.ipp>
