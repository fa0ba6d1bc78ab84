// SPDX-License-Identifier: MIT
// Body of hubtwin/storage/flash_log.hpp: what is read. What is written is in flash_log.ipp.

#include <hubtwin/contract.hpp>
#include <hubtwin/impl/storage/flash_log_page.hpp>
#include <hubtwin/storage/crc32.hpp>
#include <hubtwin/storage/flash_log.hpp>

#include <algorithm>

HUBTWIN_NAMESPACE_BEGIN

Status FlashLog::check_geometry() const {
  const FlashGeometry& geometry = geometry_;
  if (geometry.page_bytes < kLeastPageBytes || geometry.page_bytes > kMostPageBytes ||
      geometry.block_bytes % geometry.page_bytes != 0 || geometry.blocks < kLeastBlocks) {
    return Error::kInvalidArgument;
  }
  const std::uint32_t pages = geometry.block_bytes / geometry.page_bytes;
  if (pages < kLeastPages || pages > kMostPages ||
      geometry.blocks > (kNone - 1) / geometry.block_bytes) {
    return Error::kInvalidArgument;
  }
  return memory_.page.size() < geometry.page_bytes || memory_.blocks.size() < geometry.blocks
             ? Error::kNoSpace
             : Error::kNone;
}

Status FlashLog::open() {
  open_ = false;
  geometry_ = flash_.geometry();
  Status status = check_geometry();
  if (!status.ok()) {
    return status;
  }
  pages_ = geometry_.block_bytes / geometry_.page_bytes;
  for (Block& block : memory_.blocks.first(geometry_.blocks)) {
    block = Block();
  }
  counters_ = FlashLogCounters();
  failures_ = 0;
  Survey all;
  status = survey(all);
  next_sequence_ = all.newest + 1;
  open_ = status.ok();
  return status;
}

// Finds out what the flash holds; blocks that are known to be bad stay so.
Status FlashLog::survey(Survey& survey) {
  writing_ = false;
  victim_ = kNone;
  head_ = kNone;
  reclaims_ = 0;
  hopeless_pages_ = 0;
  count_ = 0;
  live_pages_ = 0;
  const Span<Block> blocks = memory_.blocks.first(geometry_.blocks);
  std::uint32_t most_worn = 0;
  for (std::uint32_t block = 0; block < geometry_.blocks; ++block) {
    bool valid = false;
    const Status status = read_header(block, valid);
    if (!status.ok()) {
      return status;
    }
    if (blocks[block].state_ != State::kBad) {
      blocks[block].state_ = valid ? State::kErased : State::kDirty;
    }
    most_worn = std::max(most_worn, blocks[block].erases_);
    survey_block(block, survey);
  }
  if (!survey.readable) {
    return Error::kStorageFailed;
  }
  for (Block& block : blocks) {
    if (block.erases_ == 0) {
      block.erases_ = most_worn;  // its header went with an erase that was cut
    }
    // A block is out of date as a whole or not at all.
    if (block.state_ == State::kUsed && survey.trimmed &&
        older(block.first_sequence_, survey.from)) {
      block.state_ = State::kDirty;
    }
  }
  find_head();
  // From the oldest to the newest block, so that what comes later counts.
  std::uint32_t last = kNone;
  for (std::uint32_t round = count_of(State::kUsed); round > 0; --round) {
    std::uint32_t next = kNone;
    for (std::uint32_t block = 0; block < geometry_.blocks; ++block) {
      const bool due =
          blocks[block].state_ == State::kUsed &&
          (last == kNone || older(blocks[last].first_sequence_, blocks[block].first_sequence_));
      if (due &&
          (next == kNone || older(blocks[block].first_sequence_, blocks[next].first_sequence_))) {
        next = block;
      }
    }
    if (next == kNone) {
      break;
    }
    const Status status = replay(next);
    if (!status.ok()) {
      return status;
    }
    last = next;
  }
  return Status();
}

// \param[out] valid  Whether the block was erased by this log.
Status FlashLog::read_header(std::uint32_t block, bool& valid) {
  using namespace detail_flash_log;
  std::uint8_t header[kHeaderBytes];
  valid = false;
  if (!flash_.read(address(block, 0), ByteSpan(header)).ok()) {
    return Status();
  }
  Crc32 crc;
  crc.add(ByteView(header).subspan(kMagicAt));
  if (get_u32(header + kMagicAt) != kMagic || get_u32(header) != crc.value()) {
    return Status();
  }
  if (get_u32(header + kFormatAt) != kFormat ||
      get_u32(header + kPageBytesAt) != geometry_.page_bytes ||
      get_u32(header + kBlockBytesAt) != geometry_.block_bytes ||
      get_u32(header + kBlocksAt) != geometry_.blocks || get_u32(header + kBlockAt) != block) {
    return Error::kWrongType;
  }
  memory_.blocks[block].erases_ = get_u32(header + kErasesAt);
  valid = true;
  return Status();
}

void FlashLog::survey_block(std::uint32_t number, Survey& survey) {
  using namespace detail_flash_log;
  Block& block = memory_.blocks[number];
  const bool may_be_used = block.state_ == State::kErased;
  bool used = false;
  for (std::uint32_t index = 1; index < pages_; ++index) {
    const Page page = read_page(number, index, 0, ByteSpan());
    survey.readable = survey.readable || page.read;
    if (page.blank || block.state_ == State::kBad) {
      continue;
    }
    if (block.state_ == State::kErased) {
      block.state_ = State::kDirty;
    }
    if (!page.valid) {
      continue;
    }
    if (!survey.any || older(survey.newest, page.sequence)) {
      survey.newest = page.sequence;
    }
    survey.any = true;
    if (!may_be_used) {
      continue;  // what an erase that was cut left of it
    }
    if (!used || older(page.sequence, block.first_sequence_)) {
      block.first_sequence_ = page.sequence;
    }
    used = true;
    if (page.kind == kTrim && (!survey.trimmed || older(survey.newest_trim, page.sequence))) {
      survey.trimmed = true;
      survey.newest_trim = page.sequence;
      survey.from = page.field;
    }
  }
  if (used) {
    block.state_ = State::kUsed;
  }
}

// The newest block is written on, unless it holds nothing but what was being moved there when the
// power failed: then all that is still where it was, and the block is erased before anything else.
// The one before it isn't written on either, so that blocks follow each other in the order of their
// pages even if that erase should fail.
void FlashLog::find_head() {
  const Span<Block> blocks = memory_.blocks.first(geometry_.blocks);
  for (std::uint32_t block = 0; block < geometry_.blocks; ++block) {
    if (blocks[block].state_ == State::kUsed &&
        (head_ == kNone || older(blocks[head_].first_sequence_, blocks[block].first_sequence_))) {
      head_ = block;
    }
  }
  if (head_ == kNone) {
    return;
  }
  head_page_ = 1;
  head_has_trim_ = false;
  bool only_copies = true;
  for (std::uint32_t index = 1; index < pages_; ++index) {
    const Page page = read_page(head_, index, 0, ByteSpan());
    only_copies = only_copies && (!page.valid || page.copied);
    head_has_trim_ = head_has_trim_ || (page.valid && page.kind == detail_flash_log::kTrim);
    if (!page.blank) {
      head_page_ = index + 1;
    }
  }
  if (only_copies) {
    blocks[head_].state_ = State::kStale;
    head_ = kNone;
    return;
  }
  // The page behind may have been begun, too little for it to show.
  head_page_ = std::min(head_page_ + 1, pages_);
}

Status FlashLog::replay(std::uint32_t block) {
  using namespace detail_flash_log;
  for (std::uint32_t index = 1; index < pages_; ++index) {
    const Page page = read_page(block, index, 0, ByteSpan());
    if (!page.valid || (page.kind != kFirst && page.kind != kRemoved)) {
      continue;
    }
    FlashLogRecord* record = find(page.id);
    if (page.kind == kRemoved) {
      if (record != nullptr) {
        forget(*record);
      }
    } else if (complete(block, index, page)) {
      if (record == nullptr) {
        if (count_ == memory_.records.size()) {
          return Error::kNoSpace;
        }
        record = &memory_.records[count_++];
      } else {
        live_pages_ -= pages_of(record->length_);
      }
      record->id_ = page.id;
      record->page_ = block * pages_ + index;
      record->length_ = page.field;
      live_pages_ += pages_of(page.field);
    }
  }
  return Status();
}

// Whether all pages of a record are there.
bool FlashLog::complete(std::uint32_t block, std::uint32_t page, const Page& first) const {
  const std::uint32_t count = pages_of(first.field);
  if (first.field > geometry_.block_bytes || count > pages_ - page) {
    return false;
  }
  for (std::uint32_t index = 1; index < count; ++index) {
    const Page next = read_page(block, page + index, 0, ByteSpan());
    if (!next.valid || next.kind != detail_flash_log::kNext || next.id != first.id ||
        next.field != index || next.sequence != first.sequence + index) {
      return false;
    }
  }
  return true;
}

// Checks a page, and copies its content from byte `from` on.
FlashLog::Page FlashLog::read_page(std::uint32_t block, std::uint32_t number, std::size_t from,
                                   ByteSpan into) const {
  using namespace detail_flash_log;
  Page page;
  page.blank = true;
  std::uint8_t piece[kPieceBytes];
  Crc32 crc;
  std::uint32_t checksum = 0;
  for (std::size_t at = 0; at < geometry_.page_bytes;) {
    const std::size_t size = std::min<std::size_t>(sizeof(piece), geometry_.page_bytes - at);
    const Status status =
        flash_.read(address(block, number) + static_cast<std::uint32_t>(at), ByteSpan(piece, size));
    if (!status.ok()) {
      page.blank = false;
      return page;
    }
    for (std::size_t index = 0; index < size; ++index) {
      page.blank = page.blank && piece[index] == geometry_.erased;
      const std::size_t position = at + index;
      if (position >= kPageOverhead + from && position - kPageOverhead - from < into.size()) {
        into[position - kPageOverhead - from] = piece[index];
      }
    }
    if (at == 0) {
      checksum = get_u32(piece + kChecksumAt);
      page.sequence = get_u32(piece + kSequenceAt);
      page.copied = (piece[kKindAt] & kCopied) != 0;
      page.kind = static_cast<std::uint8_t>(piece[kKindAt] & ~kCopied);
      page.id = get_u16(piece + kIdAt);
      page.field = get_u32(piece + kFieldAt);
    }
    crc.add(ByteView(piece, size).subspan(at == 0 ? kSequenceAt : 0));
    at += size;
  }
  page.read = true;
  page.valid = !page.blank && checksum == crc.value();
  return page;
}

Result<std::size_t> FlashLog::read(RecordId id, std::size_t offset, ByteSpan buffer) {
  if (!open_) {
    return Error::kWrongState;
  }
  const FlashLogRecord* const record = find(static_cast<std::uint16_t>(id));
  if (record == nullptr) {
    return Error::kNotFound;
  }
  const std::size_t length = record->length_;
  std::size_t done = 0;
  while (done < buffer.size() && offset + done < length) {
    const std::size_t at = offset + done;
    const auto index = static_cast<std::uint32_t>(at / payload());
    const std::size_t from = at % payload();
    const std::size_t size = std::min({payload() - from, buffer.size() - done, length - at});
    const Page page = read_page(record->page_ / pages_, record->page_ % pages_ + index, from,
                                buffer.subspan(done, size));
    if (!page.valid || page.id != record->id_) {
      return Error::kStorageFailed;
    }
    done += size;
  }
  return length;
}

// --- What is known -------------------------------------------------------------------------------

FlashLogRecord* FlashLog::find(std::uint16_t id) const {
  for (FlashLogRecord& record : memory_.records.first(count_)) {
    if (record.id_ == id) {
      return &record;
    }
  }
  return nullptr;
}

void FlashLog::forget(FlashLogRecord& record) {
  live_pages_ -= pages_of(record.length_);
  record = memory_.records[count_ - 1];
  --count_;
}

std::uint32_t FlashLog::pages_of(std::size_t length) const {
  return length == 0 ? 1 : static_cast<std::uint32_t>((length + payload() - 1) / payload());
}

std::uint32_t FlashLog::count_of(State state) const {
  std::uint32_t count = 0;
  for (const Block& block : memory_.blocks.first(geometry_.blocks)) {
    count += block.state_ == state ? 1U : 0U;
  }
  return count;
}

// The used block that was opened first, one aside.
std::uint32_t FlashLog::oldest(std::uint32_t but) const {
  std::uint32_t found = kNone;
  for (std::uint32_t block = 0; block < geometry_.blocks; ++block) {
    const Block& candidate = memory_.blocks[block];
    if (block != but && candidate.state_ == State::kUsed &&
        (found == kNone ||
         older(candidate.first_sequence_, memory_.blocks[found].first_sequence_))) {
      found = block;
    }
  }
  return found;
}

std::size_t FlashLog::longest_record() const {
  return open_ ? (pages_ - 3) * payload() : 0;
}

std::uint32_t FlashLog::erase_count(std::size_t block) const {
  HUBTWIN_EXPECTS(block < geometry_.blocks);
  return memory_.blocks[block].erases_;
}

HUBTWIN_NAMESPACE_END
