// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Wake on Linux: an eventfd, waited for alone or beside descriptors of the application.

#include <hubtwin/port/clock.hpp>
#include <hubtwin/port/wake.hpp>
#include <hubtwin/status.hpp>

#include <array>
#include <atomic>
#include <cstddef>

#include <poll.h>

HUBTWIN_NAMESPACE_BEGIN
namespace posix {

/// wake() may be called by any thread and any signal handler; the rest belongs to the thread that
/// waits.
///
/// An application with an event loop of its own (epoll, Asio, libuv) doesn't call wait(): it
/// watches fd() for reading with a timer for the next deadline, calls clear() when it fires, and
/// polls its clients.
class EventWake final : public Wake {
 public:
  /// How many descriptors watch() takes.
  static constexpr std::size_t kMaxWatched = 15;
  /// wait() returns at the latest after this long, so that time during which the whole system was
  /// suspended, which poll(2) doesn't count, is noticed.
  static constexpr Duration kLongestWait = std::chrono::minutes(1);

  /// \param[in] clock  The one whose time the deadlines are on; must outlive this.
  explicit EventWake(Clock& clock);
  ~EventWake();
  EventWake(const EventWake&) = delete;
  EventWake& operator=(const EventWake&) = delete;

  /// Error::kNoSpace with the errno in os_code() when the system gave no descriptor. wake() then
  /// has no effect and wait() returns every 50 ms.
  Status status() const { return status_; }

  void wake() override;
  void wait(MonotonicTime deadline) override;

  /// Readable from a wake() until the next wait() or clear(); -1 when status() is an error. Stays
  /// the property of this object.
  int fd() const { return watched_[0].fd; }

  /// Forgets earlier wake() calls, as wait() does on return.
  void clear();

  /// Makes wait() return also when `fd` is ready.
  /// \param[in] events  POLLIN, POLLOUT or both, as poll(2) takes them; replaces those given for
  ///            the same descriptor before.
  /// \return Error::kInvalidArgument for a negative descriptor; Error::kNoSpace beyond kMaxWatched:
  ///         use an event loop of your own with fd() then.
  Status watch(int fd, short events);

  /// Ends watch(); before the descriptor is closed. Nothing happens for one not watched.
  void unwatch(int fd);

  /// What poll(2) told of a watched descriptor in the last wait(); 0 for one not watched.
  short ready(int fd) const;

 private:
  pollfd* find(int fd);

  Clock& clock_;
  Status status_;
  std::atomic<bool> woken_{false};
  std::array<pollfd, 1 + kMaxWatched> watched_{};  // the first is the eventfd
  std::size_t count_ = 1;
};

}  // namespace posix
HUBTWIN_NAMESPACE_END
