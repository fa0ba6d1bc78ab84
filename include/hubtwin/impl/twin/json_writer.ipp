// SPDX-License-Identifier: MIT
// Body of hubtwin/twin/json_writer.hpp.

#include <hubtwin/twin/json_writer.hpp>
#include <hubtwin/twin/utf8.hpp>
#include <hubtwin/wire/cut.hpp>

#if HUBTWIN_FLOAT
#include <hubtwin/impl/twin/rapidjson_grisu.hpp>
#endif

#include <cstring>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_json_writer {

// The letter that follows the backslash in a short escape; 0 where there is none.
static char short_escape(char character) {
  switch (character) {
    case '"':
    case '\\':
      return character;
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return '\0';
  }
}

static bool is_plain(char character) {
  return static_cast<unsigned char>(character) >= 0x20 && character != '"' && character != '\\';
}

#if HUBTWIN_FLOAT
static bool is_finite(double value) {
  return value - value == 0;
}
#endif

}  // namespace detail_json_writer

void JsonWriter::fail(Error error) {
  if (error_ == Error::kNone) {
    error_ = error;
  }
}

void JsonWriter::put(std::string_view text) {
  if (error_ != Error::kNone) {
    return;
  }
  if (text.size() > room_.size() - size_) {
    fail(Error::kNoSpace);
    return;
  }
  if (!text.empty()) {
    std::memcpy(room_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }
}

// What stands before every value; false when none can stand here.
bool JsonWriter::before_value() {
  const bool in_object = depth_ > 0 && (objects_ & 1) != 0;
  if (in_object != key_waits_ || (depth_ == 0 && size_ > 0)) {
    fail(Error::kWrongState);
  }
  if (comma_ && !key_waits_) {
    put(",");
  }
  key_waits_ = false;
  comma_ = true;
  return error_ == Error::kNone;
}

void JsonWriter::open(char bracket, bool object) {
  if (!before_value()) {
    return;
  }
  if (depth_ >= kDeepest) {
    fail(Error::kJsonTooDeep);
    return;
  }
  put({&bracket, 1});
  objects_ = (objects_ << 1) | (object ? 1U : 0U);
  ++depth_;
  comma_ = false;
}

void JsonWriter::close(char bracket, bool object) {
  if (depth_ == 0 || ((objects_ & 1) != 0) != object || key_waits_) {
    fail(Error::kWrongState);
  }
  put({&bracket, 1});
  if (error_ == Error::kNone) {
    objects_ >>= 1;
    --depth_;
    comma_ = true;
  }
}

void JsonWriter::key(std::string_view name) {
  if (depth_ == 0 || (objects_ & 1) == 0 || key_waits_) {
    fail(Error::kWrongState);
  }
  if (comma_) {
    put(",");
  }
  put_string(name);
  put(":");
  key_waits_ = true;
}

void JsonWriter::value(const PropertyValue& value) {
  switch (value.type()) {
    case PropertyType::kObject:
      begin_object();
      end_object();
      return;
    case PropertyType::kArray:
      begin_array();
      end_array();
      return;
    default:
      break;
  }
  if (!before_value()) {
    return;
  }
  switch (value.type()) {
    case PropertyType::kBool:
      put(value.boolean() ? "true" : "false");
      break;
    case PropertyType::kInteger:
      if (value.too_large()) {
        fail(Error::kOutOfRange);
      } else {
        put_integer(value.integer());
      }
      break;
    case PropertyType::kDouble:
      put_double(value);
      break;
    case PropertyType::kString:
      put_string(value.text());
      break;
    default:
      put("null");
      break;
  }
}

void JsonWriter::raw(std::string_view json) {
  if (json.empty()) {
    fail(Error::kJsonSyntax);
  } else if (before_value()) {
    put(json);
  }
}

void JsonWriter::write(PropertyView value) {
  if (!value.exists()) {
    fail(Error::kNotFound);
  }
  // In document order, without recursion: the tree knows the way back up.
  PropertyView place = value;
  while (error_ == Error::kNone) {
    if (place != value && place.is_member()) {
      key(place.key());
    }
    if (place.is_object()) {
      begin_object();
    } else if (place.is_array()) {
      begin_array();
    } else {
      this->value(place.value());
    }
    PropertyView next = place.first_child();
    while (!next.exists() && error_ == Error::kNone) {
      if (place.is_object()) {
        end_object();
      } else if (place.is_array()) {
        end_array();
      }
      if (place == value) {
        return;
      }
      next = place.next_sibling();
      if (!next.exists()) {
        place = place.parent();
      }
    }
    place = next;
  }
}

void JsonWriter::put_string(std::string_view text) {
  if (!is_utf8(text)) {
    fail(Error::kJsonString);
    return;
  }
  put("\"");
  std::size_t from = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char character = text[at];
    if (detail_json_writer::is_plain(character)) {
      continue;
    }
    put(head(tail(text, from), at - from));
    from = at + 1;
    const char letter = detail_json_writer::short_escape(character);
    if (letter != '\0') {
      const char escape[2] = {'\\', letter};
      put({escape, sizeof(escape)});
    } else {
      constexpr char kHex[] = "0123456789abcdef";
      const char escape[6] = {'\\', 'u', '0', '0', kHex[character >> 4], kHex[character & 0x0F]};
      put({escape, sizeof(escape)});
    }
  }
  put(tail(text, from));
  put("\"");
}

void JsonWriter::put_integer(std::int64_t value) {
  constexpr std::size_t kDigits = 20;  // of -2^63, with its sign
  char digits[kDigits];
  std::size_t from = kDigits;
  auto magnitude = static_cast<std::uint64_t>(value);
  if (value < 0) {
    magnitude = 0 - magnitude;
  }
  do {
    digits[--from] = static_cast<char>('0' + magnitude % 10);
    magnitude /= 10;
  } while (magnitude > 0);
  if (value < 0) {
    digits[--from] = '-';
  }
  put({digits + from, kDigits - from});
}

void JsonWriter::put_double(const PropertyValue& value) {
#if HUBTWIN_FLOAT
  if (!detail_json_writer::is_finite(value.number())) {
    fail(Error::kPropertyValue);
    return;
  }
  constexpr std::size_t kLongest = 25;  // what RapidJSON's writer reserves for a double
  char digits[kLongest];
  const char* end = hubtwin_rapidjson::internal::dtoa(value.number(), digits);
  put({digits, static_cast<std::size_t>(end - digits)});
#else
  static_cast<void>(value);  // no double can be made in this build
#endif
}

HUBTWIN_NAMESPACE_END
