// SPDX-License-Identifier: MIT
#include "broker.hpp"

#include "rig.hpp"
#include "sockets.hpp"

#include <chrono>
#include <csignal>
#include <fstream>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

/// True once the log says that it runs; false when it ends or keeps silent.
bool wait_until_running(int log) {
  std::string text;
  char part[512];
  pollfd entry{log, POLLIN, 0};
  while (poll(&entry, 1, 10000) == 1) {
    const ssize_t count = read(log, part, sizeof part);
    if (count <= 0) {
      return false;
    }
    text.append(part, static_cast<std::size_t>(count));
    if (text.find(" running") != std::string::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

Broker::Broker(const std::string& certificate_file, const std::string& key_file,
               std::uint16_t port) {
  // Between finding a free port and Mosquitto's taking it, somebody else may.
  for (int attempt = 0; attempt < 5; ++attempt) {
    port_ = port != 0 ? port : free_port();
    if (start(certificate_file, key_file)) {
      return;
    }
    kill();
  }
  throw std::runtime_error("mosquitto doesn't start");
}

Broker::~Broker() {
  kill();
}

bool Broker::start(const std::string& certificate_file, const std::string& key_file) {
  const TemporaryDirectory directory;
  const std::string configuration = directory.path().string() + "/mosquitto.conf";
  std::ofstream out(configuration);
  out << "listener " << port_ << " 127.0.0.1\nallow_anonymous true\npersistence false\n"
      << "log_dest stderr\nlog_type notice\nlog_type information\nlog_type error\n"
      << "max_queued_messages 0\n";
  if (!certificate_file.empty()) {
    out << "certfile " << certificate_file << "\nkeyfile " << key_file << "\n";
  }
  if (geteuid() == 0) {
    out << "user root\n";  // else it changes to a user that can't read the test's files
  }
  out.close();

  int log[2] = {-1, -1};
  if (pipe2(log, O_CLOEXEC) != 0) {
    return false;
  }
  const Descriptor reader(log[0]);
  Descriptor writer(log[1]);
  pid_ = fork();
  if (pid_ == 0) {
    dup2(log[1], STDERR_FILENO);
    execl(HUBTWIN_TEST_MOSQUITTO, "mosquitto", "-c", configuration.c_str(),
          static_cast<char*>(nullptr));
    _exit(127);
  }
  writer.reset();
  return pid_ > 0 && wait_until_running(reader.get());
}

void Broker::kill() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
}

void Broker::freeze() {
  ::kill(pid_, SIGSTOP);
}
