// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// One device's connection through the proxy.

#include "tools/hub/core/fault.hpp"
#include "tools/hub/proxy/packets.hpp"
#include "tools/hub/proxy/pipe.hpp"
#include "tools/hub/proxy/tls_end.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <poll.h>

namespace hubtwin::hub::proxy {

/// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  int get() const { return value_; }
  bool open() const { return value_ >= 0; }
  void close();
  /// The peer gets a reset instead of an end.
  void reset();

 private:
  int value_;
};

/// What a link has of the proxy.
struct LinkPlan {
  /// Whether packets are looked into; without it, bytes pass unread.
  bool mqtt = false;
  /// Ends TLS, if given.
  TlsContext tls;
  FaultList& faults;
};

class Link {
 public:
  /// \param[in] hub  may be closed: for a link that nothing answers.
  Link(const LinkPlan& plan, Descriptor device, Descriptor hub);

  /// Empty until a CONNECT has told it.
  const std::string& identity() const { return identity_; }
  bool over() const { return over_; }
  std::uint64_t bytes_to_device() const { return down_.passed(); }

  /// Brings about a fault that struck this link.
  void suffer(const Fault& fault, Time now);
  /// Whether this lasting fault has struck here already.
  bool suffers(const std::string& id) const;
  /// Looks again which of the lasting faults are still wanted.
  void review();

  /// What to wait for.
  void watch(pollfd& device, pollfd& hub, Time now) const;
  Time next_time() const;
  /// Moves what can be moved.
  void work(short device_events, short hub_events, Time now);

 private:
  enum Direction { kToHub, kToDevice };
  enum class Ending { kNone, kReset, kClose, kSilence, kHalfOpen };
  struct Held {
    Time due;
    Direction direction;
    std::string bytes;
  };

  static Ending ending_of(const Fault& fault);
  void read_device(Time now);
  void read_hub(Time now);
  void write_device(Time now);
  void write_hub();
  void take_up(Time now);
  void from_device(std::string_view plain, Time now);
  void from_hub(std::string_view plain, Time now);
  void split(Direction direction, std::string_view bytes, Time now);
  void pass(Direction direction, Packet packet, Time now);
  void forward(Direction direction, std::string_view bytes, Time now);
  void release_held(Time now);
  void settle(Time now);
  void end_now();

  LinkPlan plan_;
  Descriptor device_;
  Descriptor hub_;
  std::unique_ptr<TlsEnd> tls_;
  std::string identity_;
  PacketSplitter splitters_[2];
  std::vector<Held> held_;
  std::string swapped_[2];
  Pipe up_;    // as it came from the device
  Pipe down_;  // as it goes to the device
  std::string to_hub_;
  std::vector<Fault> lasting_;
  Ending ending_ = Ending::kNone;
  Ending armed_ = Ending::kNone;  // when so many bytes have gone
  bool half_open_ = false;
  bool device_gone_ = false;  // seen to have left, with bytes that may wait to be read
  bool hub_gone_ = false;
  bool device_ended_ = false;
  bool hub_ended_ = false;
  bool leaving_ = false;  // TLS is over, by the device's wish or for a failure
  bool said_goodbye_ = false;
  bool over_ = false;
};

}  // namespace hubtwin::hub::proxy
