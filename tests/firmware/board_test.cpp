// SPDX-License-Identifier: MIT
//
// What is tested on the board itself; see run. Arguments: test=<name>, and for tls: host, address,
// ca_file, times, and to show a certificate chain_file, key_file. Ends with 0 when it passed, 1
// when not, 3 when there was no connection.
#include <hubtwin/lwip/lwip_stream.hpp>
#include <hubtwin/mbedtls/tls_stream.hpp>
#include <hubtwin/mps2/lan9118.hpp>
#include <hubtwin/mps2/memory.hpp>
#include <hubtwin/mps2/semihosting.hpp>
#include <hubtwin/mps2/semihosting_log.hpp>
#include <hubtwin/mps2/systick_clock.hpp>
#include <hubtwin/mps2/wfi_wake.hpp>
#include <hubtwin/wire/decimal.hpp>

#include <algorithm>
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
template <class T>
T& make_static() {
  alignas(T) static unsigned char room[sizeof(T)];
  return *::new (static_cast<void*>(room)) T();
}

int verdict(bool passed, std::string_view what) {
  write_log(the_log, LogLevel::kInfo, "", {passed ? "passed: " : "FAILED: ", what});
  return passed ? 0 : 1;
}

int test_time() {
  mps2::SysTickClock clock;
  mps2::WfiWake wake(clock);
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

// mbedTLS's memory.
alignas(8) unsigned char arena[40 * 1024];

// What a connection runs on.
struct Link {
  mps2::SysTickClock clock;
  mps2::WfiWake wake{clock};
  mbedtls::MbedtlsRandom random{"board_test"};
  mbedtls::TlsConfig config{clock, random};
  mps2::Lan9118 ethernet{wake};
  lwip::Network network{clock, random, &ethernet};
  lwip::LwipStream tcp{network};
  mbedtls::TlsStream tls{tcp, config};
  MonotonicTime give_up{};

  // The file that an argument names, with a NUL behind; empty where it isn't there.
  static ByteView file(std::string_view arguments, std::string_view key, ByteSpan room) {
    char path[256] = {};
    const std::string_view name = argument(arguments, key);
    std::memcpy(path, name.data(), std::min(name.size(), sizeof path - 1));
    const auto size = mps2::semihosting_read_file(path, ByteSpan(room.data(), room.size() - 1));
    return {room.data(), size.ok() ? *size + 1 : 0};
  }
  bool set_up(std::string_view arguments) {
    static std::uint8_t pem[8192];
    const ByteView trusted = file(arguments, "ca_file", ByteSpan(pem));
    return !trusted.empty() && config.trust(trusted).ok() && ethernet.status().ok() &&
           network.set_address({"10.0.2.15"}).ok() &&
           network.add_host(argument(arguments, "host"), argument(arguments, "address")).ok();
  }
  // Shows a certificate, where the arguments name one.
  Status identify(std::string_view arguments) {
    if (argument(arguments, "chain_file").empty()) {
      return {};
    }
    static std::uint8_t chain[8192];
    static std::uint8_t key[4096];
    return config.identify(file(arguments, "chain_file", ByteSpan(chain)),
                           file(arguments, "key_file", ByteSpan(key)));
  }
  void wait() {
    wake.wait(earlier(earlier(tls.next_deadline(), network.next_deadline()), give_up));
    network.poll();
  }
};

struct Transfer {
  Duration handshake{0};
  Duration longest_step{0};
  Duration whole{0};
  std::int64_t bytes = 0;
  char digest[65] = {};
};

// The file of the server's that is called blob, by HTTP/1.0.
// \return why there was no connection.
Status fetch(Link& link, std::string_view host, Transfer& transfer) {
  const MonotonicTime begun = link.clock.now();
  link.give_up = begun + 30s;
  link.network.poll();
  const Status opened = link.tls.open(host, 8883);
  if (!opened.ok()) {
    return opened;
  }
  for (Result<bool> ready = false; !*ready;) {
    const MonotonicTime step = link.clock.now();
    ready = link.tls.advance(step);
    transfer.longest_step = std::max(transfer.longest_step, link.clock.now() - step);
    if (!ready.ok()) {
      return ready.status();
    }
    if (!*ready) {
      link.wait();
    }
    if (link.clock.now() >= link.give_up) {
      return Error::kConnectTimeout;
    }
  }
  transfer.handshake = link.clock.now() - begun;

  std::string_view request = "GET /blob HTTP/1.0\r\n\r\n";
  mbedtls_sha256_context hash;
  mbedtls_sha256_init(&hash);
  mbedtls_sha256_starts_ret(&hash, 0);
  unsigned line_ends = 0;  // in a row: four characters end the head
  Status end;
  while (end.ok() && link.clock.now() < link.give_up) {
    if (!request.empty()) {
      request.remove_prefix(link.tls.write(as_bytes(request)).value_or(0));
    }
    std::uint8_t room[512];
    const Result<std::size_t> got = link.tls.read(ByteSpan(room));
    end = got.status();
    const std::size_t size = got.value_or(0);
    std::size_t at = 0;
    for (; at < size && line_ends < 4; ++at) {
      line_ends = room[at] == '\r' || room[at] == '\n' ? line_ends + 1 : 0;
    }
    mbedtls_sha256_update_ret(&hash, room + at, size - at);
    transfer.bytes += static_cast<std::int64_t>(size - at);
    if (end.ok() && size == 0) {
      link.wait();
    }
  }
  unsigned char digest[32];
  mbedtls_sha256_finish_ret(&hash, digest);
  for (std::size_t i = 0; i < sizeof digest; ++i) {
    transfer.digest[2 * i] = "0123456789abcdef"[digest[i] >> 4];
    transfer.digest[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
  }
  transfer.whole = link.clock.now() - begun;
  link.tls.close();
  return {};
}

std::int64_t arena_in_use() {
  std::size_t bytes = 0;
  std::size_t blocks = 0;
  mbedtls_memory_buffer_alloc_cur_get(&bytes, &blocks);
  return static_cast<std::int64_t>(bytes);
}

std::int64_t arena_most_used() {
  std::size_t bytes = 0;
  std::size_t blocks = 0;
  mbedtls_memory_buffer_alloc_max_get(&bytes, &blocks);
  constexpr std::size_t kBlockHead = 32;
  bytes += blocks * kBlockHead;
  return static_cast<std::int64_t>(bytes);
}

int test_tls(std::string_view arguments) {
  mbedtls_memory_buffer_alloc_init(arena, sizeof arena);
  auto& link = make_static<Link>();
  if (!link.set_up(arguments)) {
    return verdict(false, "the link can be set up");
  }
  if (const Status status = link.identify(arguments); !status.ok()) {
    write_log(the_log, LogLevel::kInfo, "", {"no identity: ", to_string(status.error())});
    return 1;
  }
  const std::uint64_t times = from_decimal(argument(arguments, "times")).value_or(1);
  std::int64_t held = 0;
  Transfer transfer;
  for (std::uint64_t i = 0; i < times; ++i) {
    transfer = Transfer();
    const Status status = fetch(link, argument(arguments, "host"), transfer);
    if (!status.ok()) {
      write_log(
          the_log, LogLevel::kInfo, "",
          {"no connection: ", to_string(status.error()), " at ", static_cast<std::int64_t>(i)});
      return 3;
    }
    held = i == 0 ? arena_in_use() : held;
  }
  // What mbedTLS keeps for the next connection differs by a few bytes, as numbers do in length.
  constexpr std::int64_t kFewBytes = 64;
  if (arena_in_use() > held + kFewBytes) {
    return verdict(false, "connections give back what they took");
  }
  write_log(the_log, LogLevel::kInfo, "", {"sha256 ", transfer.digest});
  write_log(the_log, LogLevel::kInfo, "",
            {"bytes=", transfer.bytes, " handshake_ms=", transfer.handshake.count(),
             " longest_step_ms=", transfer.longest_step.count(),
             " whole_ms=", transfer.whole.count(), " stack=",
             static_cast<std::int64_t>(mps2::memory_use().stack_used), " tls=", arena_most_used()});
  return 0;
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
