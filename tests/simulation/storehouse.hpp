// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a program with storage has beside its client: flash memory, and the stores in it.

#include "documents.hpp"
#include "unit/storage/log_bench.hpp"
#include <hubtwin/client.hpp>
#include <hubtwin/storage/desired_store.hpp>
#include <hubtwin/storage/message_store.hpp>
#include <hubtwin/storage/reported_store.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace hubtwin::simulation {

/// Flash that outlives its programs. Power fails in the middle of an operation, and the next
/// program finds what that left.
class Storehouse {
 public:
  /// \param[in] seed     Of what torn words look like.
  /// \param[in] at_once  All is stored as soon as it can be; else in the stores' own times.
  Storehouse(std::uint64_t seed, bool at_once)
      : flash_({64, std::size_t{32} * 64, 4, 0xFF}, 8, kSlots + 4, seed), at_once_(at_once) {}

  /// Power comes back. \return how the log opens; the stores come with attach().
  Status power_on();
  /// The stores of a new client, which isn't open yet; they end with power_on() or this.
  void attach(Client& client);
  /// Power fails at that step of the flash from now on.
  void cut_after(std::uint32_t steps, std::uint32_t how) {
    flash_.flash.cut_after(steps, static_cast<test::ModelFlash::Cut>(how % 4));
  }
  void end_of_cuts() {
    if (powered()) {
      flash_.flash.power_on();
    }
  }
  bool powered() const { return flash_.flash.powered(); }

  /// The record of reported values: an object of paths and values; null for a removal.
  Json reported_record();
  /// Records that there are.
  std::size_t records() { return flash_.log().count(); }

  DesiredStore& desired() { return stores_->desired; }
  ReportedStore& reported() { return stores_->reported; }
  MessageStore& messages() { return stores_->messages; }

 private:
  static constexpr std::size_t kSlots = 8;

  struct Stores {
    Stores(Client& client, Storage& storage)
        : desired(client.session(), client.twin(), storage),
          reported(client.session(), client.twin(), storage),
          messages(client.session(), client.telemetry(), storage, Span<MessageSlot>(slots)) {}
    MessageSlot slots[kSlots];
    DesiredStore desired;
    ReportedStore reported;
    MessageStore messages;
  };

  test::LogBench flash_;
  bool at_once_;
  std::unique_ptr<Stores> stores_;
};

}  // namespace hubtwin::simulation
