// SPDX-License-Identifier: MIT
#include <hubtwin/impl/wire/decimal.ipp>
