// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The server's end of a TLS connection, in memory.

#include <memory>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace hubtwin::hub::proxy {

struct FreeTls {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* session) const { SSL_free(session); }
};
using TlsContext = std::shared_ptr<SSL_CTX>;

/// How a server presents itself. Texts are PEM.
struct TlsFace {
  std::string certificates;  ///< its own first
  std::string key;
  std::string version;  ///< "1.1", "1.2" or "1.3" alone; empty: the last two
  std::string ciphers;  ///< OpenSSL's names for either version; empty: its choice
};
/// Throws std::runtime_error that says what is wrong.
TlsContext make_tls_context(const TlsFace& face);

/// Bytes from the wire go in, plain text comes out, and the other way round. The owner moves the
/// bytes.
class TlsEnd {
 public:
  explicit TlsEnd(const TlsContext& context);

  /// Takes bytes from the wire and answers the plain text that they complete.
  std::string receive(std::string_view wire);
  /// Takes plain text. It waits until the handshake is over.
  void send(std::string_view plain);
  /// Bytes for the wire.
  std::string take_wire();
  /// The peer said goodbye, or what it sent isn't TLS as we speak it.
  bool ended() const { return ended_; }
  /// Says goodbye.
  void end();

 private:
  void push();

  TlsContext context_;
  std::unique_ptr<SSL, FreeTls> session_;
  BIO* in_ = nullptr;   // the session's
  BIO* out_ = nullptr;  // likewise
  std::string unsent_;
  bool ended_ = false;
};

}  // namespace hubtwin::hub::proxy
