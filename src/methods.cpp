// SPDX-License-Identifier: MIT
#include <hubtwin/impl/methods.ipp>
