// SPDX-License-Identifier: MIT
#include <hubtwin/impl/auth/sas_token.ipp>
