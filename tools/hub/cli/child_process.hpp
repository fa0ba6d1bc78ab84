// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// One child process that never outlives this one, and the signals that concern it.

#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace hubtwin::hub::cli {

/// Holds back SIGINT, SIGTERM, SIGHUP and SIGCHLD while it lives, so that they can be waited for.
/// Make it before any thread and any child.
class HeldSignals {
 public:
  HeldSignals();
  ~HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  /// The next of these signals, or nothing after `longest`.
  std::optional<int> wait(std::chrono::milliseconds longest) const;
  /// The next of these signals.
  int wait() const;

  /// What was blocked before: a child starts with that.
  const sigset_t& before() const { return before_; }

 private:
  sigset_t held_;
  sigset_t before_;
};

/// A running program. The kernel ends it if this process dies without having done so.
class ChildProcess {
 public:
  /// Starts `program` in `directory`. Throws std::runtime_error naming the program if it can't be
  /// started.
  ChildProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments,
               const std::filesystem::path& directory, const HeldSignals& signals);
  /// Ends it as stop() does.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// False once it has ended.
  bool running();

  /// Asks it to end (SIGTERM) and waits; kills it if that takes longer than 20 s.
  void stop();

  /// How it ended, in words. Only once running() is false.
  std::string ending() const;
  /// Status 0, or by SIGTERM (which came before it was ready to take it as a request).
  bool ended_well() const;

 private:
  pid_t id_ = -1;
  std::optional<int> status_;
};

}  // namespace hubtwin::hub::cli
