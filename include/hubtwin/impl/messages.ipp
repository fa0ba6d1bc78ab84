// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/messages.hpp.

#include <hubtwin/contract.hpp>
#include <hubtwin/messages.hpp>
#include <hubtwin/wire/text_writer.hpp>
#include <hubtwin/wire/topic.hpp>

#include <algorithm>

HUBTWIN_NAMESPACE_BEGIN

MessageReceipt::MessageReceipt(Messages& messages, std::uint16_t packet_id)
    : client_(messages.session_),
      messages_(&messages),
      link_(messages.link_),
      packet_id_(packet_id) {}

MessageReceipt& MessageReceipt::operator=(MessageReceipt&& other) noexcept {
  if (this != &other) {
    client_ = other.client_;
    messages_ = other.messages_;
    link_ = other.link_;
    packet_id_ = other.packet_id_;
    other.client_ = ClientHandle();
  }
  return *this;
}

bool MessageReceipt::pending() const {
  return client_.alive() && messages_->link_ == link_;
}

Status MessageReceipt::complete() {
  const bool was_pending = pending();
  client_ = ClientHandle();
  if (!was_pending) {
    return Error::kExpired;
  }
  messages_->acknowledge(packet_id_);
  return {};
}

MessageReceipt Message::keep() const {
  if (messages_.kept_) {
    return {};
  }
  messages_.kept_ = true;
  return MessageReceipt(messages_, packet_id_);
}

Messages::Messages(Session& session, const MessagesMemory& memory)
    : session_(session), memory_(memory) {
  subscription_.qos = Qos::kAtLeastOnce;
  if (!session_.is_module()) {
    subscription_.filter = kDeviceboundFilter;
    return;
  }
  TextWriter filter(memory_.filter);
  write_input_filter(filter, session_.device_id(), session_.module_id());
  HUBTWIN_EXPECTS(filter.ok());
  subscription_.filter = filter.view();
}

void Messages::on_message(const MessageHandler& handler) {
  const bool was_wanted = wanted();
  handler_ = handler;
  handlers_changed(was_wanted);
}

Status Messages::on_input(std::string_view name, const MessageHandler& handler) {
  if (!session_.is_module()) {
    return Error::kNotSupported;
  }
  if (name.empty()) {
    return Error::kInvalidArgument;
  }
  const bool was_wanted = wanted();
  NamedInput* place = nullptr;
  for (NamedInput& input : memory_.inputs) {
    if (input.handler && input.name == name) {
      place = &input;
      break;
    }
    if (!input.handler && place == nullptr) {
      place = &input;
    }
  }
  if (place == nullptr) {
    return handler ? Status(Error::kNoSpace) : Status();
  }
  place->name = handler ? name : std::string_view();
  place->handler = handler;
  handlers_changed(was_wanted);
  return {};
}

bool Messages::wanted() const {
  if (handler_) {
    return true;
  }
  for (const NamedInput& input : memory_.inputs) {
    if (input.handler) {
      return true;
    }
  }
  return false;
}

void Messages::handlers_changed(bool was_wanted) {
  if (!was_wanted && wanted()) {
    session_.subscriptions_changed(*this);
  }
}

MessageHandler Messages::handler_for(std::string_view input_name) const {
  for (const NamedInput& input : memory_.inputs) {
    if (input.handler && input.name == input_name) {
      return input.handler;
    }
  }
  return handler_;
}

Span<const Subscription> Messages::subscriptions() const {
  return {&subscription_, wanted() ? 1U : 0U};
}

bool Messages::claims(std::string_view topic) const {
  return parse(topic).has_value();
}

std::optional<InputTopic> Messages::parse(std::string_view topic) const {
  if (session_.is_module()) {
    return parse_input(topic, session_.device_id(), session_.module_id());
  }
  const std::optional<std::string_view> bag = parse_devicebound(topic, session_.device_id());
  if (!bag) {
    return std::nullopt;
  }
  return InputTopic{{}, *bag};
}

// The topic is gone when the message ends, so the parts that are needed then are moved to the
// beginning of the memory, or left out where they don't fit.
std::string_view Messages::keep_text(std::string_view text) {
  const ByteSpan rest = room().subspan(text_size_);
  if (text.size() > rest.size()) {
    truncated_ = true;
    return {};
  }
  std::copy(text.begin(), text.end(), rest.begin());
  text_size_ += text.size();
  return as_text(rest.first(text.size()));
}

Intake Messages::on_message(const MessageHead& head) {
  const std::optional<InputTopic> topic = parse(head.topic);
  if (!topic) {
    return Intake::kDrop;
  }
  if (!session_.context().take_document(this)) {
    return Intake::kLater;
  }
  head_ = head;
  head_.topic = {};
  text_size_ = 0;
  payload_kept_ = 0;
  truncated_ = false;
  input_ = keep_text(topic->input);
  bag_ = keep_text(topic->bag);
  return Intake::kTake;
}

void Messages::on_message_fragment(ByteView fragment) {
  if (!session_.context().touch_document(this)) {
    return;
  }
  const ByteSpan rest = room().subspan(text_size_ + payload_kept_);
  const std::size_t size = std::min(fragment.size(), rest.size());
  std::copy(fragment.begin(), fragment.begin() + size, rest.begin());
  payload_kept_ += size;
  truncated_ = truncated_ || size < fragment.size();
}

void Messages::on_message_end() {
  if (session_.context().holds_document(this)) {
    hand_over();
    session_.context().release_document(this);
    return;
  }
  // It stalled while another client needed the memory.
  HUBTWIN_LOG(kWarning, session_.context().log(), session_.name(), "a stalled message is ",
              left_with_hub() ? "left with the hub" : "lost");
  if (left_with_hub()) {
    session_.drop_link(Error::kPeerSilent);  // the hub delivers it again on the next link
  }
}

bool Messages::left_with_hub() const {
  return packet_id() != 0 && session_.capabilities().withholds_acknowledgement;
}

void Messages::hand_over() {
  const std::uint16_t packet_id = this->packet_id();
  const MessageHandler handler = handler_for(input_);  // a copy, since it may replace itself
  if (!handler) {
    HUBTWIN_LOG(kWarning, session_.context().log(), session_.name(),
                "a message that no handler takes is ",
                left_with_hub() ? "left with the hub" : "lost");
    return;
  }
  Message message(*this);
  message.input_ = input_;
  message.payload_ = room().subspan(text_size_, payload_kept_);
  message.properties_ = PropertyBag(bag_);
  message.payload_size_ = head_.payload_size;
  message.packet_id_ = packet_id;
  message.truncated_ = truncated_;
  message.duplicate_ = head_.duplicate;
  kept_ = false;
  handler(message);
  if (!kept_) {
    acknowledge(packet_id);
  }
}

void Messages::acknowledge(std::uint16_t packet_id) {
  if (packet_id != 0) {
    session_.acknowledge(packet_id);
  }
}

void Messages::on_link_lost(Status) {
  ++link_;
  session_.context().release_document(this);
}

HUBTWIN_NAMESPACE_END
