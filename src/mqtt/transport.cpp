// SPDX-License-Identifier: MIT
#include <hubtwin/impl/mqtt/transport.ipp>
