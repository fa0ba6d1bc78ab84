// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What Paho's threads tell, on its way to poll().

#include <hubtwin/port/transport.hpp>
#include <hubtwin/port/wake.hpp>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <new>
#include <optional>
#include <vector>

HUBTWIN_NAMESPACE_BEGIN
namespace paho {

/// One thing told. The texts live until pop().
struct Event {
  enum class Kind : std::uint8_t {
    kConnected,   ///< flag: session present.
    kSubscribed,  ///< flag: granted.
    kPublished,   ///< QoS 1 acknowledged.
    kWritten,     ///< QoS 0 handed to the socket.
    kMessage,     ///< flag: duplicate.
  };
  Kind kind = Kind::kMessage;
  bool flag = false;
  Qos qos = Qos::kAtMostOnce;
  std::uint16_t id = 0;
  std::string_view topic;
  ByteView payload;
};

/// A bounded queue of events, from any thread to the one that polls. Events are written one behind
/// the other into a buffer; the reader takes the whole buffer at once and gives its own, empty one
/// back, so that in the long run neither side allocates, and the lock is taken once an event by the
/// writers and once a buffer by the reader.
///
/// \tparam Mutex  Replaced only by the test that shows that a race in here would be seen.
template <class Mutex>
class BasicInbox {
 public:
  enum class Push : std::uint8_t {
    kKept,
    kOverfull,  ///< Kept, but more than `bytes` are waiting now: the link must be closed.
    kLost,      ///< Not kept: more than twice `bytes`, or no memory. Likewise.
  };

  /// \param[in] bytes  Of topics and payloads waiting.
  /// \param[in] wake  Told when something comes into an empty queue; may be null.
  BasicInbox(std::size_t bytes, Wake* wake) : bytes_(bytes), wake_(wake) {}

  /// From any thread.
  Push push(const Event& event) noexcept {
    const std::size_t size = event.topic.size() + event.payload.size();
    const std::lock_guard<Mutex> lock(mutex_);
    if (event.kind == Event::Kind::kMessage && size > 2 * bytes_ - waiting_) {
      return Push::kLost;
    }
    try {
      append(event);
    } catch (const std::bad_alloc&) {
      return Push::kLost;
    }
    notify();
    if (event.kind != Event::Kind::kMessage) {
      return Push::kKept;
    }
    waiting_ += size;
    return waiting_ > bytes_ ? Push::kOverfull : Push::kKept;
  }

  /// From any thread, once: nothing comes any more.
  void end(Status reason) {
    const std::lock_guard<Mutex> lock(mutex_);
    end_ = reason;
    // Always: a reader that asked ended() just now and takes what waits only next would not look
    // again, nor would one whose oldest event has to wait.
    told_ = false;
    notify();
  }

  /// From any thread: never touches the Wake again.
  void forget_wake() {
    const std::lock_guard<Mutex> lock(mutex_);
    wake_ = nullptr;
  }

  /// The oldest event, or null when none waits. For the reader, as all that follows.
  const Event* front() {
    if (!current_ && read_at_ == reading_.size() && !refill()) {
      return nullptr;
    }
    if (!current_) {
      current_ = decode();
    }
    return &*current_;
  }

  /// Forgets the oldest event. \pre front() answered it.
  void pop() {
    if (current_->kind == Event::Kind::kMessage) {
      waiting_ -= current_->topic.size() + current_->payload.size();
    }
    current_.reset();
  }

  /// Why nothing comes any more, once that is so; events may still be waiting. They are all visible
  /// to front() then.
  std::optional<Status> ended() {
    const std::lock_guard<Mutex> lock(mutex_);
    return end_;
  }

 private:
  struct Head {
    std::uint32_t topic_size;
    std::uint32_t payload_size;
    std::uint16_t id;
    Event::Kind kind;
    Qos qos;
    bool flag;
  };

  void append(const Event& event) {
    const Head head{static_cast<std::uint32_t>(event.topic.size()),
                    static_cast<std::uint32_t>(event.payload.size()),
                    event.id,
                    event.kind,
                    event.qos,
                    event.flag};
    const std::size_t at = writing_.size();
    writing_.resize(at + sizeof head + event.topic.size() + event.payload.size());
    std::uint8_t* out = writing_.data() + at;
    std::memcpy(out, &head, sizeof head);
    out += sizeof head;
    out = std::copy(event.topic.begin(), event.topic.end(), out);
    std::copy(event.payload.begin(), event.payload.end(), out);
  }

  // Called with the lock held, so that forget_wake() may be followed by the Wake's end.
  void notify() {
    if (!told_ && wake_ != nullptr) {
      wake_->wake();
    }
    told_ = true;
  }

  bool refill() {
    reading_.clear();
    read_at_ = 0;
    const std::lock_guard<Mutex> lock(mutex_);
    reading_.swap(writing_);
    told_ = false;
    return !reading_.empty();
  }

  Event decode() {
    Head head;
    std::memcpy(&head, reading_.data() + read_at_, sizeof head);
    const std::uint8_t* const topic = reading_.data() + read_at_ + sizeof head;
    read_at_ += sizeof head + head.topic_size + head.payload_size;
    return {head.kind,
            head.flag,
            head.qos,
            head.id,
            as_text({topic, head.topic_size}),
            {topic + head.topic_size, head.payload_size}};
  }

  const std::size_t bytes_;
  std::atomic<std::size_t> waiting_{0};  // of messages pushed and not popped

  Mutex mutex_;
  std::vector<std::uint8_t> writing_;
  bool told_ = false;  // the reader will look: it was woken and hasn't come yet
  Wake* wake_;
  std::optional<Status> end_;

  // The reader's own.
  std::vector<std::uint8_t> reading_;
  std::size_t read_at_ = 0;
  std::optional<Event> current_;
};

using Inbox = BasicInbox<std::mutex>;

}  // namespace paho
HUBTWIN_NAMESPACE_END
