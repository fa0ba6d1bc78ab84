// SPDX-License-Identifier: MIT
#include "transports.hpp"

namespace vending {
namespace {

constexpr const char* kSystemTrust = "/etc/ssl/certs/ca-certificates.crt";

// Our own MQTT client over TLS over a socket.
struct NativeLink {
  NativeLink(hubtwin::mbedtls::TlsConfig& config, hubtwin::posix::EventWake& wake)
      : socket(wake), tls(socket, config) {}
  hubtwin::posix::SocketStream socket;
  hubtwin::mbedtls::TlsStream tls;
  hubtwin::mqtt::SizedTransportMemory<1024, 4096> memory;
  hubtwin::mqtt::Transport transport{tls, memory.memory()};
};

}  // namespace

Transports::Transports(bool native, const std::string& ca_file, hubtwin::Clock& clock,
                       hubtwin::posix::EventWake& wake)
    : native_(native),
      trust_file_(ca_file.empty() ? kSystemTrust : ca_file),
      wake_(wake),
      tls_(clock, random_) {
  paho_.ca_file = ca_file;
  paho_.wake = &wake;
  if (native) {
    status_ = tls_.trust_file(trust_file_.c_str());
  }
}

std::shared_ptr<hubtwin::Transport> Transports::make() {
  if (!native_) {
    return std::make_shared<hubtwin::paho::Transport>(paho_);
  }
  const auto link = std::make_shared<NativeLink>(tls_, wake_);
  return {link, &link->transport};
}

}  // namespace vending
