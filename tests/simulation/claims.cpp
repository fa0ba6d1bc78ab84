// SPDX-License-Identifier: MIT
#include "claims.hpp"

#include <utility>

namespace hubtwin::simulation {

namespace {

template <class Container>
void erase_related(Container& paths, const std::string& path) {
  for (auto place = paths.begin(); place != paths.end();) {
    if constexpr (std::is_same_v<Container, std::set<std::string>>) {
      place = related(*place, path) ? paths.erase(place) : std::next(place);
    } else {
      place = related(place->first, path) ? paths.erase(place) : std::next(place);
    }
  }
}

}  // namespace

void Claims::apply(const Claim& claim, Json& section) {
  if (claim.value.is_discarded()) {
    erase_at(section, claim.path);
  } else {
    put_at(section, claim.path, claim.value);
  }
}

void Claims::add(Claim claim, FlushId flush) {
  apply(claim, wanted_);
  erase_related(flushes_, claim.path);
  if (flush != kNothingToFlush) {
    flushes_[claim.path] = flush;
  }
  claims_.push_back(std::move(claim));
}

void Claims::set(const std::string& path, const Json& value, FlushId flush) {
  erase_related(removed_, path);
  add({path, value}, flush);
}

void Claims::remove(const std::string& path, FlushId flush) {
  erase_related(removed_, path);
  removed_.insert(path);
  add({path, Json(Json::value_t::discarded)}, flush);
}

std::string Claims::difference(const Json& inherited, const Json& section) const {
  const Json there = without_empty_objects(section);
  Json expected = inherited;
  for (const Claim& claim : claims_) {
    // To remove what is below a scalar, of which the client needn't know, can make an object of it.
    const std::string scalar = claim.value.is_discarded() ? scalar_above(claim.path, expected) : "";
    if (!scalar.empty() && value_at(there, scalar).is_discarded()) {
      erase_at(expected, scalar);
    }
    apply(claim, expected);
  }
  // What was put below such a scalar and removed again before it was sent leaves it as it was.
  for (const std::string& path : removed_) {
    const std::string scalar = scalar_above(path, there);
    const Json wanted = value_at(expected, scalar);
    const bool nothing =
        wanted.is_discarded() || (wanted.is_object() && without_empty_objects(wanted).empty());
    if (!scalar.empty() && nothing && value_at(inherited, scalar) == value_at(there, scalar)) {
      put_at(expected, scalar, value_at(there, scalar));
    }
  }
  expected = without_empty_objects(expected);
  return there == expected ? "" : "reported is " + there.dump() + " instead of " + expected.dump();
}

std::string Claims::difference_of(FlushId flush, const Json& section) const {
  for (const auto& [path, id] : flushes_) {
    if (id != flush) {
      continue;
    }
    const Json value = value_at(wanted_, path);
    const Json there = value_at(section, path);
    if (value.is_discarded() != there.is_discarded() || (!value.is_discarded() && value != there)) {
      return path + " is " + (there.is_discarded() ? "not there" : there.dump()) + " instead of " +
             (value.is_discarded() ? "removed" : value.dump());
    }
  }
  return "";
}

}  // namespace hubtwin::simulation
