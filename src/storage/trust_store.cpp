// SPDX-License-Identifier: MIT
#include <hubtwin/impl/storage/trust_store.ipp>
