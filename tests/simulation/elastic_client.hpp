// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Clients whose memory is measured out when they are made, not when they are compiled.

#include <hubtwin/device_client.hpp>
#include <hubtwin/module_client.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace hubtwin::simulation {

/// What differs between the clients of histories.
struct Capacities {
  std::size_t desired = 8192;
  std::size_t reported = 2048;
  std::size_t transmit = 160;  // so that flushes are split
  std::size_t outbox = 1024;
  std::size_t handlers = 12;
  KeyTable keys = {};
  PathTable wanted = {};
};

/// A client's memory, for ElasticClient: it has to stand before the base class is made.
class ElasticMemory {
 protected:
  explicit ElasticMemory(const Capacities& capacities)
      : desired_(capacities.desired / sizeof(Word)),
        reported_(capacities.reported / sizeof(Word)),
        transmit_(capacities.transmit),
        outbox_(capacities.outbox),
        handlers_(capacities.handlers) {}

  SessionMemory session_memory() {
    return {Span<char>(identity_), ByteSpan(secret_), ByteSpan(outbox_.data(), outbox_.size())};
  }
  TwinMemory twin_memory(const Capacities& capacities) {
    TwinMemory memory{};
    memory.desired = bytes_of(desired_);
    memory.reported = bytes_of(reported_);
    memory.transmit = ByteSpan(transmit_.data(), transmit_.size());
    memory.handlers = Span<DesiredHandlerEntry>(handlers_.data(), handlers_.size());
    memory.keys = capacities.keys;
    memory.wanted = capacities.wanted;
    return memory;
  }
  MessagesMemory messages_memory() { return {Span<char>(filter_), Span<NamedInput>(inputs_)}; }

 private:
  using Word = std::uint64_t;  // arenas are aligned like it
  static ByteSpan bytes_of(std::vector<Word>& words) {
    return ByteSpan(reinterpret_cast<std::uint8_t*>(words.data()), words.size() * sizeof(Word));
  }

  std::vector<Word> desired_;
  std::vector<Word> reported_;
  std::vector<std::uint8_t> transmit_;
  std::vector<std::uint8_t> outbox_;
  std::vector<DesiredHandlerEntry> handlers_;
  char identity_[128] = {};
  std::uint8_t secret_[64] = {};
  char filter_[128] = {};
  NamedInput inputs_[1];
};

/// A device or module client of any capacities, with a twin, telemetry and messages.
template <class Base>
class ElasticClient final : private ElasticMemory, public Base {
 public:
  ElasticClient(Context& context, Transport& transport, const Identity& identity,
                const Capacities& capacities)
      : ElasticMemory(capacities),
        Base(context, transport, identity, SessionOptions(), session_memory()),
        twin_(Base::session(), twin_memory(capacities)),
        messages_(Base::session(), messages_memory()),
        telemetry_(Base::session()) {
    Base::adopt(&twin_, nullptr, &messages_, &telemetry_);
  }

 private:
  Twin twin_;
  Messages messages_;
  Telemetry telemetry_;
};

/// A client for that identity; it ends with the last reference.
inline std::shared_ptr<Client> make_client(Context& context, Transport& transport,
                                           const Identity& identity, const Capacities& capacities) {
  if (identity.module_id.empty()) {
    return std::make_shared<ElasticClient<DeviceClient>>(context, transport, identity, capacities);
  }
  return std::make_shared<ElasticClient<ModuleClient>>(context, transport, identity, capacities);
}

}  // namespace hubtwin::simulation
