// SPDX-License-Identifier: MIT
#include <hubtwin/impl/wire/division.ipp>
