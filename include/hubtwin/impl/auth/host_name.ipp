// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/auth/host_name.hpp.

#include <hubtwin/auth/host_name.hpp>
#include <hubtwin/wire/cut.hpp>
#include <hubtwin/wire/decimal.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_host_name {

static bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

static bool is_letter(char character) {
  const char lower = static_cast<char>(character | 0x20);
  return lower >= 'a' && lower <= 'z';
}

static bool is_hex(char character) {
  const char lower = static_cast<char>(character | 0x20);
  return is_digit(character) || (lower >= 'a' && lower <= 'f');
}

// Takes what stands before the first `separator`, and the separator, off `text`.
// `more` tells whether there was a separator, so that something, even nothing, follows.
static std::string_view take_part(std::string_view& text, char separator, bool& more) {
  const Cut parts = cut(text, separator);
  text = parts.after;
  more = parts.found;
  return parts.before;
}

static bool is_ipv4(std::string_view text) {
  std::size_t parts = 0;
  bool more = true;
  while (more) {
    const std::string_view part = take_part(text, '.', more);
    // A leading zero is octal to some resolvers.
    const bool leading_zero = part.size() > 1 && part[0] == '0';
    const std::optional<std::uint64_t> number = from_decimal(part);
    if (leading_zero || !number || *number > 255) {
      return false;
    }
    ++parts;
  }
  return parts == 4;
}

static bool is_ipv6(std::string_view text) {
  constexpr std::size_t kGroups = 8;
  const std::size_t gap = text.find("::");
  const bool has_gap = gap != std::string_view::npos;
  if (has_gap && text.find("::", gap + 1) != std::string_view::npos) {
    return false;
  }
  const std::string_view halves[2] = {head(text, gap),
                                      has_gap ? tail(text, gap + 2) : std::string_view()};
  std::size_t groups = 0;
  for (std::size_t half = 0; half < 2; ++half) {
    std::string_view rest = halves[half];
    bool more = !rest.empty();
    while (more) {
      const std::string_view group = take_part(rest, ':', more);
      const bool last_of_all = !more && (half == 1 || !has_gap);
      if (last_of_all && is_ipv4(group)) {
        groups += 2;
        continue;
      }
      if (group.empty() || group.size() > 4) {
        return false;
      }
      for (const char character : group) {
        if (!is_hex(character)) {
          return false;
        }
      }
      ++groups;
    }
  }
  return has_gap ? groups < kGroups : groups == kGroups;
}

static bool is_label(std::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') {
    return false;
  }
  for (const char character : label) {
    if (!is_letter(character) && !is_digit(character) && character != '-' && character != '_') {
      return false;
    }
  }
  return true;
}

static bool is_dns_name(std::string_view text) {
  if (text.size() > 253) {
    return false;
  }
  bool more = true;
  std::string_view label;
  while (more) {
    label = take_part(text, '.', more);
    if (!is_label(label)) {
      return false;
    }
  }
  // No top-level domain is a number, so this is a botched address.
  return !from_decimal(label);
}

}  // namespace detail_host_name

bool is_host(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    return detail_host_name::is_ipv6(without_brackets(text));
  }
  return detail_host_name::is_ipv4(text) || detail_host_name::is_ipv6(text) ||
         detail_host_name::is_dns_name(text);
}

std::string_view without_brackets(std::string_view text) {
  return !text.empty() && text.front() == '[' ? tail(head(text, text.size() - 1), 1) : text;
}

HUBTWIN_NAMESPACE_END
