// SPDX-License-Identifier: MIT
#include "tools/hub/proxy/proxy.hpp"

#include "tools/hub/core/certificate.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace hubtwin::hub::proxy {
namespace {

constexpr long kLifeDays = 30;
constexpr char kSecondName[] = "hubtwin local hub second CA";

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    throw std::runtime_error("too long for a socket: " + path);
  }
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

template <typename Address>
const sockaddr* generic(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

void send_at_once(int socket) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

Proxy::Proxy(ProxyOptions options) : options_(std::move(options)) {
  if (options_.tls) {
    tls_ = make_tls_context(*options_.tls);
    options_.mqtt = true;
  }
  port_ = options_.port;
  listen();
}

Proxy::~Proxy() {
  stop_listening();
}

void Proxy::listen() {
  if (!options_.listen_path.empty()) {
    const sockaddr_un address = unix_address(options_.listen_path);
    listener_ = Descriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!listener_.open() || bind(listener_.get(), generic(address), sizeof address) != 0 ||
        ::listen(listener_.get(), SOMAXCONN) != 0) {
      fail("the proxy can't listen on " + options_.listen_path);
    }
    return;
  }
  sockaddr_in address = loopback(port_);
  socklen_t size = sizeof address;
  const int on = 1;
  listener_ = Descriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener_.open() ||
      setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      bind(listener_.get(), generic(address), sizeof address) != 0 ||
      ::listen(listener_.get(), SOMAXCONN) != 0 ||
      getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    fail("the proxy can't listen on port " + std::to_string(port_));
  }
  port_ = ntohs(address.sin_port);
}

// A UNIX socket's name stays behind when it is closed.
void Proxy::stop_listening() {
  if (listener_.open() && !options_.listen_path.empty()) {
    std::remove(options_.listen_path.c_str());
  }
  listener_.close();
}

Descriptor Proxy::connect_to_hub() const {
  const bool local = !options_.hub_path.empty();
  Descriptor hub(socket(local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  int result = -1;
  if (local) {
    const sockaddr_un address = unix_address(options_.hub_path);
    result = connect(hub.get(), generic(address), sizeof address);
  } else {
    const sockaddr_in address = loopback(options_.hub_port);
    result = connect(hub.get(), generic(address), sizeof address);
    send_at_once(hub.get());
  }
  if (result != 0) {
    hub.close();
  }
  return hub;
}

// ---- Faults

Result<Json> Proxy::add(const Fault& fault) {
  const auto refuse = [](const std::string& why) -> Result<Json> {
    return errors::argument_invalid("the fault proxy " + why);
  };
  if (fault.agent != FaultAgent::kProxy) {
    return refuse("can't do what the hub itself does");
  }
  if (!options_.mqtt && (fault.at == "packet" || !fault.identity.empty())) {
    return refuse("doesn't look into packets here");
  }
  if ((fault.at == "accept" || fault.at == "tls") && !fault.identity.empty()) {
    return refuse("doesn't know yet, at " + fault.at + ", whose link it is");
  }
  if (fault.at == "packet" && fault.does("code") && fault.text("packet") != "connack" &&
      fault.text("packet") != "suback") {
    return refuse("sets the code of a connack or suback only");
  }
  if (faults_.size() >= FaultList::kMost) {
    return refuse("has too many faults already: remove some");
  }
  if (fault.at == "tls") {
    try {
      face_of(fault);  // shows whether it can be made
    } catch (const std::exception& error) {
      return refuse(std::string("can't present itself so: ") + error.what());
    }
  }
  const Time now = std::chrono::steady_clock::now();
  const std::string id = faults_.add(fault).id;
  Json added = faults_.all().back().to_json();
  if (fault.at == "link" && fault.text("links", "present") != "coming") {
    strike_present(id, now);
  }
  for (const Fault& one : faults_.all()) {
    if (one.id == id) {
      added = one.to_json();
    }
  }
  if (fault.at == "link" && fault.text("links", "present") == "present" && !fault.lasts) {
    faults_.remove(id);
  }
  review();
  return added;
}

void Proxy::strike_present(const std::string& id, Time now) {
  for (Link& link : links_) {
    const auto struck =
        faults_.strike("link", link.identity(), [&](const Fault& fault) { return fault.id == id; });
    if (struck) {
      link.suffer(*struck, now);
    }
  }
}

bool Proxy::remove(const std::string& id) {
  const bool found = faults_.remove(id);
  review();
  return found;
}

void Proxy::clear() {
  faults_.clear();
  review();
}

void Proxy::review() {
  for (Link& link : links_) {
    link.review();
  }
  const auto& all = faults_.all();
  const bool refusing = std::any_of(all.begin(), all.end(), [](const Fault& fault) {
    return fault.at == "accept" && fault.does("refuse");
  });
  if (refusing && listener_.open()) {
    stop_listening();
  } else if (!refusing && !listener_.open()) {
    listen();
  }
}

Json Proxy::links() const {
  Json list = Json::array();
  for (const Link& link : links_) {
    list.push_back({{"identity", link.identity()}, {"bytesToDevice", link.bytes_to_device()}});
  }
  return list;
}

/// The hub's own face, or one that is wrong as wanted.
TlsContext Proxy::face_of(const Fault& fault) {
  if (!options_.tls) {
    throw std::runtime_error("it doesn't end TLS here");
  }
  TlsFace face = *options_.tls;
  face.version = fault.text("tlsVersion");
  face.ciphers = fault.text("ciphers");
  const std::string kind = fault.text("certificate");
  TlsContext& known = faces_[kind + '/' + face.version + '/' + face.ciphers];
  if (known) {
    return known;
  }
  if (!kind.empty()) {
    if (!options_.authority) {
      throw std::runtime_error("it has no authority to make certificates with");
    }
    const Certificate root = certificate_from_pem(options_.authority->certificate, "the authority");
    const Key root_key = key_from_pem(options_.authority->key, "the authority's key");
    const Key key = make_key();
    face.key = to_pem(key.get());
    const auto issue = [&](X509* issuer, EVP_PKEY* issuer_key, long from, long to) {
      const std::set<std::string> others = {"other.example", "127.9.9.9"};
      return to_pem(make_server_certificate(
                        key.get(), issuer, issuer_key,
                        kind == "other-host" ? others : options_.authority->names, from, to)
                        .get());
    };
    if (kind == "second-root" || kind == "cross-signed") {
      if (!second_) {
        const Key second_key = make_key();
        const Certificate second = make_authority(second_key.get(), kSecondName, kLifeDays);
        second_ = Authority{to_pem(second.get()), to_pem(second_key.get()), {}};
        if (!options_.second_root_file.empty()) {
          std::ofstream(options_.second_root_file) << second_->certificate;
        }
      }
      const Certificate second = certificate_from_pem(second_->certificate, "the second root");
      const Key second_key = key_from_pem(second_->key, "the second root's key");
      face.certificates = issue(second.get(), second_key.get(), -1, kLifeDays);
      if (kind == "cross-signed") {
        // The second root's name and key again, vouched for by the first.
        const Certificate bridge =
            make_authority(second_key.get(), kSecondName, kLifeDays, root.get(), root_key.get());
        face.certificates += to_pem(bridge.get());
      }
    } else if (kind == "unknown-root") {
      const Key stranger_key = make_key();
      const Certificate stranger = make_authority(stranger_key.get(), "nobody's CA", kLifeDays);
      face.certificates = issue(stranger.get(), stranger_key.get(), -1, kLifeDays);
    } else {
      face.certificates = issue(root.get(), root_key.get(), kind == "not-yet-valid" ? 1 : -2,
                                kind == "expired" ? -1 : kLifeDays);
    }
  }
  known = make_tls_context(face);
  return known;
}

// ---- The loop

void Proxy::accept_one(Time now) {
  Descriptor device(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!device.open()) {
    return;
  }
  send_at_once(device.get());
  const auto fault =
      faults_.strike("accept", "", [](const Fault& one) { return !one.does("refuse"); });
  if (links_.size() >= kMostLinks || (fault && fault->does("reset"))) {
    device.reset();
    return;
  }
  if (fault && fault->does("close")) {
    return;
  }
  TlsContext tls = tls_;
  if (const auto face = faults_.strike("tls", "")) {
    tls = face_of(*face);
  }
  const bool silent = fault && fault->does("silence");
  Descriptor hub = silent ? Descriptor() : connect_to_hub();
  if (!silent && !hub.open()) {
    device.reset();
    return;
  }
  links_.emplace_back(LinkPlan{options_.mqtt, std::move(tls), faults_}, std::move(device),
                      std::move(hub));
  Link& link = links_.back();
  if (silent) {
    Fault forever;
    forever.at = "link";
    forever.act = "silence";
    link.suffer(forever, now);
  }
  for (;;) {
    const auto struck = faults_.strike("link", "", [&](const Fault& one) {
      return one.identity.empty() && one.text("links", "present") != "present" &&
             !link.suffers(one.id);
    });
    if (!struck) {
      break;
    }
    link.suffer(*struck, now);
    if (!struck->lasts) {
      break;
    }
  }
}

void Proxy::step(std::chrono::milliseconds longest) {
  std::vector<pollfd> none;
  step(longest, none);
}

void Proxy::step(std::chrono::milliseconds longest, std::vector<pollfd>& others) {
  // What ended between two steps has nothing left to wait for.
  links_.remove_if([](const Link& link) { return link.over(); });
  Time now = std::chrono::steady_clock::now();
  Time until = now + longest;
  std::vector<pollfd> watched = others;
  watched.push_back({listener_.get(), POLLIN, 0});  // poll(2) ignores a negative one
  for (Link& link : links_) {
    pollfd device;
    pollfd hub;
    link.watch(device, hub, now);
    watched.push_back(device);
    watched.push_back(hub);
    until = std::min(until, link.next_time());
  }
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
  poll(watched.data(), watched.size(), static_cast<int>(std::max<std::int64_t>(wait, 0)));
  now = std::chrono::steady_clock::now();
  std::copy_n(watched.begin(), others.size(), others.begin());
  std::size_t place = others.size() + 1;
  for (auto link = links_.begin(); link != links_.end(); place += 2) {
    link->work(watched[place].revents, watched[place + 1].revents, now);
    link = link->over() ? links_.erase(link) : std::next(link);
  }
  if (watched[others.size()].revents != 0 && listener_.open()) {
    accept_one(now);
  }
}

}  // namespace hubtwin::hub::proxy
