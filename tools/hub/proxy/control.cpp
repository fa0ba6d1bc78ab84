// SPDX-License-Identifier: MIT
#include "tools/hub/proxy/control.hpp"

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <vector>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

namespace hubtwin::hub::proxy {
namespace {

constexpr time_t kAnswerSeconds = 5;

bool fill(sockaddr_un& address, const std::string& path) {
  address = {};
  address.sun_family = AF_UNIX;
  return path.size() < sizeof address.sun_path &&
         path.copy(address.sun_path, sizeof address.sun_path - 1) == path.size();
}

Json error_json(const ServiceError& error) {
  return {{"error",
           {{"status", error.http_status},
            {"code", error.code},
            {"name", error.name},
            {"message", error.message}}}};
}

}  // namespace

ControlServer::ControlServer(Proxy& proxy, std::string path)
    : proxy_(proxy),
      path_(std::move(path)),
      listener_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  sockaddr_un address;
  errno = ENAMETOOLONG;
  if (!fill(address, path_) ||
      bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener_.get(), kMostClients) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot listen on " + path_);
  }
}

ControlServer::~ControlServer() {
  std::remove(path_.c_str());
}

void ControlServer::step(std::chrono::milliseconds longest) {
  std::vector<pollfd> watched = {{listener_.get(), POLLIN, 0}};
  for (const Client& client : clients_) {
    watched.push_back({client.descriptor.get(), POLLIN, 0});
  }
  proxy_.step(longest, watched);
  std::size_t place = 1;
  for (auto client = clients_.begin(); client != clients_.end(); ++place) {
    const bool done = watched[place].revents != 0 && serve(*client);
    client = done ? clients_.erase(client) : std::next(client);
  }
  if (watched[0].revents != 0) {
    Descriptor client(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (client.open() && clients_.size() < kMostClients) {
      clients_.push_back({std::move(client), ""});
    }
  }
}

bool ControlServer::serve(Client& client) {
  char bytes[4096];
  const ssize_t size = recv(client.descriptor.get(), bytes, sizeof bytes, MSG_DONTWAIT);
  if (size <= 0) {
    return size == 0 || (errno != EAGAIN && errno != EINTR);
  }
  client.heard.append(bytes, static_cast<std::size_t>(size));
  const std::size_t end = client.heard.find('\n');
  if (end == std::string::npos) {
    return client.heard.size() > kLongestLine;
  }
  const std::string reply = answer(proxy_, client.heard.substr(0, end)).dump() + '\n';
  // What its socket doesn't hold it hasn't read: it gets no answer then.
  static_cast<void>(
      !send(client.descriptor.get(), reply.data(), reply.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
  return true;
}

Json ControlServer::answer(Proxy& proxy, const std::string& line) {
  std::string why;
  const std::optional<Json> request = parse_json(line, &why);
  if (!request || !request->is_object() || request->size() != 1) {
    return error_json(errors::argument_invalid("the request isn't an object of one member"));
  }
  const auto member = request->begin();
  const std::string& what = member.key();
  const Json& value = member.value();
  if (what == "add") {
    const Result<Fault> fault = Fault::parse(value);
    const Result<Json> added = fault ? proxy.add(fault.value()) : Result<Json>(fault.error());
    return added ? Json{{"result", added.value()}} : error_json(added.error());
  }
  if (what == "remove" && value.is_string()) {
    return proxy.remove(value.get<std::string>())
               ? Json{{"result", true}}
               : error_json({404, 404000, "NotFound", "there is no fault with this id"});
  }
  if (what == "clear") {
    proxy.clear();
    return {{"result", true}};
  }
  if (what == "list") {
    return {{"result", {{"faults", proxy.faults()}, {"links", proxy.links()}}}};
  }
  return error_json(errors::argument_invalid("the request isn't known"));
}

Result<Json> ask_proxy(const std::string& path, const Json& request) {
  const ServiceError absent{503, 503001, "ServiceUnavailable",
                            "no fault proxy answers: start the hub with --proxy-port"};
  const Descriptor proxy(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address;
  const timeval patience = {kAnswerSeconds, 0};
  setsockopt(proxy.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(proxy.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (path.empty() || !fill(address, path) ||
      connect(proxy.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return absent;
  }
  const std::string line = request.dump() + '\n';
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t size = send(proxy.get(), line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (size <= 0) {
      return absent;
    }
    sent += static_cast<std::size_t>(size);
  }
  std::string heard;
  char bytes[4096];
  for (ssize_t size; (size = recv(proxy.get(), bytes, sizeof bytes, 0)) > 0;) {
    heard.append(bytes, static_cast<std::size_t>(size));
  }
  const std::optional<Json> answer = parse_json(heard);
  if (!answer || !answer->is_object()) {
    return absent;
  }
  if (answer->contains("result")) {
    return answer->at("result");
  }
  const Json& error = answer->at("error");
  return ServiceError{error.at("status"), error.at("code"), error.at("name"), error.at("message")};
}

}  // namespace hubtwin::hub::proxy
