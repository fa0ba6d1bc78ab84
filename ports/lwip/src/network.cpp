// SPDX-License-Identifier: MIT
#include <hubtwin/contract.hpp>
#include <hubtwin/lwip/network.hpp>

#include <cstring>

#include <lwip/dhcp.h>
#include <lwip/dns.h>
#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/ip4_addr.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/timeouts.h>

static_assert(NO_SYS == 1, "hubtwin::lwip drives lwIP from one loop");

HUBTWIN_NAMESPACE_BEGIN
namespace lwip {
namespace {

constexpr std::size_t kLongestFrame = 1514;
static_assert(PBUF_POOL_BUFSIZE >= kLongestFrame, "a buffer must hold a whole frame");

// lwIP's time and random numbers come by functions without a context.
Clock* clock_of_lwip = nullptr;
Random* random_of_lwip = nullptr;

std::uint32_t milliseconds_of(MonotonicTime time) {
  return static_cast<std::uint32_t>(time.time_since_epoch().count());
}

// A text with the NUL that lwIP wants to see.
template <std::size_t Longest>
class Terminated {
 public:
  explicit Terminated(std::string_view text)
      : fits_(!text.empty() && text.size() <= Longest &&
              std::memchr(text.data(), '\0', text.size()) == nullptr) {
    std::memcpy(text_, text.data(), fits_ ? text.size() : 0);
    text_[fits_ ? text.size() : 0] = '\0';
  }
  bool fits() const { return fits_; }
  const char* text() const { return text_; }

 private:
  char text_[Longest + 1];
  bool fits_;
};

// Four numbers from 0 to 255 with dots between them: lwIP itself would take "10.1" as well.
bool parse(std::string_view text, ip4_addr_t& address) {
  std::uint32_t bytes[4];
  for (std::uint32_t& byte : bytes) {
    if (&byte != bytes) {
      if (text.empty() || text.front() != '.') {
        return false;
      }
      text.remove_prefix(1);
    }
    byte = 256;  // no digit yet
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
      byte = (byte == 256 ? 0 : byte * 10) + static_cast<std::uint32_t>(text.front() - '0');
      if (byte > 255) {
        return false;
      }
      text.remove_prefix(1);
    }
    if (byte > 255) {
      return false;
    }
  }
  IP4_ADDR(&address, bytes[0], bytes[1], bytes[2], bytes[3]);
  return text.empty();
}

bool parse_optional(std::string_view text, ip4_addr_t& address) {
  ip4_addr_set_any(&address);
  return text.empty() || parse(text, address);
}

}  // namespace

Network::Network(Clock& clock, Random& random, EthernetDriver* driver)
    : clock_(clock), driver_(driver), interface_() {
  HUBTWIN_EXPECTS(clock_of_lwip == nullptr);  // one at a time
  clock_of_lwip = &clock;
  random_of_lwip = &random;
  static bool begun = false;
  if (!begun) {
    begun = true;
    lwip_init();
  } else {
    sys_restart_timeouts();  // they counted by another clock
  }
  if (driver != nullptr) {
    netif_add_noaddr(&interface_, this, set_up, netif_input);
    netif_set_default(&interface_);
    netif_set_up(&interface_);
  }
}

Network::~Network() {
  dns_local_removehost(nullptr, nullptr);  // all of them
  if (driver_ != nullptr) {
    dhcp_release_and_stop(&interface_);
    dhcp_cleanup(&interface_);
    netif_remove(&interface_);
  }
  clock_of_lwip = nullptr;
  random_of_lwip = nullptr;
}

err_t Network::set_up(netif* interface) {
  auto& network = *static_cast<Network*>(interface->state);
  interface->name[0] = 'e';
  interface->name[1] = 'n';
  interface->mtu = 1500;
  interface->hwaddr_len = 6;
  network.driver_->read_address(interface->hwaddr);
  interface->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
  interface->output = etharp_output;
  interface->linkoutput = send;
  return ERR_OK;
}

// Most frames stand in one piece; others are put together first.
err_t Network::send(netif* interface, pbuf* frame) {
  auto& network = *static_cast<Network*>(interface->state);
  static std::uint8_t whole[kLongestFrame];
  if (frame->tot_len > sizeof whole) {
    return ERR_BUF;
  }
  ByteView bytes(static_cast<const std::uint8_t*>(frame->payload), frame->len);
  if (frame->next != nullptr) {
    bytes = ByteView(whole, pbuf_copy_partial(frame, whole, frame->tot_len, 0));
  }
  return network.driver_->send(bytes) ? ERR_OK : ERR_MEM;
}

void Network::receive() {
  while (const std::size_t size = driver_->waiting()) {
    pbuf* const frame =
        size <= kLongestFrame ? pbuf_alloc(PBUF_RAW, static_cast<u16_t>(size), PBUF_POOL) : nullptr;
    if (frame == nullptr) {
      driver_->receive(ByteSpan());
      continue;
    }
    driver_->receive(ByteSpan(static_cast<std::uint8_t*>(frame->payload), size));
    if (interface_.input(frame, &interface_) != ERR_OK) {
      pbuf_free(frame);
    }
  }
}

void Network::poll() {
  if (driver_ != nullptr) {
    const bool link = driver_->link_up();
    if (link != (netif_is_link_up(&interface_) != 0)) {
      link ? netif_set_link_up(&interface_) : netif_set_link_down(&interface_);
    }
    receive();
  }
#if LWIP_NETIF_LOOPBACK
  netif_poll_all();
#endif
  sys_check_timeouts();
}

MonotonicTime Network::next_deadline() const {
  const std::uint32_t pause = sys_timeouts_sleeptime();
  return pause == SYS_TIMEOUTS_SLEEPTIME_INFINITE ? kNever : after(clock_.now(), Duration(pause));
}

Status Network::start_dhcp(const char* host_name) {
  if (driver_ == nullptr) {
    return Error::kWrongState;
  }
  netif_set_hostname(&interface_, host_name);
  const err_t code = dhcp_start(&interface_);
  return code == ERR_OK ? Status() : Status::with_os_code(Error::kNoSpace, code);
}

Status Network::set_address(const StaticAddress& address) {
  if (driver_ == nullptr) {
    return Error::kWrongState;
  }
  ip4_addr_t own;
  ip4_addr_t mask;
  ip4_addr_t gateway;
  ip4_addr_t name_server;
  if (!parse(address.address, own) || !parse(address.netmask, mask) ||
      !parse_optional(address.gateway, gateway) ||
      !parse_optional(address.name_server, name_server)) {
    return Error::kInvalidArgument;
  }
  dhcp_stop(&interface_);
  netif_set_addr(&interface_, &own, &mask, &gateway);
  if (!address.name_server.empty()) {
    dns_setserver(0, &name_server);
  }
  return {};
}

Status Network::add_host(std::string_view name, std::string_view address) {
  const Terminated<253> terminated(name);
  ip4_addr_t parsed;
  if (!terminated.fits() || !parse(address, parsed)) {
    return Error::kInvalidArgument;
  }
  return dns_local_addhost(terminated.text(), &parsed) == ERR_OK ? Status()
                                                                 : Status(Error::kNoSpace);
}

bool Network::up() const {
  return driver_ != nullptr && netif_is_up(&interface_) && netif_is_link_up(&interface_) &&
         !ip4_addr_isany_val(*netif_ip4_addr(&interface_));
}

}  // namespace lwip
HUBTWIN_NAMESPACE_END

extern "C" {

u32_t sys_now() {
  return hubtwin::lwip::milliseconds_of(hubtwin::lwip::clock_of_lwip->now());
}

unsigned int hubtwin_lwip_random() {
  return hubtwin::lwip::random_of_lwip->next();
}

void hubtwin_lwip_assertion_failed(const char* what) {
  hubtwin::contract_violated(what);
}

}  // extern "C"
