// SPDX-License-Identifier: MIT
#include <hubtwin/impl/session/context.ipp>
