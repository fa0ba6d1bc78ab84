// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The memory of a sized client, and its subjects. One whose capacity is zero isn't there, and
/// isn't linked, since nothing names it.

#include <hubtwin/messages.hpp>
#include <hubtwin/methods.hpp>
#include <hubtwin/session/session.hpp>
#include <hubtwin/session/sizes.hpp>
#include <hubtwin/telemetry.hpp>
#include <hubtwin/twin/twin.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN
namespace detail {

/// What Session works in.
template <class Sizes, bool Module>
struct SessionRoom {
  SessionMemory memory() { return {Span<char>(identity_), ByteSpan(secret_), ByteSpan(outbox_)}; }

 private:
  char identity_[Sizes::kHostBytes + Sizes::kIdBytes + (Module ? 1 + Sizes::kIdBytes : 0)];
  std::uint8_t secret_[Sizes::kKeyBytes];
  std::uint8_t outbox_[Sizes::kOutboxBytes];
};

constexpr bool ascends(Span<const std::string_view> texts) {
  for (std::size_t index = 1; index < texts.size(); ++index) {
    if (texts[index - 1] >= texts[index]) {
      return false;
    }
  }
  return true;
}

template <class Sizes, bool Present = (Sizes::kDesiredBytes != 0)>
struct TwinPart {
  explicit TwinPart(Session& session)
      : twin_(session, TwinMemory{ByteSpan(desired_), ByteSpan(reported_), ByteSpan(transmit_),
                                  Span<DesiredHandlerEntry>(handlers_), Sizes::kKnownKeys,
                                  Sizes::kWantedDesired}) {}
  Twin* get() { return &twin_; }

 private:
  static_assert(ascends(Sizes::kKnownKeys), "kKnownKeys: in ascending order, none twice");
  static_assert(Sizes::kKnownKeys.size() <= 4096, "kKnownKeys: at most 4,096");
  alignas(8) std::uint8_t desired_[Sizes::kDesiredBytes];
  alignas(8) std::uint8_t reported_[Sizes::kReportedBytes];
  std::uint8_t transmit_[Sizes::kTransmitBytes];
  DesiredHandlerEntry handlers_[Sizes::kHandlers];
  Twin twin_;
};

template <class Sizes, bool Present = (Sizes::kMethods != 0)>
struct MethodsPart {
  explicit MethodsPart(Session& session)
      : methods_(session, MethodsMemory{Span<NamedMethod>(table_), Span<PendingMethod>(pending_)}) {
  }
  Methods* get() { return &methods_; }

 private:
  static_assert(Sizes::kPendingMethods != 0, "methods need kPendingMethods");
  NamedMethod table_[Sizes::kMethods];
  PendingMethod pending_[Sizes::kPendingMethods];
  Methods methods_;
};

/// Cloud-to-device messages of a device, inputs of a module.
template <class Sizes, bool Module, bool Present = Sizes::kMessages>
struct MessagesPart {
  explicit MessagesPart(Session& session)
      : messages_(session, MessagesMemory{Span<char>(filter_, kFilterBytes),
                                          Span<NamedInput>(inputs_, kInputs)}) {}
  Messages* get() { return &messages_; }

 private:
  // A device's filter is a constant, and it has no inputs; but no array may be empty.
  static constexpr std::size_t kFilterBytes = Module ? input_filter_size(Sizes::kIdBytes) : 0;
  static constexpr std::size_t kInputs = Module ? Sizes::kInputs : 0;
  char filter_[kFilterBytes + 1];
  NamedInput inputs_[kInputs + 1];
  Messages messages_;
};

template <class Sizes, bool Present = (Sizes::kOutboxBytes != 0)>
struct TelemetryPart {
  explicit TelemetryPart(Session& session) : telemetry_(session) {}
  Telemetry* get() { return &telemetry_; }

 private:
  Telemetry telemetry_;
};

/// What stands in place of a subject that is left out.
template <class Subject>
struct NoPart {
  explicit NoPart(Session&) {}
  Subject* get() { return nullptr; }
};
template <class Sizes>
struct TwinPart<Sizes, false> : NoPart<Twin> {
  using NoPart<Twin>::NoPart;
};
template <class Sizes>
struct MethodsPart<Sizes, false> : NoPart<Methods> {
  using NoPart<Methods>::NoPart;
};
template <class Sizes, bool Module>
struct MessagesPart<Sizes, Module, false> : NoPart<Messages> {
  using NoPart<Messages>::NoPart;
};
template <class Sizes>
struct TelemetryPart<Sizes, false> : NoPart<Telemetry> {
  using NoPart<Telemetry>::NoPart;
};
/// A client of the kind `Base` with its memory and subjects.
template <class Sizes, class Base, bool Module>
class SizedClient : private SessionRoom<Sizes, Module>, public Base {
 public:
  /// \param[in] context    Outlives the client.
  /// \param[in] transport  This client's own; outlives it.
  /// \param[in] identity   Copied; what is wrong with it is answered by open().
  /// \param[in] options    Copied; the texts in it outlive the client.
  SizedClient(Context& context, Transport& transport, const Identity& identity,
              const SessionOptions& options = SessionOptions())
      : Base(context, transport, identity, options, SessionRoom<Sizes, Module>::memory()),
        twin_part_(Base::session()),
        methods_part_(Base::session()),
        messages_part_(Base::session()),
        telemetry_part_(Base::session()) {
    Base::adopt(twin_part_.get(), methods_part_.get(), messages_part_.get(), telemetry_part_.get());
  }

 private:
  TwinPart<Sizes> twin_part_;
  MethodsPart<Sizes> methods_part_;
  MessagesPart<Sizes, Module> messages_part_;
  TelemetryPart<Sizes> telemetry_part_;
};

}  // namespace detail
HUBTWIN_NAMESPACE_END
