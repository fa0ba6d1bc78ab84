// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The loop of an application on a host, with an end.

#include <hubtwin/device_client.hpp>
#include <hubtwin/mbedtls/mbedtls_crypto.hpp>
#include <hubtwin/paho/transport.hpp>
#include <hubtwin/posix/event_wake.hpp>
#include <hubtwin/posix/system_clock.hpp>
#include <hubtwin/posix/system_random.hpp>

#include <stdexcept>

namespace hubtwin::benchmark {

/// Ports and a Context, and what drives its clients.
struct Loop {
  posix::SystemClock clock;
  posix::EventWake wake{clock};
  mbedtls::MbedtlsCrypto crypto;
  posix::SystemRandom random;
  SizedContext<> context{Ports{clock, crypto, random, &wake, nullptr, nullptr}};

  [[noreturn]] void fail(const char* what) { throw std::runtime_error(what); }

  /// Polls, and sleeps in between, until `done` holds; fails after a minute.
  template <class Done>
  void run_until(Done done) {
    const MonotonicTime give_up = clock.now() + std::chrono::minutes(1);
    for (;;) {
      context.poll();
      if (done()) {
        return;
      }
      const MonotonicTime deadline = context.next_deadline();
      if (clock.now() >= give_up) {
        fail("hubtwin: not done within a minute");
      }
      context.wait(earlier(give_up, deadline));
    }
  }
};

}  // namespace hubtwin::benchmark
