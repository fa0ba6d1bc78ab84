// SPDX-License-Identifier: MIT
#include <hubtwin/impl/twin/twin_document.ipp>
