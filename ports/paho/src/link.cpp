// SPDX-License-Identifier: MIT
#include "link.hpp"

#include <hubtwin/wire/connack.hpp>

#include <algorithm>

HUBTWIN_NAMESPACE_BEGIN
namespace paho {
namespace {

constexpr std::chrono::seconds kGentlePatience{1};
constexpr std::chrono::seconds kDiagnosisPatience{5};
// Paho looks after its own time-out only every three seconds; the transport's comes first.
constexpr std::chrono::seconds kPahoTimeoutSlack{10};

std::string uri_of(const Peer& peer) {
  const bool v6 = peer.host.find(':') != std::string::npos;
  return (peer.tls ? "ssl://" : "tcp://") + (v6 ? "[" + peer.host + "]" : peer.host) + ":" +
         std::to_string(peer.port);
}

::mqtt::ssl_options tls_of(const Peer& peer) {
  ::mqtt::ssl_options tls;
  tls.set_enable_server_cert_auth(true);
  tls.set_verify(true);  // the host's name, which Paho leaves unchecked otherwise
  if (!peer.ca_file.empty()) {
    tls.set_trust_store(peer.ca_file);
  }
  return tls;
}

::mqtt::connect_options options_of(const LinkPlan& plan, const ::mqtt::ssl_options& tls) {
  ::mqtt::connect_options options;
  options.set_mqtt_version(MQTTVERSION_3_1_1);
  options.set_clean_session(plan.clean_session);
  options.set_keep_alive_interval(plan.keep_alive);
  options.set_connect_timeout(
      std::chrono::duration_cast<std::chrono::seconds>(plan.connect_timeout + kPahoTimeoutSlack));
  options.set_max_inflight(plan.max_in_flight);
  options.set_automatic_reconnect(false);
  if (!plan.user_name.empty()) {
    options.set_user_name(plan.user_name);
  }
  if (!plan.password.empty()) {
    options.set_password(plan.password);
  }
  if (plan.peer.tls) {
    options.set_ssl(tls);
  }
  return options;
}

void* context_of(std::uint16_t id) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): Paho carries it about and never follows it
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(id));
}

std::uint16_t id_of(const ::mqtt::token& token) {
  return static_cast<std::uint16_t>(reinterpret_cast<std::uintptr_t>(token.get_user_context()));
}

bool granted(const ::mqtt::token& token) {
  const auto response = token.get_subscribe_response();
  const auto& codes = response.get_reason_codes();
  return std::all_of(codes.begin(), codes.end(),
                     [](const auto& code) { return static_cast<int>(code) <= 2; });
}

// References to what Paho's threads hold too, arguments and answer, all end in here.
template <class Call>
[[gnu::noinline]] Status call_paho_client(::mqtt::async_client& client, Call&& call) {
  try {
    const auto owned = std::forward<Call>(call);
    owned(client);
    return {};
  } catch (const ::mqtt::exception& failure) {
    return Status::with_os_code(Error::kBackPressure, failure.get_return_code());
  } catch (const std::exception&) {
    return Error::kBackPressure;
  }
}

}  // namespace

Link::Link(LinkPlan plan, std::shared_ptr<TaskQueue> tasks)
    : plan_(std::move(plan)), tasks_(std::move(tasks)), inbox_(plan_.queue_bytes, plan_.wake) {}

void Link::open() {
  tasks_->post([self = shared_from_this()] { self->connect(); });
}

void Link::close_gently() {
  tasks_->post([self = shared_from_this()] { self->close(Error::kClosed, true); });
}

void Link::abandon() {
  abandoned_.store(true);
  inbox_.forget_wake();
  post_close(Error::kClosed);
}

void Link::post_close(Status reason) {
  tasks_->post([self = shared_from_this(), reason] { self->close(reason); });
}

template <class Call>
[[gnu::noinline]] Status Link::call_paho(Call&& call) {
  // Closed meanwhile: the transport learns it from the inbox.
  return client_ == nullptr ? Status(Error::kBackPressure)
                            : call_paho_client(*client_, std::forward<Call>(call));
}

template <class Call>
Status Link::run_or_post(Call call) {
  Gate& gate = Gate::of_process();
  if (tasks_->idle() && gate.try_enter()) {
    const Status status = call_paho(std::move(call));
    gate.leave();
    return status;
  }
  tasks_->post([self = shared_from_this(), call = std::move(call)]() mutable {
    if (const Status status = self->call_paho(std::move(call)); !status) {
      // Paho has lost the link and is about to say so.
      const bool lost = status.os_code() == MQTTASYNC_DISCONNECTED;
      self->close(
          Status::with_os_code(lost ? Error::kLinkLost : Error::kNetworkFailed, status.os_code()));
    }
  });
  return {};
}

void Link::connect() {
  const bool direct = !goes_through_proxy(plan_.peer.tls);
  if (plan_.peer.tls) {
    if (const Status status = check_trust(plan_.peer); !status) {
      return close(status);
    }
  }
  if (direct) {
    resolving_.store(true);
    const Status status = check_name(plan_.peer);
    resolving_.store(false);
    if (!status) {
      return close(status);
    }
  }
  if (abandoned_.load() || closed_) {
    return;
  }
  try {
    // The transport's own limit is as high as this one, so that Paho never has to refuse.
    client_ = std::make_unique<::mqtt::async_client>(
        uri_of(plan_.peer), plan_.client_id,
        ::mqtt::create_options(MQTTVERSION_3_1_1, plan_.max_in_flight));
    // Not set_callback(): it calls Paho C with the client's lock held, and Paho's threads take the
    // two the other way round.
    client_->set_connection_lost_handler([this](const std::string&) { connection_lost(); });
    client_->set_message_callback(
        [this](const ::mqtt::const_message_ptr& message) { message_arrived(*message); });
    // Copies of ssl_options in Paho C++ 1.2 keep the pointer to the original's directory and not
    // the directory: it is set last, and the original outlives the call.
    ::mqtt::ssl_options tls = tls_of(plan_.peer);
    if (!plan_.peer.ca_directory.empty()) {
      tls.ca_path(plan_.peer.ca_directory);
    }
    shut_gate();
    client_->connect(options_of(plan_, tls), nullptr, *this);
  } catch (const ::mqtt::exception& failure) {
    close(Status::with_os_code(Error::kNetworkFailed, failure.get_return_code()));
  } catch (const std::exception&) {
    close(Error::kNoSpace);
  }
}

void Link::close(Status reason, bool gently) {
  if (closed_) {
    return;
  }
  closed_ = true;
  if (client_ != nullptr) {
    if (gently) {
      say_goodbye();
    }
    Gate::of_process().shut();
    const std::unique_ptr<::mqtt::async_client> doomed = std::move(client_);
    Gate::of_process().open();
  }
  // With the client gone no callback comes any more: what the inbox holds is complete.
  open_gate();
  inbox_.end(reason);
}

void Link::say_goodbye() {
  const Status asked =
      call_paho([this](::mqtt::async_client& client) { client.disconnect(0, nullptr, *this); });
  if (asked.ok()) {
    std::unique_lock<std::mutex> lock(goodbye_mutex_);
    goodbye_said_.wait_for(lock, kGentlePatience, [this] { return goodbye_; });
  }
}

void Link::close_after_failed_connect() {
  if (closed_) {
    return;
  }
  client_.reset();
  open_gate();
  Status reason = Error::kNetworkFailed;
  if (!abandoned_.load() && !goes_through_proxy(plan_.peer.tls)) {
    reason = try_connection(
        plan_.peer, std::min<std::chrono::milliseconds>(plan_.connect_timeout, kDiagnosisPatience));
    if (reason.ok()) {
      reason = Error::kLinkLost;  // TCP and TLS are well: it was closed before CONNACK
    }
  }
  close(reason);
}

void Link::shut_gate() {
  Gate::of_process().shut();
  holds_gate_.store(true);
}

void Link::open_gate() {
  if (holds_gate_.exchange(false)) {
    Gate::of_process().open();
  }
}

Status Link::publish(::mqtt::const_message_ptr message, std::uint16_t id) {
  if (id == 0) {
    unwritten_.fetch_add(1);
  }
  const Status status =
      run_or_post([this, message = std::move(message), id](::mqtt::async_client& client) {
        client.publish(message, context_of(id), *this);
      });
  if (!status && id == 0) {
    unwritten_.fetch_sub(1);
  }
  return status;
}

Status Link::subscribe(::mqtt::const_string_collection_ptr filters, std::vector<int> qos,
                       std::uint16_t id) {
  return run_or_post(
      [this, filters = std::move(filters), qos = std::move(qos), id](::mqtt::async_client& client) {
        client.subscribe(filters, qos, context_of(id), *this);
      });
}

void Link::connection_lost() {
  post_close(Error::kLinkLost);
}

void Link::message_arrived(const ::mqtt::message& message) {
  Event event;
  event.kind = Event::Kind::kMessage;
  event.flag = message.is_duplicate();
  event.qos = message.get_qos() == 0 ? Qos::kAtMostOnce : Qos::kAtLeastOnce;
  event.topic = message.get_topic();
  event.payload = as_bytes(message.get_payload());
  if (inbox_.push(event) != Inbox::Push::kKept && !overfull_.exchange(true)) {
    post_close(Error::kReceiveQueueFull);
  }
}

void Link::on_success(const ::mqtt::token& token) {
  Event event;
  event.id = id_of(token);
  switch (token.get_type()) {
    case ::mqtt::token::Type::CONNECT:
      open_gate();
      event.kind = Event::Kind::kConnected;
      event.flag = token.get_connect_response().is_session_present();
      break;
    case ::mqtt::token::Type::SUBSCRIBE:
      event.kind = Event::Kind::kSubscribed;
      event.flag = granted(token);
      break;
    case ::mqtt::token::Type::PUBLISH:
      event.kind = Event::Kind::kPublished;
      if (event.id == 0) {
        unwritten_.fetch_sub(1);
        if (!room_wanted_.exchange(false)) {
          return;
        }
        event.kind = Event::Kind::kWritten;
      }
      break;
    case ::mqtt::token::Type::DISCONNECT: {
      const std::lock_guard<std::mutex> lock(goodbye_mutex_);
      goodbye_ = true;
      goodbye_said_.notify_all();
      return;
    }
    default:
      return;
  }
  if (inbox_.push(event) == Inbox::Push::kLost) {
    post_close(Error::kNoSpace);
  }
}

void Link::on_failure(const ::mqtt::token& token) {
  const int code = token.get_return_code();
  if (token.get_type() == ::mqtt::token::Type::CONNECT) {
    if (code > 0) {
      post_close(status_of_connack(code));
    } else {
      tasks_->post([self = shared_from_this()] { self->close_after_failed_connect(); });
    }
  } else if (token.get_type() == ::mqtt::token::Type::SUBSCRIBE && code > 0) {
    Event event;
    event.kind = Event::Kind::kSubscribed;
    event.id = id_of(token);
    inbox_.push(event);
  }
  // A publish that failed is followed by the link's loss, which tells enough.
}

}  // namespace paho
HUBTWIN_NAMESPACE_END
