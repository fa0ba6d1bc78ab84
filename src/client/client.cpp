// SPDX-License-Identifier: MIT
#include <hubtwin/impl/client/client.ipp>
