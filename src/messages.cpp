// SPDX-License-Identifier: MIT
#include <hubtwin/impl/messages.ipp>
