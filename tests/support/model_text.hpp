// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The texts that a hub reads and writes, for the model hub: topics, property bags, tokens. Their
/// forms are the public documents'; it shares no code with the library or the local hub.

#include "support/hub_records.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hubtwin::test::model_text {

bool begins_with(std::string_view text, std::string_view prefix);

std::string base64(const std::vector<unsigned char>& bytes);
/// HMAC-SHA256 of the text with a key in base64, itself in base64.
std::string signature(const std::string& key, const std::string& text);

/// `a=b&c=d` by name, values as they stand.
std::map<std::string, std::string> parameters_of(std::string_view text);
/// The one of that name behind the topic's question mark; empty where there is none.
std::string parameter(std::string_view topic, const std::string& name);

/// A property bag as it stands in a topic.
std::string bag_of(const Properties& properties);
/// Its properties; nothing where it isn't well-formed.
std::optional<Properties> properties_of(std::string_view bag);

/// Percent-decodes; nothing where the text isn't well-formed.
std::optional<std::string> percent_decoded(std::string_view text);
/// Percent-encodes all but the unreserved characters of RFC 3986.
std::string percent_encoded(std::string_view text);

}  // namespace hubtwin::test::model_text
