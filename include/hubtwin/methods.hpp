// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Direct methods: calls from the back end that want an answer (IoT Hub developer guide, "Direct
/// methods").

#include <hubtwin/bytes.hpp>
#include <hubtwin/function.hpp>
#include <hubtwin/session/client_handle.hpp>
#include <hubtwin/session/feature.hpp>
#include <hubtwin/session/session.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/time.hpp>
#include <hubtwin/wire/topic.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

class Methods;

/// A call that waits for its reply: the number of a slot and a generation, a few words that are
/// moved wherever the answer will be known. Once the caller can't be reached any more (answered,
/// out of time, link lost, client closed or destroyed) it has expired and says so; it never
/// dangles. The Context of the client must outlive it.
class MethodCall {
 public:
  /// No call.
  MethodCall() = default;
  MethodCall(MethodCall&& other) noexcept { *this = static_cast<MethodCall&&>(other); }
  MethodCall& operator=(MethodCall&& other) noexcept;

  /// Whether it still waits for its reply.
  explicit operator bool() const { return pending(); }
  bool pending() const;

  /// The method's name as it was registered; empty once expired.
  std::string_view name() const;
  /// The request's JSON text; may be empty. Lives until the handler returns, and is empty
  /// afterwards: read what is needed inside.
  std::string_view payload() const;

  /// Answers the caller, at once or later, once.
  /// \param[in] status  Any number; by convention as in HTTP, e.g. 200.
  /// \param[in] json    A JSON value, at most 128 KB; empty: `null` is sent.
  /// \return Error::kExpired: nobody waits any more; Error::kNoSpace: neither transport nor outbox
  ///         can take it now, the call stays pending, try again after a poll();
  ///         Error::kInvalidArgument: the answer is larger than transport, outbox or hub allow, the
  ///         call stays pending.
  Status reply(int status, std::string_view json = {});

 private:
  friend class Methods;
  MethodCall(Methods& methods, std::size_t slot, std::uint32_t generation);

  ClientHandle client_;
  Methods* methods_ = nullptr;
  std::uint32_t generation_ = 0;
  std::uint16_t slot_ = 0;
};

/// Takes a call; may answer inside, or move it away and answer later. Everything may be called
/// inside except poll() and the destructor.
using MethodHandler = Function<void(MethodCall)>;

/// A method and its handler. The name lives as long as the entry.
struct NamedMethod {
  std::string_view name;
  MethodHandler handler;
};

/// A call that waits; a slot of Methods.
class PendingMethod {
 public:
  PendingMethod() = default;

 private:
  friend class MethodCall;
  friend class Methods;
  std::string_view request() const { return {request_id_, request_id_size_}; }

  std::string_view name_;
  MonotonicTime deadline_{};
  std::uint32_t generation_ = 0;      // counts the calls that had this slot
  std::uint8_t request_id_size_ = 0;  // 0: the slot is free
  char request_id_[kMaxRequestIdSize] = {};
};

/// Memory that Methods works in; all of it the caller's, for its life.
struct MethodsMemory {
  Span<NamedMethod> table;
  Span<PendingMethod> pending;  ///< At most 65,535.
};

/// Receives method calls and answers them. Subscribes once there is a handler. By itself it
/// answers, each with a small JSON object that says why: 404 to a name without a handler, 413 to a
/// request larger than the Context's memory for receiving, 503 to one that stalled while another
/// client needed that memory, 429 while all slots are taken, 504 when the
/// reply is late. Such an answer that neither transport nor outbox can take is given up with a line
/// in the log; the caller then waits for its own time-out.
class Methods final : public Feature {
 public:
  Methods(Session& session, const MethodsMemory& memory) : session_(session), memory_(memory) {}
  ~Methods() { session_.context().release_document(this); }

  /// Sets who takes the calls of a method; nullptr: nobody.
  /// \param[in] name  As is_method_name(); lives as long as the handler is set.
  /// \return Error::kNoSpace: the table is full; Error::kInvalidArgument for a name that can't be.
  Status on_method(std::string_view name, const MethodHandler& handler);

  /// How long a call may wait for its reply, from its arrival. The caller's own patience (5 s to
  /// 5 min, 30 s unless it says otherwise) isn't told to the device.
  /// \return Error::kInvalidArgument unless 1 s to 5 min.
  Status set_reply_timeout(Duration timeout);
  static constexpr Duration kDefaultReplyTimeout = std::chrono::seconds(30);

  /// Calls that wait for their reply.
  std::size_t pending_count() const;

  Span<const Subscription> subscriptions() const override;
  bool claims(std::string_view topic) const override { return has_prefix(topic, kMethodPrefix); }
  Intake on_message(const MessageHead& head) override;
  void on_message_fragment(ByteView fragment) override;
  void on_message_end() override;
  void on_link_lost(Status reason) override;
  void on_close() override;
  void poll(MonotonicTime now) override;
  MonotonicTime next_deadline() const override;
  bool busy() const override { return pending_count() != 0; }

 private:
  friend class MethodCall;
  static constexpr std::size_t kNoSlot = static_cast<std::size_t>(-1);

  /// The entry of a method; with an empty name, a free one.
  NamedMethod* find(std::string_view name) const;
  bool holds(std::size_t slot, std::uint32_t generation) const;
  bool wanted() const;
  /// The slot of a pending call; with an empty id, a free one.
  std::size_t find_slot(std::string_view request_id) const;
  void free_slot(std::size_t slot);
  void close_request();
  void expire_all();
  Status answer(std::string_view request_id, int status, std::string_view json);
  ByteSpan room() const { return session_.context().document_scratch(); }
  void answer_ourselves(std::string_view request_id, int status, std::string_view json);

  Session& session_;
  MethodsMemory memory_;
  Duration reply_timeout_ = kDefaultReplyTimeout;

  // The request that is open, or whose handler runs.
  struct Open {
    std::size_t slot = kNoSlot;
    std::size_t received = 0;
    std::uint32_t generation = 0;
    std::uint16_t packet_id = 0;  // 0: needs no acknowledgement
    bool running = false;
  };
  Open open_;
};

HUBTWIN_NAMESPACE_END
