// SPDX-License-Identifier: MIT
#include "kept.hpp"

#include <algorithm>

namespace hubtwin::simulation {

void Kept::desired_is(TwinVersion version, const Json& section, bool stored) {
  last_desired_ = version;
  last_stored_ = stored;
  if (stored) {
    sections_.clear();
    desired_stored_ = true;
  }
  std::vector<Json>& any = sections_[version];
  if (any.empty() || any.back() != section) {
    any.push_back(section);
  }
}

std::string Kept::desired_difference(TwinVersion version, const Json& section) const {
  if (!desired_stored_) {
    return "";
  }
  if (version == kNoVersion) {
    return "no stored desired section was taken up";
  }
  const auto found = sections_.find(version);
  if (found == sections_.end()) {
    return "desired came back at version " + std::to_string(version) + ", which wasn't stored last";
  }
  const std::vector<Json>& any = found->second;
  return std::find(any.begin(), any.end(), section) != any.end()
             ? ""
             : "desired came back as " + section.dump() + " instead of " + any.back().dump();
}

void Kept::apply(const std::string& path, const Json& value) {
  const std::string scalar = scalar_above(path, wanted_);
  if (!scalar.empty()) {
    vague_.insert(scalar);
  }
  if (value.is_discarded()) {
    erase_at(wanted_, path);
  } else {
    put_at(wanted_, path, value);
  }
}

void Kept::reported(const std::string& path, const Json& value) {
  apply(path, value);
  documents_.push_back(wanted_);
  claims_.emplace_back(path, value);
}

void Kept::reported_stored() {
  if (!under_way_) {
    documents_.assign(1, wanted_);
  }
}

void Kept::hub_holds(const Json& section) {
  if (!under_way_) {
    return;
  }
  under_way_ = false;
  wanted_ = section;
  for (const auto& [path, value] : claims_) {
    apply(path, value);
  }
  documents_.push_back(wanted_);
}

std::string Kept::restart(const Json& section, const Json& record, bool under_way) {
  const std::set<std::string> vague = vague_;
  const bool judged = !hub_forgot_;
  const std::vector<Json> documents = documents_;
  wanted_ = section;
  vague_.clear();
  hub_forgot_ = false;
  claims_.clear();
  for (const auto& [path, value] : record.items()) {
    claims_.emplace_back(path, value.is_null() ? Json(Json::value_t::discarded) : value);
    apply(path, claims_.back().second);
  }
  under_way_ = under_way;
  reported_stored();
  documents_.push_back(wanted_);
  if (!judged) {
    return "";
  }
  std::set<std::string> places;
  const auto add_places = [&](const Json& document) {
    for (const auto& [path, leaf] : leaves_of(without_empty_objects(document))) {
      places.insert(path);
    }
  };
  add_places(wanted_);
  std::for_each(documents.begin(), documents.end(), add_places);
  for (const std::string& place : places) {
    const bool unsure = std::any_of(vague.begin(), vague.end(), [&](const std::string& scalar) {
      return related(scalar, place);
    });
    const auto leaf_of = [&](const Json& document) {
      const Json leaf = value_at(document, place);
      return leaf.is_object() ? Json(Json::value_t::discarded) : leaf;
    };
    const Json found = leaf_of(wanted_);
    const bool known = std::any_of(documents.begin(), documents.end(), [&](const Json& document) {
      const Json leaf = leaf_of(document);
      return leaf.is_discarded() ? found.is_discarded() : leaf == found;
    });
    if (!unsure && !known) {
      return "reported at " + place + " came back as " +
             (found.is_discarded() ? "nothing" : found.dump()) + ", last it was " +
             value_at(documents.back(), place).dump();
    }
  }
  return "";
}

void Kept::forget_hub() {
  hub_forgot_ = true;
  messages_.clear();
}

}  // namespace hubtwin::simulation
