// SPDX-License-Identifier: MIT
#include <hubtwin/impl/auth/secret.ipp>
