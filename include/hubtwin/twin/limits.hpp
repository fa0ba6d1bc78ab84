// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What the hub would refuse, checked before it is sent (IoT Hub developer guide, device twins:
/// limits). Where sources differ the tighter rule counts.

#include <hubtwin/config.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/twin/property_value.hpp>
#include <hubtwin/twin/property_view.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// Longest key, in bytes of UTF-8.
constexpr std::size_t kMaxKeyBytes = 1024;
/// Longest string value, in bytes of UTF-8.
constexpr std::size_t kMaxStringBytes = 4096;
/// Largest desired or reported section, as section_size() counts.
constexpr std::size_t kMaxSectionBytes = 32768;
/// Integers that the hub keeps: -2^52 to 2^52-1.
constexpr std::int64_t kMinInteger = -4503599627370496;
constexpr std::int64_t kMaxInteger = 4503599627370495;

/// \return Error::kPropertyKey for a key that is empty, too long, not UTF-8, or has `.`, `$`, `#`,
///         white space or control characters (C0, DEL, C1).
Status check_key(std::string_view key);
/// \return Error::kPropertyPath for a path that is empty, has an empty step, or whose last step
///         lies deeper than HUBTWIN_MAX_DEPTH objects allow; Error::kPropertyKey for a step that
///         check_key refuses.
Status check_path(std::string_view path);
/// \return Error::kPropertyValue for text that is too long or not UTF-8.
Status check_string(std::string_view text);
/// \return Error::kPropertyValue for an integer beyond kMinInteger and kMaxInteger.
Status check_integer(std::int64_t value);
/// The rules for a value by itself. `null` passes: it means removal.
/// \return Error::kPropertyValue for a string or integer that is refused, and for a double that
///         isn't finite.
Status check_value(const PropertyValue& value);
/// check_key, check_value and the rules on nesting and nulls, for everything below `value` in its
/// tree, whose root is the section's.
/// \return Error::kPropertyKey, Error::kPropertyValue (also for null within an array) or
///         Error::kJsonTooDeep.
Status check_subtree(PropertyView value);

/// Size of what stands at `value` as the hub counts a section: keys and strings by their UTF-8
/// length without control characters, numbers 8, booleans 4, containers the sum of their parts.
/// The key of `value` itself isn't counted.
std::size_t section_size(PropertyView value);
/// Length of a key or string as section_size() counts it.
std::size_t counted_length(std::string_view text);

HUBTWIN_NAMESPACE_END
