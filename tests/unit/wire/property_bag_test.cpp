// SPDX-License-Identifier: MIT
#include <hubtwin/wire/property_bag.hpp>

#include <array>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using hubtwin::Error;
using hubtwin::PropertyBag;
using hubtwin::PropertyBagWriter;
using hubtwin::TextWriter;

namespace {

// Items as "key" or "key=value", still encoded.
std::vector<std::string> items(std::string_view text) {
  std::vector<std::string> result;
  for (const hubtwin::RawProperty& property : PropertyBag(text)) {
    result.push_back(std::string(property.key) + (property.has_value ? "=" : "") +
                     std::string(property.value));
  }
  return result;
}

}  // namespace

TEST_CASE("property bag: application and system properties -> both sides encoded") {
  std::array<char, 256> room{};
  TextWriter topic({room.data(), room.size()});
  topic.text("devices/d/messages/events/");
  PropertyBagWriter bag(topic);
  bag.add_system("mid", "a:1");
  bag.add_system("cid", "");
  CHECK(bag.add({"co lour", "r&d=\xC3\xA4"}).ok());
  CHECK(bag.add({"empty", ""}).ok());
  bag.add_system("ct", "application/json");
  CHECK(topic.view() ==
        "devices/d/messages/events/%24.mid=a%3A1&co%20lour=r%26d%3D%C3%A4&empty=&"
        "%24.ct=application%2Fjson");
}

TEST_CASE("property bag: a key the hub takes for its own -> refused, nothing written") {
  std::array<char, 64> room{};
  TextWriter topic({room.data(), room.size()});
  PropertyBagWriter bag(topic);
  CHECK(bag.add({"$.mid", "1"}).error() == Error::kInvalidArgument);
  CHECK(bag.add({"$x", "1"}).error() == Error::kInvalidArgument);
  CHECK(bag.add({"", "1"}).error() == Error::kInvalidArgument);
  CHECK(topic.view().empty());
}

TEST_CASE("property bag: doesn't fit -> the writer says so") {
  std::array<char, 8> room{};
  TextWriter topic({room.data(), room.size()});
  PropertyBagWriter bag(topic);
  CHECK(bag.add({"key", "value"}).ok());
  CHECK_FALSE(topic.ok());
}

TEST_CASE("property bag: three shapes of items -> told apart") {
  CHECK(items("a&b=&c=1=2") == std::vector<std::string>{"a", "b=", "c=1=2"});
  CHECK(items("?a=1") == std::vector<std::string>{"a=1"});
  CHECK(items("").empty());
  CHECK(items("?").empty());
  CHECK(items("&&a=1&&&b&") == std::vector<std::string>{"a=1", "b"});
  CHECK(items("=").size() == 1);
  CHECK(items("??a") == std::vector<std::string>{"?a"});
}

TEST_CASE("property bag: found by its plain key -> decoded value") {
  const PropertyBag bag("%24.mid=m%201&$.to=%2Fdevices%2fd&flag&colour=&colour=red&bad=%G0");
  std::array<char, 16> room{};
  const hubtwin::Span<char> span(room.data(), room.size());
  CHECK(bag.find("$.mid", span).value() == "m 1");
  CHECK(bag.find("$.to", span).value() == "/devices/d");
  CHECK(bag.find("flag", span).value().empty());
  CHECK(bag.find("colour", span).value().empty());
  CHECK(bag.find("size", span).error() == Error::kNotFound);
  CHECK(bag.find("bad", span).error() == Error::kInvalidArgument);
  CHECK(bag.find("$.to", span.first(3)).error() == Error::kNoSpace);
}

TEST_CASE("property bag: an item that can't be decoded -> the others stay readable") {
  std::array<char, 16> room{};
  const PropertyBag bag("%=%&%2=1&%zz&ok=%31");
  CHECK(bag.find("ok", {room.data(), room.size()}).value() == "1");
}

TEST_CASE("property bag: iterators -> equal at the same item and at the end only") {
  const PropertyBag bag("a&a");
  auto first = bag.begin();
  auto second = bag.begin();
  CHECK(first == second);
  ++second;
  CHECK(first != second);
  CHECK(second != bag.end());
  ++second;
  CHECK(second == bag.end());
}

TEST_CASE("property bag: every cut and every byte damaged -> read safely") {
  const std::string text = "?%24.mid=m%201&flag&colour=%C3%A4&x=";
  std::array<char, 64> room{};
  const auto read = [&room](const std::string& damaged) {
    std::size_t count = 0;
    for (const hubtwin::RawProperty& property : PropertyBag(damaged)) {
      CHECK(property.key.size() + property.value.size() <= damaged.size());
      ++count;
    }
    CHECK(count <= damaged.size());
    static_cast<void>(PropertyBag(damaged).find("colour", {room.data(), room.size()}));
  };
  for (std::size_t size = 0; size <= text.size(); ++size) {
    read(text.substr(0, size));
    read(text.substr(size));
  }
  for (std::size_t place = 0; place < text.size(); ++place) {
    for (const char byte : {'\0', '&', '=', '%', '?', '\xFF'}) {
      std::string damaged = text;
      damaged[place] = byte;
      read(damaged);
    }
  }
}
