// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// How the places of a reported section are marked, and the ways through them.

#include <hubtwin/twin/property_tree.hpp>
#include <hubtwin/twin/property_view.hpp>
#include <hubtwin/wire/cut.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_reported {

// Where a place stands on its way to the hub: two of its marks. A place is a scalar, an array, an
// object, or a null, which is a removal.
//
// An object that has members is only staged while the hub may hold something there that has to go
// before they come: it is sent as null first. One that is empty and marked as whole is a value of
// its own, `{}`. PropertyMark::kWhole says that the hub has nothing at the object or below that
// this tree doesn't know.
//
// While the hub's section is compared nothing is queued or in flight, and that mark says that the
// hub has the same (a scalar, an array), that it has something (a null), or that it has an object.
// A null that is seen and not dirty was put there by the comparison; one that is neither is a value
// that the hub has refused, kept until its flush ends.
enum class Stage : std::uint8_t { kClean = 0, kDirty = 1, kInFlight = 2, kQueued = 3 };

// What a JsonReader needs at least.
constexpr std::size_t kReaderBytes = 64;

constexpr PropertyMark kSeen = PropertyMark::kInFlight;

inline Stage stage_of(PropertyView place) {
  return static_cast<Stage>((place.has(PropertyMark::kDirty) ? 1 : 0) |
                            (place.has(PropertyMark::kInFlight) ? 2 : 0));
}

inline void set_stage(PropertyTree& tree, PropertyView place, Stage stage) {
  const auto bits = static_cast<unsigned>(stage);
  tree.mark(place, PropertyMark::kDirty, (bits & 1) != 0);
  tree.mark(place, PropertyMark::kInFlight, (bits & 2) != 0);
}

// Takes the first step off a dotted path.
inline std::string_view take_step(std::string_view& path) {
  const Cut at_dot = cut(path, '.');
  path = at_dot.after;
  return at_dot.before;
}

// The place at a path of members; nowhere where the way leads through anything but objects.
inline PropertyView find(PropertyView place, std::string_view path) {
  while (!path.empty()) {
    place = place[take_step(path)];
  }
  return place;
}

// The place after `place` and all below it.
inline PropertyView next_outside(PropertyView place) {
  PropertyView next;
  while (!next.exists() && place.exists()) {
    next = place.next_sibling();
    place = place.parent();
  }
  return next;
}

// The place after `place` in document order; arrays are one place.
inline PropertyView next_place(PropertyView place) {
  const PropertyView below = place.is_object() ? place.first_child() : PropertyView();
  return below.exists() ? below : next_outside(place);
}

// Whether an object, or one around it, is whole or will be: the hub has nothing below that isn't in
// the tree, or what it has goes before anything new comes.
inline bool is_whole(PropertyView object, bool comparing) {
  while (object.exists() && !object.has(PropertyMark::kWhole) &&
         !object.has(PropertyMark::kDirty) && (comparing || stage_of(object) == Stage::kClean)) {
    object = object.parent();
  }
  return object.exists();
}

}  // namespace detail_reported

HUBTWIN_NAMESPACE_END
