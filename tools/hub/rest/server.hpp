// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The hub's HTTPS server: the service side's REST surface, on threads of its own.

#include "tools/hub/core/executor.hpp"
#include "tools/hub/core/service_policy.hpp"

#include <memory>
#include <string>

namespace hubtwin::hub::rest {

struct ServerOptions {
  std::string bind_address = "127.0.0.1";  ///< an address, never a name
  int port = 0;                            ///< 0 takes a free one, see Server::port()
  std::string certificate_file;            ///< PEM, the server's chain
  std::string key_file;                    ///< PEM, its private key
  std::string host_name;                   ///< the audience of service tokens
  ServicePolicy policy;                    ///< who may call
  std::string proxy_socket;                ///< of the fault proxy; empty: there is none
};

/// Listens from construction to stop(). Each request is parsed on a thread of the server's pool,
/// handed to the hub's thread through the executor, and waited for with a time-out.
///
/// To close: first let the executor drop its work and the hub end its pending method calls, then
/// stop(); so no thread of the pool waits for an answer that can't come any more.
class Server {
 public:
  /// Throws std::runtime_error that names what is wrong: an address in use, a certificate or key
  /// that can't be read. Threads start with all signals blocked.
  Server(Executor& executor, const ServerOptions& options);
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
