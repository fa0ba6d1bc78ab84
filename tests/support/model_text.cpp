// SPDX-License-Identifier: MIT
#include "support/model_text.hpp"

#include <algorithm>
#include <charconv>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace hubtwin::test::model_text {

namespace {

std::vector<unsigned char> from_base64(const std::string& text) {
  std::vector<unsigned char> bytes(text.size());
  const int size =
      EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
  const auto padding =
      std::count(text.end() - std::min<std::ptrdiff_t>(2, static_cast<std::ptrdiff_t>(text.size())),
                 text.end(), '=');
  bytes.resize(size < 0 ? 0 : static_cast<std::size_t>(size - padding));
  return bytes;
}

}  // namespace

bool begins_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

std::string base64(const std::vector<unsigned char>& bytes) {
  std::vector<unsigned char> text((bytes.size() + 2) / 3 * 4 + 1);
  const int size = EVP_EncodeBlock(text.data(), bytes.data(), static_cast<int>(bytes.size()));
  return std::string(text.begin(), text.begin() + size);
}

std::string signature(const std::string& key, const std::string& text) {
  const std::vector<unsigned char> secret = from_base64(key);
  std::vector<unsigned char> mac(32);
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &size);
  return base64(mac);
}

std::map<std::string, std::string> parameters_of(std::string_view text) {
  std::map<std::string, std::string> parameters;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find('&'));
    const std::size_t equals = item.find('=');
    parameters.emplace(std::string(item.substr(0, equals)),
                       equals == std::string_view::npos ? "" : item.substr(equals + 1));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
  }
  return parameters;
}

std::string parameter(std::string_view topic, const std::string& name) {
  const std::size_t mark = topic.find('?');
  if (mark == std::string_view::npos) {
    return {};
  }
  const auto parameters = parameters_of(topic.substr(mark + 1));
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string() : found->second;
}

std::string bag_of(const Properties& properties) {
  std::string bag;
  for (const auto& [name, value] : properties) {
    bag += (bag.empty() ? "" : "&") + percent_encoded(name) + "=" + percent_encoded(value);
  }
  return bag;
}

std::optional<Properties> properties_of(std::string_view bag) {
  Properties properties;
  if (!bag.empty() && bag.back() == '/') {
    bag.remove_suffix(1);
  }
  while (!bag.empty()) {
    const std::string_view item = bag.substr(0, bag.find('&'));
    const std::size_t equals = item.find('=');
    const auto name = percent_decoded(item.substr(0, equals));
    const auto value = percent_decoded(equals == std::string_view::npos ? std::string_view()
                                                                        : item.substr(equals + 1));
    if (!name || !value) {
      return std::nullopt;
    }
    properties.emplace_back(*name, *value);
    bag.remove_prefix(std::min(bag.size(), item.size() + 1));
  }
  return properties;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    unsigned byte = 0;
    const char* const first = text.data() + i + 1;
    if (i + 2 >= text.size() || std::from_chars(first, first + 2, byte, 16).ptr != first + 2) {
      return std::nullopt;
    }
    decoded += static_cast<char>(byte);
    i += 2;
  }
  return decoded;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kMarks = "-_.~";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter_or_digit =
        (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (letter_or_digit || kMarks.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15u]};
    }
  }
  return encoded;
}

}  // namespace hubtwin::test::model_text
