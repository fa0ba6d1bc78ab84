// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What the examples' firmware has in common. What comes from the debugger here comes from the
/// hardware elsewhere.

#include <hubtwin/auth/secret.hpp>
#include <hubtwin/mps2/memory.hpp>
#include <hubtwin/mps2/semihosting.hpp>
#include <hubtwin/port/clock.hpp>
#include <hubtwin/port/log.hpp>

#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>
#include <utility>

#include <mbedtls/memory_buffer_alloc.h>
#include <mbedtls/platform.h>

namespace example {

/// The one object of its type, in static memory and never destroyed.
template <class T, class... Args>
T& make_static(Args&&... args) {
  alignas(T) static unsigned char room[sizeof(T)];
  return *::new (static_cast<void*>(room)) T(std::forward<Args>(args)...);
}

/// A file of the host with a NUL behind it, in memory of mbedTLS for as long as it is needed.
class HostFile {
 public:
  explicit HostFile(std::string_view path) {
    char name[256];
    if (path.empty() || path.size() >= sizeof name) {
      return;
    }
    name[path.copy(name, path.size())] = '\0';
    const auto size = hubtwin::mps2::semihosting_file_size(name);
    if (!size.ok()) {
      return;
    }
    bytes_ = static_cast<std::uint8_t*>(mbedtls_calloc(1, *size + 1));
    if (bytes_ == nullptr) {
      return;
    }
    size_ =
        hubtwin::mps2::semihosting_read_file(name, hubtwin::ByteSpan(bytes_, *size)).value_or(0);
  }
  ~HostFile() {
    hubtwin::wipe(hubtwin::ByteSpan(bytes_, size_));
    mbedtls_free(bytes_);
  }
  HostFile(const HostFile&) = delete;
  HostFile& operator=(const HostFile&) = delete;

  hubtwin::ByteView with_nul() const { return {bytes_, size_ == 0 ? 0 : size_ + 1}; }
  /// Its first line, or the one with that number; empty behind the last.
  std::string_view line(std::size_t number = 0) const {
    std::string_view text = hubtwin::as_text(hubtwin::ByteView(bytes_, size_));
    for (;;) {
      const std::size_t end = text.find('\n') < text.size() ? text.find('\n') : text.size();
      if (number-- == 0) {
        return {text.data(), end};
      }
      text.remove_prefix(end < text.size() ? end + 1 : end);
    }
  }

 private:
  std::uint8_t* bytes_ = nullptr;
  std::size_t size_ = 0;
};

/// Says what went wrong; answers the program's status.
inline int fail(hubtwin::Log& log, std::string_view what, hubtwin::Status status) {
  hubtwin::write_log(log, hubtwin::LogLevel::kError, "", {what, ": ", to_string(status.error())});
  return 2;
}

/// Times each poll() of a client, and remembers the longest with the step of TLS that it began
/// with: a watchdog must allow for it.
class PollMeter {
 public:
  explicit PollMeter(hubtwin::Clock& clock) : clock_(clock) {}

  template <class Poll>
  void time(int tls_step, Poll&& poll) {
    const hubtwin::MonotonicTime begun = clock_.now();
    poll();
    const hubtwin::Duration took = clock_.now() - begun;
    if (took > longest_) {
      longest_ = took;
      step_ = tls_step;
    }
  }
  /// One line, for programs to read.
  void tell(hubtwin::Log& log) const {
    hubtwin::write_log(
        log, hubtwin::LogLevel::kInfo, "",
        {"figures: poll_ms=", std::int64_t{longest_.count()}, " poll_step=", std::int64_t{step_}});
  }

 private:
  hubtwin::Clock& clock_;
  hubtwin::Duration longest_{0};
  int step_ = 0;
};

/// One line, for programs to read as well.
inline void tell_figures(hubtwin::Log& log, std::size_t tls_arena_bytes,
                         std::int64_t connected_after) {
  const hubtwin::mps2::MemoryUse use = hubtwin::mps2::memory_use();
  std::size_t bytes = 0;
  std::size_t blocks = 0;
  mbedtls_memory_buffer_alloc_max_get(&bytes, &blocks);
  constexpr std::size_t kBlockHead = 32;
  const auto number = [](std::size_t value) { return static_cast<std::int64_t>(value); };
  hubtwin::write_log(log, hubtwin::LogLevel::kInfo, "",
                     {"figures: flash=", number(use.flash), " data=", number(use.data),
                      " bss=", number(use.bss), " stack=", number(use.stack_used), "/",
                      number(use.stack_reserved), " tls=", number(bytes + blocks * kBlockHead), "/",
                      number(tls_arena_bytes), " connected_ms=", connected_after});
}

}  // namespace example
