// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// How a proxy in a process of its own is told what to do: a UNIX socket, a line of JSON each way.
///
/// A request is {"add": fault}, {"remove": id}, {"clear": true} or {"list": true}; the answer has
/// "result", or "error" with status, code, name and message.

#include "tools/hub/proxy/proxy.hpp"

#include <chrono>
#include <list>
#include <string>

namespace hubtwin::hub::proxy {

/// The proxy's end.
class ControlServer {
 public:
  /// Throws std::system_error when it can't listen.
  ControlServer(Proxy& proxy, std::string path);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  /// One step of the proxy, and answers to those who asked meanwhile.
  void step(std::chrono::milliseconds longest);

  /// Answers one request.
  static Json answer(Proxy& proxy, const std::string& line);

 private:
  static constexpr std::size_t kMostClients = 16;
  static constexpr std::size_t kLongestLine = 256 * 1024;
  struct Client {
    Descriptor descriptor;
    std::string heard;
  };

  bool serve(Client& client);

  Proxy& proxy_;
  std::string path_;
  Descriptor listener_;
  std::list<Client> clients_;
};

/// Asks the proxy that listens there. 503001 when none does.
Result<Json> ask_proxy(const std::string& path, const Json& request);

}  // namespace hubtwin::hub::proxy
