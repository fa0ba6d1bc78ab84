// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The kernel's random numbers as hubtwin's Random.

#include <hubtwin/port/random.hpp>

HUBTWIN_NAMESPACE_BEGIN
namespace posix {

/// Asks the kernel each time; never waits, not even early in boot, when the kernel has gathered
/// little entropy yet. May be used from several threads.
class SystemRandom final : public Random {
 public:
  std::uint32_t next() override;
};

}  // namespace posix
HUBTWIN_NAMESPACE_END
