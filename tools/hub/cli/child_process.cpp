// SPDX-License-Identifier: MIT
#include "tools/hub/cli/child_process.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hubtwin::hub::cli {
namespace {

constexpr std::chrono::milliseconds kPollInterval{10};
constexpr std::chrono::seconds kPatience{20};

std::runtime_error system_error(const std::string& what, int error) {
  return std::runtime_error(what + ": " + std::generic_category().message(error));
}

}  // namespace

HeldSignals::HeldSignals() {
  sigemptyset(&held_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) {
    sigaddset(&held_, signal);
  }
  pthread_sigmask(SIG_BLOCK, &held_, &before_);
}

HeldSignals::~HeldSignals() {
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<int> HeldSignals::wait(std::chrono::milliseconds longest) const {
  const auto whole_seconds = std::chrono::duration_cast<std::chrono::seconds>(longest);
  timespec limit{};
  limit.tv_sec = whole_seconds.count();
  limit.tv_nsec = std::chrono::nanoseconds(longest - whole_seconds).count();
  const int signal = sigtimedwait(&held_, nullptr, &limit);
  return signal > 0 ? std::optional(signal) : std::nullopt;
}

int HeldSignals::wait() const {
  int signal = 0;
  sigwait(&held_, &signal);
  return signal;
}

ChildProcess::ChildProcess(const std::filesystem::path& program,
                           const std::vector<std::string>& arguments,
                           const std::filesystem::path& directory, const HeldSignals& signals) {
  // Everything is prepared before the fork: the child may only call what is safe in a signal
  // handler. A failed exec writes its reason into the pipe, a successful one closes it.
  std::vector<char*> argv;
  argv.push_back(const_cast<char*>(program.c_str()));
  for (const std::string& argument : arguments) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) {
    throw system_error("cannot make a pipe", errno);
  }
  const pid_t parent = getpid();
  id_ = fork();
  if (id_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) {
      _exit(1);  // the parent died before the kernel was asked to tell
    }
    setpgid(0, 0);  // Ctrl-C is for the parent, which then ends its child in order
    pthread_sigmask(SIG_SETMASK, &signals.before(), nullptr);
    if (chdir(directory.c_str()) == 0) {
      execv(program.c_str(), argv.data());
    }
    const int error = errno;
    static_cast<void>(!write(report[1], &error, sizeof error));
    _exit(127);
  }
  const int fork_error = errno;
  close(report[1]);
  int error = 0;
  const bool failed = id_ > 0 && read(report[0], &error, sizeof error) == sizeof error;
  close(report[0]);
  if (id_ < 0) {
    throw system_error("cannot start " + program.string(), fork_error);
  }
  if (failed) {
    waitpid(id_, nullptr, 0);
    throw system_error("cannot start " + program.string() + " in " + directory.string(), error);
  }
}

ChildProcess::~ChildProcess() {
  stop();
}

bool ChildProcess::running() {
  int status = 0;
  if (!status_ && waitpid(id_, &status, WNOHANG) == id_) {
    status_ = status;
  }
  return !status_;
}

void ChildProcess::stop() {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  if (running()) {
    kill(id_, SIGTERM);
  }
  while (running()) {
    if (std::chrono::steady_clock::now() >= deadline) {
      kill(id_, SIGKILL);
    }
    std::this_thread::sleep_for(kPollInterval);
  }
}

std::string ChildProcess::ending() const {
  const int status = status_.value();
  if (WIFSIGNALED(status)) {
    return "was ended by signal " + std::to_string(WTERMSIG(status)) + " (" +
           strsignal(WTERMSIG(status)) + ")";
  }
  return "ended with status " + std::to_string(WEXITSTATUS(status));
}

bool ChildProcess::ended_well() const {
  const int status = status_.value();
  return WIFSIGNALED(status) ? WTERMSIG(status) == SIGTERM : WEXITSTATUS(status) == 0;
}

}  // namespace hubtwin::hub::cli
