// SPDX-License-Identifier: MIT
#include <hubtwin/wire/topic.hpp>

#include <array>
#include <limits>
#include <string>

#include <catch2/catch.hpp>

using namespace hubtwin;  // NOLINT: the functions under test

namespace {

template <class Write>
std::string written(const Write& write) {
  std::array<char, 256> room{};
  TextWriter writer({room.data(), room.size()});
  write(writer);
  REQUIRE(writer.ok());
  return std::string(writer.view());
}

}  // namespace

TEST_CASE("topic: prefixes -> the filters without their wildcard") {
  CHECK(kMethodPrefix == "$iothub/methods/POST/");
  CHECK(kTwinResponsePrefix == "$iothub/twin/res/");
  CHECK(kDesiredPrefix == "$iothub/twin/PATCH/properties/desired/");
}

TEST_CASE("topic: method request -> name and request id, parameters in any order") {
  const auto request = parse_method_request("$iothub/methods/POST/self.test*1/?$rid=1f");
  REQUIRE(request);
  CHECK(request->name == "self.test*1");
  CHECK(request->request_id == "1f");
  CHECK(parse_method_request("$iothub/methods/POST/x/?a=b&$rid=7&c")->request_id == "7");
  CHECK(parse_method_request("$iothub/methods/POST/x/?$rid=a=b/c")->request_id == "a=b/c");
  const std::string longest(kMaxRequestIdSize, 'r');
  CHECK(parse_method_request("$iothub/methods/POST/x/?$rid=" + longest)->request_id == longest);
}

TEST_CASE("topic: malformed method request -> nothing") {
  const std::string topic =
      GENERATE("", "$iothub/methods/POST/", "$iothub/methods/POST//?$rid=1",
               "$iothub/methods/POST/x", "$iothub/methods/POST/x/", "$iothub/methods/POST/x/?",
               "$iothub/methods/POST/x/?$rid=", "$iothub/methods/POST/x/?$rid",
               "$iothub/methods/POST/x/$rid=1", "$iothub/methods/POST/x/?rid=1",
               "$iothub/methods/POST/x/?$rid=1&$rid=1", "$iothub/methods/POST/x/?$rid=a b",
               "$iothub/methods/POST/x/?$rid=a+b", "$iothub/methods/POST/x/?$rid=a#b",
               "$iothub/methods/POST/x/?$rid=\x7F", "$iothub/methods/POST/x/?$rid=\xC3\xA4",
               "$iothub/methods/post/x/?$rid=1", "$iothub/methods/POST/x/y/?$rid=1",
               "$iothub/methods/POST/x?$rid=1");
  CAPTURE(topic);
  CHECK_FALSE(parse_method_request(topic));
  CHECK_FALSE(parse_method_request("$iothub/methods/POST/x/?$rid=" +
                                   std::string(kMaxRequestIdSize + 1, 'r')));
  CHECK_FALSE(parse_method_request(std::string("$iothub/methods/POST/x/?$rid=a\0b", 32)));
}

TEST_CASE("topic: method response -> any status, the request id as it stood") {
  CHECK(written([](TextWriter& writer) { write_method_response(writer, 200, "1f"); }) ==
        "$iothub/methods/res/200/?$rid=1f");
  CHECK(written([](TextWriter& writer) { write_method_response(writer, -1, "x"); }) ==
        "$iothub/methods/res/-1/?$rid=x");
  CHECK(written([](TextWriter& writer) {
          write_method_response(writer, std::numeric_limits<int>::min(), "x");
        }) == "$iothub/methods/res/-2147483648/?$rid=x");
}

TEST_CASE("topic: method names -> printable without separators, up to 100 characters") {
  CHECK(is_method_name("selfTest"));
  CHECK(is_method_name("thermostat1*getMaxMinReport"));
  CHECK(is_method_name("!#%&'*+-.^_`|~09"));
  CHECK(is_method_name(std::string(100, 'a')));
  CHECK_FALSE(is_method_name(std::string(101, 'a')));
  CHECK_FALSE(is_method_name(""));
  for (const char forbidden : std::string("$()<>@,;:\\\"/[]?={} \t\n\x7F\x80\xFF")) {
    CAPTURE(forbidden);
    CHECK_FALSE(is_method_name(std::string("a") + forbidden));
  }
  CHECK_FALSE(is_method_name(std::string("a\0", 2)));
}

TEST_CASE("topic: twin response -> status, request id and version") {
  const auto with = parse_twin_response("$iothub/twin/res/204/?$rid=17&$version=5");
  REQUIRE(with);
  CHECK(with->status == 204);
  CHECK(with->request_id == "17");
  CHECK(with->request_number() == 17U);
  CHECK(with->version == 5U);
  const auto swapped = parse_twin_response("$iothub/twin/res/204/?$version=5&$rid=17");
  REQUIRE(swapped);
  CHECK(swapped->request_id == "17");
  CHECK(swapped->version == 5U);
  const auto without = parse_twin_response("$iothub/twin/res/400/?$rid=abc");
  REQUIRE(without);
  CHECK(without->status == 400);
  CHECK_FALSE(without->version);
  CHECK_FALSE(without->request_number());
}

TEST_CASE("topic: request numbers -> only the decimal form of 32 bits") {
  const auto number = [](const std::string& text) {
    return parse_twin_response("$iothub/twin/res/200/?$rid=" + text)->request_number();
  };
  CHECK(number("0") == 0U);
  CHECK(number("4294967295") == 4294967295U);
  CHECK_FALSE(number("4294967296"));
  CHECK_FALSE(number("01"));
  CHECK_FALSE(number("-1"));
  CHECK_FALSE(number("1a"));
}

TEST_CASE("topic: malformed twin response -> nothing") {
  const std::string topic =
      GENERATE("", "$iothub/twin/res/", "$iothub/twin/res/200", "$iothub/twin/res/200/",
               "$iothub/twin/res/200/?", "$iothub/twin/res/200/?$version=1",
               "$iothub/twin/res//?$rid=1", "$iothub/twin/res/20/?$rid=1",
               "$iothub/twin/res/2000/?$rid=1", "$iothub/twin/res/099/?$rid=1",
               "$iothub/twin/res/600/?$rid=1", "$iothub/twin/res/-20/?$rid=1",
               "$iothub/twin/res/2x0/?$rid=1", "$iothub/twin/res/204/?$rid=1&$rid=2",
               "$iothub/twin/res/204/?$rid=1&$version=", "$iothub/twin/res/204/?$rid=1&$version",
               "$iothub/twin/res/204/?$rid=1&$version=-1",
               "$iothub/twin/res/204/?$rid=1&$version=1&$version=1",
               "$iothub/twin/res/204/?$rid=1&$version=18446744073709551616",
               "$iothub/twin/RES/200/?$rid=1", "/$iothub/twin/res/200/?$rid=1");
  CAPTURE(topic);
  CHECK_FALSE(parse_twin_response(topic));
}

TEST_CASE("topic: desired notification -> its version") {
  CHECK(parse_desired_notification("$iothub/twin/PATCH/properties/desired/?$version=12") == 12U);
  CHECK(parse_desired_notification("$iothub/twin/PATCH/properties/desired/?x&$version=3") == 3U);
  const std::string topic =
      GENERATE("$iothub/twin/PATCH/properties/desired/", "$iothub/twin/PATCH/properties/desired/?",
               "$iothub/twin/PATCH/properties/desired/?$version=",
               "$iothub/twin/PATCH/properties/desired/?$version=x",
               "$iothub/twin/PATCH/properties/desired/?$version=1&$version=2",
               "$iothub/twin/PATCH/properties/reported/?$version=1");
  CAPTURE(topic);
  CHECK_FALSE(parse_desired_notification(topic));
}

TEST_CASE("topic: twin requests -> as the service documents them") {
  CHECK(written([](TextWriter& writer) { write_twin_get(writer, 7); }) ==
        "$iothub/twin/GET/?$rid=7");
  CHECK(written([](TextWriter& writer) { write_reported_patch(writer, 4294967295U); }) ==
        "$iothub/twin/PATCH/properties/reported/?$rid=4294967295");
}

TEST_CASE("topic: devicebound -> the bag, of this device only") {
  CHECK(parse_devicebound("devices/d/messages/devicebound/%24.mid=1&a=b", "d") == "%24.mid=1&a=b");
  CHECK(parse_devicebound("devices/d/messages/devicebound/", "d") == "");
  CHECK_FALSE(parse_devicebound("devices/dd/messages/devicebound/", "d"));
  CHECK_FALSE(parse_devicebound("devices/d/messages/devicebound/", "dd"));
  CHECK_FALSE(parse_devicebound("devices/d/messages/devicebound", "d"));
  CHECK_FALSE(parse_devicebound("devices/d/messages/deviceBound/", "d"));
  CHECK_FALSE(parse_devicebound("devices/d/modules/m/inputs/i/", "d"));
}

TEST_CASE("topic: module input -> its name and the bag, of this module only") {
  const auto input = parse_input("devices/d/modules/m/inputs/in1/%24.cdid=d&a=b", "d", "m");
  REQUIRE(input);
  CHECK(input->input == "in1");
  CHECK(input->bag == "%24.cdid=d&a=b");
  CHECK(parse_input("devices/d/modules/m/inputs/in1", "d", "m")->bag.empty());
  CHECK(parse_input("devices/d/modules/m/inputs/in1/", "d", "m")->bag.empty());
  CHECK_FALSE(parse_input("devices/d/modules/m/inputs/", "d", "m"));
  CHECK_FALSE(parse_input("devices/d/modules/m/inputs//a=b", "d", "m"));
  CHECK_FALSE(parse_input("devices/d/modules/m2/inputs/in1/", "d", "m"));
  CHECK_FALSE(parse_input("devices/x/modules/m/inputs/in1/", "d", "m"));
  CHECK(written([](TextWriter& writer) { write_input_filter(writer, "d", "m"); }) ==
        "devices/d/modules/m/inputs/#");
}

TEST_CASE("topic: telemetry -> of a device or a module") {
  CHECK(written([](TextWriter& writer) { write_telemetry(writer, "d", ""); }) ==
        "devices/d/messages/events/");
  CHECK(written([](TextWriter& writer) { write_telemetry(writer, "d", "m"); }) ==
        "devices/d/modules/m/messages/events/");
}

TEST_CASE("topic: every cut and every byte damaged -> parsed safely") {
  const std::string topic = GENERATE(
      "$iothub/methods/POST/name/?$rid=1f&x=y", "$iothub/twin/res/204/?$rid=17&$version=5",
      "$iothub/twin/PATCH/properties/desired/?$version=12",
      "devices/d/messages/devicebound/%24.mid=1", "devices/d/modules/m/inputs/in1/%24.mid=1");
  const auto parse_all = [](const std::string& text) {
    if (const auto method = parse_method_request(text)) {
      CHECK(method->name.size() + method->request_id.size() < text.size());
      CHECK_FALSE(method->request_id.empty());
    }
    if (const auto response = parse_twin_response(text)) {
      CHECK(response->status >= 100);
      CHECK(response->status <= 599);
      static_cast<void>(response->request_number());
    }
    static_cast<void>(parse_desired_notification(text));
    static_cast<void>(parse_devicebound(text, "d"));
    static_cast<void>(parse_input(text, "d", "m"));
  };
  for (std::size_t size = 0; size <= topic.size(); ++size) {
    // Copies of exact size, so that a sanitizer sees a step too far.
    parse_all(std::string(topic, 0, size));
  }
  for (std::size_t place = 0; place < topic.size(); ++place) {
    for (int code = 0; code < 256; ++code) {
      std::string damaged = topic;
      damaged[place] = static_cast<char>(code);
      parse_all(damaged);
    }
  }
}
