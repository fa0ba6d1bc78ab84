// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Messages from the hub: cloud-to-device messages of a device, inputs of a module.

#include <hubtwin/bytes.hpp>
#include <hubtwin/function.hpp>
#include <hubtwin/session/client_handle.hpp>
#include <hubtwin/session/feature.hpp>
#include <hubtwin/session/session.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/time.hpp>
#include <hubtwin/wire/property_bag.hpp>
#include <hubtwin/wire/topic.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

class Messages;

/// The right to acknowledge a message later than its handler returns; see Message::keep(). As small
/// as a few words, movable; what is not completed stays with the hub, which delivers it again on
/// the next link. The Context of the client must outlive it.
class MessageReceipt {
 public:
  MessageReceipt() = default;
  MessageReceipt(MessageReceipt&& other) noexcept { *this = static_cast<MessageReceipt&&>(other); }
  MessageReceipt& operator=(MessageReceipt&& other) noexcept;

  /// Acknowledges the message: the hub forgets it. A message that needs no acknowledgement (QoS 0,
  /// or a transport that can't withhold one) is complete anyway.
  /// \return Error::kExpired when it was completed before, or the link or the client is gone, so
  ///         that the hub will deliver it again.
  Status complete();
  /// Whether complete() can still be called with success.
  bool pending() const;

 private:
  friend class Message;
  MessageReceipt(Messages& messages, std::uint16_t packet_id);

  ClientHandle client_;
  Messages* messages_ = nullptr;
  std::uint32_t link_ = 0;
  std::uint16_t packet_id_ = 0;
};

/// A received message as its handler sees it; lives until the handler returns.
class Message {
 public:
  /// Name of the module's input; empty for a device.
  std::string_view input() const { return input_; }
  /// The body, or as much of its beginning as was kept; see truncated().
  ByteView payload() const { return payload_; }
  /// Length of the whole body, in bytes.
  std::size_t payload_size() const { return payload_size_; }
  /// True when the message, with its properties, is larger than the Context's memory for receiving
  /// (kDocumentBytes): payload() is its beginning, and properties() may be empty. It is
  /// handed over all the same, so that nothing is lost silently or blocks the hub's queue.
  bool truncated() const { return truncated_; }
  /// Delivered before, perhaps to the handler too: a message is delivered at least once.
  bool duplicate() const { return duplicate_; }

  /// System and application properties, still percent-encoded, in order.
  const PropertyBag& properties() const { return properties_; }
  /// One property, decoded into `room`.
  /// \param[in] key  Plain, e.g. "colour", or "$.mid" for the message id.
  /// \return Error::kNotFound; Error::kInvalidArgument for one that can't be decoded;
  ///         Error::kNoSpace.
  Result<std::string_view> property(std::string_view key, Span<char> room) const {
    return properties_.find(key, room);
  }

  /// Leaves the message unacknowledged when the handler returns, until the receipt says so. The
  /// hub keeps a message that is not acknowledged, and delivers it again after 60 s or on the next
  /// link (IoT Hub developer guide, cloud-to-device messages). Only the first call gives a receipt
  /// that works.
  MessageReceipt keep() const;

 private:
  friend class Messages;
  explicit Message(Messages& messages) : messages_(messages) {}

  Messages& messages_;
  std::string_view input_;
  ByteView payload_;
  PropertyBag properties_;
  std::size_t payload_size_ = 0;
  std::uint16_t packet_id_ = 0;
  bool truncated_ = false;
  bool duplicate_ = false;
};

/// Takes a message. Everything may be called inside except poll() and the destructor.
using MessageHandler = Function<void(const Message&)>;

/// An input of a module and its handler. The name lives as long as the entry.
struct NamedInput {
  std::string_view name;
  MessageHandler handler;
};

/// Memory that Messages works in; all of it the caller's, for its life.
struct MessagesMemory {
  /// Room for a module's filter, input_filter_size(); empty for a device.
  Span<char> filter;
  /// Handlers of a module's inputs; empty for a device.
  Span<NamedInput> inputs;
};

/// Room that a module's filter takes.
constexpr std::size_t input_filter_size(std::size_t id_size) {
  constexpr std::string_view kFixed = "devices//modules//inputs/#";
  return kFixed.size() + 2 * id_size;
}

/// Receives messages. Subscribes once there is a handler.
class Messages final : public Feature {
 public:
  /// \pre `memory.filter` is large enough for a module's ids.
  Messages(Session& session, const MessagesMemory& memory);
  ~Messages() { session_.context().release_document(this); }

  /// Sets who takes messages: all of a device's, and those to a module's inputs that have no
  /// handler of their own. nullptr: nobody. A message is acknowledged when its handler returned,
  /// unless it was kept. What arrives for nobody, from a stored session, is left with the hub
  /// where the transport can withhold the acknowledgement, and delivered again on the next link.
  void on_message(const MessageHandler& handler);

  /// Sets who takes a module's messages to one input; nullptr: nobody.
  /// \param[in] name  Lives as long as the handler is set.
  /// \return Error::kNoSpace: the table is full; Error::kNotSupported for a device;
  ///         Error::kInvalidArgument for an empty name.
  Status on_input(std::string_view name, const MessageHandler& handler);

  Span<const Subscription> subscriptions() const override;
  bool claims(std::string_view topic) const override;
  Intake on_message(const MessageHead& head) override;
  void on_message_fragment(ByteView fragment) override;
  void on_message_end() override;
  void on_link_lost(Status reason) override;

 private:
  friend class MessageReceipt;
  friend class Message;

  bool wanted() const;
  void handlers_changed(bool was_wanted);
  std::optional<InputTopic> parse(std::string_view topic) const;
  MessageHandler handler_for(std::string_view input) const;
  std::uint16_t packet_id() const {
    return head_.qos == Qos::kAtLeastOnce ? head_.packet_id : std::uint16_t{0};
  }
  bool left_with_hub() const;
  void hand_over();
  std::string_view keep_text(std::string_view text);
  void acknowledge(std::uint16_t packet_id);
  ByteSpan room() const { return session_.context().document_scratch(); }

  Session& session_;
  MessagesMemory memory_;
  MessageHandler handler_;
  Subscription subscription_;

  // The message that is open.
  MessageHead head_;        // its topic is gone, but for what `input_` and `bag_` keep
  std::string_view input_;  // in the Context's memory
  std::string_view bag_;    // in the Context's memory
  std::size_t text_size_ = 0;
  std::size_t payload_kept_ = 0;
  bool truncated_ = false;
  bool kept_ = false;       // by the handler that runs
  std::uint32_t link_ = 0;  // counts links, so that a receipt knows its own
};

HUBTWIN_NAMESPACE_END
