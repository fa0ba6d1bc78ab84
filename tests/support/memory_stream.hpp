// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A ByteStream whose other end is the test.

#include <hubtwin/port/byte_stream.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

namespace hubtwin::test {

/// The test puts bytes into `incoming` and finds what was sent in `outgoing`.
class MemoryStream final : public ByteStream {
 public:
  Status open(std::string_view host, std::uint16_t port) override {
    if (open_) {
      return Error::kWrongState;
    }
    if (!open_status.ok()) {
      return open_status;
    }
    open_ = true;
    ++opened;
    peer = std::string(host) + ":" + std::to_string(port);
    incoming.clear();
    outgoing.clear();
    end = Status();
    return Status();
  }
  Result<bool> advance(MonotonicTime) override {
    if (!end.ok()) {
      open_ = false;
      return end;
    }
    return connected;
  }
  Result<std::size_t> read(ByteSpan room) override {
    const std::size_t size = std::min({room.size(), portion, incoming.size()});
    if (size == 0 && !end.ok()) {
      open_ = false;
      return end;
    }
    std::copy_n(incoming.begin(), size, room.begin());
    incoming.erase(0, size);
    return size;
  }
  Result<std::size_t> write(ByteView bytes) override {
    if (!end.ok()) {
      open_ = false;
      return end;
    }
    const std::size_t size = std::min({bytes.size(), portion, writable});
    outgoing.append(bytes.begin(), bytes.begin() + size);
    writable -= size;
    return size;
  }
  void close() override { open_ = false; }
  MonotonicTime next_deadline() const override { return deadline; }

  bool is_open() const { return open_; }
  /// What was sent since the last take.
  std::string take() {
    std::string taken;
    taken.swap(outgoing);
    return taken;
  }

  std::string incoming;
  std::string outgoing;
  std::string peer;                                                ///< As host:port.
  Status open_status;                                              ///< What open() answers.
  Status end;                                                      ///< How the connection ends.
  bool connected = true;                                           ///< What advance() answers.
  std::size_t portion = std::numeric_limits<std::size_t>::max();   ///< Most bytes of one call.
  std::size_t writable = std::numeric_limits<std::size_t>::max();  ///< Bytes that can be sent yet.
  MonotonicTime deadline = kNever;
  int opened = 0;

 private:
  bool open_ = false;
};

}  // namespace hubtwin::test
