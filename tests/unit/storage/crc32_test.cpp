// SPDX-License-Identifier: MIT
#include <hubtwin/storage/crc32.hpp>

#include <string_view>

#include <catch2/catch.hpp>

namespace hubtwin::test {

TEST_CASE("CRC-32: the catalogue's check value, whatever the pieces") {
  const std::string_view digits = "123456789";  // CRC RevEng catalogue, CRC-32/ISO-HDLC
  for (std::size_t cut = 0; cut <= digits.size(); ++cut) {
    Crc32 crc;
    crc.add(as_bytes(digits.substr(0, cut)));
    crc.add(as_bytes(digits.substr(cut)));
    REQUIRE(crc.value() == 0xCBF43926);
  }
  REQUIRE(Crc32().value() == 0);
}

}  // namespace hubtwin::test
