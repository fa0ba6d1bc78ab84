// SPDX-License-Identifier: MIT
// Body of hubtwin/twin/json_writer.hpp.

#include <hubtwin/contract.hpp>
#include <hubtwin/impl/twin/plain_text.hpp>
#include <hubtwin/twin/json_writer.hpp>
#include <hubtwin/twin/node_store.hpp>
#include <hubtwin/twin/utf8.hpp>
#include <hubtwin/wire/decimal.hpp>

#if HUBTWIN_FLOAT
#include <hubtwin/impl/twin/rapidjson_grisu.hpp>
#endif

#include <cstring>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_json_writer {

// The letter that follows the backslash in a short escape; 0 where there is none.
static char short_escape(std::uint8_t byte) {
  switch (byte) {
    case '"':
    case '\\':
      return static_cast<char>(byte);
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

static std::string_view text_between(const std::uint8_t* from, const std::uint8_t* to) {
  return {reinterpret_cast<const char*>(from), static_cast<std::size_t>(to - from)};
}

#if HUBTWIN_FLOAT
static bool is_finite(double value) {
  constexpr std::uint64_t kExponent = std::uint64_t{0x7FF} << 52;
  std::uint64_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return (bits & kExponent) != kExponent;
}
#endif

}  // namespace detail_json_writer

JsonWriter::JsonWriter(Span<char> room, JsonSink& sink)
    : room_(room), sink_(&sink), limit_(room.size()) {
  HUBTWIN_EXPECTS(!room.empty());
}

void JsonWriter::clear() {
  JsonSink* const sink = sink_;
  *this = JsonWriter(room_);
  sink_ = sink;
}

void JsonWriter::fail(Error error) {
  if (error_ == Error::kNone) {
    error_ = error;
    limit_ = size_;  // nothing fits any more
  }
}

Status JsonWriter::finish() {
  if (sink_ != nullptr && error_ == Error::kNone && size_ > 0) {
    send();
  }
  return error_;
}

void JsonWriter::send() {
  const Error error = sink_->write(text());
  sent_ += size_;
  size_ = 0;
  if (error != Error::kNone) {
    fail(error);
  }
}

inline void JsonWriter::put(char character) {
  if (size_ != limit_) {
    room_[size_++] = character;
  } else {
    put_beyond_room({&character, 1});
  }
}

inline void JsonWriter::put(std::string_view text) {
  if (text.size() > limit_ - size_) {
    put_beyond_room(text);
  } else if (!text.empty()) {
    std::memcpy(room_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }
}

void JsonWriter::put_beyond_room(std::string_view text) {
  if (sink_ == nullptr) {
    fail(Error::kNoSpace);
  }
  while (error_ == Error::kNone && !text.empty()) {
    const std::size_t left = limit_ - size_;
    const std::size_t some = text.size() < left ? text.size() : left;
    std::memcpy(room_.data() + size_, text.data(), some);
    size_ += some;
    text.remove_prefix(some);
    if (!text.empty()) {
      send();
    }
  }
}

// What stands before every value; false when none can stand here.
inline bool JsonWriter::before_value() {
  if (key_waits_) {
    key_waits_ = false;
  } else if (depth_ == 0 ? begun_ : in_object()) {
    fail(Error::kWrongState);
  } else if (comma_) {
    put(',');
  }
  comma_ = true;
  begun_ = true;
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
  put(bracket);
  objects_ = (objects_ << 1) | (object ? 1U : 0U);
  ++depth_;
  comma_ = false;
}

void JsonWriter::close(char bracket, bool object) {
  if (depth_ == 0 || in_object() != object || key_waits_) {
    fail(Error::kWrongState);
  }
  put(bracket);
  if (error_ == Error::kNone) {
    objects_ >>= 1;
    --depth_;
    comma_ = true;
  }
}

void JsonWriter::key(std::string_view name) {
  if (depth_ == 0 || !in_object() || key_waits_) {
    fail(Error::kWrongState);
  }
  if (comma_) {
    put(',');
  }
  put_string(name);
  put(':');
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
      put(value.boolean() ? std::string_view("true") : std::string_view("false"));
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

// In document order, without recursion: the tree knows the way back up.
void JsonWriter::write(PropertyView value) {
  if (!value.exists()) {
    fail(Error::kNotFound);
    return;
  }
  const NodeStore& in = *value.store_;
  const NodeStore::Index top = value.node_;
  NodeStore::Index at = top;
  while (error_ == Error::kNone) {
    if (at != top && in.key(at) != NodeStore::kNoKey) {
      key(in.key_text(in.key(at)));
    }
    NodeStore::Index next = NodeStore::kNoNode;
    if (in.is_container(at)) {
      in.is_object(at) ? begin_object() : begin_array();
      next = in.first_visible(at);
      if (next == NodeStore::kNoNode) {
        in.is_object(at) ? end_object() : end_array();
      }
    } else if (in.is_text(at)) {
      if (before_value()) {
        put_string(in.text(at));
      }
    } else {
      this->value(in.value(at));
    }
    while (next == NodeStore::kNoNode) {
      if (at == top) {
        return;
      }
      next = in.next_visible(at);
      if (next == NodeStore::kNoNode) {
        at = in.parent(at);
        in.is_object(at) ? end_object() : end_array();
      }
    }
    at = next;
  }
}

void JsonWriter::put_string(std::string_view text) {
  const auto* at = reinterpret_cast<const std::uint8_t*>(text.data());
  const std::uint8_t* const end = at + text.size();
  put('"');
  if (text.size() < limit_ - size_) {
    const std::uint8_t* const stop = detail_plain_text::copy_plain(at, end, room_.data() + size_);
    size_ += static_cast<std::size_t>(stop - at);
    at = stop;
    if (at == end) {
      room_[size_++] = '"';
      return;
    }
  }
  for (const std::uint8_t* from = at; error_ == Error::kNone; from = at) {
    at = pass_text(at, end);
    put(detail_json_writer::text_between(from, at));
    if (at == end) {
      break;
    }
    put_escape(*at);
    ++at;
  }
  put('"');
}

// Goes over what stands for itself, and checks UTF-8.
const std::uint8_t* JsonWriter::pass_text(const std::uint8_t* at, const std::uint8_t* end) {
  for (;;) {
    at = detail_plain_text::skip_plain(at, end);
    if (at == end || *at < 0x80) {
      return at;
    }
    Utf8Checker checker;
    do {
      if (at == end || !checker.take(*at)) {
        fail(Error::kJsonString);
        return end;
      }
      ++at;
    } while (!checker.complete());
  }
}

void JsonWriter::put_escape(std::uint8_t byte) {
  put('\\');
  const char letter = detail_json_writer::short_escape(byte);
  if (letter != '\0') {
    put(letter);
    return;
  }
  static constexpr char kHex[] = "0123456789abcdef";
  const char code[5] = {'u', '0', '0', kHex[byte >> 4], kHex[byte & 0x0F]};
  put({code, sizeof(code)});
}

void JsonWriter::put_integer(std::int64_t value) {
  char digits[kMaxSignedDecimalDigits];
  put(to_signed_decimal(value, digits));
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
