// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What every call that can fail answers: Status, or Result<T> with a value beside it.

#include <hubtwin/config.hpp>
#include <hubtwin/contract.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

HUBTWIN_NAMESPACE_BEGIN

/// Every reason hubtwin can give. The numbers are stable, grouped by hundreds by origin.
enum class Error : std::uint16_t {
  kNone = 0,  ///< It worked.

  // 1xx: the call
  kInvalidArgument = 100,  ///< An argument is outside its documented range; mend the call.
  kNoSpace = 101,  ///< A buffer, table or arena of fixed size is full; enlarge it or retry later.
  kWrongState = 102,    ///< Not possible in this state, e.g. open() twice; see the call's text.
  kNotFound = 103,      ///< There is no such thing.
  kNotSupported = 104,  ///< This build, transport or port can't do it.
  kExpired =
      105,  ///< The object that this handle meant is gone, e.g. a method call after link loss.
  kCancelled = 106,      ///< Given up because the client was closed or the value replaced.
  kOutOfRange = 107,     ///< The value is there but doesn't fit the type asked for.
  kWrongType = 108,      ///< The value is there but of another type.
  kStorageFailed = 109,  ///< The storage can't be read, programmed or erased any more.
  kDropped = 110,        ///< The message was given up for want of room: see FullPolicy.

  // 2xx: configuration and credentials
  kConnectionStringSyntax = 200,      ///< Not `Key=Value;...`.
  kConnectionStringMissingKey = 201,  ///< HostName, DeviceId or the credential is missing.
  kConnectionStringDoubledKey = 202,  ///< A key stands twice.
  kConnectionStringEmptyValue = 203,  ///< A key has no value.
  kConnectionStringBadValue = 204,    ///< A value has characters or a length that can't be.
  kKeyNotBase64 = 205,                ///< SharedAccessKey isn't base64.
  kCredentialConflict = 206,  ///< More than one of SharedAccessKey, SharedAccessSignature, x509.
  kCryptoFailed = 207,        ///< The Crypto port refused to sign.

  // 3xx: JSON and twin documents
  kJsonSyntax = 300,        ///< Not JSON.
  kJsonTooDeep = 301,       ///< More than HUBTWIN_MAX_DEPTH levels.
  kJsonNumber = 302,        ///< A number that can't be represented or is too long.
  kJsonString = 303,        ///< Bad escape, bad UTF-8 or a control character in a string.
  kJsonTooLong = 304,       ///< A key or string exceeds the reader's limit.
  kJsonTruncated = 305,     ///< The document ended early.
  kJsonTrailing = 306,      ///< Something follows the document's end.
  kPropertyKey = 310,       ///< A key the hub would refuse: empty, too long, or with a dot, `$`,
                            ///< `#`, white space or control characters.
  kPropertyValue = 311,     ///< A value the hub would refuse: integer beyond 2^52, NaN, null in an
                            ///< array, string too long.
  kPropertyTooLarge = 312,  ///< The section would exceed the hub's 32 KB.
  kPropertyPath =
      313,  ///< The path is empty, has an empty step, or runs through a value that isn't an object.

  // 4xx: the network, below MQTT
  kResolveFailed = 400,     ///< The host name has no address now; retried.
  kConnectRefused = 401,    ///< Nobody listens there now; retried.
  kConnectTimeout = 402,    ///< No answer to connect; retried.
  kLinkLost = 403,          ///< The peer or the network closed the link; retried.
  kPeerSilent = 404,        ///< Nothing was received for too long; retried.
  kNetworkFailed = 405,     ///< Another error of the network; see os_code().
  kReceiveQueueFull = 406,  ///< The transport's bounded receive queue ran full and the link was
                            ///< closed to lose nothing.

  // 5xx: TLS
  kTlsFailed = 500,  ///< The handshake failed otherwise; see tls_code().
  kTlsUnknownCa =
      501,  ///< The server's chain ends in no certificate we trust; check the CA bundle.
  kTlsWrongHost = 502,        ///< The server's certificate is for another host.
  kTlsExpired = 503,          ///< The server's certificate has expired, or the clock is ahead.
  kTlsNotYetValid = 504,      ///< The server's certificate isn't valid yet, or the clock is behind.
  kTlsTrustUnreadable = 505,  ///< The CA file or directory can't be read or holds no certificate.
  kTlsNoCommonVersion = 506,  ///< The server takes other versions of TLS only; we speak 1.2, and
                              ///< 1.3 where the TLS library does.
  kTlsNoCommonCipher = 507,   ///< The server takes other ciphers or signatures only; compare its
                              ///< list with that of the TLS library's configuration.

  // 6xx: MQTT and the hub's door
  kRefusedProtocol = 600,    ///< CONNACK 1: protocol level; not retried quickly.
  kRefusedIdentifier = 601,  ///< CONNACK 2: client id; not retried quickly.
  kServerUnavailable = 602,  ///< CONNACK 3: busy; slow retry.
  kRefusedCredentials =
      603,  ///< CONNACK 4 or 5: key, token, host or device id are refused; slow retry.
  kSubscribeRefused = 604,   ///< A SUBSCRIBE was answered 0x80.
  kProtocolViolation = 605,  ///< The peer sent what MQTT forbids.
  kIdentityConflict = 606,  ///< The link is dropped again and again right after it stands: probably
                            ///< a second client has this identity.
  kWaitingForTime = 607,    ///< The clock has no UTC yet, so no token can be signed; waits.
  kClockSuspect = 608,      ///< Credentials were refused and the clock looks wrong.
  kTokenRenewal = 609,      ///< Planned: the link is renewed before the token expires, or with the
                            ///< identity that update_identity() gave.
  kTokenExpired = 610,  ///< A SharedAccessSignature given ready-made has expired; give a new one.
  kBackPressure = 611,  ///< The transport can't take it now; retry after the next poll().
  kClosed = 612,        ///< The application closed the client.

  // 7xx: answers of the hub to a request
  kHubBadRequest = 700,    ///< 400: refused for its content; not retried.
  kHubUnauthorized = 701,  ///< 401 or 403.
  kHubNotFound = 702,      ///< 404.
  kHubPrecondition = 703,  ///< 412.
  kHubTooLarge = 704,      ///< 413.
  kHubThrottled = 705,     ///< 429: retried slowly.
  kHubServerError = 706,   ///< 5xx: retried.
  kHubUnexpected = 707,    ///< A status or body that makes no sense.
  kHubTimeout = 708,       ///< No answer in time, or 408; retried.
};

/// The classes a reason falls into; they decide how fast a client tries again.
enum class ErrorClass : std::uint8_t {
  kNone,         ///< No error.
  kCaller,       ///< The program's call or configuration: trying again won't help.
  kData,         ///< A document or value: the same one won't pass.
  kNetwork,      ///< Link or resolver: retried with full jitter.
  kTrust,        ///< TLS verification: slow lane.
  kCredentials,  ///< Refused identity, key or token: slow lane.
  kThrottled,    ///< Too much or server busy: slow lane.
  kTime,         ///< Waiting for, or doubting, the clock.
  kPlanned,      ///< Our own doing: renewal or close.
  kService,      ///< The hub's error answer.
};

/// How many classes there are.
constexpr std::size_t kErrorClasses = static_cast<std::size_t>(ErrorClass::kService) + 1;

/// A short constant English text, e.g. "refused credentials"; never a secret, never null.
const char* to_string(Error error);
/// Constant text of a class.
const char* to_string(ErrorClass error_class);
/// The class of a reason.
ErrorClass class_of(Error error);
/// Whether the same attempt may succeed later without a change by the program.
bool is_retryable(Error error);

/// The outcome of a call: a reason and, where a lower layer gave one, its code.
///
/// One word, so that it is returned in a register: every call of the library answers one, and on
/// Cortex-M what is longer goes through memory on both sides.
class [[nodiscard]] Status {
 public:
  /// Success.
  constexpr Status() = default;
  // NOLINTNEXTLINE: implicit, so that `return Error::k...` reads well
  constexpr Status(Error error) : bits_(static_cast<std::uint32_t>(error)) {}

  /// A reason with the number that MQTT or the hub gave: CONNACK code, SUBACK code or HTTP-like
  /// status. From kLeastCode to kMostCode; a code beyond becomes the nearest of these. With
  /// Error::kNone it is dropped.
  static constexpr Status with_mqtt_code(Error error, int code) {
    return Status(error, kMqtt, code);
  }
  /// Likewise: error or verification flags of the TLS library.
  static constexpr Status with_tls_code(Error error, int code) { return Status(error, kTls, code); }
  /// Likewise: errno or the like.
  static constexpr Status with_os_code(Error error, int code) { return Status(error, kOs, code); }
  /// Another reason with the code of this one.
  constexpr Status with_error(Error error) const {
    return error == Error::kNone ? Status() : Status((bits_ & ~kErrorMask) | bits_of(error));
  }

  static constexpr int kMostCode = (1 << 19) - 1;  ///< mbedTLS's verification flags end here.
  static constexpr int kLeastCode = -kMostCode - 1;

  constexpr bool ok() const { return bits_ == 0; }
  constexpr explicit operator bool() const { return ok(); }
  constexpr Error error() const { return static_cast<Error>(bits_ & kErrorMask); }
  /// CONNACK code, SUBACK code or HTTP-like status of the hub's answer; 0 where none.
  constexpr int mqtt_code() const { return code_of(kMqtt); }
  /// Error or verification flags of the TLS library; 0 where none.
  constexpr int tls_code() const { return code_of(kTls); }
  /// errno or the like; 0 where none.
  constexpr int os_code() const { return code_of(kOs); }

  friend constexpr bool operator==(const Status& a, const Status& b) { return a.bits_ == b.bits_; }
  friend constexpr bool operator!=(const Status& a, const Status& b) { return a.bits_ != b.bits_; }

 private:
  // From the least significant bit: error (10), layer that the code is of (2), code (20, signed).
  enum Layer : std::uint32_t { kNoLayer = 0, kMqtt = 1, kTls = 2, kOs = 3 };
  static constexpr unsigned kErrorBits = 10;
  static constexpr unsigned kCodeShift = kErrorBits + 2;
  static constexpr std::uint32_t kErrorMask = (1U << kErrorBits) - 1;

  static constexpr std::uint32_t bits_of(Error error) { return static_cast<std::uint32_t>(error); }
  static constexpr int nearest_code(int code) {
    return code > kMostCode ? kMostCode : code < kLeastCode ? kLeastCode : code;
  }
  constexpr explicit Status(std::uint32_t bits) : bits_(bits) {}
  constexpr Status(Error error, Layer layer, int code)
      : bits_(error == Error::kNone
                  ? 0
                  : bits_of(error) | (layer << kErrorBits) |
                        (static_cast<std::uint32_t>(nearest_code(code)) << kCodeShift)) {}
  constexpr int code_of(Layer layer) const {
    const int code = static_cast<int>(bits_ >> kCodeShift);
    return ((bits_ >> kErrorBits) & 3U) != layer ? 0
           : code > kMostCode                    ? code + 2 * kLeastCode
                                                 : code;
  }

  std::uint32_t bits_ = 0;
};

/// A value, or the Status that says why there is none. For small, default-constructible types.
template <class T>
class [[nodiscard]] Result {
 public:
  constexpr Result(T value) : value_(std::move(value)) {}        // NOLINT: implicit
  constexpr Result(Status status) : status_(status), value_() {  // NOLINT: implicit
    HUBTWIN_EXPECTS(!status.ok());
  }
  constexpr Result(Error error) : Result(Status(error)) {}  // NOLINT: implicit

  constexpr bool ok() const { return status_.ok(); }
  constexpr explicit operator bool() const { return ok(); }
  constexpr Status status() const { return status_; }
  constexpr Error error() const { return status_.error(); }
  /// \pre ok()
  constexpr const T& value() const {
    HUBTWIN_EXPECTS(status_.ok());
    return value_;
  }
  /// \pre ok()
  constexpr const T& operator*() const { return value(); }
  /// \pre ok()
  constexpr const T* operator->() const { return &value(); }
  /// The value, or `fallback` where there is none.
  constexpr T value_or(T fallback) const { return ok() ? value_ : fallback; }

 private:
  Status status_;
  T value_;
};

HUBTWIN_NAMESPACE_END
