// SPDX-License-Identifier: MIT
#include <hubtwin/impl/auth/user_name.ipp>
