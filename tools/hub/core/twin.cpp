// SPDX-License-Identifier: MIT
#include "tools/hub/core/twin.hpp"

#include "tools/hub/core/encoding.hpp"
#include "tools/hub/core/time_text.hpp"

#include <algorithm>
#include <string_view>

namespace hubtwin::hub {
namespace {

/// Bytes of `text` that belong to C0 or C1 control characters; C1 takes two bytes in UTF-8.
std::size_t control_bytes(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20) {
      ++count;
    } else if (byte == 0xC2 && i + 1 < text.size() &&
               static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      count += 2;
    }
  }
  return count;
}

/// Checks what merging doesn't look at: keys, kinds of values, depth.
class Rules {
 public:
  explicit Rules(bool null_allowed) : null_allowed_(null_allowed) {}

  /// `depth` counts the containers around `value` below the section's root.
  Refusal check_object(const std::string& path, const Json& object, std::size_t depth,
                       bool in_array) const {
    for (const auto& member : object.items()) {
      if (auto refusal = check_key(path, member.key())) {
        return refusal;
      }
      if (auto refusal = check_value(path + '.' + member.key(), member.value(), depth, in_array)) {
        return refusal;
      }
    }
    return std::nullopt;
  }

 private:
  static Refusal check_key(const std::string& path, const std::string& key) {
    if (key.empty()) {
      return path + " has an empty key";
    }
    if (key.size() > kMaxKeyBytes) {
      return path + " has a key longer than 1 KB";
    }
    if (key.find_first_of(".$ ") != std::string::npos || control_bytes(key) > 0) {
      return path + " has the key '" + key + "' with one of '.', '$', space or a control character";
    }
    return std::nullopt;
  }

  Refusal check_value(const std::string& path, const Json& value, std::size_t depth,
                      bool in_array) const {
    switch (value.type()) {
      case Json::value_t::null:
        if (in_array) {
          return path + " is null within an array";
        }
        if (!null_allowed_) {
          return path + " is null in a replacement";
        }
        return std::nullopt;
      case Json::value_t::string:
        if (value.get_ref<const std::string&>().size() > kMaxStringBytes) {
          return path + " is a string longer than 4 KB";
        }
        return std::nullopt;
      case Json::value_t::number_unsigned:
        if (value.get<std::uint64_t>() > static_cast<std::uint64_t>(kMaxInteger)) {
          return path + " is an integer outside -4503599627370496 to 4503599627370495";
        }
        return std::nullopt;
      case Json::value_t::number_integer:
        if (value.get<std::int64_t>() < kMinInteger || value.get<std::int64_t>() > kMaxInteger) {
          return path + " is an integer outside -4503599627370496 to 4503599627370495";
        }
        return std::nullopt;
      case Json::value_t::object:
      case Json::value_t::array:
        if (depth == kMaxTwinDepth) {
          return path + " is nested deeper than 10 levels";
        }
        return value.is_object() ? check_object(path, value, depth + 1, in_array)
                                 : check_array(path, value, depth + 1);
      default:
        return std::nullopt;
    }
  }

  Refusal check_array(const std::string& path, const Json& array, std::size_t depth) const {
    for (std::size_t i = 0; i < array.size(); ++i) {
      if (auto refusal = check_value(path + '[' + std::to_string(i) + ']', array[i], depth, true)) {
        return refusal;
      }
    }
    return std::nullopt;
  }

  bool null_allowed_;
};

Json metadata_node(TimePoint now, std::uint64_t version) {
  return {{"$lastUpdated", to_iso8601(now)}, {"$lastUpdatedVersion", version}};
}

/// Brings the metadata beneath `metadata` in line with a patch that was merged. Arrays are leaves.
void merge_metadata(Json& metadata, const Json& patch, const Json& stamp) {
  metadata.update(stamp);
  for (const auto& member : patch.items()) {
    if (member.value().is_null()) {
      metadata.erase(member.key());
    } else if (member.value().is_object()) {
      Json& child = metadata[member.key()];
      if (child.is_null()) {
        child = Json::object();
      }
      merge_metadata(child, member.value(), stamp);
    } else {
      metadata[member.key()] = stamp;
    }
  }
}

/// A section of a service-side body. The service sends back what it read, so its own members at the
/// section's root are dropped; beneath, and by devices, they are refused.
Json without_service_members(const Json& section) {
  Json bare = section;
  if (bare.is_object()) {
    bare.erase("$version");
    bare.erase("$metadata");
  }
  return bare;
}

/// The sections that a service-side body names; null where it doesn't.
struct Body {
  Refusal refusal;
  const Json* tags = nullptr;
  const Json* desired = nullptr;
};

const Json* member(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

Body read_body(const Json& body) {
  if (!body.is_object()) {
    return {"the body isn't an object", nullptr, nullptr};
  }
  const Json* const properties = member(body, "properties");
  if (properties != nullptr && !properties->is_object()) {
    return {"properties isn't an object", nullptr, nullptr};
  }
  return {std::nullopt, member(body, "tags"),
          properties == nullptr ? nullptr : member(*properties, "desired")};
}

}  // namespace

std::size_t twin_size(const Json& section) {
  switch (section.type()) {
    case Json::value_t::object: {
      std::size_t size = 0;
      for (const auto& item : section.items()) {
        size += item.key().size() + twin_size(item.value());
      }
      return size;
    }
    case Json::value_t::array: {
      std::size_t size = 0;
      for (const Json& element : section) {
        size += twin_size(element);
      }
      return size;
    }
    case Json::value_t::string: {
      const auto& text = section.get_ref<const std::string&>();
      return text.size() - control_bytes(text);
    }
    case Json::value_t::boolean:
      return 4;
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::number_float:
      return 8;
    default:
      return 0;
  }
}

Json replacement_patch(const Json& before, const Json& after) {
  if (!before.is_object() || !after.is_object()) {
    return after;
  }
  Json patch = Json::object();
  for (const auto& item : before.items()) {
    const auto kept = after.find(item.key());
    patch[item.key()] =
        kept == after.end() ? Json(nullptr) : replacement_patch(item.value(), *kept);
  }
  for (const auto& item : after.items()) {
    if (!before.contains(item.key())) {
      patch[item.key()] = item.value();
    }
  }
  return patch;
}

TwinSection::TwinSection(std::string name, std::size_t max_size, TimePoint created)
    : name_(std::move(name)), max_size_(max_size), metadata_(metadata_node(created, version_)) {}

Refusal TwinSection::merge(const Json& patch, TimePoint now) {
  if (!patch.is_object()) {
    return name_ + " isn't an object";
  }
  if (auto refusal = Rules(true).check_object(name_, patch, 0, false)) {
    return refusal;
  }
  Json merged = value_;
  merged.merge_patch(patch);
  return finish(std::move(merged), patch, now);
}

Refusal TwinSection::replace(const Json& value, TimePoint now) {
  if (!value.is_object()) {
    return name_ + " isn't an object";
  }
  if (auto refusal = Rules(false).check_object(name_, value, 0, false)) {
    return refusal;
  }
  return finish(value, replacement_patch(value_, value), now);
}

Refusal TwinSection::finish(Json value, const Json& patch, TimePoint now) {
  const std::size_t size = twin_size(value);
  if (size > max_size_) {
    return name_ + " would have " + std::to_string(size) + " bytes, more than the " +
           std::to_string(max_size_) + " allowed";
  }
  value_ = std::move(value);
  ++version_;
  merge_metadata(metadata_, patch, metadata_node(now, version_));
  return std::nullopt;
}

Json TwinSection::service_view() const {
  Json view = value_;
  view["$metadata"] = metadata_;
  view["$version"] = version_;
  return view;
}

Json TwinSection::device_view() const {
  Json view = value_;
  view["$version"] = version_;
  return view;
}

Json TwinSection::to_json() const {
  return {{"value", value_}, {"metadata", metadata_}, {"version", version_}};
}

void TwinSection::load(const Json& stored) {
  value_ = stored.at("value");
  metadata_ = stored.at("metadata");
  version_ = stored.at("version").get<std::uint64_t>();
}

Twin::Twin(TimePoint created)
    : tags_("tags", kMaxTagsSize, created),
      desired_("properties.desired", kMaxPropertiesSize, created),
      reported_("properties.reported", kMaxPropertiesSize, created) {}

Twin Twin::from_json(const Json& stored) {
  Twin twin{TimePoint{}};
  twin.tags_.load(stored.at("tags"));
  twin.desired_.load(stored.at("desired"));
  twin.reported_.load(stored.at("reported"));
  twin.version_ = stored.at("version").get<std::uint64_t>();
  return twin;
}

Json Twin::to_json() const {
  return {{"tags", tags_.to_json()},
          {"desired", desired_.to_json()},
          {"reported", reported_.to_json()},
          {"version", version_}};
}

Refusal Twin::patch_reported(const Json& patch, TimePoint now) {
  auto refusal = reported_.merge(patch, now);
  if (!refusal) {
    ++version_;
  }
  return refusal;
}

Twin::ServiceWrite Twin::patch(const Json& body, TimePoint now) {
  const Body sections = read_body(body);
  if (sections.refusal) {
    return {sections.refusal, std::nullopt};
  }
  Twin next = *this;
  ServiceWrite write;
  if (sections.tags != nullptr) {
    write.refusal = next.tags_.merge(*sections.tags, now);
  }
  if (sections.desired != nullptr && !write.refusal) {
    write.notification = without_service_members(*sections.desired);
    write.refusal = next.desired_.merge(*write.notification, now);
  }
  if (!write.refusal && (sections.tags != nullptr || sections.desired != nullptr)) {
    ++next.version_;
    *this = std::move(next);
  }
  return write;
}

Twin::ServiceWrite Twin::replace(const Json& body, TimePoint now) {
  const Body sections = read_body(body);
  if (sections.refusal) {
    return {sections.refusal, std::nullopt};
  }
  const Json empty = Json::object();
  const Json desired =
      without_service_members(sections.desired == nullptr ? empty : *sections.desired);
  Twin next = *this;
  ServiceWrite write;
  write.refusal = next.tags_.replace(sections.tags == nullptr ? empty : *sections.tags, now);
  if (!write.refusal) {
    write.refusal = next.desired_.replace(desired, now);
  }
  if (!write.refusal) {
    write.notification = replacement_patch(desired_.value(), desired);
    ++next.version_;
    *this = std::move(next);
  }
  return write;
}

std::string Twin::etag() const {
  std::string bytes(8, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(version_ >> (8 * (7 - i)) & 0xff);
  }
  return base64_encode(bytes);
}

std::string Twin::device_document() const {
  const Json document = {{"desired", desired_.device_view()},
                         {"reported", reported_.device_view()}};
  return document.dump();
}

}  // namespace hubtwin::hub
