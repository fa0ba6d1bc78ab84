// SPDX-License-Identifier: MIT
#include "support/scripted_transport.hpp"

#include <functional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace hubtwin::test {
namespace {

/// Writes down every event as text, and answers messages as told.
class Witness final : public TransportEvents {
 public:
  std::vector<std::string> told;
  Intake intake = Intake::kTake;
  std::function<void()> on_end;

  void on_connected(bool session_present) override {
    told.push_back(session_present ? "connected, stored" : "connected");
  }
  void on_disconnected(Status reason) override {
    told.push_back(std::string("disconnected: ") + to_string(reason.error()));
  }
  void on_subscribed(std::uint16_t packet_id, bool granted) override {
    told.push_back((granted ? "granted " : "refused ") + std::to_string(packet_id));
  }
  void on_published(std::uint16_t packet_id) override {
    told.push_back("published " + std::to_string(packet_id));
  }
  Intake on_message(const MessageHead& head) override {
    told.push_back("head " + std::string(head.topic));
    body_.clear();
    return intake;
  }
  void on_message_fragment(ByteView fragment) override {
    largest_ = std::max(largest_, fragment.size());
    body_ += as_text(fragment);
  }
  void on_message_end() override {
    told.push_back("body " + body_);
    if (on_end) {
      on_end();
    }
  }
  std::size_t largest_fragment() const { return largest_; }

 private:
  std::string body_;
  std::size_t largest_ = 0;
};

struct Link {
  FakeClock clock;
  ScriptedTransport transport{clock};
  Witness witness;

  Link() { transport.attach(&witness); }

  Status connect() {
    ConnectRequest request;
    request.host = "localhost";
    request.client_id = "dev1";
    request.user_name = "localhost/dev1/?api-version=2021-04-12";
    request.password = SecretView("token");
    return transport.connect(request);
  }
  void poll() { transport.poll(clock.now()); }
  void come_up() {
    REQUIRE(connect());
    transport.accept();
    poll();
    REQUIRE(witness.told == std::vector<std::string>{"connected"});
    witness.told.clear();
  }
};

using Told = std::vector<std::string>;

TEST_CASE("scripted transport: fragments of one byte -> the whole payload in order") {
  Link link;
  link.transport.set_fragment_size(1);
  link.come_up();
  link.transport.deliver("a/b", "hello");
  link.poll();
  CHECK(link.witness.told == Told{"head a/b", "body hello"});
  CHECK(link.witness.largest_fragment() == 1);
}

TEST_CASE("scripted transport: few fragments a poll -> the message lasts over several") {
  Link link;
  link.transport.set_fragment_size(2);
  link.transport.set_fragments_per_poll(1);
  link.come_up();
  link.transport.deliver("t", "12345");
  link.poll();
  link.poll();
  CHECK(link.witness.told == Told{"head t"});
  CHECK(link.transport.next_deadline() == link.clock.now());
  link.poll();
  link.poll();
  CHECK(link.witness.told == Told{"head t", "body 12345"});
}

TEST_CASE("scripted transport: a message put off -> offered again, all behind it waits") {
  Link link;
  link.come_up();
  link.witness.intake = Intake::kLater;
  link.transport.deliver("first", "1");
  link.transport.deliver("second", "2");
  link.poll();
  CHECK(link.witness.told == Told{"head first"});
  CHECK(link.transport.next_deadline() == kNever);
  link.witness.intake = Intake::kTake;
  link.poll();
  CHECK(link.witness.told == Told{"head first", "head first", "body 1", "head second", "body 2"});
}

TEST_CASE("scripted transport: each way a link ends -> one on_disconnected") {
  Link link;
  SECTION("refused") {
    REQUIRE(link.connect());
    link.transport.refuse(Status::with_mqtt_code(Error::kRefusedCredentials, 5));
    link.poll();
    CHECK(link.witness.told == Told{"disconnected: refused credentials"});
  }
  SECTION("disconnected by the client") {
    link.come_up();
    link.transport.disconnect();
    link.transport.disconnect();
    CHECK(link.connect().error() == Error::kWrongState);
    CHECK(link.witness.told.empty());
    link.poll();
    CHECK(link.witness.told.size() == 1);
    CHECK(link.transport.disconnects() == 1);
  }
  SECTION("cut, then disconnected before it was noticed") {
    link.come_up();
    link.transport.cut();
    link.transport.disconnect();
    link.poll();
    CHECK(link.witness.told.size() == 1);
  }
  SECTION("cut within a message") {
    link.come_up();
    ScriptedTransport::Message message;
    message.topic = "t";
    message.payload = "12345";
    message.cut_after = 3;
    link.transport.deliver(message);
    link.poll();
    CHECK(link.witness.told == Told{"head t", "disconnected: link lost"});
  }
  SECTION("silent") {
    link.come_up();
    link.transport.go_silent();
    link.transport.deliver("t", "unheard");
    link.clock.advance(std::chrono::seconds(89));
    link.poll();
    CHECK(link.witness.told.empty());
    link.clock.advance(std::chrono::seconds(1));
    link.poll();
    CHECK(link.witness.told.size() == 1);
  }
  SECTION("cut while a message is put off") {
    link.come_up();
    link.witness.intake = Intake::kLater;
    link.transport.deliver("t", "1");
    link.transport.cut(Error::kLinkLost, false);
    link.poll();
    CHECK(link.witness.told == Told{"head t", "disconnected: link lost"});
  }
  link.poll();
  link.witness.told.clear();
  link.witness.intake = Intake::kTake;
  link.come_up();  // and the next link is as good as new
}

TEST_CASE("scripted transport: disconnect() inside poll() -> reported at a later poll()") {
  Link link;
  link.come_up();
  link.witness.on_end = [&] { link.transport.disconnect(); };
  link.transport.deliver("t", "1");
  link.transport.deliver("t", "2");
  link.poll();
  CHECK(link.witness.told == Told{"head t", "body 1"});
  link.poll();
  CHECK(link.witness.told.size() == 3);
}

TEST_CASE("scripted transport: acknowledgements -> withheld only where it can") {
  Link link;
  const bool withholds = GENERATE(false, true);
  link.transport.set_capabilities({withholds, false});
  link.come_up();
  ScriptedTransport::Message message;
  message.topic = "t";
  message.qos = Qos::kAtLeastOnce;
  const std::uint16_t packet_id = link.transport.deliver(message);
  link.poll();
  CHECK(link.transport.acknowledged().size() == (withholds ? 0 : 1));
  link.transport.acknowledge(packet_id);
  CHECK(link.transport.acknowledged() == std::vector<std::uint16_t>{packet_id});
  link.witness.intake = Intake::kDrop;
  link.transport.deliver(message);
  link.poll();
  CHECK(link.transport.acknowledged().size() == 2);
}

TEST_CASE("scripted transport: publishing -> packet ids, back-pressure, DUP where it can") {
  Link link;
  const bool resends = GENERATE(false, true);
  link.transport.set_capabilities({false, resends});
  link.come_up();
  PublishRequest request;
  request.topic = "t";
  CHECK(link.transport.publish(request).value() == 0);
  request.qos = Qos::kAtLeastOnce;
  const std::uint16_t first = link.transport.publish(request).value();
  CHECK(first != 0);
  link.transport.set_publishes_per_poll(0);
  CHECK(link.transport.publish(request).error() == Error::kBackPressure);
  link.transport.set_publishes_per_poll(1);
  link.transport.cut();
  link.poll();
  link.witness.told.clear();
  link.come_up();
  request.resend = true;
  request.packet_id = first;
  const std::uint16_t again = link.transport.publish(request).value();
  CHECK(link.transport.publishes().back().duplicate == resends);
  CHECK((again == first) == resends);
  link.transport.acknowledge_publish(again);
  link.poll();
  CHECK(link.witness.told == Told{"published " + std::to_string(again)});
}

TEST_CASE(
    "scripted transport: latency -> both directions take their time, answers to an old link "
    "are lost") {
  Link link;
  link.transport.set_automatic(true);
  link.transport.set_latency(std::chrono::milliseconds(30), std::chrono::milliseconds(20));
  REQUIRE(link.connect());
  link.clock.advance(std::chrono::milliseconds(30));
  link.poll();
  CHECK(link.witness.told.empty());
  link.clock.advance(std::chrono::milliseconds(20));
  link.poll();
  REQUIRE(link.witness.told == Told{"connected"});
  const Subscription filter{"a/#", Qos::kAtLeastOnce};
  REQUIRE(link.transport.subscribe(Span<const Subscription>(&filter, 1)));
  link.transport.disconnect();
  link.poll();
  REQUIRE(link.connect());
  link.clock.advance(std::chrono::seconds(1));
  link.poll();
  link.clock.advance(std::chrono::seconds(1));
  link.poll();
  CHECK(link.witness.told.size() == 3);  // no SUBACK on the second link
  CHECK(link.witness.told.back() == "connected");
}

}  // namespace
}  // namespace hubtwin::test
