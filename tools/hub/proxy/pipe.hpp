// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// One direction of a link: bytes that wait for their time and for room.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace hubtwin::hub::proxy {

using Time = std::chrono::steady_clock::time_point;
inline constexpr Time kNever = Time::max();

/// Bytes go in at once and come out in order, late, slowly, or not while the pipe is silent.
class Pipe {
 public:
  /// Bytes that may wait; beyond, the one that feeds it is left to wait.
  static constexpr std::size_t kRoom = 256 * 1024;

  void put(std::string_view bytes, Time now) {
    if (!bytes.empty()) {
      waiting_ += bytes.size();
      chunks_.push_back({now + delay_, std::string(bytes)});
    }
  }

  /// Bytes that may leave now, at most `most`; to be dropped by took().
  std::string_view ready(Time now, std::size_t most = 16384) const {
    if (silent_ || chunks_.empty() || chunks_.front().due > now || now < next_) {
      return {};
    }
    // At a rate, bytes leave in twentieths of a second or one by one.
    const std::size_t burst = rate_ == 0 ? most : std::max<std::size_t>(1, rate_ / 20);
    return std::string_view(chunks_.front().bytes).substr(0, std::min({most, burst, passing_}));
  }
  void took(std::size_t size, Time now) {
    if (size == 0) {
      return;
    }
    waiting_ -= size;
    passed_ += size;
    passing_ -= passing_ == kUnlimited ? 0 : size;
    std::string& front = chunks_.front().bytes;
    front.erase(0, size);
    if (front.empty()) {
      chunks_.pop_front();
    }
    if (rate_ != 0) {
      next_ = now + std::chrono::microseconds(size * 1000000 / rate_);
    }
  }

  /// When ready() may have something without anything being put in.
  Time next_time() const {
    return silent_ || chunks_.empty() || passing_ == 0 ? kNever
                                                       : std::max(chunks_.front().due, next_);
  }

  bool empty() const { return chunks_.empty(); }
  bool full() const { return waiting_ >= kRoom; }
  std::uint64_t passed() const { return passed_; }

  void set_silent(bool silent) { silent_ = silent; }
  bool silent() const { return silent_; }
  void set_delay(std::chrono::milliseconds delay) { delay_ = delay; }
  /// \param[in] rate  bytes a second; 0: as fast as can be.
  void set_rate(std::size_t rate) {
    rate_ = rate;
    next_ = Time();
  }
  /// Lets this many more bytes out and no more.
  void stop_after(std::size_t bytes) { passing_ = bytes; }
  bool stopped() const { return passing_ == 0; }
  void go_on() { passing_ = kUnlimited; }

 private:
  static constexpr std::size_t kUnlimited = SIZE_MAX;
  struct Chunk {
    Time due;
    std::string bytes;
  };

  std::deque<Chunk> chunks_;
  std::size_t waiting_ = 0;
  std::uint64_t passed_ = 0;
  std::size_t passing_ = kUnlimited;
  std::size_t rate_ = 0;
  Time next_{};
  std::chrono::milliseconds delay_{0};
  bool silent_ = false;
};

}  // namespace hubtwin::hub::proxy
