// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A twin document: tags, desired and reported properties, with the rules that IoT Hub applies to
/// them (IoT Hub developer guide, "Understand and use device twins").

#include "tools/hub/core/json.hpp"
#include "tools/hub/core/message.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace hubtwin::hub {

constexpr std::size_t kMaxTagsSize = 8 * 1024;
constexpr std::size_t kMaxPropertiesSize = 32 * 1024;
constexpr std::size_t kMaxKeyBytes = 1024;
constexpr std::size_t kMaxStringBytes = 4096;
constexpr std::size_t kMaxTwinDepth = 10;
constexpr std::int64_t kMinInteger = -4503599627370496;
constexpr std::int64_t kMaxInteger = 4503599627370495;

/// The size of a section as the service counts it: key lengths plus value sizes; strings by their
/// UTF-8 length without control characters, numbers 8, booleans 4.
std::size_t twin_size(const Json& section);

/// The patch that turns `before` into `after` as the service announces a replacement: all of
/// `after`, and null for each member that is gone.
Json replacement_patch(const Json& before, const Json& after);

/// Why a write was refused: for a person, naming the section and the path in it.
using Refusal = std::optional<std::string>;

/// One of the three sections. A write that is refused changes nothing.
class TwinSection {
 public:
  /// `name` is for refusals.
  TwinSection(std::string name, std::size_t max_size, TimePoint created);

  /// JSON merge patch (RFC 7386): null deletes, objects merge, anything else replaces.
  Refusal merge(const Json& patch, TimePoint now);
  /// Puts `value` in place of all there is; null anywhere is refused.
  Refusal replace(const Json& value, TimePoint now);

  const Json& value() const { return value_; }
  std::uint64_t version() const { return version_; }
  /// The value with "$metadata" and "$version", as service SDKs see it.
  Json service_view() const;
  /// The value with "$version" as its last member, as devices see it.
  Json device_view() const;

  Json to_json() const;
  void load(const Json& stored);

 private:
  Refusal finish(Json value, const Json& patch, TimePoint now);

  std::string name_;
  std::size_t max_size_;
  Json value_ = Json::object();
  std::uint64_t version_ = 1;
  Json metadata_;
};

class Twin {
 public:
  explicit Twin(TimePoint created);

  /// Reads what to_json() wrote. Throws Json::exception for anything else.
  static Twin from_json(const Json& stored);
  Json to_json() const;

  /// A reported PATCH of the device. A member whose key begins with '$' is refused.
  Refusal patch_reported(const Json& patch, TimePoint now);

  /// What a service-side write did. Both may be absent.
  struct ServiceWrite {
    Refusal refusal;
    /// What the device is told, without $version; absent if the write didn't touch desired
    /// properties.
    std::optional<Json> notification;
  };
  /// Merges "tags" and "properties.desired" of the body. On refusal nothing has changed.
  ServiceWrite patch(const Json& body, TimePoint now);
  /// Replaces both; a section that the body lacks becomes empty.
  ServiceWrite replace(const Json& body, TimePoint now);

  const TwinSection& desired() const { return desired_; }
  const TwinSection& reported() const { return reported_; }
  const Json& tags() const { return tags_.value(); }
  /// Goes up with each write to any section.
  std::uint64_t version() const { return version_; }
  /// Names this state of the document.
  std::string etag() const;
  /// The body of the answer to a twin GET.
  std::string device_document() const;

 private:
  TwinSection tags_;
  TwinSection desired_;
  TwinSection reported_;
  std::uint64_t version_ = 1;
};

}  // namespace hubtwin::hub
