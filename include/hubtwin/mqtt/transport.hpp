// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// mqtt::Transport: an MQTT 3.1.1 client of our own, for bare metal and for hosts.

#include <hubtwin/bytes.hpp>
#include <hubtwin/mqtt/packet_reader.hpp>
#include <hubtwin/port/byte_stream.hpp>
#include <hubtwin/port/transport.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/time.hpp>

#include <cstddef>
#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN

namespace mqtt {

/// How soon a dead link is found. Life is measured by received bytes alone: a peer that takes
/// everything and answers nothing is dead.
struct Liveness {
  /// Nothing received for so long: ask by PINGREQ, also while publishing. 5 s or more.
  Duration probe_after = std::chrono::seconds(30);
  /// Still nothing: the link ends with Error::kPeerSilent. 5 s or more.
  Duration probe_timeout = std::chrono::seconds(10);
};

/// For a link that is paid by the byte; goes with spare_traffic(). An idle link carries one PINGREQ
/// and its answer in 15 min, three quarters of the keep-alive; a dead one is found a minute after
/// the next of them. A link that only sends, at QoS 0, is asked when nothing was received for 1177
/// s, so a dead one is found 1237 s after its last byte at the latest.
constexpr Liveness kMeteredLiveness{std::chrono::seconds(1177), std::chrono::seconds(60)};

/// Memory that a transport works in; all of it the caller's, for the transport's life.
struct TransportMemory {
  /// Received bytes; 16 or more. Bounds the topic of a message, with four bytes beside it; payloads
  /// pass through in fragments of at most this size.
  ByteSpan receive;
  /// Packets to be sent; 64 or more. Bounds a message with its topic and some eight bytes, or
  /// without its payload where that comes from a source or stays where it is; also user name and
  /// token of the CONNECT.
  /// Each received QoS 1 message takes four bytes until it is acknowledged: what is never
  /// acknowledged takes them as long as the link stands, for at most 50 messages with IoT Hub
  /// (quota of cloud-to-device messages that wait).
  ByteSpan transmit;
};

/// MQTT 3.1.1 with QoS 0 and 1 over any ByteStream: a state machine without threads or heap. It
/// withholds acknowledgements, streams what it receives and what comes from a PayloadSource, sends
/// a payload that stays straight from where it is when its memory has no room for it, and never
/// re-sends by itself: that is the session's part.
///
/// Everything that breaks the rules of the standard ends the link with Error::kProtocolViolation; a
/// topic longer than TransportMemory::receive ends it with Error::kNoSpace.
class Transport final : public hubtwin::Transport {
 public:
  /// \param[in] stream  Used by this transport alone; outlives it.
  Transport(ByteStream& stream, const TransportMemory& memory,
            const Liveness& liveness = Liveness());
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  TransportCapabilities capabilities() const override { return {true, true}; }
  TransportCounters counters() const override { return counters_; }
  /// Other times, at once. \pre As for those given to the constructor.
  void set_liveness(const Liveness& liveness);
  void attach(TransportEvents* events) override { events_ = events; }
  Status connect(const ConnectRequest& request) override;
  void disconnect() override;
  Result<std::uint16_t> subscribe(Span<const Subscription> filters) override;
  Result<std::uint16_t> publish(const PublishRequest& request) override;
  void acknowledge(std::uint16_t packet_id) override;
  void poll(MonotonicTime now) override;
  MonotonicTime next_deadline() const override;

 private:
  enum class State : std::uint8_t {
    kIdle,
    kOpening,  // the stream connects; CONNECT waits in the transmit memory
    kWaiting,  // for CONNACK
    kUp,
    kEnded,  // on_disconnected is to be told
  };

  // A payload that stays where it is, read as if it came from a source.
  class StayingPayload final : public PayloadSource {
   public:
    void begin(ByteView payload) { rest_ = payload; }
    std::size_t size() const override { return rest_.size(); }
    void read(ByteSpan room) override;

   private:
    ByteView rest_;
  };

  bool linked() const { return state_ == State::kWaiting || state_ == State::kUp; }
  std::size_t pending() const { return transmit_end_ - transmit_begin_; }
  std::size_t used() const { return pending() + waiting_; }
  std::size_t reserve() const;
  Status check_room(std::size_t packet);
  ByteSpan tail(std::size_t packet);
  ByteSpan control(std::size_t packet);
  void append_waiting();
  void fill();
  void flush();
  void receive();
  bool handle(Found found);
  bool handle_connack();
  bool offer();
  void end_message();
  void heard();
  void ask(std::uint16_t packet_id);
  void answered(std::uint16_t packet_id);
  void watch();
  MonotonicTime silent_at() const;
  MonotonicTime idle_at() const;
  void end(Status reason);
  std::uint16_t new_packet_id();

  ByteStream& stream_;
  ByteSpan transmit_;
  Liveness liveness_;
  PacketReader reader_;
  TransportEvents* events_ = nullptr;
  PayloadSource* source_ = nullptr;  // of the message under way
  std::size_t unread_ = 0;           // bytes of it
  StayingPayload staying_;
  MonotonicTime now_ = (MonotonicTime::min)();  // of the poll under way
  MonotonicTime received_at_ = (MonotonicTime::min)();
  MonotonicTime sent_at_ = (MonotonicTime::min)();
  MonotonicTime probed_at_ = kNever;  // PINGREQ went out, nothing came since
  Duration keep_alive_ = Duration(0);
  TransportCounters counters_;
  MonotonicTime asked_at_{};  // when what is measured went out
  // The transmit memory: what is to be sent next, and at its end the packets that wait behind the
  // message under way.
  std::size_t transmit_begin_ = 0;
  std::size_t transmit_end_ = 0;
  std::size_t waiting_ = 0;
  std::size_t unacknowledged_ = 0;  // QoS 1 messages received whose PUBACK is still to be written
  Status reason_;                   // of the end
  std::uint16_t last_packet_id_ = 0;
  std::uint16_t source_packet_id_ = 0;  // of the message under way; 0 with QoS 0
  std::uint16_t asked_id_ = 0;          // of the message that is measured; 0: a PINGREQ is
  State state_ = State::kIdle;
  bool token_in_transmit_ = false;  // CONNECT isn't wholly sent
  bool asking_ = false;             // something is measured
  bool held_ = false;               // a message was answered Intake::kLater
  bool dropping_ = false;           // the open message is swallowed
  bool more_ = false;               // poll() stopped for its time, not for want of bytes
};

/// A transport with its memory.
template <std::size_t ReceiveBytes = 512, std::size_t TransmitBytes = 1024>
class SizedTransportMemory {
 public:
  TransportMemory memory() { return {ByteSpan(receive_), ByteSpan(transmit_)}; }

 private:
  std::uint8_t receive_[ReceiveBytes];
  std::uint8_t transmit_[TransmitBytes];
};

}  // namespace mqtt

HUBTWIN_NAMESPACE_END
