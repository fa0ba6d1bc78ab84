// SPDX-License-Identifier: MIT
#include "support/model_flash.hpp"

#include <algorithm>

namespace hubtwin::test {

ModelFlash::ModelFlash(const FlashGeometry& geometry, std::size_t word_bytes, std::uint64_t seed)
    : geometry_(geometry),
      word_(word_bytes),
      random_(seed),
      bytes_(std::size_t{geometry.block_bytes} * geometry.blocks, geometry.erased),
      programmed_(bytes_.size() / word_bytes),
      spoilt_(bytes_.size() / word_bytes),
      erases_(geometry.blocks) {}

void ModelFlash::cut_after(std::uint64_t steps, Cut cut) {
  cut_at_ = steps_ + steps;
  cut_ = cut;
}

bool ModelFlash::step() {
  if (steps_ + 1 >= cut_at_) {
    steps_ = cut_at_;
    return false;
  }
  ++steps_;
  return true;
}

Status ModelFlash::read(std::uint32_t address, ByteSpan bytes) {
  if (!powered()) {
    return Error::kStorageFailed;
  }
  if (address + bytes.size() > bytes_.size()) {
    ++misuses_;
    return Error::kInvalidArgument;
  }
  std::copy_n(bytes_.begin() + address, bytes.size(), bytes.begin());
  return Status();
}

Status ModelFlash::program(std::uint32_t address, ByteView page) {
  if (!powered()) {
    return Error::kStorageFailed;
  }
  if (address % geometry_.page_bytes != 0 || page.size() != geometry_.page_bytes ||
      address + page.size() > bytes_.size()) {
    ++misuses_;
    return Error::kInvalidArgument;
  }
  ++programs_;
  const std::uint8_t erased = geometry_.erased;
  const auto mix = [&](std::size_t at, std::uint8_t mask) {
    // Bits go from the erased state to the other one, never back.
    const auto wanted = static_cast<std::uint8_t>((page[at - address] ^ erased) & mask);
    const auto present = static_cast<std::uint8_t>(bytes_[at] ^ erased);
    bytes_[at] = static_cast<std::uint8_t>((present | wanted) ^ erased);
  };
  Status status;
  for (std::size_t at = address; at < address + page.size(); at += word_) {
    if (spoilt_[at / word_]) {
      return Error::kStorageFailed;
    }
    if (programmed_[at / word_]) {
      ++misuses_;
      return Error::kStorageFailed;
    }
    const bool on = step();
    if (!on) {
      const std::size_t end =
          cut_ == Cut::kScrambled ? address + page.size() : std::min(at + word_, bytes_.size());
      for (std::size_t byte = at; byte < end && cut_ != Cut::kClean; ++byte) {
        if (cut_ != Cut::kUnseen) {
          mix(byte, static_cast<std::uint8_t>(random_.next()));
        }
        spoilt_[byte / word_] = true;
      }
      return Error::kStorageFailed;
    }
    for (std::size_t byte = at; byte < at + word_; ++byte) {
      mix(byte, 0xFF);
    }
    programmed_[at / word_] = true;
  }
  const std::uint32_t block = address / geometry_.block_bytes;
  const std::uint32_t number = address % geometry_.block_bytes / geometry_.page_bytes;
  if (bad_pages_.count({block, number}) != 0) {
    bytes_[address + 5] = static_cast<std::uint8_t>(bytes_[address + 5] ^ 0x10);
  }
  return status;
}

Status ModelFlash::erase(std::uint32_t block) {
  if (!powered()) {
    return Error::kStorageFailed;
  }
  if (block >= geometry_.blocks) {
    ++misuses_;
    return Error::kInvalidArgument;
  }
  if (bad_blocks_.count(block) != 0) {
    return Error::kStorageFailed;
  }
  const std::size_t begin = std::size_t{block} * geometry_.block_bytes;
  const std::size_t end = begin + geometry_.block_bytes;
  for (std::uint32_t round = 0; round < kEraseSteps; ++round) {
    if (step()) {
      continue;
    }
    for (std::size_t at = begin; at < end && cut_ != Cut::kClean; at += word_) {
      const bool chosen = random_.next() % 2 == 0;
      for (std::size_t byte = at; byte < at + word_; ++byte) {
        const auto mask = static_cast<std::uint8_t>(
            cut_ == Cut::kUnseen ? 0xFFU
                                 : (cut_ == Cut::kTorn ? random_.next() : (chosen ? 0xFFU : 0U)));
        bytes_[byte] =
            static_cast<std::uint8_t>((bytes_[byte] & ~mask) | (geometry_.erased & mask));
      }
      spoilt_[at / word_] = cut_ != Cut::kScrambled || chosen;
    }
    return Error::kStorageFailed;
  }
  std::fill(bytes_.begin() + static_cast<std::ptrdiff_t>(begin),
            bytes_.begin() + static_cast<std::ptrdiff_t>(end), geometry_.erased);
  for (std::size_t at = begin; at < end; at += word_) {
    programmed_[at / word_] = false;
    spoilt_[at / word_] = false;
  }
  ++erases_[block];
  return Status();
}

}  // namespace hubtwin::test
