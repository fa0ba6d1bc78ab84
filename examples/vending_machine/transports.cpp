// SPDX-License-Identifier: MIT
#include "transports.hpp"

#include <fstream>
#include <iterator>

namespace vending {
namespace {

constexpr const char* kSystemTrust = "/etc/ssl/certs/ca-certificates.crt";

// With the closing NUL that mbedTLS wants to see; just that when there is no such file.
std::string pem(const std::string& file) {
  std::ifstream stream(file);
  return std::string(std::istreambuf_iterator<char>(stream), {}) + '\0';
}

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
    : native_(native), wake_(wake), tls_(clock, random_) {
  paho_.ca_file = ca_file;
  paho_.wake = &wake;
  if (native) {
    status_ = tls_.trust(hubtwin::as_bytes(pem(ca_file.empty() ? kSystemTrust : ca_file)));
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
