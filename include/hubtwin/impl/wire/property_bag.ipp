// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/wire/property_bag.hpp.

#include <hubtwin/auth/percent.hpp>
#include <hubtwin/wire/cut.hpp>
#include <hubtwin/wire/property_bag.hpp>

HUBTWIN_NAMESPACE_BEGIN

void PropertyBagWriter::separate() {
  if (!first_) {
    topic_.text("&");
  }
  first_ = false;
}

Status PropertyBagWriter::add(const Property& property) {
  if (property.key.empty() || property.key[0] == '$') {
    return Error::kInvalidArgument;
  }
  separate();
  topic_.percent(property.key).text("=").percent(property.value);
  return {};
}

void PropertyBagWriter::add_system(std::string_view name, std::string_view value) {
  if (value.empty()) {
    return;
  }
  separate();
  topic_.text("%24.").text(name).text("=").percent(value);
}

bool RawProperty::is(std::string_view plain) const {
  return percent_equal(key, plain);
}

PropertyBag::PropertyBag(std::string_view text) : text_(text) {
  strip_prefix(text_, "?");
}

PropertyBag::Iterator& PropertyBag::Iterator::operator++() {
  // Empty items, as in "a=1&&b=2", are skipped.
  while (!rest_.empty() && rest_[0] == '&') {
    rest_.remove_prefix(1);
  }
  if (rest_.empty()) {
    at_end_ = true;
    return *this;
  }
  const std::string_view item = cut(rest_, '&').before;
  rest_.remove_prefix(item.size());
  const Cut parts = cut(item, '=');
  item_ = RawProperty{parts.before, parts.after, parts.found};
  return *this;
}

Result<std::string_view> PropertyBag::find(std::string_view plain, Span<char> room) const {
  for (const RawProperty& property : *this) {
    if (property.is(plain)) {
      return percent_decode(property.value, room);
    }
  }
  return Error::kNotFound;
}

HUBTWIN_NAMESPACE_END
