// SPDX-License-Identifier: MIT
#include "tools/hub/core/session.hpp"

#include <algorithm>

namespace hubtwin::hub {

void Session::connect(std::uintptr_t connection, bool clean, TimePoint token_end) {
  if (clean || (connected() && clean_)) {
    clear_filters();
  }
  connection_ = connection;
  clean_ = clean;
  token_end_ = token_end;
}

void Session::disconnect() {
  connection_.reset();
  if (clean_) {
    clear_filters();
  }
}

bool Session::add_filter(const std::string& filter, Subscription subscription, int qos) {
  const Filter granted{subscription, std::min(qos, 1)};
  const auto known = filters_.find(filter);
  if (known != filters_.end()) {
    known->second = granted;
    return true;
  }
  return filters_.size() < kMaxFilters && filters_.emplace(filter, granted).second;
}

void Session::remove_filter(const std::string& filter) {
  filters_.erase(filter);
}

std::map<std::string, int> Session::filters() const {
  std::map<std::string, int> qos_by_filter;
  for (const auto& [text, filter] : filters_) {
    qos_by_filter.emplace(text, filter.qos);
  }
  return qos_by_filter;
}

std::optional<int> Session::granted(Subscription subscription) const {
  std::optional<int> qos;
  if (connected()) {
    for (const auto& [text, filter] : filters_) {
      if (filter.subscription == subscription) {
        qos = std::max(qos.value_or(0), filter.qos);
      }
    }
  }
  return qos;
}

}  // namespace hubtwin::hub
