// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What the examples' firmware has in common. What comes from the debugger here comes from the
/// hardware elsewhere.

#include <hubtwin/auth/identity.hpp>
#include <hubtwin/lwip/network.hpp>
#include <hubtwin/mbedtls/mbedtls_crypto.hpp>
#include <hubtwin/mbedtls/mbedtls_random.hpp>
#include <hubtwin/mbedtls/tls_config.hpp>
#include <hubtwin/mps2/lan9118.hpp>
#include <hubtwin/mps2/semihosting_log.hpp>
#include <hubtwin/mps2/systick_clock.hpp>
#include <hubtwin/mps2/wfi_wake.hpp>
#include <hubtwin/session/session.hpp>

#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>
#include <utility>

namespace example {

/// The one object of its type, in static memory and never destroyed.
template <class T, class... Args>
T& make_static(Args&&... args) {
  alignas(T) static unsigned char room[sizeof(T)];
  return *::new (static_cast<void*>(room)) T(std::forward<Args>(args)...);
}

/// A file of the host with a NUL behind it, in memory of mbedTLS for as long as it is needed.
class HostFile {
 public:
  explicit HostFile(std::string_view path);
  ~HostFile();
  HostFile(const HostFile&) = delete;
  HostFile& operator=(const HostFile&) = delete;

  hubtwin::ByteView with_nul() const { return {bytes_, size_ == 0 ? 0 : size_ + 1}; }
  /// Its first line, or the one with that number; empty behind the last.
  std::string_view line(std::size_t number = 0) const;

 private:
  std::uint8_t* bytes_ = nullptr;
  std::size_t size_ = 0;
};

/// Says what went wrong; answers the program's status.
int fail(hubtwin::Log& log, std::string_view what, hubtwin::Status status);

/// The board with all that a program needs of it before it has a client: time, randomness, trust
/// and network. There is one; make_static() makes it.
///
/// Arguments that both programs know, as key=value (QEMU: -semihosting-config arg=...): ca_file,
/// certificates to trust in PEM; port of the hub, 8883 unless given; hub, the address of the hub's
/// name where no name server knows it; utc, seconds since 1970 that the clock shall begin with
/// instead of the host's.
class Board {
 public:
  /// \param[in] name       By which it asks for an address.
  /// \param[in] tls_arena  All that mbedTLS ever allocates.
  Board(const char* name, hubtwin::ByteSpan tls_arena, hubtwin::mbedtls::RecordLimit records);

  /// Reads the arguments, and starts the network. What is wrong is in the log.
  /// \return whether the program can go on.
  bool start();
  std::string_view argument(std::string_view key) const;

  /// The identity that one line of a file of connection strings gives. `what` is for the log.
  hubtwin::Result<hubtwin::Identity> identity(const HostFile& file, std::size_t line,
                                              std::string_view what);
  /// Gives the hub's name the address of the argument `hub`, if there is one.
  /// \return whether the program can go on; what is wrong is in the log.
  bool find_hub(const hubtwin::Identity& identity);
  hubtwin::SessionOptions session(std::string_view product_info) const;

  /// Closed clients say goodbye, for 5 s at most.
  void finish(hubtwin::Context& context);
  /// One line, for programs to read as well.
  void tell_figures(std::int64_t connected_after);

 private:
  // Gives mbedTLS its memory, before anything asks for some.
  struct TlsArena {
    explicit TlsArena(hubtwin::ByteSpan bytes);
    std::size_t size;
  };

  const char* name_;
  TlsArena tls_arena_;
  std::string_view arguments_;
  char argument_room_[1024];

 public:
  hubtwin::mps2::SemihostingLog log;
  hubtwin::mps2::SysTickClock clock;
  hubtwin::mps2::WfiWake wake{clock};
  hubtwin::mbedtls::MbedtlsRandom random;
  hubtwin::mbedtls::MbedtlsCrypto crypto;
  hubtwin::mbedtls::TlsConfig trust;
  hubtwin::mps2::Lan9118 ethernet{wake};
  hubtwin::lwip::Network network{clock, random, &ethernet};
};

/// Times each poll() of a client, and remembers the longest with the step of TLS that it began
/// with: a watchdog must allow for it.
class PollMeter {
 public:
  explicit PollMeter(hubtwin::Clock& clock) : clock_(clock) {}

  template <class Poll>
  void time(int tls_step, Poll&& poll) {
    const hubtwin::MonotonicTime begun = clock_.now();
    poll();
    const hubtwin::Duration took = clock_.now() - begun;
    if (took > longest_) {
      longest_ = took;
      step_ = tls_step;
    }
  }
  /// One line, for programs to read.
  void tell(hubtwin::Log& log) const {
    hubtwin::write_log(
        log, hubtwin::LogLevel::kInfo, "",
        {"figures: poll_ms=", std::int64_t{longest_.count()}, " poll_step=", std::int64_t{step_}});
  }

 private:
  hubtwin::Clock& clock_;
  hubtwin::Duration longest_{0};
  int step_ = 0;
};

}  // namespace example
