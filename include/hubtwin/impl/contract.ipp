// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/contract.hpp.

#include <hubtwin/contract.hpp>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_contract {

// The one process-wide setting; see set_contract_hook.
static ContractHook hook = nullptr;

}  // namespace detail_contract

void contract_violated(const char* what) {
  if (detail_contract::hook != nullptr) {
    detail_contract::hook(what);
  }
  __builtin_trap();
}

void set_contract_hook(ContractHook hook) {
  detail_contract::hook = hook;
}

HUBTWIN_NAMESPACE_END
