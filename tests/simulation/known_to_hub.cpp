// SPDX-License-Identifier: MIT
#include "known_to_hub.hpp"

#include <hubtwin/twin/answer.hpp>

namespace hubtwin::simulation {

void KnownToHub::forget() {
  *this = KnownToHub();
}

bool KnownToHub::touched_since(const std::string& path, std::uint64_t instant) const {
  for (const auto& [place, when] : touched_) {
    if (when > instant && related(place, path)) {
      return true;
    }
  }
  return false;
}

void KnownToHub::forget_related(const std::string& path) {
  for (auto place = known_.begin(); place != known_.end();) {
    place = related(place->first, path) ? known_.erase(place) : std::next(place);
  }
}

void KnownToHub::learn(const std::string& path, const Json& value) {
  forget_related(path);
  known_[path] = value;
}

void KnownToHub::claimed(const std::string& path, const Json& wanted_before,
                         const Json& wanted_after) {
  const Leaves before = leaves_of(wanted_before);
  const Leaves after = leaves_of(wanted_after);
  ++instant_;
  const auto touch = [this](const std::string& place) {
    touched_[place] = instant_;
    forget_related(place);
  };
  for (const auto& [place, value] : before) {
    const auto now = after.find(place);
    if (now == after.end() || now->second != value) {
      touch(place);
    }
  }
  for (const auto& [place, value] : after) {
    if (before.count(place) == 0) {
      touch(place);
    }
  }
  // A client keeps nothing of what was removed, so it can't know that a removal is asked for twice.
  if (value_at(wanted_after, path).is_discarded()) {
    touch(path);
  }
}

std::string KnownToHub::update_sent(const std::string& request_id, const std::string& body,
                                    MonotonicTime now) {
  std::string again;
  in_flight_ = leaves_of(Json::parse(body));
  for (const auto& [path, value] : in_flight_) {
    const auto known = known_.find(path);
    if (known != known_.end() && known->second == value) {
      again = path + " = " + value.dump();
    }
    // Until it is acknowledged the hub may have the one or the other.
    forget_related(path);
  }
  compared_ = true;
  update_id_ = request_id;
  update_at_ = now;
  update_instant_ = ++instant_;
  return again;
}

void KnownToHub::acknowledged(const std::string& request_id, MonotonicTime now) {
  if (update_id_.empty() || request_id != update_id_ || now >= update_at_ + kAnswerTimeout) {
    return;
  }
  for (const auto& [path, value] : in_flight_) {
    if (!touched_since(path, update_instant_)) {
      learn(path, value);
    }
  }
  update_id_.clear();
}

void KnownToHub::get_sent(const std::string& request_id) {
  get_id_ = request_id;
  get_instant_ = ++instant_;
}

void KnownToHub::twin_read(const std::string& request_id, const Json& reported,
                           const Claims& claims) {
  // A client compares once a link, before the first update leaves.
  if (compared_ || request_id != get_id_) {
    return;
  }
  compared_ = true;
  for (const auto& [path, value] : leaves_of(claims.wanted())) {
    if (value_at(reported, path) == value && !touched_since(path, get_instant_)) {
      learn(path, value);
    }
  }
  for (const std::string& path : claims.removed()) {
    // Below a scalar, a removal may also stand for making an object of it.
    if (value_at(reported, path).is_discarded() && scalar_above(path, reported).empty() &&
        !touched_since(path, get_instant_)) {
      learn(path, nullptr);
    }
  }
}

void KnownToHub::link_begins() {
  update_id_.clear();
  get_id_.clear();
  compared_ = false;
}

}  // namespace hubtwin::simulation
