// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/methods.hpp.

#include <hubtwin/methods.hpp>
#include <hubtwin/wire/text_writer.hpp>

#include <algorithm>
#include <optional>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_methods {

constexpr Subscription kSubscription{kMethodFilter, Qos::kAtMostOnce};

// IoT Hub developer guide, direct methods: payloads up to 128 KB.
constexpr std::size_t kMaxAnswerSize = 131072;

constexpr std::string_view kUnknown = R"({"message":"no such method"})";
constexpr std::string_view kTooLarge = R"({"message":"request too large"})";
constexpr std::string_view kTooMany = R"({"message":"too many calls at once"})";
constexpr std::string_view kStalled = R"({"message":"request stalled"})";
constexpr std::string_view kTooLate = R"({"message":"no reply in time"})";

}  // namespace detail_methods

MethodCall::MethodCall(Methods& methods, std::size_t slot, std::uint32_t generation)
    : client_(methods.session_),
      methods_(&methods),
      generation_(generation),
      slot_(static_cast<std::uint16_t>(slot)) {}

MethodCall& MethodCall::operator=(MethodCall&& other) noexcept {
  if (this != &other) {
    client_ = other.client_;
    methods_ = other.methods_;
    generation_ = other.generation_;
    slot_ = other.slot_;
    other.client_ = ClientHandle();
  }
  return *this;
}

bool MethodCall::pending() const {
  return client_.alive() && methods_->holds(slot_, generation_);
}

std::string_view MethodCall::name() const {
  return pending() ? methods_->memory_.pending[slot_].name_ : std::string_view();
}

std::string_view MethodCall::payload() const {
  const bool handler_runs = client_.alive() && methods_->open_.running &&
                            methods_->open_.slot == slot_ &&
                            methods_->open_.generation == generation_;
  return handler_runs ? as_text(methods_->room().first(methods_->open_.received))
                      : std::string_view();
}

Status MethodCall::reply(int status, std::string_view json) {
  if (!pending()) {
    return Error::kExpired;
  }
  if (json.size() > detail_methods::kMaxAnswerSize) {
    return Error::kInvalidArgument;
  }
  const Status posted = methods_->answer(methods_->memory_.pending[slot_].request(), status, json);
  if (posted.error() == Error::kWrongState) {  // the link is being closed
    return Error::kExpired;
  }
  if (posted) {
    methods_->free_slot(slot_);
  }
  return posted;
}

Status Methods::on_method(std::string_view name, const MethodHandler& handler) {
  if (!is_method_name(name)) {
    return Error::kInvalidArgument;
  }
  const bool was_wanted = wanted();
  NamedMethod* place = find(name);
  if (place == nullptr) {
    if (!handler) {
      return {};
    }
    place = find(std::string_view());  // a free one
  }
  if (place == nullptr) {
    return Error::kNoSpace;
  }
  place->name = handler ? name : std::string_view();
  place->handler = handler;
  for (PendingMethod& call : memory_.pending) {
    if (call.name_ == name) {
      call.name_ = place->name;  // the text given earlier may end now
    }
  }
  if (!was_wanted && wanted()) {
    session_.subscriptions_changed(*this);
  }
  return {};
}

Status Methods::set_reply_timeout(Duration timeout) {
  if (timeout < std::chrono::seconds(1) || timeout > std::chrono::minutes(5)) {
    return Error::kInvalidArgument;
  }
  reply_timeout_ = timeout;
  return {};
}

NamedMethod* Methods::find(std::string_view name) const {
  for (NamedMethod& method : memory_.table) {
    if (method.name == name) {
      return &method;
    }
  }
  return nullptr;
}

bool Methods::wanted() const {
  for (const NamedMethod& method : memory_.table) {
    if (method.handler) {
      return true;
    }
  }
  return false;
}

Span<const Subscription> Methods::subscriptions() const {
  return {&detail_methods::kSubscription, wanted() ? 1U : 0U};
}

std::size_t Methods::pending_count() const {
  std::size_t count = 0;
  for (const PendingMethod& call : memory_.pending) {
    count += call.request_id_size_ != 0 ? 1U : 0U;
  }
  return count;
}

bool Methods::holds(std::size_t slot, std::uint32_t generation) const {
  return slot < memory_.pending.size() && memory_.pending[slot].request_id_size_ != 0 &&
         memory_.pending[slot].generation_ == generation;
}

std::size_t Methods::find_slot(std::string_view request_id) const {
  for (std::size_t slot = 0; slot < memory_.pending.size(); ++slot) {
    if (memory_.pending[slot].request() == request_id) {
      return slot;
    }
  }
  return kNoSlot;
}

void Methods::free_slot(std::size_t slot) {
  PendingMethod& call = memory_.pending[slot];
  call.request_id_size_ = 0;
  call.name_ = {};
  ++call.generation_;
}

void Methods::expire_all() {
  for (std::size_t slot = 0; slot < memory_.pending.size(); ++slot) {
    if (memory_.pending[slot].request_id_size_ != 0) {
      free_slot(slot);
    }
  }
}

Intake Methods::on_message(const MessageHead& head) {
  open_ = {};
  const std::optional<MethodRequestTopic> topic = parse_method_request(head.topic);
  if (!topic) {
    HUBTWIN_LOG(kWarning, session_.context().log(), session_.name(),
                "dropped a method call with a malformed topic: ", head.topic);
    return Intake::kDrop;
  }
  if (find_slot(topic->request_id) != kNoSlot) {
    return Intake::kDrop;  // delivered twice; the first one will be answered
  }
  const NamedMethod* method = find(topic->name);
  if (method == nullptr) {
    answer_ourselves(topic->request_id, 404, detail_methods::kUnknown);
    return Intake::kDrop;
  }
  if (head.payload_size > room().size()) {
    answer_ourselves(topic->request_id, 413, detail_methods::kTooLarge);
    return Intake::kDrop;
  }
  const std::size_t slot = find_slot(std::string_view());
  if (slot == kNoSlot) {
    answer_ourselves(topic->request_id, 429, detail_methods::kTooMany);
    return Intake::kDrop;
  }
  if (!session_.context().take_document(this)) {
    return Intake::kLater;
  }
  PendingMethod& call = memory_.pending[slot];
  std::copy(topic->request_id.begin(), topic->request_id.end(), call.request_id_);
  call.request_id_size_ = static_cast<std::uint8_t>(topic->request_id.size());
  call.name_ = method->name;
  call.deadline_ = after(session_.now(), reply_timeout_);
  open_.slot = slot;
  open_.generation = call.generation_;
  open_.packet_id = head.qos == Qos::kAtLeastOnce ? head.packet_id : std::uint16_t{0};
  return Intake::kTake;
}

void Methods::on_message_fragment(ByteView fragment) {
  if (!session_.context().touch_document(this)) {
    return;
  }
  // No more than announced, which was found to fit; should a transport break its contract, the
  // memory still holds.
  const ByteSpan rest = room().subspan(open_.received);
  const std::size_t size = std::min(fragment.size(), rest.size());
  std::copy(fragment.begin(), fragment.begin() + size, rest.begin());
  open_.received += size;
}

void Methods::on_message_end() {
  const std::uint16_t packet_id = open_.packet_id;
  // Not so when its time ran out meanwhile.
  if (holds(open_.slot, open_.generation)) {
    const NamedMethod* method = find(memory_.pending[open_.slot].name_);
    if (!session_.context().holds_document(this)) {
      answer_ourselves(memory_.pending[open_.slot].request(), 503, detail_methods::kStalled);
      free_slot(open_.slot);
    } else if (method == nullptr || !method->handler) {  // taken away meanwhile
      answer_ourselves(memory_.pending[open_.slot].request(), 404, detail_methods::kUnknown);
      free_slot(open_.slot);
    } else {
      const MethodHandler handler = method->handler;  // a copy, since it may replace itself
      open_.running = true;
      handler(MethodCall(*this, open_.slot, open_.generation));
    }
  }
  close_request();
  if (packet_id != 0) {
    session_.acknowledge(packet_id);
  }
}

void Methods::close_request() {
  open_ = {};
  session_.context().release_document(this);
}

void Methods::on_link_lost(Status) {
  expire_all();
  close_request();
}

void Methods::on_close() {
  expire_all();
}

void Methods::poll(MonotonicTime now) {
  for (std::size_t slot = 0; slot < memory_.pending.size(); ++slot) {
    const PendingMethod& call = memory_.pending[slot];
    if (call.request_id_size_ != 0 && now >= call.deadline_) {
      answer_ourselves(call.request(), 504, detail_methods::kTooLate);
      free_slot(slot);
    }
  }
}

MonotonicTime Methods::next_deadline() const {
  MonotonicTime deadline = kNever;
  for (const PendingMethod& call : memory_.pending) {
    if (call.request_id_size_ != 0) {
      deadline = earlier(deadline, call.deadline_);
    }
  }
  return deadline;
}

Status Methods::answer(std::string_view request_id, int status, std::string_view json) {
  TextWriter topic(session_.topic_room());
  write_method_response(topic, status, request_id);
  if (!topic.ok()) {
    return Error::kInvalidArgument;
  }
  const ByteView payload = as_bytes(json.empty() ? "null" : json);
  // At once, past what waits in the outbox: the caller's patience is short.
  const Status published = session_.publish(topic.view(), payload);
  if (published.error() == Error::kNoSpace) {  // the transport can never take it
    return Error::kInvalidArgument;
  }
  if (published) {
    return published;
  }
  return session_.post(nullptr, topic.view(), payload, Qos::kAtMostOnce, Lifetime::kThisLink)
      .status();
}

void Methods::answer_ourselves(std::string_view request_id, int status, std::string_view json) {
  const Status outcome = answer(request_id, status, json);
  HUBTWIN_LOG(kWarning, session_.context().log(), session_.name(), "method call answered ", status,
              (outcome.ok() ? "" : ", which can't be sent: "),
              (outcome.ok() ? "" : to_string(outcome.error())));
}

HUBTWIN_NAMESPACE_END
