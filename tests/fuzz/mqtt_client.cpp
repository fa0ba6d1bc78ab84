// SPDX-License-Identifier: MIT
/// \file
/// Target: a device client over mqtt::Transport before a server that sends what it likes. What the
/// client sends is always MQTT, it acknowledges nothing that didn't come, and the desired section
/// changes only by whole documents, its version only as the hub's did.
///
/// Input: steps, each a byte (see Step) and what it takes; texts end at kSeparator.

#include "fuzz/input.hpp"
#include "fuzz/packets.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_random.hpp"
#include "support/memory_stream.hpp"
#include "support/test_crypto.hpp"
#include "support/view_json.hpp"
#include <hubtwin/device_client.hpp>
#include <hubtwin/mqtt/transport.hpp>

#include <optional>
#include <set>
#include <utility>

namespace {

using hubtwin::Duration;
using hubtwin::Error;
using hubtwin::TwinVersion;
using hubtwin::fuzz::Input;
using hubtwin::fuzz::Packet;
using hubtwin::test::json_of;
using namespace std::chrono_literals;
using Json = nlohmann::json;

enum Step : std::uint8_t {
  kRaw,
  kConnack,
  kSuback,
  kPuback,
  kPublish,
  kGetAnswer,
  kNotification,
  kUpdateAnswer,
  kMethod,
  kMessage,
  kWait,
  kSqueeze,
  kCut,
  kReport,
  kSend,
  kAnswer,
  kOpenClose,
  kSteps
};

constexpr std::size_t kReceiveBytes = 192;

struct Sizes : hubtwin::DefaultSizes {
  static constexpr std::size_t kDesiredBytes = 512;
  static constexpr std::size_t kReportedBytes = 512;
  static constexpr std::size_t kTransmitBytes = 160;
  static constexpr std::size_t kOutboxBytes = 256;
};

struct ContextSizes : hubtwin::DefaultContextSizes {
  static constexpr std::size_t kDocumentBytes = 640;
};

hubtwin::Identity identity() {
  hubtwin::Identity who;
  who.host = "hub.example";
  who.device_id = "dev";
  who.secret = hubtwin::SecretView("AAECAwQFBgcICQoLDA0ODw==");
  return who;
}

// What was sent and received on the present link.
struct Wire {
  std::string fed;
  std::string sent;
  int opened = 0;
  std::size_t answers = 0;        // whole 200s that were counted
  std::size_t notifications = 0;  // and whole notifications
};

class Play {
 public:
  Play() {
    client_.on_message([this](const hubtwin::Message& message) { take(message); });
    FUZZ_HOLDS(
        client_.on_method("go", [this](hubtwin::MethodCall call) { take(std::move(call)); }));
    FUZZ_HOLDS(client_.twin().on_desired([this](const hubtwin::DesiredChange& change) {
      static_cast<void>(json_of(change.value()));
      static_cast<void>(json_of(change.old_value()));
      changed_ = true;
    }));
    FUZZ_HOLDS(client_.twin().bind("level", level_, hubtwin::in_range(0, 100)));
    FUZZ_HOLDS(client_.twin().bind("name", name_));
    FUZZ_HOLDS(client_.open());
    settle();
  }

  void step(Input& input) {
    run(static_cast<Step>(input.byte() % kSteps), input);
    settle();
    check_sent();
    check_desired();
    FUZZ_HOLDS(level_ >= 0 && level_ <= 100);
  }

 private:
  void run(Step step, Input& input) {
    switch (step) {
      case kRaw:
        return feed(input.text());
      case kConnack:
        return feed(input.flag() ? std::string_view("\x20\x02\x01\x00", 4)
                                 : std::string_view("\x20\x02\x00\x00", 4));
      case kSuback:
        return feed(hubtwin::fuzz::suback_packet(subscribed_, std::string(filters_, '\1')));
      case kPuback: {
        const std::uint16_t id = input.flag() ? input.word() : published_;
        const char packet[] = {0x40, 2, static_cast<char>(id >> 8), static_cast<char>(id & 0xFF)};
        return feed(std::string_view(packet, sizeof(packet)));
      }
      case kPublish:
        return publish(std::string(input.part()), input);
      case kGetAnswer: {
        constexpr int kStatuses[] = {200, 200, 200, 404, 429, 500, 503, 401};
        return publish(
            "$iothub/twin/res/" + std::to_string(kStatuses[input.below(8)]) + "/?$rid=" + get_,
            input);
      }
      case kNotification: {
        const std::uint8_t ahead = input.byte();
        const TwinVersion version = client_.twin().desired_version() + ahead % 4;
        return publish("$iothub/twin/PATCH/properties/desired/?$version=" + std::to_string(version),
                       input);
      }
      case kUpdateAnswer: {
        constexpr int kStatuses[] = {204, 204, 400, 412, 413, 429, 500, 200};
        return publish("$iothub/twin/res/" + std::to_string(kStatuses[input.below(8)]) +
                           "/?$rid=" + update_ + "&$version=" + std::to_string(input.byte()),
                       input);
      }
      case kMethod:
        return publish("$iothub/methods/POST/" + std::string(input.flag() ? "go" : "other") +
                           "/?$rid=" + std::to_string(input.byte()),
                       input);
      case kMessage:
        return publish("devices/dev/messages/devicebound/" + std::string(input.part()), input);
      case kWait:
        return wait(input);
      case kSqueeze:
        stream_.portion = 1 + input.byte();
        stream_.writable = input.flag() ? input.byte() : std::size_t{1} << 20;
        return;
      case kCut:
        stream_.end = input.flag() ? Error::kLinkLost : Error::kPeerSilent;
        return;
      case kReport:
        return report(input);
      case kSend:
        return send(input);
      case kAnswer:
        return answer(input);
      case kOpenClose:
        return open_close(input);
      case kSteps:
        return;
    }
  }

  void feed(std::string_view bytes) {
    if (stream_.is_open()) {
      notice_link();
      stream_.incoming += bytes;
      wire_.fed += bytes;
    }
  }
  void publish(const std::string& topic, Input& input) {
    const std::uint8_t how = input.byte();
    const std::uint16_t id =
        how & 1 ? static_cast<std::uint16_t>(1 + (how >> 2)) : std::uint16_t{0};
    feed(hubtwin::fuzz::publish_packet(topic, input.part(), how & 1, id, (how & 2) != 0));
  }

  void wait(Input& input) {
    const hubtwin::MonotonicTime end = clock_.now() + 100ms * input.word();
    for (int i = 0; i < 40 && clock_.now() < end; ++i) {
      clock_.advance_to(std::min(end, client_.next_deadline()));
      settle();
    }
    clock_.advance_to(end);
  }

  void report(Input& input) {
    const std::uint8_t how = input.byte();
    const std::string path(input.part());
    const std::string text(input.part());
    hubtwin::Twin& twin = client_.twin();
    const Json before = json_of(twin.reported());
    bool done = false;
    if ((how & 3) == 0) {
      done = twin.report(path, how >> 2).ok();
    } else if ((how & 3) == 1) {
      done = twin.report(path, text).ok();
    } else if ((how & 3) == 2) {
      done = twin.report_json(path, text).ok();
    } else {
      done = twin.report_removal(path).ok();
    }
    FUZZ_HOLDS(done || json_of(twin.reported()) == before);
    if ((how & 4) != 0) {
      twin.flush();
    }
  }

  void send(Input& input) {
    hubtwin::TelemetryMessage message;
    const std::string text(input.part());
    const std::string key(input.part());
    const hubtwin::Property property{key, text};
    message.payload = hubtwin::as_bytes(std::string_view(text));
    message.properties = hubtwin::Span<const hubtwin::Property>(&property, 1);
    message.qos = input.flag() ? hubtwin::Qos::kAtLeastOnce : hubtwin::Qos::kAtMostOnce;
    static_cast<void>(client_.send(message));
  }

  void answer(Input& input) {
    if (input.flag()) {
      const bool pending = call_.pending();
      const hubtwin::Status status = call_.reply(200, R"({"a":1})");
      FUZZ_HOLDS(status.ok() ? pending : !pending || status == Error::kNoSpace);
    } else {
      const bool pending = receipt_.pending();
      FUZZ_HOLDS(receipt_.complete().ok() == pending);
    }
  }

  void open_close(Input& input) {
    switch (input.below(3)) {
      case 0:
        client_.close();
        return;
      case 1:
        static_cast<void>(client_.open());
        return;
      default:
        client_.network_changed();
        return;
    }
  }

  void take(const hubtwin::Message& message) {
    char room[64];
    for (const hubtwin::RawProperty& property : message.properties()) {
      static_cast<void>(property.is("$.mid"));
    }
    static_cast<void>(message.property("a", room));
    FUZZ_HOLDS(message.payload().size() <= message.payload_size());
    FUZZ_HOLDS(message.truncated() || message.payload().size() == message.payload_size());
    if (!receipt_.pending() && !message.duplicate()) {
      receipt_ = message.keep();
    }
  }
  void take(hubtwin::MethodCall call) {
    FUZZ_HOLDS(call.pending() && call.name() == "go");
    if (call.payload().size() % 2 == 0) {
      static_cast<void>(call.reply(200, call.payload()));
    } else {
      call_ = std::move(call);
    }
  }

  // Polls as an application does; a client that always wants more is found out.
  void settle() {
    for (int polls = 0;; ++polls) {
      FUZZ_HOLDS(polls < 20000);
      changed_ = false;
      client_.poll();
      notice_link();
      wire_.sent += stream_.take();
      FUZZ_HOLDS(!changed_ || client_.twin().desired_version() != hubtwin::kNoVersion);
      FUZZ_HOLDS(!client_.twin().synchronised() ||
                 client_.connection().state != hubtwin::ConnectionState::kClosed);
      if (client_.next_deadline() > clock_.now()) {
        return;
      }
    }
  }

  void notice_link() {
    if (wire_.opened != stream_.opened) {
      wire_ = Wire();
      wire_.opened = stream_.opened;
      answers_ = 0;
      notifications_ = 0;
    }
  }

  void check_sent() {
    const hubtwin::fuzz::Stream sent = hubtwin::fuzz::parse_from_client(wire_.sent);
    FUZZ_HOLDS(sent.end == hubtwin::fuzz::StreamEnd::kMore);
    std::multiset<std::uint16_t> received;
    for (const Packet& packet :
         hubtwin::fuzz::parse_from_server(wire_.fed, kReceiveBytes).packets) {
      if (packet.type == Packet::Type::kPublish && packet.complete && packet.qos() == 1) {
        received.insert(packet.id);
      }
    }
    bool first = true;
    for (const Packet& packet : sent.packets) {
      FUZZ_HOLDS((packet.type == Packet::Type::kConnect) == first);
      first = false;
      note(packet);
      if (packet.type == Packet::Type::kPuback) {
        const auto found = received.find(packet.id);
        FUZZ_HOLDS(found != received.end());
        received.erase(found);
      }
    }
  }

  // Remembers what an answer needs.
  void note(const Packet& packet) {
    constexpr std::string_view kGet = "$iothub/twin/GET/?$rid=";
    constexpr std::string_view kUpdate = "$iothub/twin/PATCH/properties/reported/?$rid=";
    if (packet.type == Packet::Type::kSubscribe) {
      subscribed_ = packet.id;
      filters_ = 0;
      for (std::string_view rest = packet.body.substr(2); !rest.empty(); ++filters_) {
        rest.remove_prefix(3 + static_cast<std::uint8_t>(rest[1]));
      }
    } else if (packet.type == Packet::Type::kPublish) {
      published_ = packet.id != 0 ? packet.id : published_;
      if (hubtwin::has_prefix(packet.topic, kGet)) {
        get_ = packet.topic.substr(kGet.size());
      } else if (hubtwin::has_prefix(packet.topic, kUpdate)) {
        update_ = packet.topic.substr(kUpdate.size());
        FUZZ_HOLDS(!packet.complete || Json::accept(packet.payload));
      }
    }
  }

  void check_desired() {
    std::size_t answers = 0;
    std::size_t notifications = 0;
    for (const Packet& packet :
         hubtwin::fuzz::parse_from_server(wire_.fed, kReceiveBytes).packets) {
      if (packet.type == Packet::Type::kPublish && packet.complete) {
        answers += hubtwin::has_prefix(packet.topic, "$iothub/twin/res/200/") ? 1 : 0;
        notifications += hubtwin::has_prefix(packet.topic, hubtwin::kDesiredPrefix) ? 1 : 0;
      }
    }
    answers_ += answers - wire_.answers;
    notifications_ += notifications - wire_.notifications;
    wire_.answers = answers;
    wire_.notifications = notifications;

    const hubtwin::Twin& twin = client_.twin();
    const TwinVersion version = twin.desired_version();
    FUZZ_HOLDS(twin.desired_tree().bytes_used() <= twin.desired_tree().capacity());
    // Up by notifications, one each; to anywhere by a whole twin.
    const bool counted =
        version >= version_ && version <= version_ + static_cast<TwinVersion>(notifications_);
    FUZZ_HOLDS(counted || answers_ != 0);
    // Content goes with documents. One that is filled in place says so until it is whole.
    const Json desired = json_of(twin.desired());
    FUZZ_HOLDS(desired == desired_ || answers_ + notifications_ != 0 || !twin.synchronised());
    version_ = version;
    desired_ = desired;
    if (stream_.incoming.empty()) {
      // What came is read: nothing of it may show later.
      answers_ = 0;
      notifications_ = 0;
    }
  }

  hubtwin::test::FakeClock clock_;
  hubtwin::test::FakeRandom random_;
  hubtwin::test::TestCrypto crypto_;
  hubtwin::test::MemoryStream stream_;
  hubtwin::SizedContext<ContextSizes> context_{clock_, crypto_, random_};
  hubtwin::mqtt::SizedTransportMemory<kReceiveBytes, 512> memory_;
  hubtwin::mqtt::Transport transport_{stream_, memory_.memory()};
  hubtwin::MethodCall call_;
  hubtwin::MessageReceipt receipt_;
  int level_ = 50;
  char name_[8] = "";
  hubtwin::SizedDeviceClient<Sizes> client_{context_, transport_, identity()};

  Wire wire_;
  std::uint16_t subscribed_ = 1;
  std::size_t filters_ = 1;
  std::uint16_t published_ = 1;
  std::string get_;
  std::string update_;
  std::size_t answers_ = 0;        // whole ones that may still show
  std::size_t notifications_ = 0;  // likewise
  TwinVersion version_ = hubtwin::kNoVersion;
  Json desired_ = Json::object();
  bool changed_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Input input(bytes, size);
  Play play;
  for (int steps = 0; !input.empty() && steps < 60; ++steps) {
    play.step(input);
  }
  return 0;
}
