// SPDX-License-Identifier: MIT
#include <hubtwin/impl/auth/base64.ipp>
