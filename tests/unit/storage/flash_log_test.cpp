// SPDX-License-Identifier: MIT
#include "log_bench.hpp"
#include "support/fake_random.hpp"

#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

namespace hubtwin::test {
namespace {

const FlashGeometry kSmall{64, 8 * 64, 3, 0xFF};

RecordId id(std::uint16_t number) {
  return static_cast<RecordId>(number);
}

std::string text(std::size_t size, char first = 'a') {
  std::string made(size, first);
  for (std::size_t at = 0; at < size; ++at) {
    made[at] = static_cast<char>('a' + (static_cast<std::size_t>(first) + at) % 26);
  }
  return made;
}

Status open_with(const FlashGeometry& geometry, std::size_t page, std::size_t blocks) {
  // The memory is as large as the sound geometry needs, whatever the geometry says.
  LogBench bench(kSmall, 8, 4);
  static_cast<void>(bench);
  class Claimed final : public Flash {
   public:
    explicit Claimed(const FlashGeometry& geometry) : geometry_(geometry) {}
    FlashGeometry geometry() const override { return geometry_; }
    Status read(std::uint32_t, ByteSpan) override { return Error::kStorageFailed; }
    Status program(std::uint32_t, ByteView) override { return Error::kStorageFailed; }
    Status erase(std::uint32_t) override { return Error::kStorageFailed; }

   private:
    FlashGeometry geometry_;
  };
  Claimed flash(geometry);
  std::vector<std::uint8_t> room(page);
  std::vector<FlashLogBlock> table(blocks);
  FlashLogRecord records[2];
  FlashLog log(flash, FlashLogMemory{{room.data(), room.size()},
                                     Span<FlashLogRecord>(records),
                                     {table.data(), table.size()}});
  return log.open();
}

}  // namespace

TEST_CASE("flash log: a record written -> read whole, in part, and after a restart") {
  LogBench bench(kSmall, 8, 4);
  REQUIRE(bench.reboot().ok());
  const std::string content = text(130);  // three pages
  REQUIRE(bench.write(7, content).ok());
  REQUIRE(bench.read(7) == content);
  for (int round = 0; round < 2; ++round) {
    for (std::size_t from = 0; from <= 131; from += 13) {
      std::uint8_t piece[50] = {};
      const Result<std::size_t> size = bench.log().read(id(7), from, ByteSpan(piece));
      REQUIRE(size.ok());
      REQUIRE(*size == 130);
      const std::size_t got = from < 130 ? std::min<std::size_t>(50, 130 - from) : 0;
      REQUIRE(as_text(ByteView(piece, got)) == content.substr(from, got));
    }
    REQUIRE(bench.reboot().ok());
  }
}

TEST_CASE("flash log: an empty record -> there, and empty") {
  LogBench bench(kSmall, 8, 4);
  REQUIRE(bench.reboot().ok());
  REQUIRE(bench.write(1, "").ok());
  REQUIRE(bench.read(1) == "");
  REQUIRE(bench.reboot().ok());
  REQUIRE(bench.read(1) == "");
  REQUIRE(bench.log().count() == 1);
}

TEST_CASE("flash log: a record removed -> not found, also after a restart") {
  LogBench bench(kSmall, 8, 4);
  REQUIRE(bench.reboot().ok());
  REQUIRE(bench.erase(1).ok());
  REQUIRE(bench.write(1, "one").ok());
  REQUIRE(bench.write(2, "two").ok());
  REQUIRE(bench.erase(1).ok());
  REQUIRE_FALSE(bench.read(1).has_value());
  REQUIRE(bench.reboot().ok());
  REQUIRE_FALSE(bench.read(1).has_value());
  REQUIRE(bench.read(2) == "two");
}

TEST_CASE("flash log: content in pieces -> as if at once, whatever the pieces") {
  const std::string content = text(150);
  for (std::size_t piece = 1; piece <= 150; piece += 7) {
    LogBench bench(kSmall, 8, 4);
    REQUIRE(bench.reboot().ok());
    Status status = Error::kBackPressure;
    while (status.error() == Error::kBackPressure) {
      status = bench.log().begin(id(3), content.size());
    }
    for (std::size_t at = 0; at < content.size(); at += piece) {
      REQUIRE(bench.log().append(as_bytes(std::string_view(content).substr(at, piece))).ok());
      REQUIRE_FALSE(bench.read(3).has_value());
    }
    REQUIRE(bench.log().commit().ok());
    REQUIRE(bench.read(3) == content);
  }
}

TEST_CASE("flash log: more or fewer bytes than told of -> refused, the old content stays") {
  LogBench bench(kSmall, 8, 4);
  REQUIRE(bench.reboot().ok());
  REQUIRE(bench.write(3, "old").ok());
  REQUIRE(bench.log().begin(id(3), 60).ok());
  REQUIRE(bench.log().append(as_bytes(text(59))).ok());
  REQUIRE(bench.log().commit().error() == Error::kWrongState);
  REQUIRE(bench.log().begin(id(3), 60).ok());
  REQUIRE(bench.log().append(as_bytes(text(61))).error() == Error::kWrongState);
  REQUIRE(bench.log().append(as_bytes("x")).error() == Error::kWrongState);
  REQUIRE(bench.log().commit().error() == Error::kWrongState);
  REQUIRE(bench.read(3) == "old");
  REQUIRE(bench.reboot().ok());
  REQUIRE(bench.read(3) == "old");
}

TEST_CASE("flash log: abandoned by another write -> the old content stays") {
  LogBench bench(kSmall, 8, 4);
  REQUIRE(bench.reboot().ok());
  REQUIRE(bench.write(3, "old").ok());
  REQUIRE(bench.log().begin(id(3), 100).ok());
  REQUIRE(bench.log().append(as_bytes(text(100))).ok());
  REQUIRE(bench.write(4, "other").ok());
  REQUIRE(bench.log().commit().error() == Error::kWrongState);
  REQUIRE(bench.reboot().ok());
  REQUIRE(bench.read(3) == "old");
  REQUIRE(bench.read(4) == "other");
}

TEST_CASE("flash log: a full store -> refused with no space, nothing is lost, removal helps") {
  for (const std::uint32_t blocks : {2U, 3U, 5U}) {
    LogBench bench({64, 8 * 64, blocks, 0xFF}, 8, 40);
    REQUIRE(bench.reboot().ok());
    StoreModel model;
    std::uint16_t next = 0;
    Status status;
    while (status.ok()) {
      const std::string content = text(40, static_cast<char>('a' + next % 26));
      model.try_change(next, content);
      status = bench.write(next, content);
      model.settle(status.ok());
      ++next;
    }
    REQUIRE(status.error() == Error::kNoSpace);
    REQUIRE(model.records().size() >= (blocks - 1) * 5 - 1);
    REQUIRE(model.difference(bench) == "");
    const std::uint32_t programs = bench.flash.programs();
    REQUIRE(bench.write(39, text(40)).error() == Error::kNoSpace);
    REQUIRE(bench.write(39, text(40)).error() == Error::kNoSpace);
    REQUIRE(bench.flash.programs() == programs);  // being refused wears nothing
    REQUIRE(bench.reboot().ok());
    REQUIRE(model.difference(bench) == "");
    for (std::uint16_t record = 0; record + 1 < next; ++record) {
      model.try_change(record, std::nullopt);
      REQUIRE(bench.erase(record).ok());
      model.settle(true);
      REQUIRE(model.difference(bench) == "");
      REQUIRE(bench.write(39, text(40)).ok());
      REQUIRE(bench.erase(39).ok());
    }
    REQUIRE(bench.log().count() == 0);
  }
}

TEST_CASE("flash log: more records than its memory has room for -> refused by name") {
  LogBench bench(kSmall, 8, 3);
  REQUIRE(bench.reboot().ok());
  for (std::uint16_t record = 1; record <= 3; ++record) {
    REQUIRE(bench.write(record, "x").ok());
  }
  REQUIRE(bench.write(4, "x").error() == Error::kNoSpace);
  REQUIRE(bench.write(2, "y").ok());
  REQUIRE(bench.read(2) == "y");
}

TEST_CASE("flash log: the longest record -> taken, one byte more -> refused for good") {
  for (const std::uint32_t blocks : {2U, 4U}) {
    LogBench bench({64, 8 * 64, blocks, 0xFF}, 8, 4);
    REQUIRE(bench.reboot().ok());
    const std::size_t longest = bench.log().longest_record();
    REQUIRE(longest == 5 * 48);
    REQUIRE(bench.write(1, text(longest)).ok());
    REQUIRE(bench.write(2, text(longest + 1)).error() == Error::kInvalidArgument);
    REQUIRE(bench.reboot().ok());
    REQUIRE(bench.read(1) == text(longest));
  }
}

TEST_CASE("flash log: geometries out of range -> refused by name") {
  const auto error = [](const FlashGeometry& geometry) {
    return open_with(geometry, 65536, 64).error();
  };
  REQUIRE(error({16, 1024, 2, 0xFF}) == Error::kInvalidArgument);
  REQUIRE(error({0, 1024, 2, 0xFF}) == Error::kInvalidArgument);
  REQUIRE(error({65536, 1 << 20, 2, 0xFF}) == Error::kInvalidArgument);
  REQUIRE(error({64, 100, 2, 0xFF}) == Error::kInvalidArgument);
  REQUIRE(error({64, 0, 2, 0xFF}) == Error::kInvalidArgument);
  REQUIRE(error({64, 7 * 64, 2, 0xFF}) == Error::kInvalidArgument);
  REQUIRE(error({64, 65536 * 64, 2, 0xFF}) == Error::kInvalidArgument);
  REQUIRE(error({64, 1024, 1, 0xFF}) == Error::kInvalidArgument);
  REQUIRE(error({64, 1024, 0, 0xFF}) == Error::kInvalidArgument);
  REQUIRE(error({32768, 65535 * 32768U, 3, 0xFF}) == Error::kInvalidArgument);
  REQUIRE(open_with({64, 1024, 4, 0xFF}, 63, 4).error() == Error::kNoSpace);
  REQUIRE(open_with({64, 1024, 4, 0xFF}, 64, 3).error() == Error::kNoSpace);
  REQUIRE(open_with({64, 1024, 4, 0xFF}, 64, 4).error() == Error::kStorageFailed);
}

TEST_CASE("flash log: used before it is opened -> wrong state") {
  ModelFlash flash(kSmall, 8);
  SizedFlashLog<64, 4, 3> sized(flash);
  FlashLog& log = sized.log();
  std::uint8_t byte[1];
  REQUIRE(log.write(id(1), as_bytes("x")).error() == Error::kWrongState);
  REQUIRE(log.erase(id(1)).error() == Error::kWrongState);
  REQUIRE(log.read(id(1), 0, ByteSpan(byte)).error() == Error::kWrongState);
  REQUIRE(log.open().ok());
  REQUIRE(log.read(id(1), 0, ByteSpan(byte)).error() == Error::kNotFound);
}

TEST_CASE("flash log: memory full of something foreign -> an empty log, which works") {
  LogBench bench(kSmall, 8, 4);
  FakeRandom random(5);
  for (std::uint8_t& byte : bench.flash.bytes()) {
    byte = static_cast<std::uint8_t>(random.next());
  }
  REQUIRE(bench.reboot().ok());
  REQUIRE(bench.log().count() == 0);
  REQUIRE(bench.write(1, "one").ok());
  REQUIRE(bench.reboot().ok());
  REQUIRE(bench.read(1) == "one");
}

TEST_CASE("flash log: a log of another geometry -> refused by name and left alone") {
  LogBench bench(kSmall, 8, 4);
  REQUIRE(bench.reboot().ok());
  REQUIRE(bench.write(1, "one").ok());
  LogBench other({32, 8 * 64, 3, 0xFF}, 8, 4);
  other.flash.bytes() = bench.flash.bytes();
  REQUIRE(other.reboot().error() == Error::kWrongType);
  REQUIRE(other.write(1, "two").error() == Error::kWrongState);
  REQUIRE(other.flash.bytes() == bench.flash.bytes());
}

TEST_CASE("flash log: pages that don't hold what is programmed -> others are taken") {
  LogBench bench({64, 16 * 64, 3, 0xFF}, 8, 4);
  for (const std::uint32_t page : {1U, 3U, 4U, 9U}) {
    bench.flash.wear_out_page(0, page);
    bench.flash.wear_out_page(2, page + 1);
  }
  REQUIRE(bench.reboot().ok());
  StoreModel model;
  for (int round = 0; round < 200; ++round) {
    const auto record = static_cast<std::uint16_t>(1 + round % 3);
    const std::string content =
        text(static_cast<std::size_t>(round % 90), static_cast<char>('a' + round % 26));
    model.try_change(record, content);
    REQUIRE(bench.write(record, content).ok());
    model.settle(true);
    REQUIRE(model.difference(bench) == "");
  }
  REQUIRE(bench.log().counters().program_failures > 0);
  REQUIRE(bench.reboot().ok());
  REQUIRE(model.difference(bench) == "");
}

TEST_CASE("flash log: a block that can't be erased any more -> the others go on") {
  for (const bool pages_too : {false, true}) {
    LogBench bench(kSmall, 8, 4);
    REQUIRE(bench.reboot().ok());
    StoreModel model;
    for (int round = 0; round < 300; ++round) {
      if (round == 100) {
        bench.flash.wear_out_block(1);
        for (std::uint32_t page = 0; pages_too && page < 8; ++page) {
          bench.flash.wear_out_page(1, page);
        }
      }
      const auto record = static_cast<std::uint16_t>(1 + round % 3);
      const std::string content =
          text(static_cast<std::size_t>(round % 48), static_cast<char>('a' + round % 26));
      model.try_change(record, content);
      REQUIRE(bench.write(record, content).ok());
      model.settle(true);
      if (round % 10 == 0) {
        REQUIRE(bench.reboot().ok());
      }
      REQUIRE(model.difference(bench) == "");
    }
    REQUIRE(bench.log().counters().erase_failures <= 3);
  }
}

TEST_CASE("flash log: a single block left -> writing fails by name, reading goes on") {
  LogBench bench({64, 8 * 64, 2, 0xFF}, 8, 4);
  REQUIRE(bench.reboot().ok());
  REQUIRE(bench.write(1, "kept").ok());
  bench.flash.wear_out_block(0);
  bench.flash.wear_out_block(1);
  Status status;
  for (int round = 0; status.ok() && round < 100; ++round) {
    status = bench.write(2, text(20));
  }
  REQUIRE(status.error() == Error::kStorageFailed);
  REQUIRE(bench.read(1) == "kept");
  REQUIRE(bench.reboot().ok());
  REQUIRE(bench.read(1) == "kept");
  REQUIRE(bench.read(2) == text(20));
}

TEST_CASE(
    "flash log: every single bit turned over at rest -> read right, as before, or not at all") {
  LogBench bench({32, 8 * 32, 2, 0xFF}, 8, 4);
  REQUIRE(bench.reboot().ok());
  REQUIRE(bench.write(1, "old").ok());
  REQUIRE(bench.write(1, "new").ok());
  for (std::uint32_t at = 0; at < bench.flash.bytes().size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      bench.flash.flip(at, bit);
      if (bench.reboot().ok()) {
        const std::optional<std::string> found = bench.read(1);
        REQUIRE((!found.has_value() || *found == "old" || *found == "new"));
      }
      bench.flash.flip(at, bit);
    }
  }
}

TEST_CASE("flash log: a bit turned over while it runs -> the read is refused by name") {
  LogBench bench(kSmall, 8, 4);
  REQUIRE(bench.reboot().ok());
  const std::string content = text(100);
  REQUIRE(bench.write(1, content).ok());
  const auto found = std::search(bench.flash.bytes().begin(), bench.flash.bytes().end(),
                                 content.begin(), content.begin() + 10);
  REQUIRE(found != bench.flash.bytes().end());
  bench.flash.flip(static_cast<std::uint32_t>(found - bench.flash.bytes().begin()), 3);
  REQUIRE(bench.read(1) == "?");
}

TEST_CASE("flash log: one record changes for ever beside others -> all blocks wear alike") {
  LogBench bench({64, 16 * 64, 4, 0xFF}, 8, 8);
  REQUIRE(bench.reboot().ok());
  for (std::uint16_t record = 2; record < 6; ++record) {
    REQUIRE(bench.write(record, text(90, static_cast<char>('a' + record))).ok());
  }
  for (int round = 0; round < 4000; ++round) {
    REQUIRE(bench.write(1, text(30)).ok());
    if (round % 500 == 0) {
      REQUIRE(bench.reboot().ok());
    }
  }
  std::uint32_t least = 0xFFFFFFFF;
  std::uint32_t most = 0;
  for (std::uint32_t block = 0; block < 4; ++block) {
    // A block that had no header yet at an open() counts as worn as the others.
    REQUIRE(bench.log().erase_count(block) - bench.flash.erases(block) <= 1);
    least = std::min(least, bench.flash.erases(block));
    most = std::max(most, bench.flash.erases(block));
  }
  REQUIRE(least > 50);
  REQUIRE(most - least <= 1);
  REQUIRE(bench.read(5) == text(90, 'f'));
  REQUIRE(bench.flash.misuses() == 0);
}

TEST_CASE("flash log: seeded changes in any geometry -> as a map has them") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    FakeRandom random(seed);
    const std::uint32_t page = 32U << random.next() % 3;
    const std::uint32_t pages = 8 + random.next() % 20;
    const std::uint32_t blocks = 2 + random.next() % 6;
    LogBench bench(
        {page, page * pages, blocks, static_cast<std::uint8_t>(random.next() % 2 == 0 ? 0xFF : 0)},
        8, 10, seed);
    REQUIRE(bench.reboot().ok());
    StoreModel model;
    for (int round = 0; round < 300; ++round) {
      const auto record = static_cast<std::uint16_t>(random.next() % 12);
      const bool removes = random.next() % 4 == 0;
      const std::string content = text(random.next() % (bench.log().longest_record() + 20),
                                       static_cast<char>('a' + random.next() % 26));
      model.try_change(record, removes ? StoreModel::Content() : content);
      const Status status = removes ? bench.erase(record) : bench.write(record, content);
      INFO("seed " << seed << ", round " << round << ": " << to_string(status.error()));
      REQUIRE((status.ok() || (!removes && (status.error() == Error::kNoSpace ||
                                            status.error() == Error::kInvalidArgument))));
      model.settle(status.ok());
      if (random.next() % 20 == 0) {
        REQUIRE(bench.reboot().ok());
      }
      REQUIRE(model.difference(bench) == "");
    }
    REQUIRE(bench.flash.misuses() == 0);
    REQUIRE(bench.most_calls() <= 4 * blocks + 10);
  }
}

}  // namespace hubtwin::test
