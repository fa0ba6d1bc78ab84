// SPDX-License-Identifier: MIT
#include <hubtwin/impl/wire/topic.ipp>
