// SPDX-License-Identifier: MIT
#include <hubtwin/impl/session/session_credentials.ipp>
