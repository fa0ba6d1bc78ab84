// SPDX-License-Identifier: MIT
#include <hubtwin/lwip/lwip_stream.hpp>

#include <algorithm>

#include <lwip/dns.h>
#include <lwip/pbuf.h>
#include <lwip/tcp.h>

HUBTWIN_NAMESPACE_BEGIN
namespace lwip {
namespace {

// How soon a write is tried again that found lwIP's memory used up by others: nothing tells when
// they have given it back.
constexpr Duration kMemoryPause = std::chrono::milliseconds(50);

// Buffers that one connection may hold unread. A peer that sends many small segments would
// otherwise take all of them; what is refused, lwIP keeps and offers again.
constexpr u16_t kMostBuffers = PBUF_POOL_SIZE / 2;
static_assert(TCP_WND <= kMostBuffers * TCP_MSS, "a full window must fit these buffers");

Status lost(err_t code) {
  return Status::with_os_code(Error::kLinkLost, code);
}

}  // namespace

LwipStream* LwipStream::looking_up = nullptr;
std::uintptr_t LwipStream::last_ticket = 0;

LwipStream::~LwipStream() {
  close();
}

Status LwipStream::open(std::string_view host, std::uint16_t port) {
  if (state_ != State::kClosed) {
    return Error::kWrongState;
  }
  if (host.empty() || host.find('\0') != std::string_view::npos) {
    return Error::kInvalidArgument;
  }
  char name[DNS_MAX_NAME_LENGTH];
  if (host.size() >= sizeof name) {
    return Error::kNoSpace;
  }
  name[host.copy(name, host.size())] = '\0';
  port_ = port;
  end_ = Status();
  deadline_ = kNever;
  start_lookup(name);
  return {};
}

// What is wrong with the name or the name server is for advance() to tell. Literal addresses and
// names that lwIP knows are resolved at once.
void LwipStream::start_lookup(const char* host) {
  state_ = State::kResolving;
  ticket_ = ++last_ticket;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a number that lwIP carries, never a place
  auto* const ticket = reinterpret_cast<void*>(ticket_);
  const err_t code = dns_gethostbyname(host, &address_, resolved, ticket);
  if (code == ERR_OK) {
    state_ = State::kResolved;
    deadline_ = kAtOnce;
  } else if (code == ERR_INPROGRESS) {
    next_looking_up_ = looking_up;
    looking_up = this;
  } else {
    end_ = Status::with_os_code(Error::kResolveFailed, code);
    deadline_ = kAtOnce;
  }
}

// The stream that asked may be gone, or ask for another name meanwhile: its ticket tells.
void LwipStream::resolved(const char*, const ip_addr_t* address, void* ticket) {
  for (LwipStream* stream = looking_up; stream != nullptr; stream = stream->next_looking_up_) {
    if (stream->ticket_ == reinterpret_cast<std::uintptr_t>(ticket)) {
      stream->forget_lookup();
      if (address == nullptr) {
        stream->end_ = Error::kResolveFailed;
      } else {
        stream->address_ = *address;
        stream->state_ = State::kResolved;
      }
      stream->deadline_ = kAtOnce;
      return;
    }
  }
}

void LwipStream::forget_lookup() {
  for (LwipStream** link = &looking_up; *link != nullptr; link = &(*link)->next_looking_up_) {
    if (*link == this) {
      *link = next_looking_up_;
      return;
    }
  }
}

Result<bool> LwipStream::advance(MonotonicTime now) {
  if (state_ == State::kConnected) {
    return true;
  }
  if (state_ == State::kClosed) {
    return Error::kWrongState;
  }
  if (state_ == State::kResolved) {
    end_ = connect(now);
  }
  if (!end_.ok()) {
    return failed(end_);
  }
  if (state_ == State::kConnecting && now >= deadline_) {
    return failed(Error::kConnectTimeout);
  }
  return false;
}

Status LwipStream::connect(MonotonicTime now) {
  pcb_ = tcp_new();
  if (pcb_ == nullptr) {
    return Status::with_os_code(Error::kNoSpace, ERR_MEM);
  }
  state_ = State::kConnecting;
  tcp_arg(pcb_, this);
  tcp_recv(pcb_, received);
  tcp_err(pcb_, ended);
  tcp_nagle_disable(pcb_);
  deadline_ = after(now, kAddressPatience);
  const err_t code = tcp_connect(pcb_, &address_, port_, connected);
  return code == ERR_OK ? Status() : Status::with_os_code(Error::kNetworkFailed, code);
}

err_t LwipStream::connected(void* self, tcp_pcb*, err_t) {
  auto& stream = *static_cast<LwipStream*>(self);
  stream.state_ = State::kConnected;
  stream.deadline_ = kNever;
  return ERR_OK;
}

err_t LwipStream::received(void* self, tcp_pcb*, pbuf* chain, err_t) {
  auto& stream = *static_cast<LwipStream*>(self);
  if (chain == nullptr) {
    stream.end_ = lost(ERR_CLSD);
    return ERR_OK;
  }
  if (stream.chain_ == nullptr) {
    stream.chain_ = chain;
    return ERR_OK;
  }
  if (pbuf_clen(stream.chain_) + pbuf_clen(chain) > kMostBuffers) {
    return ERR_MEM;
  }
  pbuf_cat(stream.chain_, chain);
  return ERR_OK;
}

// lwIP has freed the connection already.
void LwipStream::ended(void* self, err_t code) {
  auto& stream = *static_cast<LwipStream*>(self);
  stream.pcb_ = nullptr;
  if (stream.state_ == State::kConnected) {
    stream.end_ = lost(code);
  } else {
    stream.end_ = Status::with_os_code(
        code == ERR_RST ? Error::kConnectRefused : Error::kConnectTimeout, code);
    stream.deadline_ = kAtOnce;
  }
}

// What came before the end is given out first.
Result<std::size_t> LwipStream::read(ByteSpan room) {
  if (state_ != State::kConnected) {
    return Error::kWrongState;
  }
  std::size_t size = 0;
  if (chain_ != nullptr) {
    const auto most = static_cast<u16_t>(std::min<std::size_t>(chain_->tot_len, room.size()));
    size = pbuf_copy_partial(chain_, room.data(), most, 0);
    chain_ = pbuf_free_header(chain_, static_cast<u16_t>(size));
  }
  if (size != 0) {
    if (pcb_ != nullptr) {
      tcp_recved(pcb_, static_cast<u16_t>(size));
    }
    return size;
  }
  if (!room.empty() && !end_.ok()) {
    return failed(end_);  // empty room isn't the end
  }
  return std::size_t{0};
}

Result<std::size_t> LwipStream::write(ByteView bytes) {
  if (state_ != State::kConnected) {
    return Error::kWrongState;
  }
  if (pcb_ == nullptr) {
    // Reset. What was received before it comes first; whoever waited for room would never read it.
    return chain_ != nullptr ? Result<std::size_t>(bytes.size()) : failed(end_);
  }
  deadline_ = kNever;
  std::size_t size = std::min<std::size_t>(bytes.size(), tcp_sndbuf(pcb_));
  err_t code = ERR_MEM;
  // Memory that is short for all of it may do for a part.
  while (size != 0 && code == ERR_MEM) {
    code = tcp_write(pcb_, bytes.data(), static_cast<u16_t>(size), TCP_WRITE_FLAG_COPY);
    if (code == ERR_MEM) {
      size /= 2;
    }
  }
  if (size != 0 && code != ERR_OK) {
    return failed(lost(code));
  }
  if (size == 0 && !bytes.empty() && pcb_->unsent == nullptr && pcb_->unacked == nullptr) {
    deadline_ = after(network_.now(), kMemoryPause);  // no acknowledgement will wake anybody
  }
  tcp_output(pcb_);
  return size;
}

void LwipStream::close() {
  if (state_ == State::kResolving) {
    forget_lookup();
  }
  release();
  state_ = State::kClosed;
  deadline_ = kNever;
}

// The connection ends behind our back: it may linger, but gives way to a new one.
void LwipStream::release() {
  if (tcp_pcb* const pcb = pcb_; pcb != nullptr) {
    pcb_ = nullptr;
    tcp_arg(pcb, nullptr);
    tcp_recv(pcb, nullptr);
    tcp_err(pcb, nullptr);
    tcp_setprio(pcb, TCP_PRIO_MIN);
    if (tcp_close(pcb) != ERR_OK) {
      tcp_abort(pcb);
    }
  }
  if (chain_ != nullptr) {
    pbuf_free(chain_);
    chain_ = nullptr;
  }
}

Status LwipStream::failed(Status reason) {
  close();
  return reason;
}

}  // namespace lwip
HUBTWIN_NAMESPACE_END
