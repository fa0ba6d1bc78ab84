// SPDX-License-Identifier: MIT
#include <hubtwin/posix/event_wake.hpp>

#include <algorithm>
#include <cerrno>

#include <sys/eventfd.h>
#include <unistd.h>

HUBTWIN_NAMESPACE_BEGIN
namespace posix {
namespace {

constexpr Duration kWaitWithoutDescriptor = std::chrono::milliseconds(50);

}  // namespace

EventWake::EventWake(Clock& clock) : clock_(clock) {
  watched_[0].fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  watched_[0].events = POLLIN;
  if (watched_[0].fd < 0) {
    status_ = Status::with_os_code(Error::kNoSpace, errno);
  }
}

EventWake::~EventWake() {
  if (fd() >= 0) {
    close(fd());
  }
}

void EventWake::wake() {
  // Only the first wake() since the last wait() costs a system call.
  if (woken_.exchange(true, std::memory_order_acq_rel)) {
    return;
  }
  const int saved = errno;  // signal handlers must leave it as they found it
  const std::uint64_t one = 1;
  static_cast<void>(!write(fd(), &one, sizeof one));
  errno = saved;
}

void EventWake::wait(MonotonicTime deadline) {
  const MonotonicTime now = clock_.now();
  const Duration longest = status_.ok() ? kLongestWait : kWaitWithoutDescriptor;
  // Compared before it is subtracted: a deadline far in the past would overflow.
  const Duration pause =
      deadline <= now ? Duration::zero() : earlier(deadline, after(now, longest)) - now;
  for (std::size_t i = 0; i < count_; ++i) {
    watched_[i].revents = 0;
  }
  // Under load wake() has often been called already: then one system call is enough, not two.
  const bool alone = count_ == 1;
  if (!alone || !woken_.load(std::memory_order_acquire)) {
    poll(watched_.data(), static_cast<nfds_t>(count_), static_cast<int>(pause.count()));
  }
  clear();
}

void EventWake::clear() {
  // Drained first: a wake() that comes in between then sees the flag still set and writes nothing,
  // and its caller's data is visible after the exchange. The other way round a wake-up could be
  // swallowed with the flag left set, and no later one would write.
  std::uint64_t count = 0;
  static_cast<void>(!read(fd(), &count, sizeof count));
  woken_.exchange(false, std::memory_order_acq_rel);
}

Status EventWake::watch(int fd, short events) {
  if (fd < 0) {
    return Error::kInvalidArgument;
  }
  pollfd* entry = find(fd);
  if (entry == nullptr) {
    if (count_ == watched_.size()) {
      return Error::kNoSpace;
    }
    entry = &watched_[count_++];
  }
  *entry = pollfd{fd, events, 0};
  return {};
}

void EventWake::unwatch(int fd) {
  if (pollfd* const entry = find(fd); entry != nullptr) {
    *entry = watched_[--count_];
  }
}

short EventWake::ready(int fd) const {
  const pollfd* const entry = const_cast<EventWake*>(this)->find(fd);
  return entry == nullptr ? short{0} : entry->revents;
}

pollfd* EventWake::find(int fd) {
  pollfd* const end = watched_.data() + count_;
  pollfd* const found =
      std::find_if(watched_.data() + 1, end, [fd](const pollfd& entry) { return entry.fd == fd; });
  return found == end ? nullptr : found;
}

}  // namespace posix
HUBTWIN_NAMESPACE_END
