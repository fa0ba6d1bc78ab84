// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Threads beside the broker's must not be the ones that get its signals.

#include <csignal>

#include <pthread.h>

namespace hubtwin::hub {

/// While it lives, the calling thread has all signals blocked; threads started meanwhile keep that.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace hubtwin::hub
