// SPDX-License-Identifier: MIT
#include <hubtwin/impl/storage/message_store.ipp>
