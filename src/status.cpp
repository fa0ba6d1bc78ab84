// SPDX-License-Identifier: MIT
#include <hubtwin/impl/status.ipp>
