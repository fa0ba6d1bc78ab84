// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What both sides of the comparison do, and what is measured of it.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <sys/resource.h>

namespace hubtwin::benchmark {

/// Where to connect, and as whom.
struct Endpoint {
  std::string connection_string;
  std::string ca_file;
  std::uint16_t port = 0;
};

/// The same for both: QoS 1, this payload, so many unacknowledged at most.
struct Workload {
  std::size_t messages = 20000;
  std::size_t in_flight = 64;
  std::size_t round_trips = 3000;
  std::string payload = std::string(200, 'x');
};

/// Rates are a second; CPU time is the process's, all threads.
struct Measured {
  double messages_per_second = 0;
  double cpu_us_per_message = 0;
  double round_trips_per_second = 0;
  double cpu_us_per_round_trip = 0;
};

/// Wall and CPU time since its construction.
class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }
  double cpu_us() const { return cpu_now() - cpu_began_; }

 private:
  static double cpu_now() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto us = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
    };
    return us(usage.ru_utime) + us(usage.ru_stime);
  }

  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  double cpu_began_ = cpu_now();
};

/// Sends the workload through hubtwin's client on ports/paho. Throws std::runtime_error.
Measured measure_hubtwin(const Endpoint& endpoint, const Workload& workload);

/// Sends it through Paho C++ alone, written for speed: asynchronous, a window of messages in
/// flight, no persistence. Throws std::runtime_error.
Measured measure_bare_paho(const Endpoint& endpoint, const Workload& workload);

}  // namespace hubtwin::benchmark
