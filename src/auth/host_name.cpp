// SPDX-License-Identifier: MIT
#include <hubtwin/impl/auth/host_name.ipp>
