// SPDX-License-Identifier: MIT
#include <hubtwin/impl/contract.ipp>
