// SPDX-License-Identifier: MIT
#include <hubtwin/impl/storage/crc32.ipp>
