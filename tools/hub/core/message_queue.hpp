// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The cloud-to-device messages of one device.

#include "tools/hub/core/json.hpp"
#include "tools/hub/core/message.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace hubtwin::hub {

/// A message waits until the device is there, is then handed over to the broker, and is forgotten
/// when the device has acknowledged it. The broker doesn't tell of acknowledgements; but when a
/// session resumes it names what is still unacknowledged (seen_again()), and what it doesn't name
/// has arrived (settle()).
class MessageQueue {
 public:
  struct Message {
    std::int64_t sequence;
    std::string topic;
    std::string payload;
    TimePoint expiry;
    bool handed_over = false;
    bool seen_again = false;  ///< named by the broker in the resumption that is going on

    Json to_json() const;
    static Message from_json(std::int64_t sequence, const Json& stored);
  };

  /// Called with each message that leaves the queue, for whatever reason.
  using Forget = std::function<void(const Message&)>;

  void add(Message message) { messages_.push_back(std::move(message)); }
  /// Sequence for a new message.
  std::int64_t next_sequence() const;

  /// Waiting or handed over: what the service shows as the pending count.
  std::size_t pending() const { return messages_.size(); }
  std::size_t waiting() const;

  /// Hands over all that waits, oldest first. At QoS 0 a message is done with that.
  void hand_over(int qos, const std::function<void(const Message&)>& send, const Forget& forget);

  /// A session is about to be resumed.
  void begin_resumption();
  /// The broker holds such a message unacknowledged. False if it shouldn't: expired or purged.
  bool seen_again(const std::string& topic, const std::string& payload);
  void settle(const Forget& forget);

  /// The broker lost the session: what was handed over waits again.
  void take_back(const std::function<void(const Message&)>& save);

  void expire(TimePoint now, const Forget& forget);
  std::optional<TimePoint> next_expiry() const;

  /// Forgets everything. Storage is the caller's affair.
  std::size_t clear();

 private:
  template <typename Predicate>
  void forget_if(Predicate predicate, const Forget& forget);

  std::deque<Message> messages_;
};

}  // namespace hubtwin::hub
