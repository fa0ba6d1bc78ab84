// SPDX-License-Identifier: MIT
#include <hubtwin/impl/auth/percent.ipp>
