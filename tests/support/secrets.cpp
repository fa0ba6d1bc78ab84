// SPDX-License-Identifier: MIT
#include "support/secrets.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstring>

namespace hubtwin::test {

namespace {

// Shorter ones stand in any text by chance. The index is made of as many.
constexpr std::size_t kLeastBytes = sizeof(std::uint64_t);

std::uint64_t beginning_of(const char* text) {
  std::uint64_t beginning = 0;
  std::memcpy(&beginning, text, sizeof(beginning));
  return beginning;
}

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string hexadecimal(std::string_view bytes, const char* digits) {
  std::string text;
  for (const char each : bytes) {
    const auto byte = static_cast<std::uint8_t>(each);
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

// Written here and not by the library's own, which is under test. Without padding: what is padded
// begins with it.
std::string base64(std::string_view bytes) {
  std::string text;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char each : bytes) {
    bits = bits << 8 | static_cast<std::uint8_t>(each);
    for (count += 8; count >= 6; count -= 6) {
      text += kAlphabet[bits >> (count - 6) & 63];
    }
  }
  return text;  // the last bits may be shared with what follows
}

std::string from_base64(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char each : text) {
    const char* const found = std::find(kAlphabet, kAlphabet + 64, each);
    if (found == kAlphabet + 64) {
      break;
    }
    bits = bits << 6 | static_cast<std::uint32_t>(found - kAlphabet);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes += static_cast<char>(bits >> count & 255);
    }
  }
  return bytes;
}

std::string percent_encoded(std::string_view text, const char* digits) {
  std::string encoded;
  for (const char each : text) {
    if (std::isalnum(static_cast<unsigned char>(each)) != 0) {
      encoded += each;
    } else {
      encoded += '%' + hexadecimal({&each, 1}, digits);
    }
  }
  return encoded;
}

constexpr char kUpper[] = "0123456789ABCDEF";
constexpr char kLower[] = "0123456789abcdef";

}  // namespace

void Secrets::add_form(std::string form) {
  if (form.size() < kLeastBytes) {
    return;
  }
  const std::uint64_t beginning = beginning_of(form.data());
  const auto [first, last] = forms_.equal_range(beginning);
  if (std::none_of(first, last, [&](const auto& known) { return known.second == form; })) {
    forms_.emplace(beginning, std::move(form));
  }
}

void Secrets::add_bytes(std::string_view bytes) {
  add_form(std::string(bytes));
  add_form(hexadecimal(bytes, kUpper));
  add_form(hexadecimal(bytes, kLower));
  add_form(base64(bytes));
  add_form(percent_encoded(base64(bytes), kUpper));
  add_form(percent_encoded(base64(bytes), kLower));
}

void Secrets::add_text(std::string_view text) {
  add_bytes(text);
  add_form(percent_encoded(text, kUpper));
  add_form(percent_encoded(text, kLower));
  const std::string_view key = text.substr(0, text.find('='));
  if (key.find_first_not_of(kAlphabet) == std::string_view::npos && key.size() >= kLeastBytes) {
    add_bytes(from_base64(key));
  }
}

void Secrets::add_all(const Secrets& others) {
  for (const auto& [beginning, form] : others.forms_) {
    add_form(form);
  }
}

std::string Secrets::found_in(std::string_view text) const {
  for (std::size_t at = 0; at + kLeastBytes <= text.size(); ++at) {
    const auto [first, last] = forms_.equal_range(beginning_of(text.data() + at));
    for (auto known = first; known != last; ++known) {
      if (text.compare(at, known->second.size(), known->second) == 0) {
        return known->second;
      }
    }
  }
  return {};
}

}  // namespace hubtwin::test
