// SPDX-License-Identifier: MIT
#include "tools/hub/core/message_queue.hpp"

#include "tools/hub/core/encoding.hpp"

#include <algorithm>
#include <chrono>

namespace hubtwin::hub {
namespace {

using std::chrono::microseconds;

/// More unacknowledged messages than a broker keeps in flight and queued for one client; bounds the
/// memory that a device takes which never reconnects.
constexpr std::size_t kMaxHandedOver = 2000;

}  // namespace

Json MessageQueue::Message::to_json() const {
  return {{"topic", topic},
          {"payload", base64_encode(payload)},
          {"expiry", std::chrono::duration_cast<microseconds>(expiry.time_since_epoch()).count()},
          {"handedOver", handed_over}};
}

MessageQueue::Message MessageQueue::Message::from_json(std::int64_t sequence, const Json& stored) {
  Message message;
  message.sequence = sequence;
  stored.at("topic").get_to(message.topic);
  const auto& payload = stored.at("payload").get_ref<const std::string&>();
  message.payload = base64_decode(payload).value_or("");
  message.expiry = TimePoint{microseconds{stored.at("expiry").get<std::int64_t>()}};
  stored.at("handedOver").get_to(message.handed_over);
  return message;
}

template <typename Predicate>
void MessageQueue::forget_if(Predicate predicate, const Forget& forget) {
  for (const Message& message : messages_) {
    if (predicate(message)) {
      forget(message);
    }
  }
  messages_.erase(std::remove_if(messages_.begin(), messages_.end(), predicate), messages_.end());
}

std::int64_t MessageQueue::next_sequence() const {
  return messages_.empty() ? 1 : messages_.back().sequence + 1;
}

std::size_t MessageQueue::waiting() const {
  return static_cast<std::size_t>(
      std::count_if(messages_.begin(), messages_.end(),
                    [](const Message& message) { return !message.handed_over; }));
}

void MessageQueue::hand_over(int qos, const std::function<void(const Message&)>& send,
                             const Forget& forget) {
  for (Message& message : messages_) {
    if (!message.handed_over) {
      message.handed_over = qos > 0;
      send(message);
    }
  }
  if (qos == 0) {
    forget_if([](const Message& message) { return !message.handed_over; }, forget);
  } else if (messages_.size() > kMaxHandedOver) {
    const std::int64_t oldest_kept = messages_[messages_.size() - kMaxHandedOver].sequence;
    forget_if([oldest_kept](const Message& message) { return message.sequence < oldest_kept; },
              forget);
  }
}

void MessageQueue::begin_resumption() {
  for (Message& message : messages_) {
    message.seen_again = false;
  }
}

bool MessageQueue::seen_again(const std::string& topic, const std::string& payload) {
  const auto found = std::find_if(messages_.begin(), messages_.end(), [&](const Message& message) {
    return message.handed_over && !message.seen_again && message.topic == topic &&
           message.payload == payload;
  });
  if (found == messages_.end()) {
    return false;
  }
  found->seen_again = true;
  return true;
}

void MessageQueue::settle(const Forget& forget) {
  forget_if([](const Message& message) { return message.handed_over && !message.seen_again; },
            forget);
}

void MessageQueue::take_back(const std::function<void(const Message&)>& save) {
  for (Message& message : messages_) {
    if (message.handed_over) {
      message.handed_over = false;
      save(message);
    }
  }
}

void MessageQueue::expire(TimePoint now, const Forget& forget) {
  forget_if([now](const Message& message) { return message.expiry <= now; }, forget);
}

std::optional<TimePoint> MessageQueue::next_expiry() const {
  std::optional<TimePoint> next;
  for (const Message& message : messages_) {
    next = std::min(next.value_or(message.expiry), message.expiry);
  }
  return next;
}

std::size_t MessageQueue::clear() {
  const std::size_t count = messages_.size();
  messages_.clear();
  return count;
}

}  // namespace hubtwin::hub
