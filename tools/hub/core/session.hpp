// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// An identity's MQTT session: its one connection, and what it subscribed to.

#include "tools/hub/core/message.hpp"
#include "tools/hub/core/topic.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hubtwin::hub {

/// Filters that IoT Hub allows in one session.
constexpr std::size_t kMaxFilters = 5;

class Session {
 public:
  /// A session that isn't clean goes on with the filters of the one before it, unless that was
  /// clean.
  void connect(std::uintptr_t connection, bool clean, TimePoint token_end);
  void disconnect();

  bool connected() const { return connection_.has_value(); }
  bool is_current(std::uintptr_t connection) const { return connection_ == connection; }
  std::optional<std::uintptr_t> connection() const { return connection_; }
  bool clean() const { return clean_; }
  /// When the hub closes the connection because its token has ended.
  TimePoint token_end() const { return token_end_; }

  /// False if the session has as many filters as are allowed.
  bool add_filter(const std::string& filter, Subscription subscription, int qos);
  void remove_filter(const std::string& filter);
  void clear_filters() { filters_.clear(); }
  /// QoS by filter.
  std::map<std::string, int> filters() const;

  /// The highest QoS at which this kind of message may be sent; empty if not connected or not
  /// subscribed.
  std::optional<int> granted(Subscription subscription) const;

 private:
  struct Filter {
    Subscription subscription;
    int qos;
  };

  std::optional<std::uintptr_t> connection_;
  bool clean_ = true;
  TimePoint token_end_;
  std::map<std::string, Filter> filters_;
};

}  // namespace hubtwin::hub
