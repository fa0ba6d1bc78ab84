// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The fault proxy: the network between devices and a hub, to be broken on demand.

#include "tools/hub/core/fault.hpp"
#include "tools/hub/proxy/link.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace hubtwin::hub::proxy {

/// Whose certificates the proxy shows, and can make others of that kind.
struct Authority {
  std::string certificate;  ///< PEM
  std::string key;          ///< PEM
  std::set<std::string> names;
};

struct ProxyOptions {
  /// Listens on this port of 127.0.0.1; 0: a free one.
  std::uint16_t port = 0;
  /// Listens on a UNIX socket of this name instead.
  std::string listen_path;
  /// Passes on to this port of 127.0.0.1...
  std::uint16_t hub_port = 0;
  /// ...or to this UNIX socket.
  std::string hub_path;
  /// Ends TLS with this face; packets can then be looked into. The hub's side is plain.
  std::optional<TlsFace> tls;
  /// Looks into packets without TLS on either side.
  bool mqtt = false;
  /// Makes the certificates of "tls present"; without it those are refused.
  std::optional<Authority> authority;
  /// Where "second-root" and "cross-signed" leave the second authority's certificate, for clients
  /// to trust; empty: nowhere.
  std::string second_root_file;
};

/// Passes bytes on between those who connect to it and the hub, and brings about what is in its
/// list. Belongs to one thread; nothing in it waits but step().
class Proxy {
 public:
  /// Throws std::system_error when it can't listen, std::runtime_error for bad TLS material.
  explicit Proxy(ProxyOptions options);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  /// Where it listens; with a UNIX socket 0.
  std::uint16_t port() const { return port_; }

  /// Wants a fault. 400004 if this proxy can't bring it about.
  Result<Json> add(const Fault& fault);
  /// False if there is none with this id.
  bool remove(const std::string& id);
  void clear();
  Json faults() const { return faults_.to_json(); }
  /// Who is linked: [{"identity", "bytesToDevice"}].
  Json links() const;

  /// Waits until there is something to do, but no longer than this, and does it.
  /// \param[in] others  watched as well; what happened is in them afterwards.
  void step(std::chrono::milliseconds longest, std::vector<pollfd>& others);
  void step(std::chrono::milliseconds longest);

 private:
  static constexpr std::size_t kMostLinks = 5000;

  void listen();
  void stop_listening();
  void review();
  void accept_one(Time now);
  void strike_present(const std::string& id, Time now);
  Descriptor connect_to_hub() const;
  TlsContext face_of(const Fault& fault);

  ProxyOptions options_;
  std::uint16_t port_ = 0;
  Descriptor listener_;
  FaultList faults_{"n"};
  std::list<Link> links_;
  TlsContext tls_;
  std::map<std::string, TlsContext> faces_;
  std::optional<Authority> second_;
};

}  // namespace hubtwin::hub::proxy
