// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// An MQTT transport in memory and in virtual time, with a script at its other end.
///
/// It keeps the contract of hubtwin/port/transport.hpp to the letter, and watches that its caller
/// does: a breach ends the program with a text that names it. Two ways to play the hub:
///
/// - by hand: look at connects(), subscribes(), publishes(), and answer with accept(), grant(),
///   acknowledge_publish(), deliver(), cut(); or set_automatic(true) for the plain answers;
/// - by a Peer, which is told of everything the client does at the moment it arrives.

#include "support/fake_clock.hpp"
#include <hubtwin/port/transport.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hubtwin::test {

class ScriptedTransport final : public Transport {
 public:
  /// A CONNECT as the hub sees it; the password as text, since only tests read it.
  struct Connect {
    std::string host;
    std::uint16_t port = 0;
    std::string client_id;
    std::string user_name;
    std::string password;
    Duration keep_alive{0};
    bool clean_session = false;
    MonotonicTime at{};
  };
  struct Filter {
    std::string filter;
    Qos qos = Qos::kAtMostOnce;
  };
  struct Subscribe {
    std::uint16_t packet_id = 0;
    std::vector<Filter> filters;
    MonotonicTime at{};
  };
  struct Publish {
    std::string topic;
    std::string payload;
    Qos qos = Qos::kAtMostOnce;
    bool duplicate = false;  ///< The DUP flag: a re-send by a transport that can.
    bool resend = false;     ///< What the caller asked for, DUP or not.
    std::uint16_t packet_id = 0;
    MonotonicTime at{};
  };
  /// A PUBLISH from the hub.
  struct Message {
    std::string topic;
    std::string payload;
    Qos qos = Qos::kAtMostOnce;
    bool duplicate = false;
    std::uint16_t packet_id = 0;  ///< With QoS 1; 0: deliver() chooses one.
    /// The link breaks after this many bytes of the payload, before the message's end.
    std::optional<std::size_t> cut_after;
    /// With `cut_after`: the link goes silent there instead.
    bool silent_instead = false;
  };

  /// The other end. Told when a packet arrives there: at once, or set_latency() later while
  /// deliver_to_peer() or poll() is called. May call the script functions from inside.
  class Peer {
   public:
    virtual ~Peer() = default;
    virtual void on_connect(ScriptedTransport& transport, const Connect& connect) = 0;
    virtual void on_subscribe(ScriptedTransport& transport, const Subscribe& subscribe) = 0;
    virtual void on_publish(ScriptedTransport& transport, const Publish& publish) = 0;
    /// PUBACK for a delivered message.
    virtual void on_acknowledged(ScriptedTransport& transport, std::uint16_t packet_id) = 0;
    /// The link ended, whoever ended it. \param[in] orderly  True for a DISCONNECT packet.
    virtual void on_gone(ScriptedTransport& transport, bool orderly) = 0;
  };

  explicit ScriptedTransport(FakeClock& clock, Peer* peer = nullptr) : clock_(clock), peer_(peer) {}
  ScriptedTransport(const ScriptedTransport&) = delete;
  ScriptedTransport& operator=(const ScriptedTransport&) = delete;

  // How it behaves.

  void set_capabilities(const TransportCapabilities& capabilities) { capabilities_ = capabilities; }
  /// Payloads come in fragments of at most this many bytes; default: whole.
  void set_fragment_size(std::size_t bytes) { fragment_size_ = bytes == 0 ? 1 : bytes; }
  /// At most so many fragments in one poll(), so that messages last over several; default: all.
  void set_fragments_per_poll(std::size_t count) { fragments_per_poll_ = count == 0 ? 1 : count; }
  /// Every CONNECT is accepted, SUBSCRIBE granted and QoS 1 PUBLISH acknowledged, at once.
  void set_automatic(bool automatic) { automatic_ = automatic; }
  /// How long a packet takes to the hub, and from it.
  void set_latency(Duration up, Duration down) {
    up_ = up;
    down_ = down;
  }
  /// The next connect() answers this instead, and nothing else happens.
  void fail_next_connect(Status status) { connect_failure_ = status; }
  /// So many publishes are taken until the next poll(); then Error::kBackPressure. 0: none at all.
  void set_publishes_per_poll(std::size_t count) { publishes_per_poll_ = count; }
  /// So many subscribes are refused with Error::kBackPressure.
  void refuse_subscribes(std::size_t count) { refused_subscribes_ = count; }
  /// At most so many bytes of a PayloadSource are read in one poll(), and again when so much time
  /// has passed; default: all, in publish().
  void set_source_bytes_per_poll(std::size_t bytes, Duration interval = Duration::zero()) {
    source_bytes_per_poll_ = bytes;
    source_interval_ = interval;
  }
  /// A larger payload can never be taken, unless it comes from a source: Error::kNoSpace.
  void set_largest_payload(std::size_t bytes) { largest_payload_ = bytes; }

  // Who looks on.

  /// Told of each PUBLISH at the moment the client makes it, whether or not it ever arrives.
  void watch_publishes(std::function<void(const Publish&)> watcher) {
    publish_watcher_ = std::move(watcher);
  }
  /// Told of each message that reached the client whole, after the client has dealt with it, and
  /// whether the client wanted its payload.
  void watch_messages(std::function<void(const Message&, bool wanted)> watcher) {
    message_watcher_ = std::move(watcher);
  }
  /// What a breach of the contract does instead of ending the program; must not return.
  static void set_breach_hook(void (*hook)(const char* what)) { breach_hook_ = hook; }

  // What the client did, over all links; clear() forgets.

  const std::vector<Connect>& connects() const { return connects_; }
  const std::vector<Subscribe>& subscribes() const { return subscribes_; }
  const std::vector<Publish>& publishes() const { return publishes_; }
  /// Packet ids of delivered messages that were acknowledged, in order.
  const std::vector<std::uint16_t>& acknowledged() const { return acknowledged_; }
  /// DISCONNECT packets.
  unsigned disconnects() const { return disconnects_; }
  /// Filters subscribed on the present link.
  const std::vector<Filter>& filters() const { return filters_; }
  bool subscribed_to(std::string_view filter) const;
  /// CONNECT was sent, and the link's end not yet reported.
  bool link_exists() const { return state_ != State::kDown; }
  /// Whether packets still pass; false also before the client has learnt it.
  bool wire_intact() const { return state_ != State::kDown && !severed_; }
  /// CONNACK was reported and nothing has ended the link.
  bool link_up() const { return state_ == State::kUp; }
  /// The publishes whose topic begins with `prefix`.
  std::vector<Publish> published_to(std::string_view prefix) const;
  void clear_records();

  // What the hub does. Each reaches the client in the first poll() after `delay` (and the latency
  // down). Without a link nothing happens: a hub can't speak into a closed socket.

  /// CONNACK 0.
  void accept(bool session_present = false, Duration delay = Duration::zero());
  /// CONNACK 1 to 5, or a failure below MQTT: the attempt ends with this reason.
  void refuse(Status reason, Duration delay = Duration::zero());
  /// SUBACK for a subscribe; by default the last one.
  void grant(Duration delay = Duration::zero()) { suback(last_subscribe_, true, delay); }
  void suback(std::uint16_t packet_id, bool granted, Duration delay = Duration::zero());
  /// PUBACK for a publish of the client.
  void acknowledge_publish(std::uint16_t packet_id, Duration delay = Duration::zero());
  /// PUBLISH. \return its packet id, 0 with QoS 0.
  std::uint16_t deliver(Message message, Duration delay = Duration::zero());
  std::uint16_t deliver(std::string topic, std::string payload, Duration delay = Duration::zero()) {
    Message message;
    message.topic = std::move(topic);
    message.payload = std::move(payload);
    return deliver(std::move(message), delay);
  }
  /// The link breaks. What was sent before and is still under way is lost when `at_once`, else it
  /// arrives first.
  void cut(Status reason = Error::kLinkLost, bool at_once = true);
  /// The link goes dead without a word: nothing passes any more in either direction, and the
  /// transport finds out by its keep-alive, after one and a half times its interval.
  void go_silent();

  /// Gives the peer what has reached it by now.
  void deliver_to_peer();
  /// When the next packet reaches the peer; kNever when none is under way.
  MonotonicTime next_arrival_at_peer() const;
  /// Whether anything is under way to the client, messages put off by Intake::kLater included.
  bool idle() const { return down_queue_.empty() && !open_; }

  // Transport.

  TransportCapabilities capabilities() const override { return capabilities_; }
  /// Detaching drops a link that stands: there is nobody left to tell.
  void attach(TransportEvents* events) override;
  Status connect(const ConnectRequest& request) override;
  void disconnect() override;
  Result<std::uint16_t> subscribe(Span<const Subscription> filters) override;
  Result<std::uint16_t> publish(const PublishRequest& request) override;
  void acknowledge(std::uint16_t packet_id) override;
  void poll(MonotonicTime now) override;
  MonotonicTime next_deadline() const override;

 private:
  enum class State { kDown, kConnecting, kUp, kEnding };
  enum class EventKind { kConnected, kSuback, kPuback, kMessage, kEnd };
  struct Event {
    EventKind kind = EventKind::kEnd;
    MonotonicTime due{};
    std::uint16_t packet_id = 0;
    bool flag = false;  // session present, or granted
    Status reason;
    Message message;
    bool put_off = false;  // answered by Intake::kLater
    std::uint64_t not_before_poll = 0;
  };
  struct Upward {
    MonotonicTime due;
    std::uint64_t link;
    std::function<void()> arrive;
  };

  // A message whose payload is still being read.
  struct Underway {
    Publish publish;
    PayloadSource* source;
    std::size_t left;
    MonotonicTime due;  // when the next bytes are read
  };

  void read_source(std::size_t most);
  void check_stayed(std::uint16_t packet_id);
  void sent(const Publish& publish);
  void send_down(Event event, Duration delay);
  void send_up(std::function<void()> arrive);
  void sever(MonotonicTime at, bool orderly);
  void schedule_end(Status reason, MonotonicTime due);
  void forget_link();
  void report_end(Status reason);
  void dispatch(Event event);
  void offer(Event event);
  bool continue_open_message(std::size_t& fragments);
  void acknowledge_to_peer(std::uint16_t packet_id);
  std::uint16_t fresh_packet_id();
  [[noreturn]] static void breach(const char* what);

  // NOLINTNEXTLINE: a private member, which clang-tidy takes for a variable
  static inline void (*breach_hook_)(const char* what) = nullptr;

  FakeClock& clock_;
  Peer* peer_;
  std::function<void(const Publish&)> publish_watcher_;
  std::function<void(const Message&, bool)> message_watcher_;
  TransportEvents* events_ = nullptr;
  TransportCapabilities capabilities_;

  static constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();
  std::size_t fragment_size_ = kUnlimited;
  std::size_t fragments_per_poll_ = kUnlimited;
  std::size_t publishes_per_poll_ = kUnlimited;
  std::size_t largest_payload_ = kUnlimited;
  std::size_t source_bytes_per_poll_ = kUnlimited;
  Duration source_interval_{0};
  std::size_t refused_subscribes_ = 0;
  bool automatic_ = false;
  Duration up_{0};
  Duration down_{0};
  Status connect_failure_;

  State state_ = State::kDown;
  bool polling_ = false;
  bool severed_ = false;  // the wire is broken or dead; the client may not know yet
  std::uint64_t poll_number_ = 0;
  std::uint64_t link_ = 0;                      // generation: what belongs to an older link is lost
  std::optional<std::uint64_t> arriving_link_;  // whose packet the peer is looking at
  Duration keep_alive_{0};
  std::size_t published_this_poll_ = 0;
  std::deque<Event> down_queue_;  // ordered by due
  std::deque<Upward> up_queue_;   // ordered by due
  std::optional<Underway> underway_;
  std::optional<Message> open_;  // the message whose payload is being delivered
  std::size_t open_offset_ = 0;
  bool open_dropped_ = false;
  bool put_off_ = false;  // the message at the head was answered kLater
  std::uint16_t last_packet_id_ = 0;
  std::uint16_t last_down_packet_id_ = 0;
  std::uint16_t last_subscribe_ = 0;
  struct InFlight {
    ByteView staying;     // what was promised to stay until the PUBACK
    std::string payload;  // what it was
  };
  std::map<std::uint16_t, InFlight> in_flight_;  // QoS 1 publishes without PUBACK on this link
  std::set<std::uint16_t> unacknowledged_;  // delivered QoS 1 messages that await acknowledge()

  std::vector<Connect> connects_;
  std::vector<Subscribe> subscribes_;
  std::vector<Publish> publishes_;
  std::vector<std::uint16_t> acknowledged_;
  std::vector<Filter> filters_;
  unsigned disconnects_ = 0;
};

}  // namespace hubtwin::test
