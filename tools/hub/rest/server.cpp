// SPDX-License-Identifier: MIT
#include "tools/hub/rest/server.hpp"

#include "tools/hub/rest/service_api.hpp"
#include "tools/hub/rest/thread_pool.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include <openssl/err.h>

// The one source that sees this library: it takes long to compile.
#include <httplib.h>

namespace hubtwin::hub::rest {
namespace {

/// Each method call in progress and each idle connection holds one thread.
constexpr std::size_t kMostThreads = 512;
constexpr int kBacklog = 128;
constexpr std::size_t kLargestBody = 1024 * 1024;
/// What is read and dropped of a larger body, so that its sender sees the refusal.
constexpr std::size_t kLargestDroppedBody = 16 * kLargestBody;
/// Counts from the TLS handshake on. Also the longest that an idle connection holds up stop().
constexpr std::time_t kIdleConnectionS = 5;
constexpr std::time_t kStalledTransferS = 10;

/// Threads inherit the signal mask: while one of these lives, they are born with all blocked.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

std::string tls_reason() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  return reason == nullptr ? "unknown reason" : reason;
}

/// The library's face of our pool.
class TaskQueue : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> job) override { pool_.run(std::move(job)); }
  void shutdown() override { pool_.stop(); }

 private:
  ThreadPool pool_{kMostThreads};
};

bool has_body(const httplib::Request& request) {
  return request.has_header("Transfer-Encoding") ||
         (request.has_header("Content-Length") &&
          request.get_header_value("Content-Length") != "0");
}

HttpRequest to_request(const httplib::Request& request, std::string body) {
  HttpRequest converted{request.method, request.target, {}, std::move(body)};
  for (const auto& [name, value] : request.headers) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char character) {
      return static_cast<char>(std::tolower(character));
    });
    converted.headers.emplace(std::move(lower), value);
  }
  return converted;
}

bool may_have_body(const std::string& method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

/// Refuses a request of which something may still be unread, which the connection can't outlive.
HttpResponse refuse_and_close(const ServiceError& error) {
  HttpResponse response = error_response(error);
  response.headers["Connection"] = "close";
  return response;
}

void apply(const HttpResponse& from, httplib::Response& to) {
  to.status = from.status;
  to.body = from.body;
  for (const auto& [name, value] : from.headers) {
    to.set_header(name, value);
  }
}

}  // namespace

class Server::Implementation {
 public:
  Implementation(Executor& executor, const ServerOptions& options)
      : api_(executor, options.host_name, options.policy, options.proxy_socket),
        http_([&](SSL_CTX& context) { return load_tls(context, options); }) {
    if (!http_.is_valid()) {
      throw std::runtime_error("REST server: " + tls_error_);
    }
    configure();
    listen(options);
  }

  ~Implementation() { stop(); }

  int port() const { return port_; }

  void stop() {
    if (listener_.joinable()) {
      http_.stop();
      listener_.join();
    }
  }

 private:
  bool load_tls(SSL_CTX& context, const ServerOptions& options) {
    ERR_clear_error();
    if (SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION) != 1) {
      tls_error_ = "TLS 1.2 isn't available: " + tls_reason();
    } else if (SSL_CTX_use_certificate_chain_file(&context, options.certificate_file.c_str()) !=
               1) {
      tls_error_ = "cannot use certificate " + options.certificate_file + ": " + tls_reason();
    } else if (SSL_CTX_use_PrivateKey_file(&context, options.key_file.c_str(), SSL_FILETYPE_PEM) !=
               1) {
      tls_error_ = "cannot use private key " + options.key_file + ": " + tls_reason();
    } else {
      return true;
    }
    return false;
  }

  void configure() {
    http_.new_task_queue = [] { return new TaskQueue; };
    http_.set_keep_alive_max_count(1000);
    http_.set_keep_alive_timeout(kIdleConnectionS);
    http_.set_read_timeout(kStalledTransferS);
    http_.set_write_timeout(kStalledTransferS);
    http_.set_tcp_nodelay(true);
    // The library's default, SO_REUSEPORT, lets two servers share a port without a word.
    http_.set_socket_options([this](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
      socket_ = socket;
    });

    // The library waits for a body with every POST, PUT, PATCH and DELETE, also when the headers
    // announce none; such requests are therefore answered before it comes to that.
    http_.set_pre_routing_handler(
        [this](const httplib::Request& request, httplib::Response& response) {
          if (!has_body(request)) {
            apply(api_.handle(to_request(request, {})), response);
          } else if (!may_have_body(request.method)) {
            apply(refuse_and_close(errors::argument_invalid(request.method + " takes no body")),
                  response);
          } else {
            return httplib::Server::HandlerResponse::Unhandled;
          }
          return httplib::Server::HandlerResponse::Handled;
        });
    const auto with_body = [this](const httplib::Request& request, httplib::Response& response,
                                  const httplib::ContentReader& read) {
      apply(answer(request, read), response);
    };
    constexpr const char* kAnyPath = R"([\s\S]*)";
    http_.Post(kAnyPath, with_body);
    http_.Put(kAnyPath, with_body);
    http_.Patch(kAnyPath, with_body);
    // What the library refuses by itself.
    const httplib::Server::Handler refused = [](const httplib::Request&,
                                                httplib::Response& response) {
      if (response.body.empty()) {
        const ServiceError error{response.status, response.status * 1000, "BadRequest",
                                 "the request isn't understood"};
        apply(refuse_and_close(error), response);
      }
    };
    http_.set_error_handler(refused);
  }

  /// Reads with a bound of its own: the library's counts neither chunked nor compressed bodies.
  HttpResponse answer(const httplib::Request& request, const httplib::ContentReader& read) const {
    std::string body;
    std::size_t size = 0;
    const bool complete = read([&](const char* data, std::size_t length) {
      size += length;
      if (size <= kLargestBody) {
        body.append(data, length);
      }
      return size <= kLargestDroppedBody;
    });
    if (size > kLargestBody) {
      return refuse_and_close(
          errors::message_too_large("a body may have " + std::to_string(kLargestBody) + " bytes"));
    }
    if (!complete) {
      return refuse_and_close(errors::argument_invalid("the body ended early or isn't readable"));
    }
    return api_.handle(to_request(request, std::move(body)));
  }

  void listen(const ServerOptions& options) {
    errno = 0;
    port_ = options.port;
    const bool bound = options.port == 0
                           ? (port_ = http_.bind_to_any_port(options.bind_address)) > 0
                           : http_.bind_to_port(options.bind_address, options.port);
    if (!bound) {
      const int reason = errno;
      throw std::runtime_error(
          "REST server: cannot listen on " + options.bind_address + " port " +
          std::to_string(options.port) + ": " +
          (reason == 0 ? "not an address" : std::generic_category().message(reason)));
    }
    ::listen(socket_, kBacklog);  // anew: the library's own backlog of 5 is soon full
    const SignalsBlocked blocked;
    listener_ = std::thread([this] { http_.listen_after_bind(); });
    while (!http_.is_running()) {  // before that, the library ignores stop()
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  std::string tls_error_;
  ServiceApi api_;
  httplib::SSLServer http_;
  socket_t socket_ = INVALID_SOCKET;
  int port_ = 0;
  std::thread listener_;
};

Server::Server(Executor& executor, const ServerOptions& options)
    : implementation_(std::make_unique<Implementation>(executor, options)) {}

Server::~Server() = default;

int Server::port() const {
  return implementation_->port();
}

void Server::stop() {
  implementation_->stop();
}

}  // namespace hubtwin::hub::rest
