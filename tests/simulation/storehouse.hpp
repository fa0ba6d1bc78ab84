// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a program with storage has beside its clients: flash memory with a log in it, and each
/// client's stores.

#include "documents.hpp"
#include "unit/storage/log_bench.hpp"
#include <hubtwin/client.hpp>
#include <hubtwin/storage/desired_store.hpp>
#include <hubtwin/storage/message_store.hpp>
#include <hubtwin/storage/reported_store.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace hubtwin::simulation {

/// Flash that outlives its programs, and the log in it, of one client or of several. Power fails in
/// the middle of an operation, and the next program finds what that left.
class Storehouse {
 public:
  /// \param[in] seed    Of what torn words look like.
  /// \param[in] blocks  Of the flash: the fewer, the oftener room has to be made.
  Storehouse(std::uint64_t seed, std::uint32_t blocks)
      : flash_({64, std::size_t{32} * 64, blocks, 0xFF}, 8, kRecords, seed) {}

  /// Power comes back. \return how the log opens. \pre No client has stores here now.
  Status power_on() {
    kept_waiting_ = kNobody;
    return flash_.reboot();
  }
  /// The application has written a record of its own so often: in the flash, room has to be made
  /// all the sooner. \pre power_on()
  void age(std::uint32_t writes);
  /// Whether that record is what it was.
  bool aged_well();
  /// Power fails at that step of the flash from now on; 0: at once.
  void cut_after(std::uint32_t steps, std::uint32_t how) {
    flash_.flash.cut_after(steps, static_cast<test::ModelFlash::Cut>(how % 4));
  }
  void end_of_cuts() {
    if (powered()) {
      flash_.flash.power_on();
    }
  }
  bool powered() const { return flash_.flash.powered(); }

  Storage& log() { return flash_.log(); }
  /// Records that there are, whosever they are.
  std::size_t records() { return flash_.log().count(); }

  /// Somebody begins to change a record, or was told to come again.
  void begins(std::uint32_t who);
  void keeps_waiting(std::uint32_t who) { kept_waiting_ = who; }
  /// How often one client began to change a record while another one had been told to come again.
  std::uint64_t crossings() const { return crossings_; }

 private:
  static constexpr std::size_t kRecords = 256;
  static constexpr std::uint16_t kApplication = kFirstApplicationRecord + 0x100;
  static constexpr std::uint32_t kNobody = static_cast<std::uint32_t>(-1);

  test::LogBench flash_;
  std::uint32_t kept_waiting_ = kNobody;
  std::uint64_t crossings_ = 0;
  std::optional<std::string> application_;  // the application's record
};

/// One client's way into a log: to see how the clients' writes meet there.
class Door final : public Storage {
 public:
  Door(Storehouse& storehouse, std::uint32_t who) : storehouse_(storehouse), who_(who) {}

  Status begin(RecordId record, std::size_t size) override {
    storehouse_.begins(who_);
    return seen(storehouse_.log().begin(record, size));
  }
  Status append(ByteView piece) override { return seen(storehouse_.log().append(piece)); }
  Status commit() override { return seen(storehouse_.log().commit()); }
  Result<std::size_t> read(RecordId record, std::size_t offset, ByteSpan buffer) override {
    return storehouse_.log().read(record, offset, buffer);
  }
  Status erase(RecordId record) override {
    storehouse_.begins(who_);
    return seen(storehouse_.log().erase(record));
  }

 private:
  Status seen(Status status) {
    if (status.error() == Error::kBackPressure) {
      storehouse_.keeps_waiting(who_);
    }
    return status;
  }

  Storehouse& storehouse_;
  std::uint32_t who_;
};

/// Where a client keeps what, in a log that it may share.
struct RecordIds {
  RecordId desired;
  RecordId reported;
  RecordId first_message;
};
/// Those of a client, see identity_of(): up to 20 modules of a device.
RecordIds records_of(std::uint32_t who);

/// The stores of one client, in records of its own.
class Stores {
 public:
  /// Messages that may wait, each in a record.
  static constexpr std::uint16_t kSlots = 8;

  /// \param[in] client   Isn't open yet.
  /// \param[in] who      See records_of().
  /// \param[in] at_once  All is stored as soon as it can be; else in the stores' own times.
  Stores(Client& client, Storehouse& storehouse, std::uint32_t who, bool at_once);

  DesiredStore& desired() { return desired_; }
  ReportedStore& reported() { return reported_; }
  MessageStore& messages() { return messages_; }

  /// Whether something waits to be stored, or a record to be removed.
  bool pending() const { return desired_.pending() || reported_.pending() || messages_.pending(); }
  /// The record of reported values: an object of paths and values; null for a removal.
  Json reported_record();
  /// This client's records that there are.
  std::size_t records();

 private:
  Door door_;
  RecordIds ids_;
  MessageSlot slots_[kSlots];
  DesiredStore desired_;
  ReportedStore reported_;
  MessageStore messages_;
};

}  // namespace hubtwin::simulation
