// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/status.hpp.

#include <hubtwin/status.hpp>

#include <cstddef>
#include <cstring>

HUBTWIN_NAMESPACE_BEGIN

// Every error, its class and its text.
#define HUBTWIN_ERRORS(X)                                                                \
  X(kNone, kNone, "no error")                                                            \
  X(kInvalidArgument, kCaller, "invalid argument")                                       \
  X(kNoSpace, kCaller, "no space")                                                       \
  X(kWrongState, kCaller, "not possible in this state")                                  \
  X(kNotFound, kCaller, "not found")                                                     \
  X(kNotSupported, kCaller, "not supported")                                             \
  X(kExpired, kCaller, "handle has expired")                                             \
  X(kCancelled, kPlanned, "cancelled")                                                   \
  X(kOutOfRange, kCaller, "value out of range")                                          \
  X(kWrongType, kCaller, "value of another type")                                        \
  X(kStorageFailed, kCaller, "storage failed")                                           \
  X(kDropped, kPlanned, "dropped")                                                       \
  X(kConnectionStringSyntax, kCaller, "connection string is not Key=Value;...")          \
  X(kConnectionStringMissingKey, kCaller, "connection string lacks a key")               \
  X(kConnectionStringDoubledKey, kCaller, "connection string has a key twice")           \
  X(kConnectionStringEmptyValue, kCaller, "connection string has a key without a value") \
  X(kConnectionStringBadValue, kCaller, "connection string has a value that can't be")   \
  X(kKeyNotBase64, kCaller, "SharedAccessKey is not base64")                             \
  X(kCredentialConflict, kCaller, "connection string has more than one credential")      \
  X(kCryptoFailed, kCredentials, "signing failed")                                       \
  X(kJsonSyntax, kData, "not JSON")                                                      \
  X(kJsonTooDeep, kData, "JSON has too many levels")                                     \
  X(kJsonNumber, kData, "JSON number can't be represented")                              \
  X(kJsonString, kData, "malformed JSON string")                                         \
  X(kJsonTooLong, kData, "JSON key or string is too long")                               \
  X(kJsonTruncated, kData, "JSON ends early")                                            \
  X(kJsonTrailing, kData, "something follows the JSON document")                         \
  X(kPropertyKey, kCaller, "key that the hub would refuse")                              \
  X(kPropertyValue, kData, "value that the hub would refuse")                            \
  X(kPropertyTooLarge, kData, "section would exceed the hub's limit")                    \
  X(kPropertyPath, kCaller, "path that leads nowhere")                                   \
  X(kResolveFailed, kNetwork, "host name has no address")                                \
  X(kConnectRefused, kNetwork, "connection refused")                                     \
  X(kConnectTimeout, kNetwork, "no answer to connect")                                   \
  X(kLinkLost, kNetwork, "link lost")                                                    \
  X(kPeerSilent, kNetwork, "peer is silent")                                             \
  X(kNetworkFailed, kNetwork, "network error")                                           \
  X(kReceiveQueueFull, kNetwork, "receive queue full")                                   \
  X(kTlsFailed, kNetwork, "TLS handshake failed")                                        \
  X(kTlsUnknownCa, kTrust, "server certificate is from an unknown authority")            \
  X(kTlsWrongHost, kTrust, "server certificate is for another host")                     \
  X(kTlsExpired, kTrust, "server certificate has expired")                               \
  X(kTlsNotYetValid, kTrust, "server certificate is not valid yet")                      \
  X(kTlsTrustUnreadable, kTrust, "CA certificates can't be read")                        \
  X(kTlsNoCommonVersion, kTrust, "no common TLS version")                                \
  X(kTlsNoCommonCipher, kTrust, "no common TLS cipher")                                  \
  X(kRefusedProtocol, kCredentials, "refused protocol level")                            \
  X(kRefusedIdentifier, kCredentials, "refused client id")                               \
  X(kServerUnavailable, kThrottled, "server unavailable")                                \
  X(kRefusedCredentials, kCredentials, "refused credentials")                            \
  X(kSubscribeRefused, kNetwork, "subscription refused")                                 \
  X(kProtocolViolation, kNetwork, "peer violates MQTT")                                  \
  X(kIdentityConflict, kCredentials, "identity conflict")                                \
  X(kWaitingForTime, kTime, "waiting for the time")                                      \
  X(kClockSuspect, kTime, "refused credentials and a suspect clock")                     \
  X(kTokenRenewal, kPlanned, "token renewal")                                            \
  X(kTokenExpired, kCredentials, "token has expired")                                    \
  X(kBackPressure, kNetwork, "transport is busy")                                        \
  X(kClosed, kPlanned, "closed by the application")                                      \
  X(kHubBadRequest, kService, "hub: bad request")                                        \
  X(kHubUnauthorized, kService, "hub: unauthorized")                                     \
  X(kHubNotFound, kService, "hub: not found")                                            \
  X(kHubPrecondition, kService, "hub: precondition failed")                              \
  X(kHubTooLarge, kService, "hub: too large")                                            \
  X(kHubThrottled, kThrottled, "hub: throttled")                                         \
  X(kHubServerError, kService, "hub: server error")                                      \
  X(kHubUnexpected, kService, "hub: unexpected answer")                                  \
  X(kHubTimeout, kService, "hub: no answer in time")

namespace detail_status {

struct Entry {
  Error error;
  ErrorClass error_class;
};
#define HUBTWIN_ENTRY(name, error_class, text) {Error::name, ErrorClass::error_class},
static constexpr Entry kEntries[] = {HUBTWIN_ERRORS(HUBTWIN_ENTRY)};
#undef HUBTWIN_ENTRY
constexpr std::size_t kCount = sizeof(kEntries) / sizeof(kEntries[0]);

// One behind the other: less than a table of pointers, or than code that finds each.
#define HUBTWIN_TEXT(name, error_class, text) text "\0"
static constexpr char kTexts[] = HUBTWIN_ERRORS(HUBTWIN_TEXT) "unknown error";
#undef HUBTWIN_TEXT

// So that the compiler warns of an error that isn't in the list.
#define HUBTWIN_CASE(name, error_class, text) case Error::name:
constexpr bool listed(Error error) {
  switch (error) {
    HUBTWIN_ERRORS(HUBTWIN_CASE)
    return true;
  }
  return false;
}
#undef HUBTWIN_CASE
static_assert(listed(Error::kNone) && !listed(static_cast<Error>(1)));

static std::size_t index_of(Error error) {
  std::size_t index = 0;
  while (index < kCount && kEntries[index].error != error) {
    ++index;
  }
  return index;
}

}  // namespace detail_status

#undef HUBTWIN_ERRORS

const char* to_string(Error error) {
  const char* text = detail_status::kTexts;
  for (std::size_t left = detail_status::index_of(error); left > 0; --left) {
    text += std::strlen(text) + 1;
  }
  return text;
}

const char* to_string(ErrorClass error_class) {
  switch (error_class) {
    case ErrorClass::kNone:
      return "none";
    case ErrorClass::kCaller:
      return "caller";
    case ErrorClass::kData:
      return "data";
    case ErrorClass::kNetwork:
      return "network";
    case ErrorClass::kTrust:
      return "trust";
    case ErrorClass::kCredentials:
      return "credentials";
    case ErrorClass::kThrottled:
      return "throttled";
    case ErrorClass::kTime:
      return "time";
    case ErrorClass::kPlanned:
      return "planned";
    case ErrorClass::kService:
      return "service";
  }
  return "unknown class";
}

ErrorClass class_of(Error error) {
  const std::size_t index = detail_status::index_of(error);
  return index < detail_status::kCount ? detail_status::kEntries[index].error_class
                                       : ErrorClass::kService;
}

bool is_retryable(Error error) {
  switch (class_of(error)) {
    case ErrorClass::kNetwork:
    case ErrorClass::kTrust:  // the server's certificate or the clock may be mended meanwhile
    case ErrorClass::kThrottled:
    case ErrorClass::kTime:
      return true;
    case ErrorClass::kCredentials:  // depend on the hub's registry or on a clock, but for these
      return error != Error::kTokenExpired && error != Error::kRefusedProtocol &&
             error != Error::kRefusedIdentifier;
    case ErrorClass::kService:
      return error == Error::kHubServerError || error == Error::kHubTimeout ||
             error == Error::kHubUnexpected;
    case ErrorClass::kCaller:
      return error == Error::kNoSpace;
    case ErrorClass::kPlanned:
      return error == Error::kTokenRenewal;
    case ErrorClass::kNone:
    case ErrorClass::kData:
      return false;
  }
  return false;
}

HUBTWIN_NAMESPACE_END
