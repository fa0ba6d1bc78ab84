// SPDX-License-Identifier: MIT
// Body of hubtwin/storage/flash_log.hpp: what is written. What is read is in flash_log_open.ipp.

#include <hubtwin/impl/storage/flash_log_page.hpp>
#include <hubtwin/storage/crc32.hpp>
#include <hubtwin/storage/flash_log.hpp>

#include <algorithm>
#include <cstring>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_flash_log {

// Times that a block may fail before it counts as bad.
constexpr std::uint8_t kMostBlockFailures = 3;
// Pages in a row that may fail before another block is taken, and before a call fails.
constexpr std::uint8_t kPageFailuresOfBlock = 4;
constexpr std::uint8_t kMostPageFailures = 16;

}  // namespace detail_flash_log

// --- The application's calls ---------------------------------------------------------------------

Status FlashLog::begin(RecordId record, std::size_t size) {
  if (!open_) {
    return Error::kWrongState;
  }
  writing_ = false;
  if (size > longest_record()) {
    return Error::kInvalidArgument;
  }
  const auto id = static_cast<std::uint16_t>(record);
  const std::uint32_t pages = pages_of(size);
  if (find(id) == nullptr && count_ == memory_.records.size()) {
    return Error::kNoSpace;
  }
  // One page is kept, so that a record can be removed from a full store.
  const std::uint32_t sound = geometry_.blocks - count_of(State::kBad);
  if (sound >= kLeastBlocks && live_pages_ + pages + 1 > (sound - 1) * (pages_ - 2)) {
    return Error::kNoSpace;
  }
  const Status status = make_room(pages);
  if (!status.ok()) {
    return status;
  }
  writing_ = true;
  writing_id_ = id;
  writing_size_ = static_cast<std::uint32_t>(size);
  writing_page_ = head_ * pages_ + head_page_;
  writing_index_ = 0;
  written_ = 0;
  return Status();
}

Status FlashLog::append(ByteView piece) {
  if (!writing_ || piece.size() > writing_size_ - written_) {
    writing_ = false;
    return Error::kWrongState;
  }
  while (!piece.empty()) {
    std::size_t filled = written_ - writing_index_ * payload();
    if (filled == payload()) {
      const Status status = put_written(false);
      if (!status.ok()) {
        return status;
      }
      filled = 0;
    }
    const std::size_t size = std::min(piece.size(), payload() - filled);
    std::memcpy(memory_.page.data() + kPageOverhead + filled, piece.data(), size);
    written_ += static_cast<std::uint32_t>(size);
    piece = piece.subspan(size);
  }
  return Status();
}

Status FlashLog::commit() {
  if (!writing_ || written_ != writing_size_) {
    writing_ = false;
    return Error::kWrongState;
  }
  const Status status = put_written(true);
  writing_ = false;
  if (!status.ok()) {
    return status;
  }
  FlashLogRecord* record = find(writing_id_);
  if (record == nullptr) {
    record = &memory_.records[count_++];
    record->id_ = writing_id_;
  } else {
    live_pages_ -= pages_of(record->length_);
  }
  record->page_ = writing_page_;
  record->length_ = writing_size_;
  live_pages_ += pages_of(writing_size_);
  failures_ = 0;
  reclaims_ = 0;
  hopeless_pages_ = 0;
  return Status();
}

// Programs the page that append() filled.
Status FlashLog::put_written(bool last) {
  using namespace detail_flash_log;
  if (last) {
    const std::size_t end = kPageOverhead + written_ - writing_index_ * payload();
    std::memset(memory_.page.data() + end, geometry_.erased, geometry_.page_bytes - end);
  }
  const bool first = writing_index_ == 0;
  if (!put_page(first ? kFirst : kNext, writing_id_, first ? writing_size_ : writing_index_)) {
    writing_ = false;
    return page_failed();
  }
  ++writing_index_;
  return Status();
}

Status FlashLog::erase(RecordId id) {
  if (!open_) {
    return Error::kWrongState;
  }
  writing_ = false;
  FlashLogRecord* record = find(static_cast<std::uint16_t>(id));
  if (record == nullptr) {
    return Status();
  }
  const Status status = make_room(1);
  if (!status.ok()) {
    return status;
  }
  std::memset(memory_.page.data(), geometry_.erased, geometry_.page_bytes);
  if (!put_page(detail_flash_log::kRemoved, static_cast<std::uint16_t>(id), 0)) {
    return page_failed();
  }
  failures_ = 0;
  reclaims_ = 0;
  hopeless_pages_ = 0;
  forget(*record);
  return Status();
}

// --- Pages ---------------------------------------------------------------------------------------

// Programs what stands in the page's memory, and makes sure that it is there.
bool FlashLog::program(std::uint32_t address) {
  ++counters_.programs;
  const ByteView page = memory_.page.first(geometry_.page_bytes);
  bool same = flash_.program(address, page).ok();
  std::uint8_t piece[detail_flash_log::kPieceBytes];
  for (std::size_t at = 0; same && at < page.size(); at += sizeof(piece)) {
    const std::size_t size = std::min(sizeof(piece), page.size() - at);
    same = flash_.read(address + static_cast<std::uint32_t>(at), ByteSpan(piece, size)).ok() &&
           std::memcmp(piece, page.data() + at, size) == 0;
  }
  counters_.program_failures += same ? 0U : 1U;
  return same;
}

// Programs the next page of the log, whose content stands in the page's memory. Whether that works
// or not, the page and its sequence number are used up.
bool FlashLog::put_page(std::uint8_t kind, std::uint16_t id, std::uint32_t field) {
  using namespace detail_flash_log;
  std::uint8_t* const page = memory_.page.data();
  put_u32(page + kSequenceAt, next_sequence_++);
  page[kKindAt] = kind;
  page[kKindAt + 1] = 0;
  put_u16(page + kIdAt, id);
  put_u32(page + kFieldAt, field);
  Crc32 crc;
  crc.add(memory_.page.first(geometry_.page_bytes).subspan(kSequenceAt));
  put_u32(page + kChecksumAt, crc.value());
  const std::uint32_t at = address(head_, head_page_++);
  return program(at);
}

// The memory didn't take a page: the next one is tried, and after a few in a row the next block.
Status FlashLog::page_failed() {
  using namespace detail_flash_log;
  if (++failures_ == kMostPageFailures) {
    failures_ = 0;
    return Error::kStorageFailed;
  }
  if (failures_ % kPageFailuresOfBlock == 0) {
    head_page_ = pages_;
  }
  return Error::kBackPressure;
}

// --- Room ----------------------------------------------------------------------------------------

// Goes on in the least worn of the erased blocks. \pre There is one.
void FlashLog::open_block() {
  head_ = kNone;
  for (std::uint32_t block = 0; block < geometry_.blocks; ++block) {
    const Block& candidate = memory_.blocks[block];
    if (candidate.state_ == State::kErased &&
        (head_ == kNone || candidate.erases_ < memory_.blocks[head_].erases_)) {
      head_ = block;
    }
  }
  memory_.blocks[head_].state_ = State::kUsed;
  memory_.blocks[head_].first_sequence_ = next_sequence_;
  head_page_ = 1;
  head_has_trim_ = false;
}

// Pages that can be written in the newest block. The last one of a block that has no kTrim is left
// for one: so no block holds more than fits another one together with its own kTrim.
std::uint32_t FlashLog::room_in_head(bool to_the_end) const {
  if (head_ == kNone || head_ == victim_) {
    return 0;
  }
  const std::uint32_t end = to_the_end || head_has_trim_ ? pages_ : pages_ - 1;
  return end > head_page_ ? end - head_page_ : 0;
}

// One step on the way to so many pages in a row and an erased block beside them. Success: they are
// there.
Status FlashLog::make_room(std::uint32_t pages) {
  if (count_of(State::kBad) > geometry_.blocks - kLeastBlocks) {
    return Error::kStorageFailed;
  }
  std::uint32_t dirty = kNone;
  for (std::uint32_t block = 0; block < geometry_.blocks; ++block) {
    const State state = memory_.blocks[block].state_;
    if (state == State::kStale) {
      return erase_block(block);
    }
    if (state == State::kDirty &&
        (dirty == kNone || memory_.blocks[block].erases_ < memory_.blocks[dirty].erases_)) {
      dirty = block;
    }
  }
  if (victim_ != kNone) {
    return reclaim();
  }
  const std::uint32_t erased = count_of(State::kErased);
  if (room_in_head(false) >= pages && erased > 0) {
    return Status();
  }
  if (erased > 1) {
    open_block();
    return Status();
  }
  if (dirty != kNone) {
    return erase_block(dirty);
  }
  const std::uint32_t used = count_of(State::kUsed);
  const bool hopeless = hopeless_pages_ != 0 && pages >= hopeless_pages_;
  if (hopeless || reclaims_ > used) {
    hopeless_pages_ = pages;
    reclaims_ = 0;
    return Error::kNoSpace;
  }
  victim_ = oldest(kNone);
  return reclaim();
}

// \return Error::kBackPressure: it is erased, or can be tried again.
Status FlashLog::erase_block(std::uint32_t number) {
  using namespace detail_flash_log;
  Block& block = memory_.blocks[number];
  ++counters_.erases;
  ++block.erases_;
  bool done = flash_.erase(number).ok();
  if (done) {
    std::uint8_t* const page = memory_.page.data();
    std::memset(page, geometry_.erased, geometry_.page_bytes);
    put_u32(page + kMagicAt, kMagic);
    put_u32(page + kFormatAt, kFormat);
    put_u32(page + kPageBytesAt, geometry_.page_bytes);
    put_u32(page + kBlockBytesAt, geometry_.block_bytes);
    put_u32(page + kBlocksAt, geometry_.blocks);
    put_u32(page + kErasesAt, block.erases_);
    put_u32(page + kBlockAt, number);
    Crc32 crc;
    crc.add(ByteView(page, kHeaderBytes).subspan(kMagicAt));
    put_u32(page, crc.value());
    done = program(address(number, 0));
  }
  if (done) {
    block.state_ = State::kErased;
    return Error::kBackPressure;
  }
  ++counters_.erase_failures;
  if (++block.failures_ >= kMostBlockFailures) {
    block.state_ = State::kBad;
  }
  return Error::kBackPressure;
}

// One step of freeing the oldest block: moves one of its records, or says that its pages don't
// count any more.
Status FlashLog::reclaim() {
  using namespace detail_flash_log;
  FlashLogRecord* next = nullptr;
  for (FlashLogRecord& record : memory_.records.first(count_)) {
    if (record.page_ / pages_ == victim_ && (next == nullptr || record.page_ < next->page_)) {
      next = &record;
    }
  }
  const bool fits =
      next != nullptr ? room_in_head(false) >= pages_of(next->length_) : room_in_head(true) >= 1;
  if (!fits) {
    if (count_of(State::kErased) == 0) {
      return reclaim_failed();
    }
    open_block();
  }
  if (next != nullptr) {
    return move(*next);
  }
  std::memset(memory_.page.data(), geometry_.erased, geometry_.page_bytes);
  const std::uint32_t first = memory_.blocks[oldest(victim_)].first_sequence_;
  if (!put_page(kTrim, 0, first)) {
    return page_failed();
  }
  head_has_trim_ = true;
  memory_.blocks[victim_].state_ = State::kDirty;
  victim_ = kNone;
  failures_ = 0;
  ++reclaims_;
  return Error::kBackPressure;
}

Status FlashLog::move(FlashLogRecord& record) {
  using namespace detail_flash_log;
  const std::uint32_t pages = pages_of(record.length_);
  const std::uint32_t to = head_ * pages_ + head_page_;
  for (std::uint32_t index = 0; index < pages; ++index) {
    std::memset(memory_.page.data(), geometry_.erased, geometry_.page_bytes);
    const Page page = read_page(record.page_ / pages_, record.page_ % pages_ + index, 0,
                                memory_.page.first(geometry_.page_bytes).subspan(kPageOverhead));
    if (!page.valid) {
      if (++failures_ < kMostPageFailures) {
        return Error::kBackPressure;  // it may have been read wrongly
      }
      failures_ = 0;
      ++counters_.lost_records;
      forget(record);
      return Error::kBackPressure;
    }
    const std::uint8_t kind = index == 0 ? kFirst : kNext;
    if (!put_page(static_cast<std::uint8_t>(kind | kCopied), record.id_,
                  index == 0 ? record.length_ : index)) {
      return page_failed();
    }
    ++counters_.copies;
  }
  record.page_ = to;
  failures_ = 0;
  return Error::kBackPressure;
}

// There is no place left to move to: what was moved to the newest block is given up, and the block
// erased to try again.
Status FlashLog::reclaim_failed() {
  const std::uint32_t full = head_;
  Survey all;
  const Status status = survey(all);
  if (!status.ok()) {
    open_ = false;
    return status;
  }
  if (full != kNone && memory_.blocks[full].state_ != State::kUsed) {
    Block& block = memory_.blocks[full];
    if (++block.failures_ >= detail_flash_log::kMostBlockFailures) {
      block.state_ = State::kBad;
    }
  }
  return page_failed();
}

HUBTWIN_NAMESPACE_END
