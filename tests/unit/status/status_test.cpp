// SPDX-License-Identifier: MIT
#include <hubtwin/status.hpp>

#include <limits>
#include <map>
#include <string>

#include <catch2/catch.hpp>

using hubtwin::Error;
using hubtwin::ErrorClass;
using hubtwin::Status;

namespace {

const std::string kUnknown = "unknown error";

// Every number that is an error of hubtwin.
template <class Visit>
void for_each_error(const Visit& visit) {
  for (int number = 0; number < 1000; ++number) {
    const auto error = static_cast<Error>(number);
    if (hubtwin::to_string(error) != kUnknown) {
      visit(error);
    }
  }
}

}  // namespace

TEST_CASE("status: every error -> a text of its own and a class") {
  std::map<std::string, int> texts;
  for_each_error([&texts](Error error) {
    const std::string text = hubtwin::to_string(error);
    CAPTURE(text);
    CHECK_FALSE(text.empty());
    CHECK(++texts[text] == 1);
    CHECK((hubtwin::class_of(error) == ErrorClass::kNone) == (error == Error::kNone));
  });
  CHECK(texts.size() >= 60);
  for (int number = 0; number <= static_cast<int>(ErrorClass::kService); ++number) {
    CHECK(hubtwin::to_string(static_cast<ErrorClass>(number)) != std::string("unknown class"));
  }
}

TEST_CASE("status: numbers that are no error -> still a text") {
  CHECK(hubtwin::to_string(static_cast<Error>(999)) == kUnknown);
  CHECK(hubtwin::to_string(static_cast<ErrorClass>(99)) == std::string("unknown class"));
  CHECK_FALSE(hubtwin::is_retryable(static_cast<Error>(999)));
}

TEST_CASE("status: classes -> as the retry policy needs them") {
  CHECK(hubtwin::class_of(Error::kLinkLost) == ErrorClass::kNetwork);
  CHECK(hubtwin::class_of(Error::kResolveFailed) == ErrorClass::kNetwork);
  CHECK(hubtwin::class_of(Error::kTlsUnknownCa) == ErrorClass::kTrust);
  CHECK(hubtwin::class_of(Error::kTlsExpired) == ErrorClass::kTrust);
  CHECK(hubtwin::class_of(Error::kRefusedCredentials) == ErrorClass::kCredentials);
  CHECK(hubtwin::class_of(Error::kIdentityConflict) == ErrorClass::kCredentials);
  CHECK(hubtwin::class_of(Error::kServerUnavailable) == ErrorClass::kThrottled);
  CHECK(hubtwin::class_of(Error::kHubThrottled) == ErrorClass::kThrottled);
  CHECK(hubtwin::class_of(Error::kWaitingForTime) == ErrorClass::kTime);
  CHECK(hubtwin::class_of(Error::kTokenRenewal) == ErrorClass::kPlanned);
  CHECK(hubtwin::class_of(Error::kConnectionStringSyntax) == ErrorClass::kCaller);
  CHECK(hubtwin::class_of(Error::kJsonSyntax) == ErrorClass::kData);
  CHECK(hubtwin::class_of(Error::kHubBadRequest) == ErrorClass::kService);
}

TEST_CASE("status: retryable -> what may pass later by itself") {
  for_each_error([](Error error) {
    const ErrorClass error_class = hubtwin::class_of(error);
    CAPTURE(hubtwin::to_string(error));
    if (error_class == ErrorClass::kNetwork || error_class == ErrorClass::kThrottled ||
        error_class == ErrorClass::kTime) {
      CHECK(hubtwin::is_retryable(error));
    }
    if (error_class == ErrorClass::kData || error_class == ErrorClass::kNone) {
      CHECK_FALSE(hubtwin::is_retryable(error));
    }
  });
  CHECK(hubtwin::is_retryable(Error::kNoSpace));
  CHECK(hubtwin::is_retryable(Error::kRefusedCredentials));
  CHECK(hubtwin::is_retryable(Error::kHubServerError));
  CHECK_FALSE(hubtwin::is_retryable(Error::kInvalidArgument));
  CHECK_FALSE(hubtwin::is_retryable(Error::kTokenExpired));
  CHECK_FALSE(hubtwin::is_retryable(Error::kHubBadRequest));
  CHECK_FALSE(hubtwin::is_retryable(Error::kRefusedIdentifier));
  CHECK_FALSE(hubtwin::is_retryable(Error::kClosed));
}

TEST_CASE("status: the code of a lower layer -> kept, and told as that layer's alone") {
  const auto mqtt = Status::with_mqtt_code(Error::kRefusedCredentials, 5);
  CHECK_FALSE(mqtt.ok());
  CHECK(mqtt.error() == Error::kRefusedCredentials);
  CHECK(mqtt.mqtt_code() == 5);
  CHECK(mqtt.tls_code() == 0);
  CHECK(mqtt.os_code() == 0);
  const auto tls = Status::with_tls_code(Error::kTlsFailed, -0x7780);
  CHECK(tls.tls_code() == -0x7780);
  CHECK(tls.mqtt_code() == 0);
  const auto os = Status::with_os_code(Error::kNetworkFailed, 110);
  CHECK(os.os_code() == 110);
  CHECK(os.tls_code() == 0);
  CHECK(os != Status(Error::kNetworkFailed));
  CHECK(os != Status::with_tls_code(Error::kNetworkFailed, 110));
}

TEST_CASE("status: a code at or beyond the ends of its range -> the nearest that is kept") {
  const auto code_kept = [](int code) {
    const auto status = Status::with_tls_code(Error::kTlsFailed, code);
    CHECK(status.error() == Error::kTlsFailed);
    return status.tls_code();
  };
  CHECK(code_kept(-1) == -1);
  CHECK(code_kept(Status::kMostCode) == Status::kMostCode);
  CHECK(code_kept(Status::kLeastCode) == Status::kLeastCode);
  CHECK(code_kept(Status::kMostCode + 1) == Status::kMostCode);
  CHECK(code_kept((std::numeric_limits<int>::max)()) == Status::kMostCode);
  CHECK(code_kept((std::numeric_limits<int>::min)()) == Status::kLeastCode);
}

TEST_CASE("status: success with a code -> success") {
  CHECK(Status().ok());
  CHECK(Status::with_mqtt_code(Error::kNone, 204).ok());
  CHECK(Status::with_mqtt_code(Error::kNone, 204) == Status());
}

TEST_CASE("status: another reason -> the code stays") {
  const auto status =
      Status::with_os_code(Error::kLinkLost, 104).with_error(Error::kIdentityConflict);
  CHECK(status == Status::with_os_code(Error::kIdentityConflict, 104));
  CHECK(status.with_error(Error::kNone) == Status());
}

TEST_CASE("status: a result -> the value or the reason") {
  const hubtwin::Result<int> good = 7;
  CHECK(good.ok());
  CHECK(*good == 7);
  CHECK(good.value_or(1) == 7);
  const hubtwin::Result<int> bad = Error::kNotFound;
  CHECK(bad.error() == Error::kNotFound);
  CHECK(bad.value_or(1) == 1);
}
