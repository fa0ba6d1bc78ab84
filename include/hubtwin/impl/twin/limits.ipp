// SPDX-License-Identifier: MIT
// Body of hubtwin/twin/limits.hpp.

#include <hubtwin/twin/limits.hpp>
#include <hubtwin/twin/utf8.hpp>
#include <hubtwin/wire/cut.hpp>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_limits {

constexpr std::uint32_t kNotUtf8 = 0xFFFFFFFF;

// Takes the first code point off a text; kNotUtf8 where none stands.
static std::uint32_t take_code_point(std::string_view& text) {
  Utf8Checker checker;
  std::uint32_t code_point = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<std::uint8_t>(text[at]);
    if (!checker.take(byte)) {
      return kNotUtf8;
    }
    if (at > 0) {
      code_point = (code_point << 6) | (byte & 0x3FU);
    } else {
      code_point = byte < 0x80   ? byte
                   : byte < 0xE0 ? byte & 0x1FU
                   : byte < 0xF0 ? byte & 0x0FU
                                 : byte & 0x07U;
    }
    if (checker.complete()) {
      text.remove_prefix(at + 1);
      return code_point;
    }
  }
  return kNotUtf8;
}

static bool is_control(std::uint32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x80 && code_point < 0xA0);
}

// What Char.IsWhiteSpace of .NET, which the service is written in, takes for white space beyond
// the control characters.
static bool is_white_space(std::uint32_t code_point) {
  return code_point == 0x20 || code_point == 0xA0 || code_point == 0x1680 ||
         (code_point >= 0x2000 && code_point <= 0x200A) || code_point == 0x2028 ||
         code_point == 0x2029 || code_point == 0x202F || code_point == 0x205F ||
         code_point == 0x3000;
}

static bool may_stand_in_key(std::uint32_t code_point) {
  return !is_control(code_point) && code_point != 0x7F && !is_white_space(code_point) &&
         code_point != '.' && code_point != '$' && code_point != '#';
}

// The next place in document order below `top`; nowhere at the end. `depth` follows.
static PropertyView next_below(PropertyView place, PropertyView top, std::size_t& depth) {
  PropertyView next = place.first_child();
  if (next.exists()) {
    ++depth;
    return next;
  }
  while (place != top) {
    next = place.next_sibling();
    if (next.exists()) {
      return next;
    }
    place = place.parent();
    --depth;
  }
  return {};
}

}  // namespace detail_limits

Status check_key(std::string_view key) {
  if (key.empty() || key.size() > kMaxKeyBytes) {
    return Error::kPropertyKey;
  }
  while (!key.empty()) {
    const std::uint32_t code_point = detail_limits::take_code_point(key);
    if (code_point == detail_limits::kNotUtf8 || !detail_limits::may_stand_in_key(code_point)) {
      return Error::kPropertyKey;
    }
  }
  return Status();
}

Status check_path(std::string_view path) {
  std::size_t steps = 0;
  for (bool more = true; more;) {
    const std::size_t dot = path.find('.');
    const std::string_view step = head(path, dot);
    // One step more than objects may be nested: the leaf.
    if (step.empty() || ++steps > HUBTWIN_MAX_DEPTH + 1) {
      return Error::kPropertyPath;
    }
    const Status status = check_key(step);
    if (!status.ok()) {
      return status;
    }
    more = dot != std::string_view::npos;
    path.remove_prefix(more ? dot + 1 : 0);
  }
  return Status();
}

Status check_string(std::string_view text) {
  return text.size() <= kMaxStringBytes && is_utf8(text) ? Status() : Error::kPropertyValue;
}

Status check_integer(std::int64_t value) {
  return value >= kMinInteger && value <= kMaxInteger ? Status() : Error::kPropertyValue;
}

Status check_value(const PropertyValue& value) {
  switch (value.type()) {
    case PropertyType::kInteger:
      return value.too_large() ? Error::kPropertyValue : check_integer(value.integer());
#if HUBTWIN_FLOAT
    case PropertyType::kDouble:
      return value.number() - value.number() == 0 ? Status() : Error::kPropertyValue;
#endif
    case PropertyType::kString:
      return check_string(value.text());
    default:
      return Status();
  }
}

Status check_subtree(PropertyView value) {
  std::size_t depth = value.depth();
  std::size_t array_depth = 0;  // depth of the outermost array that holds the place; 0 for none
  for (PropertyView up = value.parent(); up.exists(); up = up.parent()) {
    array_depth = up.is_array() ? up.depth() : array_depth;
  }
  for (PropertyView place = value; place.exists();
       place = detail_limits::next_below(place, value, depth)) {
    array_depth = depth <= array_depth ? 0 : array_depth;
    if (place.is_container() && depth > HUBTWIN_MAX_DEPTH) {
      return Error::kJsonTooDeep;
    }
    if (place != value && place.is_member()) {
      const Status status = check_key(place.key());
      if (!status.ok()) {
        return status;
      }
    }
    if (place.is_null() && array_depth > 0) {
      return Error::kPropertyValue;
    }
    if (place.is_array() && array_depth == 0) {
      array_depth = depth;
    }
    const Status status = check_value(place.value());
    if (!status.ok()) {
      return status;
    }
  }
  return Status();
}

std::size_t counted_length(std::string_view text) {
  std::size_t length = 0;
  while (!text.empty()) {
    const std::size_t before = text.size();
    const std::uint32_t code_point = detail_limits::take_code_point(text);
    if (code_point == detail_limits::kNotUtf8) {
      return length + before;  // it will be refused anyway
    }
    length += detail_limits::is_control(code_point) ? 0 : before - text.size();
  }
  return length;
}

std::size_t section_size(PropertyView value) {
  constexpr std::size_t kNumberBytes = 8;
  constexpr std::size_t kBooleanBytes = 4;
  std::size_t size = 0;
  std::size_t depth = 0;
  for (PropertyView place = value; place.exists();
       place = detail_limits::next_below(place, value, depth)) {
    if (place != value) {
      size += counted_length(place.key());
    }
    switch (place.type()) {
      case PropertyType::kBool:
        size += kBooleanBytes;
        break;
      case PropertyType::kInteger:
      case PropertyType::kDouble:
        size += kNumberBytes;
        break;
      case PropertyType::kString:
        size += counted_length(*place.as_string());
        break;
      default:
        break;
    }
  }
  return size;
}

HUBTWIN_NAMESPACE_END
