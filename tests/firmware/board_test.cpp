// SPDX-License-Identifier: MIT
//
// What is tested on the board itself; see run. Arguments: test=<name>, and for tls: host, address,
// port, ca_file. Ends with 0 when it passed, 1 when not, 3 when there was no connection.
#include <hubtwin/lwip/lwip_stream.hpp>
#include <hubtwin/mbedtls/tls_stream.hpp>
#include <hubtwin/mps2/lan9118.hpp>
#include <hubtwin/mps2/memory.hpp>
#include <hubtwin/mps2/semihosting.hpp>
#include <hubtwin/mps2/semihosting_log.hpp>
#include <hubtwin/mps2/systick_clock.hpp>
#include <hubtwin/mps2/wfi_wake.hpp>
#include <hubtwin/wire/decimal.hpp>

#include <cstring>
#include <new>

#include <mbedtls/memory_buffer_alloc.h>
#include <mbedtls/sha256.h>

using namespace hubtwin;
using namespace std::chrono_literals;
using mps2::argument;

namespace {

mps2::SemihostingLog the_log;

// Never destroyed: destructors of static objects don't run on the board.
template <class T, class... Args>
T& make_static(Args&&... args) {
  alignas(T) static unsigned char room[sizeof(T)];
  return *::new (static_cast<void*>(room)) T(args...);
}

int verdict(bool passed, std::string_view what) {
  LogLine(&the_log, LogLevel::kInfo, "") << (passed ? "passed: " : "FAILED: ") << what;
  return passed ? 0 : 1;
}

int test_time() {
  auto& clock = make_static<mps2::SysTickClock>();
  auto& wake = make_static<mps2::WfiWake>(clock);
  const MonotonicTime begun = clock.now();
  const std::optional<UtcTime> utc = clock.utc();
  wake.wait(begun + 1200ms);
  int failed = verdict(clock.now() >= begun + 1200ms && clock.now() < begun + 1300ms,
                       "a wait ends when its deadline has come");
  const std::optional<UtcTime> later = clock.utc();
  failed |= verdict(utc && later && *later - *utc >= 1s && *later - *utc <= 2s, "UTC goes on");
  failed |= verdict(utc && utc->time_since_epoch() > std::chrono::hours(24 * 365 * 50),
                    "UTC is of this century");
  wake.wake();
  const MonotonicTime woken = clock.now();
  wake.wait(kNever);
  failed |= verdict(clock.now() - woken < 100ms, "a wake-up before the wait ends it");
  wake.wait(clock.now() + 50ms);
  failed |= verdict(clock.now() - woken >= 50ms, "and is forgotten then");
  wake.wait(kAtOnce);
  clock.set_utc(UtcTime(1000s));
  failed |= verdict(clock.utc() == UtcTime(1000s), "UTC can be set");
  return failed;
}

[[gnu::noinline]] void use_stack() {
  volatile char deep[3000];
  for (volatile char& each : deep) {
    each = 1;
  }
}

int test_memory() {
  const mps2::MemoryUse before = mps2::memory_use();
  use_stack();
  const mps2::MemoryUse after = mps2::memory_use();
  return verdict(before.stack_used < 2000 && after.stack_used >= 3000 &&
                     after.stack_used < before.stack_used + 4000 &&
                     after.stack_used < after.stack_reserved,
                 "the paint tells how much of the stack was used");
}

[[gnu::noinline]] int recurse(volatile int& depth) {
  volatile char frame[256] = {};
  depth = depth + 1;
  return depth > 0 ? recurse(depth) + frame[0] : 0;
}

// The file of the server's that is called blob, over TLS in HTTP/1.0: its SHA-256 in hexadecimal.
int test_tls(std::string_view arguments) {
  alignas(8) static unsigned char arena[56 * 1024];
  mbedtls_memory_buffer_alloc_init(arena, sizeof arena);
  auto& clock = make_static<mps2::SysTickClock>();
  auto& wake = make_static<mps2::WfiWake>(clock);
  auto& random = make_static<mbedtls::MbedtlsRandom>("board_test");
  auto& config = make_static<mbedtls::TlsConfig>(clock, random);
  static char path[256];
  const std::string_view ca_file = argument(arguments, "ca_file");
  std::memcpy(path, ca_file.data(), ca_file.size());
  static std::uint8_t pem[8192];
  const auto size = mps2::semihosting_read_file(path, ByteSpan(pem, sizeof pem - 1));
  if (!size.ok() || !config.trust(ByteView(pem, *size + 1)).ok()) {
    return verdict(false, "the CA file can be read");
  }
  auto& ethernet = make_static<mps2::Lan9118>(wake);
  auto& network = make_static<lwip::Network>(clock, random, &ethernet);
  const std::string_view host = argument(arguments, "host");
  const bool set = network.set_address({"10.0.2.15"}).ok() &&
                   network.add_host(host, argument(arguments, "address")).ok();
  auto& tcp = make_static<lwip::LwipStream>(network);
  auto& tls = make_static<mbedtls::TlsStream>(tcp, config);
  network.poll();
  if (!set || !tls.open(host, 8883).ok()) {
    return verdict(false, "the network is there");
  }

  const MonotonicTime give_up = clock.now() + 30s;
  const MonotonicTime begun = clock.now();
  const auto wait = [&](MonotonicTime deadline) {
    wake.wait(earlier(earlier(deadline, network.next_deadline()), give_up));
    network.poll();
  };
  Result<bool> ready = false;
  Duration longest{0};
  while (ready.ok() && !*ready && clock.now() < give_up) {
    const MonotonicTime step = clock.now();
    ready = tls.advance(step);
    longest = std::max(longest, clock.now() - step);
    if (ready.ok() && !*ready) {
      wait(tls.next_deadline());
    }
  }
  if (!ready.ok() || !*ready) {
    LogLine(&the_log, LogLevel::kInfo, "")
        << "no connection: " << (ready.ok() ? "out of time" : to_string(ready.error()));
    return 3;
  }
  const Duration shaken = clock.now() - begun;

  std::string_view request = "GET /blob HTTP/1.0\r\n\r\n";
  mbedtls_sha256_context hash;
  mbedtls_sha256_init(&hash);
  mbedtls_sha256_starts_ret(&hash, 0);
  std::int64_t received = 0;
  unsigned line_ends = 0;  // in a row; four characters end the head
  Status end;
  while (end.ok() && clock.now() < give_up) {
    if (!request.empty()) {
      request.remove_prefix(tls.write(as_bytes(request)).value_or(0));
    }
    std::uint8_t room[512];
    const Result<std::size_t> got = tls.read(ByteSpan(room));
    end = got.status();
    std::size_t at = 0;
    for (; at < got.value_or(0) && line_ends < 4; ++at) {
      line_ends = room[at] == '\r' || room[at] == '\n' ? line_ends + 1 : 0;
    }
    mbedtls_sha256_update_ret(&hash, room + at, got.value_or(0) - at);
    received += static_cast<std::int64_t>(got.value_or(0) - at);
    if (got.ok() && *got == 0) {
      wait(tls.next_deadline());
    }
  }
  unsigned char digest[32];
  mbedtls_sha256_finish_ret(&hash, digest);
  char text[65] = {};
  for (std::size_t i = 0; i < sizeof digest; ++i) {
    text[2 * i] = "0123456789abcdef"[digest[i] >> 4];
    text[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
  }
  std::size_t bytes = 0;
  std::size_t blocks = 0;
  mbedtls_memory_buffer_alloc_max_get(&bytes, &blocks);
  LogLine(&the_log, LogLevel::kInfo, "") << "sha256 " << text;
  LogLine(&the_log, LogLevel::kInfo, "")
      << "bytes=" << received << " handshake_ms=" << shaken.count()
      << " longest_step_ms=" << longest.count()
      << " transfer_ms=" << (clock.now() - begun - shaken).count()
      << " stack=" << static_cast<std::int64_t>(mps2::memory_use().stack_used)
      << " tls=" << static_cast<std::int64_t>(bytes + blocks * 32);
  return verdict(end.error() == Error::kLinkLost, "the server ends the connection");
}

}  // namespace

int main() {
  static char room[1024];
  const std::string_view arguments =
      mps2::semihosting_arguments(Span<char>(room)).value_or(std::string_view());
  const std::string_view test = argument(arguments, "test");
  if (test == "time") {
    return test_time();
  }
  if (test == "memory") {
    return test_memory();
  }
  if (test == "tls") {
    return test_tls(arguments);
  }
  if (test == "bad_address") {
    *reinterpret_cast<volatile int*>(0xF0000000) = 1;
  } else if (test == "contract") {
    HUBTWIN_EXPECTS(test.empty());
  } else if (test == "overflow") {
    static volatile int depth = 0;
    return recurse(depth);
  } else if (test == "status") {
    return 42;
  }
  return verdict(false, "such a test is there");
}
