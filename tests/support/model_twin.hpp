// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A twin section as IoT Hub keeps it, written from the public documents and sharing no code with
/// the library or the local hub, so that each can be held against it.

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace hubtwin::test {

using Json = nlohmann::json;

/// `properties.desired` or `properties.reported`: a document and its `$version`.
class ModelSection {
 public:
  const Json& document() const { return document_; }
  std::int64_t version() const { return version_; }

  /// JSON merge patch (IoT Hub developer guide, device twins: "Device twin properties").
  void merge(const Json& patch);
  /// The service's PUT. \return the patch that a device is sent: removed keys as null.
  Json replace(const Json& document);
  /// The whole section with its version, as in the answer to a GET.
  Json with_version() const { return with_version(document_); }
  /// A patch with the section's version, as in a notification.
  Json with_version(Json content) const;
  /// A merge that no version tells of; what a hub never does.
  void corrupt(const Json& patch) { document_.merge_patch(patch); }
  /// An identity that was deleted and created again begins anew.
  void reset();

 private:
  Json document_ = Json::object();
  std::int64_t version_ = 1;
};

/// Why the hub would refuse a reported update, or an empty text (IoT Hub developer guide, device
/// twins: "Device twin size", "Device twin properties").
/// \param[in] patch      What the device sent.
/// \param[in] resulting  The section after merging it.
std::string refusal_of(const Json& patch, const Json& resulting);

}  // namespace hubtwin::test
