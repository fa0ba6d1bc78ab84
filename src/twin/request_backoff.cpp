// SPDX-License-Identifier: MIT
#include <hubtwin/impl/twin/request_backoff.ipp>
