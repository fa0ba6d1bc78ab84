// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/status.hpp.

#include <hubtwin/status.hpp>

HUBTWIN_NAMESPACE_BEGIN

const char* to_string(Error error) {
  switch (error) {
    case Error::kNone:
      return "no error";
    case Error::kInvalidArgument:
      return "invalid argument";
    case Error::kNoSpace:
      return "no space";
    case Error::kWrongState:
      return "not possible in this state";
    case Error::kNotFound:
      return "not found";
    case Error::kNotSupported:
      return "not supported";
    case Error::kExpired:
      return "handle has expired";
    case Error::kCancelled:
      return "cancelled";
    case Error::kOutOfRange:
      return "value out of range";
    case Error::kWrongType:
      return "value of another type";
    case Error::kConnectionStringSyntax:
      return "connection string is not Key=Value;...";
    case Error::kConnectionStringMissingKey:
      return "connection string lacks a key";
    case Error::kConnectionStringDoubledKey:
      return "connection string has a key twice";
    case Error::kConnectionStringEmptyValue:
      return "connection string has a key without a value";
    case Error::kConnectionStringBadValue:
      return "connection string has a value that can't be";
    case Error::kKeyNotBase64:
      return "SharedAccessKey is not base64";
    case Error::kCredentialConflict:
      return "connection string has more than one credential";
    case Error::kCryptoFailed:
      return "signing failed";
    case Error::kJsonSyntax:
      return "not JSON";
    case Error::kJsonTooDeep:
      return "JSON has too many levels";
    case Error::kJsonNumber:
      return "JSON number can't be represented";
    case Error::kJsonString:
      return "malformed JSON string";
    case Error::kJsonTooLong:
      return "JSON key or string is too long";
    case Error::kJsonTruncated:
      return "JSON ends early";
    case Error::kJsonTrailing:
      return "something follows the JSON document";
    case Error::kPropertyKey:
      return "key that the hub would refuse";
    case Error::kPropertyValue:
      return "value that the hub would refuse";
    case Error::kPropertyTooLarge:
      return "section would exceed the hub's limit";
    case Error::kPropertyPath:
      return "path that leads nowhere";
    case Error::kResolveFailed:
      return "host name has no address";
    case Error::kConnectRefused:
      return "connection refused";
    case Error::kConnectTimeout:
      return "no answer to connect";
    case Error::kLinkLost:
      return "link lost";
    case Error::kPeerSilent:
      return "peer is silent";
    case Error::kNetworkFailed:
      return "network error";
    case Error::kReceiveQueueFull:
      return "receive queue full";
    case Error::kTlsFailed:
      return "TLS handshake failed";
    case Error::kTlsUnknownCa:
      return "server certificate is from an unknown authority";
    case Error::kTlsWrongHost:
      return "server certificate is for another host";
    case Error::kTlsExpired:
      return "server certificate has expired";
    case Error::kTlsNotYetValid:
      return "server certificate is not valid yet";
    case Error::kTlsTrustUnreadable:
      return "CA certificates can't be read";
    case Error::kTlsNoCommonProfile:
      return "no common TLS version or cipher";
    case Error::kRefusedProtocol:
      return "refused protocol level";
    case Error::kRefusedIdentifier:
      return "refused client id";
    case Error::kServerUnavailable:
      return "server unavailable";
    case Error::kRefusedCredentials:
      return "refused credentials";
    case Error::kSubscribeRefused:
      return "subscription refused";
    case Error::kProtocolViolation:
      return "peer violates MQTT";
    case Error::kIdentityConflict:
      return "identity conflict";
    case Error::kWaitingForTime:
      return "waiting for the time";
    case Error::kClockSuspect:
      return "refused credentials and a suspect clock";
    case Error::kTokenRenewal:
      return "token renewal";
    case Error::kTokenExpired:
      return "token has expired";
    case Error::kBackPressure:
      return "transport is busy";
    case Error::kClosed:
      return "closed by the application";
    case Error::kHubBadRequest:
      return "hub: bad request";
    case Error::kHubUnauthorized:
      return "hub: unauthorized";
    case Error::kHubNotFound:
      return "hub: not found";
    case Error::kHubPrecondition:
      return "hub: precondition failed";
    case Error::kHubTooLarge:
      return "hub: too large";
    case Error::kHubThrottled:
      return "hub: throttled";
    case Error::kHubServerError:
      return "hub: server error";
    case Error::kHubUnexpected:
      return "hub: unexpected answer";
    case Error::kHubTimeout:
      return "hub: no answer in time";
  }
  return "unknown error";
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
  switch (error) {
    case Error::kNone:
      return ErrorClass::kNone;

    case Error::kInvalidArgument:
    case Error::kNoSpace:
    case Error::kWrongState:
    case Error::kNotFound:
    case Error::kNotSupported:
    case Error::kExpired:
    case Error::kOutOfRange:
    case Error::kWrongType:
    case Error::kConnectionStringSyntax:
    case Error::kConnectionStringMissingKey:
    case Error::kConnectionStringDoubledKey:
    case Error::kConnectionStringEmptyValue:
    case Error::kConnectionStringBadValue:
    case Error::kKeyNotBase64:
    case Error::kCredentialConflict:
    case Error::kPropertyKey:
    case Error::kPropertyPath:
      return ErrorClass::kCaller;

    case Error::kJsonSyntax:
    case Error::kJsonTooDeep:
    case Error::kJsonNumber:
    case Error::kJsonString:
    case Error::kJsonTooLong:
    case Error::kJsonTruncated:
    case Error::kJsonTrailing:
    case Error::kPropertyValue:
    case Error::kPropertyTooLarge:
      return ErrorClass::kData;

    case Error::kResolveFailed:
    case Error::kConnectRefused:
    case Error::kConnectTimeout:
    case Error::kLinkLost:
    case Error::kPeerSilent:
    case Error::kNetworkFailed:
    case Error::kReceiveQueueFull:
    case Error::kTlsFailed:
    case Error::kSubscribeRefused:
    case Error::kProtocolViolation:
    case Error::kBackPressure:
      return ErrorClass::kNetwork;

    case Error::kTlsUnknownCa:
    case Error::kTlsWrongHost:
    case Error::kTlsExpired:
    case Error::kTlsNotYetValid:
    case Error::kTlsTrustUnreadable:
    case Error::kTlsNoCommonProfile:
      return ErrorClass::kTrust;

    case Error::kCryptoFailed:
    case Error::kRefusedProtocol:
    case Error::kRefusedIdentifier:
    case Error::kRefusedCredentials:
    case Error::kIdentityConflict:
    case Error::kTokenExpired:
      return ErrorClass::kCredentials;

    case Error::kServerUnavailable:
    case Error::kHubThrottled:
      return ErrorClass::kThrottled;

    case Error::kWaitingForTime:
    case Error::kClockSuspect:
      return ErrorClass::kTime;

    case Error::kCancelled:
    case Error::kTokenRenewal:
    case Error::kClosed:
      return ErrorClass::kPlanned;

    case Error::kHubBadRequest:
    case Error::kHubUnauthorized:
    case Error::kHubNotFound:
    case Error::kHubPrecondition:
    case Error::kHubTooLarge:
    case Error::kHubServerError:
    case Error::kHubUnexpected:
    case Error::kHubTimeout:
      return ErrorClass::kService;
  }
  return ErrorClass::kService;
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
