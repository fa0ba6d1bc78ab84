// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A ByteStream with OpenSSL as a TLS server at its other end, all in memory.

#include <hubtwin/port/byte_stream.hpp>

#include <algorithm>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/ssl.h>

namespace hubtwin::test {

template <class T, void (*Free)(T*)>
struct OpensslFree {
  void operator()(T* object) const { Free(object); }
};

class TlsPeer final : public ByteStream {
 public:
  TlsPeer(const std::string& certificate_file, const std::string& key_file)
      : context_(SSL_CTX_new(TLS_server_method())) {
    const bool made =
        SSL_CTX_use_certificate_chain_file(context(), certificate_file.c_str()) == 1 &&
        SSL_CTX_use_PrivateKey_file(context(), key_file.c_str(), SSL_FILETYPE_PEM) == 1;
    if (!made) {
      throw std::runtime_error("no certificate for the peer");
    }
  }

  /// For what a test wants to be different, before open().
  SSL_CTX* context() { return context_.get(); }
  SSL* session() { return session_.get(); }

  Status open(std::string_view host, std::uint16_t) override {
    host_ = std::string(host);
    session_.reset(SSL_new(context()));
    to_server_ = BIO_new(BIO_s_mem());
    from_server_ = BIO_new(BIO_s_mem());
    SSL_set_bio(session_.get(), to_server_, from_server_);
    SSL_set_accept_state(session_.get());
    open_ = true;
    ended_ = false;
    return {};
  }
  Result<bool> advance(MonotonicTime) override { return true; }
  Result<std::size_t> read(ByteSpan room) override {
    serve();
    const int size =
        BIO_read(from_server_, room.data(), static_cast<int>(std::min(room.size(), portion)));
    if (size <= 0 && ended_) {
      return Error::kLinkLost;
    }
    return size > 0 ? static_cast<std::size_t>(size) : 0;
  }
  Result<std::size_t> write(ByteView bytes) override {
    const std::size_t size = std::min({bytes.size(), portion, writable});
    writable -= size;
    BIO_write(to_server_, bytes.data(), static_cast<int>(size));
    serve();
    return size;
  }
  void close() override { open_ = false; }
  MonotonicTime next_deadline() const override { return kNever; }

  bool is_open() const { return open_; }
  const std::string& host() const { return host_; }
  /// Sends a text, or closes the connection behind what was sent.
  void send(const std::string& text) {
    SSL_write(session(), text.data(), static_cast<int>(text.size()));
  }
  void cut() { ended_ = true; }

  std::string received;
  std::size_t portion = std::numeric_limits<std::size_t>::max();   ///< Most bytes of one call.
  std::size_t writable = std::numeric_limits<std::size_t>::max();  ///< Bytes that can be sent yet.

 private:
  // Shakes hands, then takes what comes.
  void serve() {
    char room[4096];
    for (int size = 1; size > 0;) {
      size = SSL_read(session(), room, sizeof room);
      received.append(room, static_cast<std::size_t>(std::max(size, 0)));
    }
  }

  std::unique_ptr<SSL_CTX, OpensslFree<SSL_CTX, SSL_CTX_free>> context_;
  std::unique_ptr<SSL, OpensslFree<SSL, SSL_free>> session_;
  BIO* to_server_ = nullptr;  // the session's, both
  BIO* from_server_ = nullptr;
  std::string host_;
  bool open_ = false;
  bool ended_ = false;
};

}  // namespace hubtwin::test
