// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// NOR-like flash in RAM: bits are only cleared by programming, a word is programmed once between
/// two erases, and power may fail in the middle of anything.

#include "support/fake_random.hpp"
#include <hubtwin/port/flash.hpp>

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

namespace hubtwin::test {

/// Counts steps: each word that is programmed is one, each erase is kEraseSteps.
class ModelFlash final : public Flash {
 public:
  static constexpr std::uint32_t kEraseSteps = 3;
  static constexpr std::uint64_t kNeverCut = static_cast<std::uint64_t>(-1);

  /// What becomes of the page or block that is being changed when power fails.
  enum class Cut : std::uint8_t {
    kClean,      ///< It ends between two words; an erase hasn't begun.
    kTorn,       ///< Any bits of one word are programmed; an erase has set any bits.
    kScrambled,  ///< Any bits of all the page are programmed; an erase has set whole words.
    kUnseen,     ///< The word looks erased and refuses to be programmed; an erase looks complete,
                 ///< and half of its words do likewise.
  };

  ModelFlash(const FlashGeometry& geometry, std::size_t word_bytes, std::uint64_t seed = 1);

  FlashGeometry geometry() const override { return geometry_; }
  Status read(std::uint32_t address, ByteSpan bytes) override;
  Status program(std::uint32_t address, ByteView page) override;
  Status erase(std::uint32_t block) override;

  /// Power fails after so many steps from now, and stays away: every call is refused.
  void cut_after(std::uint64_t steps, Cut cut);
  void power_on() { cut_at_ = kNeverCut; }
  bool powered() const { return cut_at_ == kNeverCut || steps_ < cut_at_; }
  std::uint64_t steps() const { return steps_; }

  /// From now on programming this page leaves a bit of it unprogrammed, without a word.
  void wear_out_page(std::uint32_t block, std::uint32_t page) { bad_pages_.insert({block, page}); }
  /// From now on this block refuses to be erased.
  void wear_out_block(std::uint32_t block) { bad_blocks_.insert(block); }
  /// Turns one bit over.
  void flip(std::uint32_t address, unsigned bit) {
    bytes_[address] = static_cast<std::uint8_t>(bytes_[address] ^ (1U << bit));
  }
  /// The whole memory, e.g. to fill it with something foreign.
  std::vector<std::uint8_t>& bytes() { return bytes_; }
  std::uint32_t erases(std::uint32_t block) const { return erases_[block]; }
  std::uint32_t programs() const { return programs_; }
  /// Words that were programmed twice, pages that weren't at a page's address: a user's errors.
  std::uint32_t misuses() const { return misuses_; }

 private:
  bool step();
  void set_random_bits(std::size_t from, std::size_t to);

  FlashGeometry geometry_;
  std::size_t word_;
  FakeRandom random_;
  std::vector<std::uint8_t> bytes_;
  std::vector<bool> programmed_;  // by word
  std::vector<bool> spoilt_;      // by word: looks erased, and isn't
  std::vector<std::uint32_t> erases_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> bad_pages_;
  std::set<std::uint32_t> bad_blocks_;
  std::uint64_t steps_ = 0;
  std::uint64_t cut_at_ = kNeverCut;
  Cut cut_ = Cut::kClean;
  std::uint32_t programs_ = 0;
  std::uint32_t misuses_ = 0;
};

}  // namespace hubtwin::test
