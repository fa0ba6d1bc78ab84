// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// One twin on a real session, with a test in the hub's place.

#include "support/world.hpp"
#include <hubtwin/session/session.hpp>
#include <hubtwin/twin/twin.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hubtwin::test {

/// Capacities of a bench's twin.
struct TwinSizes {
  std::size_t desired = 4096;
  std::size_t reported = 4096;
  std::size_t transmit = 1024;
  std::size_t handlers = 16;
  KeyTable keys = {};
  PathTable wanted = {};
};

inline Identity bench_identity() {
  Identity identity;
  identity.host = "hub.example.net";
  identity.device_id = "bench";
  identity.secret = SecretView("AAECAwQFBgcICQoLDA0ODw==");
  return identity;
}

/// A session and a twin whose hub is the test: it sees requests and answers them by hand. Several
/// may share a World, and so a Context.
class TwinBench {
 public:
  explicit TwinBench(World& world, const TwinSizes& sizes = TwinSizes())
      : TwinBench(world, world.context, sizes) {}
  TwinBench(World& world, Context& context, const TwinSizes& sizes)
      : transport(world.clock),
        world_(world),
        desired_(sizes.desired),
        reported_(sizes.reported),
        transmit_(sizes.transmit),
        handlers_(sizes.handlers),
        session(context, transport, bench_identity(), SessionOptions(),
                SessionMemory{Span<char>(identity_.data(), identity_.size()),
                              ByteSpan(secret_.data(), secret_.size()),
                              ByteSpan(outbox_.data(), outbox_.size())}),
        twin(session, TwinMemory{ByteSpan(desired_.data(), desired_.size()),
                                 ByteSpan(reported_.data(), reported_.size()),
                                 ByteSpan(transmit_.data(), transmit_.size()),
                                 Span<DesiredHandlerEntry>(handlers_.data(), handlers_.size()),
                                 sizes.keys, sizes.wanted}) {
    world.clock.set_utc(UtcTime(std::chrono::seconds(1800000000)));
    transport.set_automatic(true);
    session.add(twin);
  }

  /// Opens, and waits for the first GET.
  void open() {
    static_cast<void>(session.open());
    await_get();
  }
  /// Opens and answers the first GET.
  void open(std::string_view desired_members, TwinVersion version) {
    open();
    answer_get(desired_members, version);
  }
  /// Breaks the link and waits for the next one's GET.
  void reconnect() {
    const std::size_t links = transport.connects().size();
    transport.cut(Error::kLinkLost);
    world_.run_until([&] { return transport.connects().size() > links && session.ready(); },
                     World::kLong);
    await_get();
  }

  std::size_t gets() const { return transport.published_to(kGet).size(); }
  /// Runs until a GET is unanswered. \return whether one came.
  bool await_get(Duration limit = World::kLong) {
    return world_.run_until([&] { return gets() > answered_gets_; }, limit);
  }
  bool get_waits() const { return gets() > answered_gets_; }

  /// Answers the newest GET with a twin of these desired members, e.g. `"a":1,"b":{}`.
  void answer_get(std::string_view desired_members, TwinVersion version,
                  TwinVersion reported_version = 1) {
    answer_get_raw(whole_twin(desired_members, version, reported_version));
  }
  void answer_get_raw(std::string body, int status = 200) {
    const std::string id = rid(transport.published_to(kGet).back().topic);
    count_answered();
    transport.deliver("$iothub/twin/res/" + std::to_string(status) + "/?$rid=" + id,
                      std::move(body));
    world_.settle();
  }
  /// The newest GET was answered by other means.
  void count_answered() { answered_gets_ = gets(); }
  /// A notification with these members.
  void notify(std::string_view members, TwinVersion version) {
    notify_raw(patch_body(members, version), version);
  }
  void notify_raw(std::string body, TwinVersion version) {
    transport.deliver(notification_topic(version), std::move(body));
    world_.settle();
  }

  std::vector<ScriptedTransport::Publish> updates() const {
    return transport.published_to(kUpdate);
  }
  std::string last_update() const { return updates().empty() ? "" : updates().back().payload; }
  /// Answers the newest reported update.
  void answer_update(int status = 204, TwinVersion version = kNoVersion) {
    std::string topic =
        "$iothub/twin/res/" + std::to_string(status) + "/?$rid=" + rid(updates().back().topic);
    if (version != kNoVersion) {
      topic += "&$version=" + std::to_string(version);
    }
    transport.deliver(topic, status >= 400 ? R"({"errorCode":)" + std::to_string(status) + "001}"
                                           : std::string());
    world_.settle();
  }

  static std::string whole_twin(std::string_view desired_members, TwinVersion version,
                                TwinVersion reported_version = 1) {
    return R"({"desired":)" + patch_body(desired_members, version) + R"(,"reported":{"$version":)" +
           std::to_string(reported_version) + "}}";
  }
  static std::string patch_body(std::string_view members, TwinVersion version) {
    return "{" + std::string(members) + (members.empty() ? "" : ",") + R"("$version":)" +
           std::to_string(version) + "}";
  }
  static std::string notification_topic(TwinVersion version) {
    return "$iothub/twin/PATCH/properties/desired/?$version=" + std::to_string(version);
  }
  static std::string rid(const std::string& topic) { return topic.substr(topic.find("$rid=") + 5); }

  static constexpr std::string_view kGet = "$iothub/twin/GET/";
  static constexpr std::string_view kUpdate = "$iothub/twin/PATCH/properties/reported/";

  ScriptedTransport transport;

 private:
  World& world_;
  std::size_t answered_gets_ = 0;
  std::array<char, 128> identity_{};
  std::array<std::uint8_t, 128> secret_{};
  std::array<std::uint8_t, 512> outbox_{};
  std::vector<std::uint8_t> desired_;
  std::vector<std::uint8_t> reported_;
  std::vector<std::uint8_t> transmit_;
  std::vector<DesiredHandlerEntry> handlers_;

 public:
  Session session;
  Twin twin;
};

/// Remembers what a desired handler was told, one line a call:
/// `<path> <old> -> <new> v<version> <cause>`, objects as `{}`.
class ChangeLog {
 public:
  DesiredHandler handler() {
    return [this](const DesiredChange& change) {
      lines.push_back(std::string(change.path()) + " " + text(change.old_value()) + " -> " +
                      text(change.value()) + " v" + std::to_string(change.version()) + " " +
                      to_string(change.cause()));
    };
  }
  std::vector<std::string> take() {
    std::vector<std::string> taken;
    taken.swap(lines);
    return taken;
  }

  static std::string text(PropertyView value) {
    if (!value.exists()) {
      return "none";
    }
    if (value.is_object()) {
      return "{}";
    }
    if (value.is_array()) {
      return "[" + std::to_string(value.size()) + "]";
    }
    if (value.is_null()) {
      return "null";
    }
    if (const auto number = value.as_integer(); number.ok()) {
      return std::to_string(*number);
    }
    if (const auto boolean = value.as_bool(); boolean.ok()) {
      return *boolean ? "true" : "false";
    }
#if HUBTWIN_FLOAT
    if (const auto real = value.as_double(); real.ok()) {
      return std::to_string(*real);
    }
#endif
    return std::string(*value.as_string());
  }

  std::vector<std::string> lines;
};

/// Several lines to compare with.
using Lines = std::vector<std::string>;

}  // namespace hubtwin::test
