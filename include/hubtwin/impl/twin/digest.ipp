// SPDX-License-Identifier: MIT
#include <hubtwin/twin/digest.hpp>

#include <cstring>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_digest {

// FNV-1a, 32 bits.
static std::uint32_t mix(std::uint32_t hash, std::uint8_t byte) {
  return (hash ^ byte) * 16777619U;
}

HUBTWIN_NOINLINE static std::uint32_t mix(std::uint32_t hash, std::string_view text) {
  for (const char character : text) {
    hash = mix(hash, static_cast<std::uint8_t>(character));
  }
  return hash;
}

HUBTWIN_NOINLINE static std::uint32_t mix(std::uint32_t hash, std::uint64_t word) {
  for (unsigned shift = 0; shift < 64; shift += 8) {
    hash = mix(hash, static_cast<std::uint8_t>(word >> shift));
  }
  return hash;
}

// Lets each bit change all others (the end of MurmurHash3, 32 bits). FNV's last step alone carries
// a key's bits straight into the sum, where two members could exchange their values unseen.
static std::uint32_t spread(std::uint32_t hash) {
  hash = (hash ^ (hash >> 16)) * 0x85EBCA6BU;
  hash = (hash ^ (hash >> 13)) * 0xC2B2AE35U;
  return hash ^ (hash >> 16);
}

static std::uint32_t mix_value(std::uint32_t hash, PropertyView place) {
  // A whole double equals the integer of its value.
  const Result<std::int64_t> whole = place.as_integer();
  if (whole.ok()) {
    return mix(mix(hash, static_cast<std::uint8_t>(PropertyType::kInteger)),
               static_cast<std::uint64_t>(*whole));
  }
  hash = mix(hash, static_cast<std::uint8_t>(place.type()));
  switch (place.type()) {
    case PropertyType::kBool:
      return mix(hash, static_cast<std::uint8_t>(place.as_bool().value_or(false) ? 1 : 0));
#if HUBTWIN_FLOAT
    case PropertyType::kDouble: {
      const double number = place.as_double().value_or(0);
      std::uint64_t bits = 0;
      std::memcpy(&bits, &number, sizeof(bits));
      return mix(hash, bits);
    }
#endif
    case PropertyType::kString:
      return mix(hash, place.as_string().value_or(std::string_view()));
    default:
      return hash;
  }
}

static std::uint32_t position_of(PropertyView element) {
  std::uint32_t position = 0;
  for (PropertyView at = element.parent().first_child(); at.exists() && at != element;
       at = at.next_sibling()) {
    ++position;
  }
  return position;
}

// One place's part: its value and its way up to `base`.
static std::uint32_t part(PropertyView place, PropertyView base) {
  std::uint32_t hash = mix_value(2166136261U, place);
  for (PropertyView at = place; at != base; at = at.parent()) {
    hash = mix(hash, std::uint8_t{0});
    hash = at.parent().is_array() ? mix(hash, std::uint64_t{position_of(at)}) : mix(hash, at.key());
  }
  return hash;
}

// The place after `at` in document order, within `base`.
static PropertyView next_within(PropertyView at, PropertyView base) {
  PropertyView next = at.first_child();
  while (!next.exists() && at != base) {
    next = at.next_sibling();
    at = at.parent();
  }
  return next;
}

}  // namespace detail_digest

std::uint32_t digest_of(PropertyView place) {
  if (!place.exists()) {
    return kNoDigest;
  }
  // A sum of parts doesn't depend on the order in which members stand.
  std::uint32_t digest = 0;
  for (PropertyView at = place; at.exists(); at = detail_digest::next_within(at, place)) {
    digest += detail_digest::spread(detail_digest::part(at, place));
  }
  return digest == kNoDigest ? 1 : digest;
}

HUBTWIN_NAMESPACE_END
