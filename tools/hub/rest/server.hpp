// SPDX-License-Identifier: MIT
#pragma once
/// \file
/// The hub's HTTPS server: the service side's REST surface on threads of its own.

#include "rest/executor.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace hubtwin::hub::rest {

struct ServerOptions {
  std::string bind_address = "127.0.0.1";       ///< An address, never a name.
  int port = 0;                                 ///< 0 takes a free one, see Server::port().
  std::string certificate_file;                 ///< PEM, the server's chain.
  std::string key_file;                         ///< PEM, its private key.
  std::string host_name;                        ///< The audience of service tokens.
  std::map<std::string, std::string> policies;  ///< Policy name to base64 key.
  /// One line on what was refused before it reached the hub; called on the hub's thread only.
  std::function<void(const std::string&)> log;
};

/// Listens from construction to stop(). Each request is parsed on a thread of the server's pool,
/// handed to the hub's thread through the executor, and waited for with a time-out.
///
/// To close: let the executor drop its work and the hub end its pending method calls first, then
/// stop(), so that no pool thread waits for an answer that can't come any more.
class Server {
 public:
  /// Throws std::runtime_error that names what is wrong: the address in use, an unreadable
  /// certificate, a policy key that isn't base64. Threads start with all signals blocked.
  Server(Executor& executor, ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// The port that the server listens on.
  int port() const;

  /// Stops listening and joins every thread. Safe to call twice.
  void stop();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace hubtwin::hub::rest
