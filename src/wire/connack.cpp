// SPDX-License-Identifier: MIT
#include <hubtwin/impl/wire/connack.ipp>
