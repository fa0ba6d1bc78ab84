// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What one poll() takes, and how much of it are cryptographic steps, by the processor time of the
/// thread.

#include <hubtwin/port/byte_stream.hpp>
#include <hubtwin/port/crypto.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <functional>

namespace hubtwin::faults {

inline std::chrono::microseconds thread_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

/// Counts the steps of the poll() under way. Steps outside of one don't count.
class StepMeter {
 public:
  struct Poll {
    std::chrono::microseconds took{0};
    std::chrono::microseconds longest_step{0};
    std::size_t steps = 0;
  };

  void begin() {
    poll_ = Poll();
    began_ = thread_time();
    polling_ = true;
  }
  Poll end() {
    poll_.took = thread_time() - began_;
    polling_ = false;
    return poll_;
  }
  /// Runs a cryptographic step.
  template <class Call>
  auto step(Call call) {
    const auto began = thread_time();
    auto answer = call();
    if (polling_) {
      poll_.longest_step = std::max(poll_.longest_step, thread_time() - began);
      ++poll_.steps;
    }
    return answer;
  }

 private:
  Poll poll_;
  std::chrono::microseconds began_{0};
  bool polling_ = false;
};

/// A Crypto whose signatures are steps. Tells each of them, for who looks for them in the logs.
class MeteredCrypto final : public Crypto {
 public:
  MeteredCrypto(Crypto& inner, StepMeter& meter) : inner_(inner), meter_(meter) {}
  Status hmac_sha256(const SigningKey& key, ByteView message,
                     std::uint8_t (&mac)[kHmacSha256Size]) override {
    const Status status = meter_.step([&] { return inner_.hmac_sha256(key, message, mac); });
    if (status.ok() && on_signature) {
      on_signature(ByteView(mac));
    }
    return status;
  }

  std::function<void(ByteView mac)> on_signature;

 private:
  Crypto& inner_;
  StepMeter& meter_;
};

/// A TLS stream whose advances are steps: each is one of the handshake at most.
class MeteredStream final : public ByteStream {
 public:
  MeteredStream(ByteStream& inner, StepMeter& meter) : inner_(inner), meter_(meter) {}
  Status open(std::string_view host, std::uint16_t port) override {
    up_ = false;
    return inner_.open(host, port);
  }
  Result<bool> advance(MonotonicTime now) override {
    if (up_) {
      return inner_.advance(now);
    }
    const Result<bool> ready = meter_.step([&] { return inner_.advance(now); });
    up_ = ready.ok() && *ready;
    return ready;
  }
  Result<std::size_t> read(ByteSpan room) override { return inner_.read(room); }
  Result<std::size_t> write(ByteView bytes) override { return inner_.write(bytes); }
  void close() override { inner_.close(); }
  MonotonicTime next_deadline() const override { return inner_.next_deadline(); }

 private:
  ByteStream& inner_;
  StepMeter& meter_;
  bool up_ = false;
};

}  // namespace hubtwin::faults
