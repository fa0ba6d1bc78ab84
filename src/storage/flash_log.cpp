// SPDX-License-Identifier: MIT
#include <hubtwin/impl/storage/flash_log.ipp>
