// SPDX-License-Identifier: MIT
#include <hubtwin/impl/auth/identity.ipp>
