// SPDX-License-Identifier: MIT
#include <hubtwin/contract.hpp>
#include <hubtwin/status.hpp>

#include <stdexcept>
#include <string>

#include <catch2/catch.hpp>

namespace {

struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// While it lives, a broken contract is thrown instead of ending the program.
class ContractsThrow {
 public:
  ContractsThrow() {
    hubtwin::set_contract_hook([](const char* what) { throw Violation(what); });
  }
  ~ContractsThrow() { hubtwin::set_contract_hook(nullptr); }
};

}  // namespace

TEST_CASE("contract: broken -> the hook is told which, and may leave") {
  const ContractsThrow guard;
  CHECK_THROWS_WITH(hubtwin::contract_violated("a < b"), "a < b");
#if HUBTWIN_CONTRACTS
  const hubtwin::Result<int> failed = hubtwin::Error::kNoSpace;
  CHECK_THROWS_AS(failed.value(), Violation);
  CHECK_THROWS_AS(hubtwin::Result<int>(hubtwin::Status()), Violation);
#endif
}
