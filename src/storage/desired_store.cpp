// SPDX-License-Identifier: MIT
#include <hubtwin/impl/storage/desired_store.ipp>
