// SPDX-License-Identifier: MIT
#include <hubtwin/impl/storage/reported_store.ipp>
