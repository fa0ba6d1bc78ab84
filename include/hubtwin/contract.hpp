// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Checks for programmers' errors. Input from network, files and users is never checked this way:
/// it answers a Status.

#include <hubtwin/config.hpp>

HUBTWIN_NAMESPACE_BEGIN

/// Called when a precondition of hubtwin is broken; must not return. The library's own definition
/// traps; a program replaces it by installing a hook.
/// \param[in] what  The condition, a literal.
[[noreturn]] void contract_violated(const char* what);

/// A hook called first by contract_violated, for logging or a clean reset; may leave by longjmp
/// or, in tests on a host, by exception.
using ContractHook = void (*)(const char* what);

/// Installs the hook for the whole program; the only process-wide setting there is. Null restores
/// the default. Not for use while any client runs on another thread.
void set_contract_hook(ContractHook hook);

HUBTWIN_NAMESPACE_END

#if HUBTWIN_CONTRACTS
#define HUBTWIN_EXPECTS(condition) \
  ((condition) ? static_cast<void>(0) : ::hubtwin::contract_violated(#condition))
#else
#define HUBTWIN_EXPECTS(condition) static_cast<void>(0)
#endif
