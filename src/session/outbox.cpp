// SPDX-License-Identifier: MIT
#include <hubtwin/impl/session/outbox.ipp>
