// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A proxy with both its ends in the hands of a test: devices, and a hub that is but a socket.

#include "tools/hub/proxy/proxy.hpp"

#include <functional>
#include <memory>
#include <string>

namespace hubtwin::hub::proxy {

/// One end of a connection.
class End {
 public:
  explicit End(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

  void say(const std::string& bytes);
  /// All that came since the last call.
  const std::string& heard();
  bool ended();
  bool was_reset();
  void leave() { descriptor_.close(); }
  bool connected() const { return descriptor_.open(); }

 private:
  void listen();

  Descriptor descriptor_;
  std::string heard_;
  bool ended_ = false;
  bool reset_ = false;
};

class Rig {
 public:
  /// \param[in] options  where the hub is, the rig fills in.
  explicit Rig(ProxyOptions options = {});

  Proxy& proxy() { return *proxy_; }
  /// Connects; an end that isn't connected if that was refused.
  std::unique_ptr<End> device();
  /// The hub's end of the newest link, once the proxy has made it; else null.
  std::unique_ptr<End> hub();
  /// A device and its hub, linked.
  std::pair<std::unique_ptr<End>, std::unique_ptr<End>> link();
  /// Lets the proxy work until this holds; false after a patience that no good run needs.
  bool until(const std::function<bool()>& done);
  /// Lets the proxy do all that it has to do at once.
  void settle();
  /// \return the fault's id.
  std::string add(const Json& fault);
  /// Why it isn't taken.
  std::string refusal(const Json& fault);

 private:
  Descriptor hub_listener_;
  std::unique_ptr<Proxy> proxy_;
};

// MQTT packets as they stand on the wire.
std::string connect_packet(const std::string& client_id);
std::string connack_packet(int code);
std::string suback_packet();
std::string puback_packet(int id);
std::string publish_packet(const std::string& topic, const std::string& payload);

}  // namespace hubtwin::hub::proxy
