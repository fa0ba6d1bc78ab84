// SPDX-License-Identifier: MIT
#include <hubtwin/impl/twin/reported_stream.ipp>
