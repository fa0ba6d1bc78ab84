// SPDX-License-Identifier: MIT
#include <hubtwin/posix/system_random.hpp>

#include <ctime>

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

HUBTWIN_NAMESPACE_BEGIN
namespace posix {
namespace {

bool read_urandom(std::uint32_t& number) {
  const int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return false;
  }
  const bool complete = read(fd, &number, sizeof number) == static_cast<ssize_t>(sizeof number);
  close(fd);
  return complete;
}

// For a system that denies both sources, e.g. a sandbox: still spreads a fleet by start time and
// process, which is all that jitter asks for.
std::uint32_t from_time() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  std::uint64_t mixed = static_cast<std::uint64_t>(time.tv_sec) * 1000000000u +
                        static_cast<std::uint64_t>(time.tv_nsec);
  mixed ^= static_cast<std::uint64_t>(getpid()) << 40;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;  // SplitMix64's finaliser
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  return static_cast<std::uint32_t>(mixed >> 32);
}

}  // namespace

std::uint32_t SystemRandom::next() {
  std::uint32_t number = 0;
  if (getrandom(&number, sizeof number, GRND_NONBLOCK) == static_cast<ssize_t>(sizeof number) ||
      read_urandom(number)) {
    return number;
  }
  return from_time();
}

}  // namespace posix
HUBTWIN_NAMESPACE_END
