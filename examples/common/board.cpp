// SPDX-License-Identifier: MIT
#include "examples/common/board.hpp"

#include <hubtwin/auth/secret.hpp>
#include <hubtwin/mps2/memory.hpp>
#include <hubtwin/mps2/semihosting.hpp>
#include <hubtwin/wire/decimal.hpp>

#include <mbedtls/memory_buffer_alloc.h>
#include <mbedtls/platform.h>

namespace example {

HostFile::HostFile(std::string_view path) {
  char name[256];
  if (path.empty() || path.size() >= sizeof name) {
    return;
  }
  name[path.copy(name, path.size())] = '\0';
  const auto size = hubtwin::mps2::semihosting_file_size(name);
  if (!size.ok()) {
    return;
  }
  bytes_ = static_cast<std::uint8_t*>(mbedtls_calloc(1, *size + 1));
  if (bytes_ == nullptr) {
    return;
  }
  size_ = hubtwin::mps2::semihosting_read_file(name, hubtwin::ByteSpan(bytes_, *size)).value_or(0);
}

HostFile::~HostFile() {
  hubtwin::wipe(hubtwin::ByteSpan(bytes_, size_));
  mbedtls_free(bytes_);
}

std::string_view HostFile::line(std::size_t number) const {
  std::string_view text = hubtwin::as_text(hubtwin::ByteView(bytes_, size_));
  for (;;) {
    const std::size_t end = text.find('\n') < text.size() ? text.find('\n') : text.size();
    if (number-- == 0) {
      return {text.data(), end};
    }
    text.remove_prefix(end < text.size() ? end + 1 : end);
  }
}

int fail(hubtwin::Log& log, std::string_view what, hubtwin::Status status) {
  hubtwin::write_log(log, hubtwin::LogLevel::kError, "", {what, ": ", to_string(status.error())});
  return 2;
}

Board::TlsArena::TlsArena(hubtwin::ByteSpan bytes) : size(bytes.size()) {
  mbedtls_memory_buffer_alloc_init(bytes.data(), bytes.size());
}

Board::Board(const char* name, hubtwin::ByteSpan tls_arena, hubtwin::mbedtls::RecordLimit records)
    : name_(name), tls_arena_(tls_arena), random(name), trust(clock, random, records) {}

bool Board::start() {
  const auto arguments = hubtwin::mps2::semihosting_arguments(hubtwin::Span<char>(argument_room_));
  if (!arguments.ok()) {
    fail(log, "the arguments", arguments.status());
    return false;
  }
  arguments_ = *arguments;
  if (const auto utc = hubtwin::from_decimal(argument("utc"))) {
    clock.set_utc(hubtwin::UtcTime(std::chrono::seconds(*utc)));
  }
  if (const hubtwin::Status status = trust.trust(HostFile(argument("ca_file")).with_nul());
      !status.ok()) {
    fail(log, "ca_file", status);
    return false;
  }
  if (!ethernet.status().ok()) {
    fail(log, "the Ethernet controller", ethernet.status());
    return false;
  }
  if (const hubtwin::Status status = network.start_dhcp(name_); !status.ok()) {
    fail(log, "DHCP", status);
    return false;
  }
  return true;
}

std::string_view Board::argument(std::string_view key) const {
  return hubtwin::mps2::argument(arguments_, key);
}

hubtwin::Result<hubtwin::Identity> Board::identity(const HostFile& file, std::size_t line,
                                                   std::string_view what) {
  const auto identity = hubtwin::Identity::parse(file.line(line), &log);
  if (!identity.ok()) {
    fail(log, what, identity.status());
  }
  return identity;
}

bool Board::find_hub(const hubtwin::Identity& identity) {
  const std::string_view address = argument("hub");
  if (address.empty()) {
    return true;
  }
  const hubtwin::Status added =
      network.add_host(identity.gateway.empty() ? identity.host : identity.gateway, address);
  if (!added.ok()) {
    fail(log, "hub", added);
  }
  return added.ok();
}

hubtwin::SessionOptions Board::session(std::string_view product_info) const {
  hubtwin::SessionOptions options;
  options.port = static_cast<std::uint16_t>(hubtwin::from_decimal(argument("port")).value_or(8883));
  options.product_info = product_info;
  return options;
}

void Board::finish(hubtwin::Context& context) {
  const hubtwin::MonotonicTime give_up = clock.now() + std::chrono::seconds(5);
  while (context.next_deadline() != hubtwin::kNever && clock.now() < give_up) {
    network.poll();
    context.poll();
    context.wait(hubtwin::earlier(hubtwin::earlier(give_up, network.next_deadline()),
                                  context.next_deadline()));
  }
}

void Board::tell_figures(std::int64_t connected_after) {
  const hubtwin::mps2::MemoryUse use = hubtwin::mps2::memory_use();
  std::size_t bytes = 0;
  std::size_t blocks = 0;
  mbedtls_memory_buffer_alloc_max_get(&bytes, &blocks);
  constexpr std::size_t kBlockHead = 32;
  const auto number = [](std::size_t value) { return static_cast<std::int64_t>(value); };
  hubtwin::write_log(log, hubtwin::LogLevel::kInfo, "",
                     {"figures: flash=", number(use.flash), " data=", number(use.data),
                      " bss=", number(use.bss), " stack=", number(use.stack_used), "/",
                      number(use.stack_reserved), " tls=", number(bytes + blocks * kBlockHead), "/",
                      number(tls_arena_.size), " connected_ms=", connected_after});
}

}  // namespace example
