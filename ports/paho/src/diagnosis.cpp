// SPDX-License-Identifier: MIT
#include "diagnosis.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

HUBTWIN_NAMESPACE_BEGIN
namespace paho {
namespace {

using TimePoint = std::chrono::steady_clock::time_point;

template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* object) const { Free(object); }
};
using Addresses = std::unique_ptr<addrinfo, Freed<addrinfo, freeaddrinfo>>;
using SslContext = std::unique_ptr<SSL_CTX, Freed<SSL_CTX, SSL_CTX_free>>;
using SslSession = std::unique_ptr<SSL, Freed<SSL, SSL_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) {
      close(fd_);
    }
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

Status unreadable(int os_code) {
  return Status::with_os_code(Error::kTlsTrustUnreadable, os_code);
}

int resolve(const Peer& peer, Addresses& addresses) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int result =
      getaddrinfo(peer.host.c_str(), std::to_string(peer.port).c_str(), &hints, &found);
  addresses.reset(found);
  return result;
}

// Paho's choice: the first IPv4 address, or else the last one.
const addrinfo& preferred(const addrinfo& first) {
  const addrinfo* address = &first;
  while (address->ai_family != AF_INET && address->ai_next != nullptr) {
    address = address->ai_next;
  }
  return *address;
}

/// Waits for `events`; false when the time is over.
bool wait_for(int fd, short events, TimePoint until) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    pollfd entry{fd, events, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready > 0) {
      return true;
    }
    if (ready == 0 || errno != EINTR) {
      return false;
    }
  }
}

Status of_errno(int number) {
  switch (number) {
    case ECONNREFUSED:
      return Status::with_os_code(Error::kConnectRefused, number);
    case ETIMEDOUT:
      return Status::with_os_code(Error::kConnectTimeout, number);
    case ECONNRESET:
    case EPIPE:
      return Status::with_os_code(Error::kLinkLost, number);
    default:
      return Status::with_os_code(Error::kNetworkFailed, number);
  }
}

Status connect_socket(int fd, const addrinfo& address, TimePoint until) {
  if (::connect(fd, address.ai_addr, address.ai_addrlen) == 0) {
    return {};
  }
  if (errno != EINPROGRESS) {
    return of_errno(errno);
  }
  if (!wait_for(fd, POLLOUT, until)) {
    return Error::kConnectTimeout;
  }
  int failure = 0;
  socklen_t size = sizeof failure;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size);
  return failure == 0 ? Status() : of_errno(failure);
}

bool load_trust(SSL_CTX* context, const Peer& peer) {
  if (peer.ca_file.empty() && peer.ca_directory.empty()) {
    return SSL_CTX_set_default_verify_paths(context) == 1;
  }
  const char* const file = peer.ca_file.empty() ? nullptr : peer.ca_file.c_str();
  const char* const directory = peer.ca_directory.empty() ? nullptr : peer.ca_directory.c_str();
  return SSL_CTX_load_verify_locations(context, file, directory) == 1;
}

Status of_verification(long result) {
  const int code = static_cast<int>(result);
  switch (result) {
    case X509_V_OK:
      return {};
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return Status::with_tls_code(Error::kTlsExpired, code);
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Status::with_tls_code(Error::kTlsNotYetValid, code);
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_INVALID_CA:
      return Status::with_tls_code(Error::kTlsUnknownCa, code);
    default:
      return Status::with_tls_code(Error::kTlsFailed, code);
  }
}

Status of_handshake_error(unsigned long error) {
  switch (ERR_GET_REASON(error)) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
      return Status::with_tls_code(Error::kTlsNoCommonVersion, ERR_GET_REASON(error));
    case SSL_R_NO_CIPHERS_AVAILABLE:
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY:
      return Status::with_tls_code(Error::kTlsNoCommonCipher, ERR_GET_REASON(error));
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:  // closed without a word, which trust has no part in
      return Error::kLinkLost;
    default:
      return Status::with_tls_code(Error::kTlsFailed, ERR_GET_REASON(error));
  }
}

Status finish_handshake(SSL* ssl, int fd, TimePoint until) {
  for (;;) {
    ERR_clear_error();
    errno = 0;
    const int result = SSL_connect(ssl);
    if (result == 1) {
      return {};
    }
    switch (SSL_get_error(ssl, result)) {
      case SSL_ERROR_WANT_READ:
        if (!wait_for(fd, POLLIN, until)) {
          return Error::kConnectTimeout;
        }
        break;
      case SSL_ERROR_WANT_WRITE:
        if (!wait_for(fd, POLLOUT, until)) {
          return Error::kConnectTimeout;
        }
        break;
      case SSL_ERROR_SYSCALL:
        return errno != 0 ? of_errno(errno) : Status(Error::kLinkLost);
      default:
        return of_handshake_error(ERR_peek_error());
    }
  }
}

Status shake_hands(const Peer& peer, int fd, TimePoint until) {
  const SslContext context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) {
    return Error::kTlsFailed;
  }
  // Below that OpenSSL goes on until it comes to a signature that it doesn't take.
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  if (!load_trust(context.get(), peer)) {
    return unreadable(0);
  }
  // The chain is verified, but its failure doesn't end the handshake: the certificate's name is
  // looked at only after the chain.
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  const SslSession ssl(SSL_new(context.get()));
  if (ssl == nullptr || SSL_set_fd(ssl.get(), fd) != 1 ||
      SSL_set_tlsext_host_name(ssl.get(), peer.host.c_str()) != 1) {
    return Error::kTlsFailed;
  }
  if (const Status status = finish_handshake(ssl.get(), fd, until); !status) {
    return status;
  }
  if (const Status status = of_verification(SSL_get_verify_result(ssl.get())); !status) {
    return status;
  }
  const Certificate certificate(SSL_get1_peer_certificate(ssl.get()));
  if (certificate == nullptr) {
    return Error::kTlsFailed;
  }
  const bool named =
      X509_check_host(certificate.get(), peer.host.c_str(), peer.host.size(), 0, nullptr) == 1 ||
      X509_check_ip_asc(certificate.get(), peer.host.c_str(), 0) == 1;
  return named ? Status()
               : Status::with_tls_code(Error::kTlsWrongHost, X509_V_ERR_HOSTNAME_MISMATCH);
}

/// OpenSSL finds a certificate in a directory only under `<8 hex digits>.<number>`.
bool is_hash_name(const std::string& name) {
  const auto is_hex = [](unsigned char c) { return std::isxdigit(c) != 0; };
  return name.size() > 9 && name[8] == '.' && std::all_of(name.begin(), name.begin() + 8, is_hex) &&
         std::isdigit(static_cast<unsigned char>(name[9])) != 0;
}

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

bool has_hash_names(const Directory& directory) {
  while (const dirent* const entry = readdir(directory.get())) {
    if (is_hash_name(entry->d_name)) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool goes_through_proxy(bool tls) {
  return std::getenv(tls ? "https_proxy" : "http_proxy") != nullptr;
}

Status check_trust_exists(const Peer& peer) {
  if (!peer.ca_file.empty()) {
    const Socket file(open(peer.ca_file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat about {};
    if (file.fd() < 0 || fstat(file.fd(), &about) != 0) {
      return unreadable(errno);
    }
    if (!S_ISREG(about.st_mode)) {
      return unreadable(S_ISDIR(about.st_mode) ? EISDIR : EINVAL);
    }
    if (about.st_size == 0) {
      return unreadable(0);
    }
  }
  if (!peer.ca_directory.empty()) {
    const Directory directory(opendir(peer.ca_directory.c_str()), closedir);
    if (directory == nullptr) {
      return unreadable(errno);
    }
    if (!has_hash_names(directory)) {
      return unreadable(0);
    }
  }
  return {};
}

Status check_trust(const Peer& peer) {
  const SslContext context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) {
    return Error::kTlsFailed;
  }
  const bool loaded = load_trust(context.get(), peer);
  ERR_clear_error();
  return loaded ? Status() : unreadable(0);
}

Status check_name(const Peer& peer) {
  Addresses addresses;
  const int result = resolve(peer, addresses);
  return result == 0 ? Status() : Status::with_os_code(Error::kResolveFailed, result);
}

Status try_connection(const Peer& peer, std::chrono::milliseconds patience) {
  const TimePoint until = std::chrono::steady_clock::now() + patience;
  Addresses addresses;
  if (const int result = resolve(peer, addresses); result != 0) {
    return Status::with_os_code(Error::kResolveFailed, result);
  }
  const addrinfo& address = preferred(*addresses);
  const Socket socket(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.fd() < 0) {
    return of_errno(errno);
  }
  if (const Status status = connect_socket(socket.fd(), address, until); !status) {
    return status;
  }
  const Status status = peer.tls ? shake_hands(peer, socket.fd(), until) : Status();
  ERR_clear_error();
  return status;
}

}  // namespace paho
HUBTWIN_NAMESPACE_END
