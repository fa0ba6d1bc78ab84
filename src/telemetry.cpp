// SPDX-License-Identifier: MIT
#include <hubtwin/impl/telemetry.ipp>
