// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// One link: from one connect() to its on_disconnected, with a Paho client of its own.

#include "diagnosis.hpp"
#include "gate.hpp"
#include "inbox.hpp"
#include "worker.hpp"
#include <hubtwin/auth/secret.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <mqtt/async_client.h>

HUBTWIN_NAMESPACE_BEGIN
namespace paho {

/// What a link is made from; a copy, since it is made on another thread.
struct LinkPlan {
  LinkPlan() = default;
  LinkPlan(LinkPlan&&) = default;
  LinkPlan& operator=(LinkPlan&&) = delete;
  ~LinkPlan() { wipe(ByteSpan(reinterpret_cast<std::uint8_t*>(password.data()), password.size())); }

  Peer peer;
  std::string client_id;
  std::string user_name;
  std::string password;
  std::chrono::seconds keep_alive{60};
  std::chrono::milliseconds connect_timeout{30000};
  bool clean_session = false;
  int max_in_flight = 0;
  std::size_t queue_bytes = 0;
  Wake* wake = nullptr;
};

/// Lives as long as somebody may call it: the transport, a task that was posted, or Paho. That a
/// late callback of an earlier link can't reach the present one follows from each link having its
/// own client, its own inbox and its own life.
class Link final : public std::enable_shared_from_this<Link>, private ::mqtt::iaction_listener {
 public:
  Link(LinkPlan plan, std::shared_ptr<TaskQueue> tasks);
  ~Link() override = default;

  // For the thread that polls; none of these waits.

  /// Begins to connect; the rest comes through the inbox.
  void open();
  /// Closes in good order: what was published before is written and DISCONNECT sent, if that is
  /// possible within a second.
  void close_gently();
  /// Closes as soon as possible and never touches the Wake again; nobody looks into the inbox any
  /// more.
  void abandon();
  /// Whether the name server is being asked.
  bool resolving() const { return resolving_.load(); }

  /// \param[in] id  What the inbox will name; 0 for QoS 0.
  /// \return Error::kBackPressure when Paho can't take it now.
  Status publish(::mqtt::const_message_ptr message, std::uint16_t id);
  Status subscribe(::mqtt::const_string_collection_ptr filters, std::vector<int> qos,
                   std::uint16_t id);

  /// QoS 0 messages that aren't written yet.
  int unwritten() const { return unwritten_.load(); }
  /// Asks for Event::Kind::kWritten when unwritten() has gone down.
  void want_room() { room_wanted_.store(true); }

  Inbox& inbox() { return inbox_; }

 private:
  // On the worker's thread.
  void connect();
  void close(Status reason, bool gently = false);
  void close_after_failed_connect();
  void say_goodbye();
  /// Two functions deep and never inlined, so that tsan.supp can name it: of a caller of Paho's
  /// libraries ThreadSanitizer sees only whom it was called by.
  template <class Call>
  Status call_paho(Call&& call);

  // On Paho's threads.
  void connection_lost();
  void message_arrived(const ::mqtt::message& message);
  void on_success(const ::mqtt::token& token) override;
  void on_failure(const ::mqtt::token& token) override;

  void post_close(Status reason);
  template <class Call>
  Status run_or_post(Call call);
  void shut_gate();
  void open_gate();

  LinkPlan plan_;
  const std::shared_ptr<TaskQueue> tasks_;
  Inbox inbox_;
  std::unique_ptr<::mqtt::async_client> client_;  // changed by the worker only, inside a shut gate
  bool closed_ = false;                           // the worker's

  std::mutex goodbye_mutex_;
  std::condition_variable goodbye_said_;
  bool goodbye_ = false;  // DISCONNECT has been written

  std::atomic<bool> abandoned_{false};
  std::atomic<bool> resolving_{false};
  std::atomic<bool> holds_gate_{false};
  std::atomic<bool> overfull_{false};
  std::atomic<bool> room_wanted_{false};
  std::atomic<int> unwritten_{0};
};

}  // namespace paho
HUBTWIN_NAMESPACE_END
