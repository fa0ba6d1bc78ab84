// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// FlashLog: records that survive a power cut, in two or more erase blocks of a flash memory.

#include <hubtwin/bytes.hpp>
#include <hubtwin/port/flash.hpp>
#include <hubtwin/port/storage.hpp>
#include <hubtwin/status.hpp>

#include <cstddef>
#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN

/// What a FlashLog remembers of one record.
class FlashLogRecord {
  friend class FlashLog;
  std::uint16_t id_ = 0;
  std::uint32_t page_ = 0;  // its first page, counted from the start of the flash
  std::uint32_t length_ = 0;
};

/// What a FlashLog remembers of one erase block.
class FlashLogBlock {
  friend class FlashLog;
  enum class State : std::uint8_t {
    kDirty,   // to be erased before it is used
    kStale,   // likewise, and before anything else is written: it holds copies that don't count
    kErased,  // with its header
    kUsed,    // part of the log
    kBad,     // can't be erased or programmed; tried again after the next open()
  };
  std::uint32_t first_sequence_ = 0;  // while used: no page in it is older
  std::uint32_t erases_ = 0;
  State state_ = State::kDirty;
  std::uint8_t failures_ = 0;
};

/// Memory that a FlashLog works in; all of it the caller's, for the log's life.
struct FlashLogMemory {
  ByteSpan page;                 ///< FlashGeometry::page_bytes or more.
  Span<FlashLogRecord> records;  ///< One for each record that may exist at once.
  Span<FlashLogBlock> blocks;    ///< FlashGeometry::blocks or more.
};

/// What a FlashLog did since open().
struct FlashLogCounters {
  std::uint32_t programs = 0;          ///< Pages programmed, those of housekeeping included.
  std::uint32_t copies = 0;            ///< Pages of them that were moved to free a block.
  std::uint32_t erases = 0;            ///< Blocks erased.
  std::uint32_t program_failures = 0;  ///< Pages that didn't take what they were to hold.
  std::uint32_t erase_failures = 0;    ///< Blocks that couldn't be erased.
  std::uint32_t lost_records = 0;      ///< Records that could no longer be read when moved.
};

/// A log of records in flash memory: whatever is written goes to fresh pages, and blocks whose
/// pages are out of date are erased one after the other, the oldest first, so that all wear alike.
/// Each page has a checksum; a record counts once all its pages are there. docs/storage.md has the
/// format and why a power cut at any instant is harmless.
///
/// A call that writes does one of these and no more: it programs the pages of the record given to
/// it; or moves one record; or erases one block. Then it answers Error::kBackPressure and is to be
/// called again. How often in a row: at most about four times the number of blocks, plus the number
/// of records. open() only reads: each page up to three times. A read() reads the pages it needs.
///
/// What fits: of p pages a block, p - 2 hold records. A record of n bytes takes n / (page_bytes -
/// kPageOverhead) pages, rounded up, all in one block. Between writes, the old content counts until
/// the new one is complete: with two blocks, all records and the new content of one together must
/// fit one block, with more, all blocks but one, less what can't be used at their ends.
class FlashLog final : public Storage {
 public:
  /// Bytes of each page that aren't content.
  static constexpr std::size_t kPageOverhead = 16;
  static constexpr std::uint32_t kLeastPageBytes = 32;
  static constexpr std::uint32_t kMostPageBytes = 32768;
  static constexpr std::uint32_t kLeastPages = 8;  ///< Of a block.
  static constexpr std::uint32_t kMostPages = 65535;
  static constexpr std::uint32_t kLeastBlocks = 2;

  /// \param[in] flash   Outlives the log; nobody else writes to it.
  /// \param[in] memory  Outlives the log.
  FlashLog(Flash& flash, const FlashLogMemory& memory) : flash_(flash), memory_(memory) {}
  FlashLog(const FlashLog&) = delete;
  FlashLog& operator=(const FlashLog&) = delete;

  /// Finds what the flash holds; a flash that holds no log is an empty one. Writes nothing. Can be
  /// called again.
  /// \return Error::kInvalidArgument: a geometry out of range; Error::kNoSpace: memory for the page
  ///         or the blocks is too small, or there are more records than it has room for;
  ///         Error::kWrongType: the flash holds a log of another geometry or format, which is left
  ///         alone: erase it where it isn't wanted any more; Error::kStorageFailed: no block can be
  ///         read.
  Status open();

  // As in Storage. Error::kNoSpace also when FlashLogMemory::records is full.
  Status begin(RecordId record, std::size_t size) override;
  Status append(ByteView piece) override;
  Status commit() override;
  Result<std::size_t> read(RecordId record, std::size_t offset, ByteSpan buffer) override;
  Status erase(RecordId record) override;

  /// Records that exist.
  std::size_t count() const { return count_; }
  /// Bytes of the longest record that the geometry allows.
  std::size_t longest_record() const;
  /// How often a block was erased in its life. Where a power cut hit an erase it is as often as the
  /// most worn of the others. \pre block < FlashGeometry::blocks, after open().
  std::uint32_t erase_count(std::size_t block) const;
  const FlashLogCounters& counters() const { return counters_; }

 private:
  using Block = FlashLogBlock;
  using State = FlashLogBlock::State;
  struct Page;
  struct Survey;

  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  static bool older(std::uint32_t one, std::uint32_t other) {
    return static_cast<std::int32_t>(one - other) < 0;
  }
  Status check_geometry() const;
  std::uint32_t pages_of(std::size_t length) const;
  std::uint32_t address(std::uint32_t block, std::uint32_t page) const {
    return block * geometry_.block_bytes + page * geometry_.page_bytes;
  }
  std::size_t payload() const { return geometry_.page_bytes - kPageOverhead; }
  FlashLogRecord* find(std::uint16_t id) const;
  void forget(FlashLogRecord& record);
  std::uint32_t count_of(State state) const;
  std::uint32_t oldest(std::uint32_t but) const;

  Page read_page(std::uint32_t block, std::uint32_t page, std::size_t from, ByteSpan into) const;
  bool complete(std::uint32_t block, std::uint32_t page, const Page& first) const;
  Status survey(Survey& survey);
  void survey_block(std::uint32_t block, Survey& survey);
  Status read_header(std::uint32_t block, bool& valid);
  void find_head();
  Status replay(std::uint32_t block);

  bool program(std::uint32_t address);
  bool put_page(std::uint8_t kind, std::uint16_t id, std::uint32_t field);
  Status page_failed();
  void open_block();
  std::uint32_t room_in_head(bool to_the_end) const;
  Status make_room(std::uint32_t pages);
  Status erase_block(std::uint32_t block);
  Status reclaim();
  Status move(FlashLogRecord& record);
  Status reclaim_failed();
  Status put_written(bool last);

  Flash& flash_;
  FlashLogMemory memory_;
  FlashGeometry geometry_;
  std::uint32_t pages_ = 0;  // of a block, its header included
  std::size_t count_ = 0;
  std::uint32_t live_pages_ = 0;
  std::uint32_t next_sequence_ = 1;
  std::uint32_t head_ = kNone;        // the block that is written to
  std::uint32_t head_page_ = 0;       // the next page in it
  std::uint32_t victim_ = kNone;      // the block that is being freed
  std::uint32_t reclaims_ = 0;        // blocks freed since the last success
  std::uint32_t hopeless_pages_ = 0;  // so many pages in a row can't be had
  std::uint32_t writing_size_ = 0;    // of the record being written
  std::uint32_t written_ = 0;         // bytes of it that came
  std::uint32_t writing_page_ = 0;    // its first page
  std::uint32_t writing_index_ = 0;   // pages of it that are programmed
  std::uint16_t writing_id_ = 0;
  std::uint8_t failures_ = 0;  // in a row
  bool open_ = false;
  bool writing_ = false;
  bool head_has_trim_ = false;
  FlashLogCounters counters_;
};

/// A FlashLog with its memory.
/// \tparam PageBytes  FlashGeometry::page_bytes or more.
/// \tparam Records    Records that may exist at once.
/// \tparam Blocks     FlashGeometry::blocks or more.
template <std::size_t PageBytes, std::size_t Records, std::size_t Blocks>
class SizedFlashLog {
  static_assert(PageBytes >= FlashLog::kLeastPageBytes && PageBytes <= FlashLog::kMostPageBytes);
  static_assert(Records >= 1 && Records < 65536);
  static_assert(Blocks >= FlashLog::kLeastBlocks);

 public:
  explicit SizedFlashLog(Flash& flash)
      : log_(flash, FlashLogMemory{ByteSpan(page_), Span<FlashLogRecord>(records_),
                                   Span<FlashLogBlock>(blocks_)}) {}
  FlashLog& log() { return log_; }
  FlashLog* operator->() { return &log_; }

 private:
  std::uint8_t page_[PageBytes];
  FlashLogRecord records_[Records];
  FlashLogBlock blocks_[Blocks];
  FlashLog log_;
};

HUBTWIN_NAMESPACE_END
