// SPDX-License-Identifier: MIT
#include <hubtwin/impl/session/backoff.ipp>
