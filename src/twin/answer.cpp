// SPDX-License-Identifier: MIT
#include <hubtwin/impl/twin/answer.ipp>
