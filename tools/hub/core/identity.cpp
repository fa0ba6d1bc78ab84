// SPDX-License-Identifier: MIT
#include "tools/hub/core/identity.hpp"

#include "tools/hub/core/encoding.hpp"
#include "tools/hub/core/sas_token.hpp"
#include "tools/hub/core/time_text.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <ratio>
#include <utility>

namespace hubtwin::hub {
namespace {

constexpr std::size_t kMinKeyBytes = 16;
constexpr std::size_t kMaxKeyBytes = 64;
constexpr std::size_t kMaxReasonBytes = 128;

constexpr std::array<std::pair<Authentication, const char*>, 3> kAuthenticationNames{{
    {Authentication::kSas, "sas"},
    {Authentication::kSelfSigned, "selfSigned"},
    {Authentication::kCertificateAuthority, "certificateAuthority"},
}};

std::optional<Authentication> authentication_from(const std::string& name) {
  for (const auto& [value, known] : kAuthenticationNames) {
    if (equal_ignoring_case(known, name)) {
      return value;
    }
  }
  return std::nullopt;
}

/// Like the service's: the tick count of the creation, in 100 ns since the year 1.
std::string make_generation_id(TimePoint now) {
  using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, 10000000>>;
  constexpr std::int64_t kTicksAtUnixEpoch = 621355968000000000;
  return std::to_string(kTicksAtUnixEpoch +
                        std::chrono::duration_cast<Ticks>(now.time_since_epoch()).count());
}

std::string make_etag() {
  return base64_encode(random_bytes(6));
}

/// Reads members of a REST body one by one and remembers the first that is wrong.
class BodyReader {
 public:
  BodyReader(const Json& body, std::string where) : body_(body), where_(std::move(where)) {
    if (!body_.is_object()) {
      error_ = where_ + " isn't an object";
    }
  }

  /// Null and absent mean the same: nothing said.
  const Json* find(const char* key) const {
    if (!body_.is_object()) {
      return nullptr;
    }
    const auto found = body_.find(key);
    return found == body_.end() || found->is_null() ? nullptr : &*found;
  }

  std::optional<std::string> text(const char* key) {
    const Json* const value = find(key);
    if (value == nullptr) {
      return std::nullopt;
    }
    if (!value->is_string()) {
      fail(key, "isn't a string");
      return std::nullopt;
    }
    return value->get<std::string>();
  }

  std::optional<bool> boolean(const char* key) {
    const Json* const value = find(key);
    if (value == nullptr) {
      return std::nullopt;
    }
    if (!value->is_boolean()) {
      fail(key, "isn't true or false");
      return std::nullopt;
    }
    return value->get<bool>();
  }

  void fail(const std::string& key, const std::string& what) {
    if (!error_) {
      error_ = (where_ == "the body" ? "" : where_ + '.') + key + ' ' + what;
    }
  }

  const std::optional<std::string>& error() const { return error_; }

 private:
  const Json& body_;
  std::string where_;
  std::optional<std::string> error_;
};

void read_key(BodyReader& reader, const char* name, std::string& key) {
  const auto given = reader.text(name);
  if (!given || given->empty()) {
    return;
  }
  const auto bytes = base64_decode(*given);
  if (!bytes || bytes->size() < kMinKeyBytes || bytes->size() > kMaxKeyBytes) {
    reader.fail(name, "isn't the base64 of 16 to 64 bytes");
    return;
  }
  key = *given;
}

std::optional<std::string> read_authentication(const Json& body, Identity& identity) {
  BodyReader reader(body, "authentication");
  if (const auto type = reader.text("type")) {
    const auto known = authentication_from(*type);
    if (known) {
      identity.authentication = *known;
    } else {
      reader.fail("type", "isn't sas, selfSigned or certificateAuthority");
    }
  }
  if (reader.error()) {
    return reader.error();
  }
  if (const Json* const keys = reader.find("symmetricKey")) {
    BodyReader key_reader(*keys, "authentication.symmetricKey");
    read_key(key_reader, "primaryKey", identity.primary_key);
    read_key(key_reader, "secondaryKey", identity.secondary_key);
    if (key_reader.error()) {
      return key_reader.error();
    }
  }
  if (const Json* const thumbprints = reader.find("x509Thumbprint")) {
    BodyReader thumbprint_reader(*thumbprints, "authentication.x509Thumbprint");
    identity.primary_thumbprint = thumbprint_reader.text("primaryThumbprint").value_or("");
    identity.secondary_thumbprint = thumbprint_reader.text("secondaryThumbprint").value_or("");
    if (thumbprint_reader.error()) {
      return thumbprint_reader.error();
    }
  }
  return std::nullopt;
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

}  // namespace

Identity Identity::create(const IdentityId& id, TimePoint now) {
  Identity identity;
  identity.id = id;
  identity.generation_id = make_generation_id(now);
  identity.etag = make_etag();
  identity.status_updated = kNever;
  identity.primary_key = make_shared_access_key();
  identity.secondary_key = make_shared_access_key();
  identity.connection_updated = kNever;
  identity.last_activity = kNever;
  return identity;
}

Result<Identity> Identity::updated(const Json& body, TimePoint now) const {
  Identity next = *this;
  BodyReader reader(body, "the body");
  if (const auto device = reader.text("deviceId"); device && *device != id.device) {
    reader.fail("deviceId", "isn't the one in the path");
  }
  if (const auto module = reader.text("moduleId"); module && *module != id.module) {
    reader.fail("moduleId", "isn't the one in the path");
  }
  if (const auto status = reader.text("status")) {
    const bool enable = equal_ignoring_case(*status, "enabled");
    if (!enable && !equal_ignoring_case(*status, "disabled")) {
      reader.fail("status", "isn't enabled or disabled");
    } else if (enable != enabled) {
      next.enabled = enable;
      next.status_updated = to_iso8601(now);
    }
  }
  if (const auto reason = reader.text("statusReason")) {
    if (reason->size() > kMaxReasonBytes) {
      reader.fail("statusReason", "is longer than 128 bytes");
    }
    next.status_reason = *reason;
  }
  next.managed_by = reader.text("managedBy").value_or(managed_by);
  if (const Json* const capabilities = reader.find("capabilities")) {
    BodyReader capability_reader(*capabilities, "capabilities");
    next.iot_edge = capability_reader.boolean("iotEdge").value_or(iot_edge);
    if (capability_reader.error()) {
      return errors::argument_invalid(*capability_reader.error());
    }
  }
  if (reader.error()) {
    return errors::argument_invalid(*reader.error());
  }
  if (const Json* const authentication_body = reader.find("authentication")) {
    if (const auto error = read_authentication(*authentication_body, next)) {
      return errors::argument_invalid(*error);
    }
  }
  next.etag = make_etag();
  return next;
}

std::string Identity::authentication_name() const {
  for (const auto& [value, name] : kAuthenticationNames) {
    if (value == authentication) {
      return name;
    }
  }
  return {};
}

Json Identity::view(bool connected, std::size_t pending_messages) const {
  const bool sas = authentication == Authentication::kSas;
  Json view = {{"deviceId", id.device}};
  if (id.is_module()) {
    view["moduleId"] = id.module;
    view["managedBy"] = managed_by;
  }
  view["generationId"] = generation_id;
  view["etag"] = etag;
  view["connectionState"] = connected ? "Connected" : "Disconnected";
  if (!id.is_module()) {
    view["status"] = enabled ? "enabled" : "disabled";
    view["statusReason"] = text_or_null(status_reason);
    view["statusUpdatedTime"] = status_updated;
  }
  view["connectionStateUpdatedTime"] = connection_updated;
  view["lastActivityTime"] = last_activity;
  view["cloudToDeviceMessageCount"] = pending_messages;
  view["authentication"] = {
      {"symmetricKey",
       {{"primaryKey", sas ? Json(primary_key) : Json(nullptr)},
        {"secondaryKey", sas ? Json(secondary_key) : Json(nullptr)}}},
      {"x509Thumbprint",
       {{"primaryThumbprint", text_or_null(primary_thumbprint)},
        {"secondaryThumbprint", text_or_null(secondary_thumbprint)}}},
      {"type", authentication_name()},
  };
  if (!id.is_module()) {
    view["capabilities"] = {{"iotEdge", iot_edge}};
  }
  return view;
}

Json Identity::to_json() const {
  return {{"generationId", generation_id},
          {"etag", etag},
          {"enabled", enabled},
          {"statusReason", status_reason},
          {"statusUpdated", status_updated},
          {"authentication", authentication_name()},
          {"primaryKey", primary_key},
          {"secondaryKey", secondary_key},
          {"primaryThumbprint", primary_thumbprint},
          {"secondaryThumbprint", secondary_thumbprint},
          {"iotEdge", iot_edge},
          {"managedBy", managed_by},
          {"modelId", model_id},
          {"connectionUpdated", connection_updated},
          {"lastActivity", last_activity}};
}

Identity Identity::from_json(const Json& stored) {
  Identity identity;
  stored.at("generationId").get_to(identity.generation_id);
  stored.at("etag").get_to(identity.etag);
  stored.at("enabled").get_to(identity.enabled);
  stored.at("statusReason").get_to(identity.status_reason);
  stored.at("statusUpdated").get_to(identity.status_updated);
  identity.authentication =
      authentication_from(stored.at("authentication").get<std::string>()).value();
  stored.at("primaryKey").get_to(identity.primary_key);
  stored.at("secondaryKey").get_to(identity.secondary_key);
  stored.at("primaryThumbprint").get_to(identity.primary_thumbprint);
  stored.at("secondaryThumbprint").get_to(identity.secondary_thumbprint);
  stored.at("iotEdge").get_to(identity.iot_edge);
  stored.at("managedBy").get_to(identity.managed_by);
  stored.at("modelId").get_to(identity.model_id);
  stored.at("connectionUpdated").get_to(identity.connection_updated);
  stored.at("lastActivity").get_to(identity.last_activity);
  return identity;
}

}  // namespace hubtwin::hub
