// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What clients of one program share: ports, scratch memory, the turn to read a document, the wait.

#include <hubtwin/bytes.hpp>
#include <hubtwin/port/clock.hpp>
#include <hubtwin/port/crypto.hpp>
#include <hubtwin/port/log.hpp>
#include <hubtwin/port/random.hpp>
#include <hubtwin/port/storage.hpp>
#include <hubtwin/port/wake.hpp>
#include <hubtwin/time.hpp>

#include <cstddef>
#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN

class Session;

/// The ports that a Context hands to its clients. All must outlive it.
struct Ports {
  Clock& clock;
  Crypto& crypto;
  Random& random;
  Wake* wake = nullptr;        ///< Null: wait() returns at once and the caller sleeps by itself.
  Log* log = nullptr;          ///< Null: nothing is logged.
  Storage* storage = nullptr;  ///< Null: nothing survives a power cut.
};

/// Shared by any number of clients that are driven from one thread. Use SizedContext; functions
/// take this base by reference. Must outlive its clients.
class Context {
 public:
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  Clock& clock() const { return ports_.clock; }
  Crypto& crypto() const { return ports_.crypto; }
  Random& random() const { return ports_.random; }
  Wake* wake() const { return ports_.wake; }
  Log* log() const { return ports_.log; }
  Storage* storage() const { return ports_.storage; }

  /// Polls every open client of this context once, beginning with another one each time so that
  /// none starves. Callbacks run inside.
  /// \pre Not called from a callback.
  void poll();

  /// The earliest deadline of all its clients.
  MonotonicTime next_deadline() const;

  /// Sleeps until `deadline` or a wake-up; see Wake::wait. Returns at once without a Wake port.
  void wait(MonotonicTime deadline) const;

  /// Whether a session with this Session::serial() lives; for handles that may outlast their
  /// client.
  bool has_session(std::uint32_t serial) const;

  /// Even-spread random interval from 0 to `bound`, or to 24 days where that is more, for jitter.
  Duration jitter(Duration bound) const;

  /// Memory for what is built and used within one call (topic; token and user name): nothing lasts
  /// in it.
  ByteSpan call_scratch() const { return call_scratch_; }

  /// Memory of the one document or message that is being received; only while the turn is held.
  ByteSpan document_scratch() const { return document_scratch_; }

  /// Asks for the turn to receive what needs memory: a twin document, a method's request, a
  /// message. One is received at a time, for all clients.
  /// \param[in] owner  Whoever asks; the same owner may ask again and keeps it.
  /// \return true when `owner` holds the turn now. A holder that hasn't called touch_document() for
  ///         kDocumentStall loses it to the next who asks, and learns so from holds_document().
  bool take_document(const void* owner);
  /// Tells that the document goes on. \return whether `owner` still holds the turn.
  bool touch_document(const void* owner);
  /// Whether `owner` still holds the turn.
  bool holds_document(const void* owner) const { return owner == document_owner_; }
  /// Gives the turn back; nothing happens when `owner` doesn't hold it.
  void release_document(const void* owner);
  /// A document that brings no byte for this long loses its turn.
  static constexpr Duration kDocumentStall = std::chrono::seconds(10);
  /// When the turn can be taken by somebody else: in the past when nobody holds it.
  MonotonicTime document_free_at() const;

 protected:
  Context(const Ports& ports, ByteSpan document_scratch, ByteSpan call_scratch)
      : ports_(ports), document_scratch_(document_scratch), call_scratch_(call_scratch) {}
  ~Context() = default;

 private:
  friend class Session;
  void add(Session& session);
  void remove(Session& session);

  Ports ports_;
  ByteSpan document_scratch_;
  ByteSpan call_scratch_;
  Session* sessions_ = nullptr;
  Session* first_next_time_ = nullptr;
  const void* document_owner_ = nullptr;
  MonotonicTime document_touched_{};
  std::uint32_t last_serial_ = 0;
  std::uint32_t document_refusals_ = 0;  // so that a session can tell why a message has to wait
};

/// Capacities of a Context, in bytes.
struct DefaultContextSizes {
  /// Reader state and the longest key or string value of a twin that is kept; the longest request
  /// of a method; the longest message that is handed over whole, with its properties.
  static constexpr std::size_t kDocumentBytes = 1536;
  /// Room for user name and SAS token together, and for the longest topic that is sent, property
  /// bag included.
  static constexpr std::size_t kCallBytes = 768;
};

/// A Context with its memory.
template <class Sizes = DefaultContextSizes>
class SizedContext : public Context {
 public:
  explicit SizedContext(const Ports& ports)
      : Context(ports, ByteSpan(document_, sizeof(document_)), ByteSpan(call_, sizeof(call_))) {}
  SizedContext(Clock& clock, Crypto& crypto, Random& random)
      : SizedContext(Ports{clock, crypto, random}) {}

 private:
  static_assert(Sizes::kCallBytes >= 384, "a user name and a SAS token need 384 bytes or more");
  static_assert(Sizes::kDocumentBytes >= 512, "reading a twin needs 512 bytes or more");
  alignas(std::max_align_t) std::uint8_t document_[Sizes::kDocumentBytes];
  alignas(std::max_align_t) std::uint8_t call_[Sizes::kCallBytes];
};

HUBTWIN_NAMESPACE_END
