// SPDX-License-Identifier: MIT
#include <hubtwin/auth/host_name.hpp>

#include <string>

#include <catch2/catch.hpp>

using hubtwin::is_host;

TEST_CASE("host name: names and addresses -> taken") {
  const std::string host = GENERATE(
      "contoso.azure-devices.net", "localhost", "a", "my_hub.local", "3com.example", "127.0.0.1",
      "255.255.255.255", "0.0.0.0", "::1", "::", "[::1]", "fe80::1", "1:2:3:4:5:6:7:8", "1::8",
      "::ffff:127.0.0.1", "1:2:3:4:5:6:1.2.3.4", "[2001:DB8::1]", "1:2:3:4:5:6:7::");
  CAPTURE(host);
  CHECK(is_host(host));
}

TEST_CASE("host name: what can't be a host -> refused") {
  const std::string host = GENERATE(
      "", ".", "a.", ".a", "a..b", "-a", "a-", "a b", "a:8883", "127.0.0.1:8883", "[::1", "::1]",
      "[]", "[localhost]", "[127.0.0.1]", "[::1]:8883", "256.0.0.1", "1.2.3", "1.2.3.4.5",
      "01.2.3.4", "1.2.3.", "127.1", "1", ":::", "1::2::3", ":1", "1:", "12345::", "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::g", "1.2.3.4::", "::1.2.3.256", "fe80::1%eth0",
      "https://a", "a/b", "a\n", "\xC3\xA4.de");
  CAPTURE(host);
  CHECK_FALSE(is_host(host));
}

TEST_CASE("host name: lengths of labels and names -> at most 63 and 253") {
  CHECK(is_host(std::string(63, 'a')));
  CHECK_FALSE(is_host(std::string(64, 'a')));
  std::string name;
  for (int i = 0; i < 4; ++i) {
    name += std::string(61, 'a') + "b.";
  }
  name += "cd";
  CHECK(name.size() == 254);
  CHECK_FALSE(is_host(name));
  CHECK(is_host(name.substr(1)));
}

TEST_CASE("host name: brackets -> only an address loses them") {
  CHECK(hubtwin::without_brackets("[::1]") == "::1");
  CHECK(hubtwin::without_brackets("::1") == "::1");
  CHECK(hubtwin::without_brackets("localhost") == "localhost");
  CHECK(hubtwin::without_brackets("").empty());
}
