// SPDX-License-Identifier: MIT
#include <hubtwin/impl/wire/utc_text.ipp>
