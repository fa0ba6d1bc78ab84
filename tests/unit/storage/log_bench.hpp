// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A FlashLog on model flash, beside a map of what was acknowledged.

#include "support/model_flash.hpp"
#include <hubtwin/storage/flash_log.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hubtwin::test {

/// The log's memory outlives no power cut: it is filled with rubbish each time.
class LogBench {
 public:
  LogBench(const FlashGeometry& geometry, std::size_t word_bytes, std::size_t records,
           std::uint64_t seed = 1)
      : flash(geometry, word_bytes, seed), records_(records) {}

  /// Power comes back, or the program starts anew.
  Status reboot() {
    flash.power_on();
    log_.reset();
    page_.assign(flash.geometry().page_bytes, 0xA5);
    record_memory_.assign(records_, FlashLogRecord());
    block_memory_.assign(flash.geometry().blocks, FlashLogBlock());
    log_ = std::make_unique<FlashLog>(flash,
                                      FlashLogMemory{{page_.data(), page_.size()},
                                                     {record_memory_.data(), record_memory_.size()},
                                                     {block_memory_.data(), block_memory_.size()}});
    return log_->open();
  }
  FlashLog& log() { return *log_; }

  /// Writes as an application does: again after each step of housekeeping.
  Status write(std::uint16_t id, const std::string& content) {
    return repeat([&] { return log_->write(static_cast<RecordId>(id), as_bytes(content)); });
  }
  Status erase(std::uint16_t id) {
    return repeat([&] { return log_->erase(static_cast<RecordId>(id)); });
  }
  /// \return none: there is no such record; "?": it can't be read.
  std::optional<std::string> read(std::uint16_t id) {
    std::string content(5000, '\0');
    const Result<std::size_t> size =
        log_->read(static_cast<RecordId>(id), 0,
                   ByteSpan(reinterpret_cast<std::uint8_t*>(content.data()), content.size()));
    if (size.error() == Error::kNotFound) {
      return std::nullopt;
    }
    if (!size.ok()) {
      return "?";
    }
    content.resize(*size);
    return content;
  }

  /// Calls that one write took at most.
  unsigned most_calls() const { return most_calls_; }

  ModelFlash flash;

 private:
  template <class Call>
  Status repeat(Call call) {
    for (unsigned calls = 1; calls < 1000; ++calls) {
      most_calls_ = calls > most_calls_ ? calls : most_calls_;
      const Status status = call();
      if (status.error() != Error::kBackPressure || !flash.powered()) {
        return status;
      }
    }
    return Error::kBackPressure;
  }

  std::size_t records_;
  std::vector<std::uint8_t> page_;
  std::vector<FlashLogRecord> record_memory_;
  std::vector<FlashLogBlock> block_memory_;
  std::unique_ptr<FlashLog> log_;
  unsigned most_calls_ = 0;
};

/// What was acknowledged, and the one change that wasn't yet.
class StoreModel {
 public:
  using Content = std::optional<std::string>;

  /// A change begins: either content may be found until it is settled.
  void try_change(std::uint16_t id, const Content& content) {
    trying_ = true;
    tried_id_ = id;
    tried_ = content;
  }
  /// \param[in] done  Whether it was acknowledged; otherwise it was refused.
  void settle(bool done) {
    if (done) {
      put(tried_id_, tried_);
    }
    trying_ = false;
  }

  /// How the bench's log differs; empty: it doesn't. What was being changed counts as what it is
  /// found to be.
  std::string difference(LogBench& bench) {
    for (std::uint16_t id = 0; id < 40; ++id) {
      const auto known = records_.find(id);
      const Content expected = known == records_.end() ? Content() : Content(known->second);
      const Content found = bench.read(id);
      if (found == expected) {
        continue;
      }
      if (trying_ && id == tried_id_ && found == tried_) {
        put(id, found);
        continue;
      }
      return "record " + std::to_string(id) + ": " + found.value_or("none").substr(0, 20) +
             " instead of " + expected.value_or("none").substr(0, 20) +
             (trying_ && id == tried_id_
                  ? ", being changed to " + tried_.value_or("none").substr(0, 20)
                  : std::string());
    }
    trying_ = false;
    return bench.log().count() == records_.size() ? "" : "count() is wrong";
  }
  const std::map<std::uint16_t, std::string>& records() const { return records_; }

 private:
  void put(std::uint16_t id, const Content& content) {
    if (content.has_value()) {
      records_[id] = *content;
    } else {
      records_.erase(id);
    }
  }

  std::map<std::uint16_t, std::string> records_;
  bool trying_ = false;
  std::uint16_t tried_id_ = 0;
  Content tried_;
};

}  // namespace hubtwin::test
