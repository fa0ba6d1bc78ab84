// SPDX-License-Identifier: MIT
/// \file
/// Target: FlashLog over flash whose content, power and bits the input decides. What was
/// acknowledged is there after any cut, and what was cut is the old or the new; foreign bytes are
/// read without harm.
///
/// Input: steps, each a byte (see Step) and what it takes; texts end at kSeparator.

#include "fuzz/input.hpp"
#include <hubtwin/storage/flash_log.hpp>

#include <map>
#include <memory>
#include <vector>

namespace {

using hubtwin::ByteSpan;
using hubtwin::ByteView;
using hubtwin::Error;
using hubtwin::FlashGeometry;
using hubtwin::RecordId;
using hubtwin::Result;
using hubtwin::Status;
using hubtwin::fuzz::Input;

constexpr std::uint32_t kPage = 64;
constexpr std::uint32_t kBlock = 16 * kPage;
constexpr std::uint32_t kBlocks = 3;
constexpr std::size_t kRecords = 6;
// Steps of housekeeping in a row, well above what the class promises.
constexpr int kPatience = 8 * static_cast<int>(kBlocks + kRecords);

class Memory final : public hubtwin::Flash {
 public:
  FlashGeometry geometry() const override { return {kPage, kBlock, kBlocks, 0xFF}; }
  Status read(std::uint32_t address, ByteSpan into) override {
    FUZZ_HOLDS(address <= bytes.size() && into.size() <= bytes.size() - address);
    std::copy_n(bytes.begin() + address, into.size(), into.begin());
    return power ? Status() : Status(Error::kStorageFailed);
  }
  Status program(std::uint32_t address, ByteView page) override {
    FUZZ_HOLDS(page.size() == kPage && address % kPage == 0 && address < bytes.size());
    for (std::size_t i = 0; i < page.size() && spend(); ++i) {
      FUZZ_HOLDS(foreign || bytes[address + i] == 0xFF);  // programmed once between erases
      bytes[address + i] = static_cast<std::uint8_t>(bytes[address + i] & page[i]);
    }
    return power ? Status() : Status(Error::kStorageFailed);
  }
  Status erase(std::uint32_t block) override {
    FUZZ_HOLDS(block < kBlocks);
    for (std::size_t i = 0; i < kBlock && spend(); ++i) {
      bytes[block * kBlock + i] = 0xFF;
    }
    return power ? Status() : Status(Error::kStorageFailed);
  }

  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(kBlock * kBlocks, 0xFF);
  bool power = true;
  bool foreign = false;                             // the content was written by somebody else, too
  std::size_t left = static_cast<std::size_t>(-1);  // bytes until the power fails

 private:
  bool spend() {
    power = power && left != 0;
    left -= power ? 1 : 0;
    return power;
  }
};

enum Step : std::uint8_t { kWrite, kErase, kReopen, kCut, kScribble, kRead, kSteps };

class Play {
 public:
  Play() { reopen(); }

  void step(Input& input) {
    const auto step = static_cast<Step>(input.byte() % kSteps);
    const std::uint8_t id = static_cast<std::uint8_t>(1 + input.below(kRecords + 1));
    switch (step) {
      case kWrite:
        change(id, std::string(input.part()), false);
        break;
      case kErase:
        change(id, {}, true);
        break;
      case kReopen:
        reopen();
        break;
      case kCut:
        flash_.left = input.word();
        break;
      case kScribble: {
        const std::size_t at = input.word() % flash_.bytes.size();
        const std::string_view text = input.part().substr(0, flash_.bytes.size() - at);
        std::copy(text.begin(), text.end(), flash_.bytes.begin() + static_cast<std::ptrdiff_t>(at));
        flash_.foreign = flash_.foreign || !text.empty();
        break;
      }
      case kRead:
        check(id, input.byte());
        break;
      case kSteps:
        break;
    }
  }
  void end() {
    reopen();
    for (std::uint8_t id = 1; id <= kRecords + 1; ++id) {
      check(id, 255);
    }
  }

 private:
  void reopen() {
    flash_.power = true;
    flash_.left = static_cast<std::size_t>(-1);
    log_ = std::make_unique<hubtwin::SizedFlashLog<kPage, kRecords, kBlocks>>(flash_);
    const Status opened = (*log_)->open();
    FUZZ_HOLDS(opened.ok() || flash_.foreign);
    FUZZ_HOLDS((*log_)->count() <= kRecords);
    FUZZ_HOLDS(flash_.foreign || (*log_)->count() == model_.size());
  }

  void change(std::uint8_t id, const std::string& content, bool erase) {
    Status status = Error::kBackPressure;
    for (int calls = 0; status.error() == Error::kBackPressure && flash_.power; ++calls) {
      FUZZ_HOLDS(calls < kPatience);
      status = erase ? (*log_)->erase(RecordId{id})
                     : (*log_)->write(RecordId{id}, hubtwin::as_bytes(std::string_view(content)));
    }
    if (!flash_.power) {
      after_cut(id, content, erase);
    } else if (status.ok()) {
      erase ? static_cast<void>(model_.erase(id)) : static_cast<void>(model_[id] = content);
    }
    check(id, 255);
  }

  // The old or the new, never a mixture.
  void after_cut(std::uint8_t id, const std::string& content, bool erase) {
    flash_.power = true;
    flash_.left = static_cast<std::size_t>(-1);
    log_ = std::make_unique<hubtwin::SizedFlashLog<kPage, kRecords, kBlocks>>(flash_);
    FUZZ_HOLDS((*log_)->open().ok() || flash_.foreign);
    const auto found = read(id, 4096);
    const auto old = model_.find(id);
    const bool is_old = old == model_.end() ? !found : found && *found == old->second;
    const bool is_new = erase ? !found : found && *found == content;
    FUZZ_HOLDS(flash_.foreign || is_old || is_new);
    if (is_new) {
      erase ? static_cast<void>(model_.erase(id)) : static_cast<void>(model_[id] = content);
    }
  }

  std::unique_ptr<std::string> read(std::uint8_t id, std::size_t room) {
    std::vector<std::uint8_t> buffer(room);
    const Result<std::size_t> size =
        (*log_)->read(RecordId{id}, 0, ByteSpan(buffer.data(), buffer.size()));
    if (!size.ok()) {
      return nullptr;
    }
    FUZZ_HOLDS(*size <= (*log_)->longest_record());
    return std::make_unique<std::string>(
        buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(std::min(room, *size)));
  }

  void check(std::uint8_t id, std::size_t room) {
    const auto found = read(id, 8 * room);
    const auto expected = model_.find(id);
    if (flash_.foreign || !flash_.power) {
      return;
    }
    FUZZ_HOLDS((found != nullptr) == (expected != model_.end()));
    FUZZ_HOLDS(!found || *found == expected->second.substr(0, 8 * room));
  }

  Memory flash_;
  std::unique_ptr<hubtwin::SizedFlashLog<kPage, kRecords, kBlocks>> log_;
  std::map<std::uint8_t, std::string> model_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Input input(bytes, size);
  Play play;
  for (int steps = 0; !input.empty() && steps < 200; ++steps) {
    play.step(input);
  }
  play.end();
  return 0;
}
