// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A proxy in a thread of its own, for tests.

#include "tools/hub/proxy/proxy.hpp"

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace hubtwin::hub::proxy {

/// All functions may be called from any thread but its own, and have taken effect when they return.
class ProxyThread {
 public:
  explicit ProxyThread(ProxyOptions options);
  ~ProxyThread();
  ProxyThread(const ProxyThread&) = delete;
  ProxyThread& operator=(const ProxyThread&) = delete;

  std::uint16_t port() const { return port_; }
  /// Wants a fault, in the form of README.md. Throws std::runtime_error with what is wrong with it.
  /// \return its id.
  std::string add(const Json& fault);
  void remove(const std::string& id);
  void clear();
  Json links();

 private:
  void call(const std::function<void(Proxy&)>& work);
  void run();
  void wake();

  Proxy proxy_;  // the thread's
  const std::uint16_t port_;
  Descriptor wake_;
  std::mutex mutex_;  // guards what follows
  std::vector<std::function<void()>> work_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace hubtwin::hub::proxy
