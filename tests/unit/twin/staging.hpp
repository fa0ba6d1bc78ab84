// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A reported section whose updates the test takes, without a network.

#include <hubtwin/twin/reported.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace hubtwin::test {

struct Staging {
  explicit Staging(std::size_t arena = 4096, std::size_t body = 1024)
      : arena_(arena),
        body_(body),
        reported(ByteSpan(arena_.data(), arena), {}, ByteSpan(body_.data(), body)) {}

  // The next update of the flush under way, beginning one if there is none.
  std::string next(std::size_t limit = 100000) {
    if (!reported.flushing() && reported.dirty()) {
      reported.begin_flush();
    }
    if (!reported.flushing()) {
      return "nothing";
    }
    const Result<ReportedBody> body = reported.next_body(limit);
    if (!body.ok()) {
      return to_string(body.error());
    }
    source = body->source;
    return source != nullptr ? "streamed " + std::to_string(source->size())
                             : std::string(as_text(body->bytes));
  }
  // What follows in the update that is streamed.
  std::string read(std::size_t size) {
    std::string piece(size, '?');
    source->read(ByteSpan(reinterpret_cast<std::uint8_t*>(piece.data()), size));
    return piece;
  }
  // Sends and acknowledges everything. \return the bodies, one after the other.
  std::string drain() {
    std::string all;
    while (reported.dirty() || reported.flushing()) {
      const std::string body = next();
      if (body.empty()) {
        REQUIRE(reported.finish_flush().status.ok());
      } else {
        all += body;
        reported.acknowledge(kNoVersion);
      }
    }
    return all;
  }

 private:
  std::vector<std::uint8_t> arena_;
  std::vector<std::uint8_t> body_;

 public:
  Reported reported;
  PayloadSource* source = nullptr;  // of the update in flight
};

}  // namespace hubtwin::test
