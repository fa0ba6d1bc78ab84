// SPDX-License-Identifier: MIT
//
// What it costs to know that a link lives. How much goes over the wire for one sign of life, and
// for a new link, is counted on real links to the local hub; how often our own client gives signs
// of life in a day is counted in virtual time. Prints JSON.
#include "conformance/local_hub.hpp"
#include "relay.hpp"
#include "support/memory_stream.hpp"
#include <hubtwin/device_client.hpp>
#include <hubtwin/mbedtls/mbedtls_crypto.hpp>
#include <hubtwin/mbedtls/tls_stream.hpp>
#include <hubtwin/mqtt/transport.hpp>
#include <hubtwin/paho/transport.hpp>
#include <hubtwin/posix/event_wake.hpp>
#include <hubtwin/posix/socket_stream.hpp>
#include <hubtwin/posix/system_clock.hpp>

#include <cstdio>
#include <exception>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>

namespace {

using namespace std::chrono_literals;
using namespace hubtwin;
using conformance::LocalHub;
using liveness::Relay;
using liveness::Traffic;
using Json = nlohmann::json;

// A program with a client, and its loop.
struct Program {
  posix::SystemClock clock;
  posix::EventWake wake{clock};
  mbedtls::MbedtlsRandom random{"liveness"};
  mbedtls::MbedtlsCrypto crypto;
  SizedContext<> context{Ports{clock, crypto, random, &wake}};

  bool run_until(const std::function<bool()>& done, Duration limit) {
    const MonotonicTime end = clock.now() + limit;
    while (!done() && clock.now() < end) {
      context.poll();
      context.wait(earlier(context.next_deadline(), clock.now() + 50ms));
    }
    return done();
  }
  void run_for(Duration duration) {
    run_until([] { return false; }, duration);
  }
};

Json json_of(const Traffic& traffic, std::uint64_t times = 1) {
  const auto each = [times](std::uint64_t sum) {
    return static_cast<double>(sum) / static_cast<double>(times);
  };
  return {{"tcp_bytes", each(traffic.bytes)},
          {"segments", each(traffic.segments)},
          {"wire_bytes", each(traffic.on_the_wire())}};
}

// A link that has nothing to say: what making it costs, its signs of life, and its end.
Json measure(LocalHub& hub, const std::string& name, Program& program, Transport& transport,
             Relay& relay, SessionOptions options, Duration watched) {
  options.port = relay.port();
  const std::string connection_string = hub.create(name);
  SizedDeviceClient<> client(program.context, transport, Identity::parse(connection_string).value(),
                             options);
  if (!client.open().ok() ||
      !program.run_until([&] { return client.twin().synchronised(); }, 20s)) {
    throw std::runtime_error(name + ": no link");
  }
  program.run_for(1s);  // the last acknowledgement of TCP, too
  const Traffic made = relay.traffic();
  program.run_for(watched);
  const Traffic idle = relay.traffic() - made;
  const Traffic before = relay.traffic();
  client.close();
  program.run_until([&] { return client.connection().state == ConnectionState::kClosed; }, 10s);
  program.run_for(1s);
  const Traffic ended = relay.traffic() - before;
  if (idle.words == 0) {
    throw std::runtime_error(name + ": no sign of life");
  }
  return {{"link", json_of(made)},
          {"end", json_of(ended)},
          {"signs_of_life", idle.words},
          {"watched_s", static_cast<double>(watched.count()) / 1000},
          {"sign_of_life", json_of(idle, idle.words)}};
}

// How often an idle link of our own client gives a sign of life in a day, to a hub that answers.
int words_in_a_day(Duration keep_alive, const mqtt::Liveness& liveness) {
  test::MemoryStream stream;
  mqtt::SizedTransportMemory<> memory;
  mqtt::Transport transport(stream, memory.memory(), liveness);
  ConnectRequest request;
  request.host = "hub.example";
  request.client_id = "device";
  request.keep_alive = keep_alive;
  struct Nobody final : TransportEvents {
    void on_connected(bool) override {}
    void on_disconnected(Status) override { throw std::runtime_error("the link is lost"); }
    void on_subscribed(std::uint16_t, bool) override {}
    void on_published(std::uint16_t) override {}
    Intake on_message(const MessageHead&) override { return Intake::kDrop; }
    void on_message_fragment(ByteView) override {}
    void on_message_end() override {}
  } nobody;
  transport.attach(&nobody);
  MonotonicTime now{1h};
  if (!transport.connect(request).ok()) {
    throw std::runtime_error("connect");
  }
  stream.incoming = std::string("\x20\x02\0\0", 4);
  transport.poll(now);
  stream.take();
  int words = 0;
  for (const MonotonicTime end = now + 24h; now <= end;) {
    transport.poll(now);
    if (!stream.take().empty()) {
      ++words;
      stream.incoming = std::string("\xD0\0", 2);
      transport.poll(now);
    }
    now = std::max(now + 1ms, transport.next_deadline());
  }
  return words;
}

Json native(LocalHub& hub) {
  Program program;
  mbedtls::TlsConfig config(program.clock, program.random);
  if (!config.trust_file(hub.ca_file().c_str()).ok()) {
    throw std::runtime_error("can't read " + hub.ca_file());
  }
  posix::SocketStream socket(program.wake);
  mbedtls::TlsStream tls(socket, config);
  mqtt::SizedTransportMemory<512, 2048> memory;
  mqtt::Transport transport(tls, memory.memory(), mqtt::Liveness{5s, 5s});
  Relay relay(hub.mqtt_port());
  Json result = measure(hub, "native", program, transport, relay, SessionOptions(), 26s);
  SessionOptions metered;
  spare_traffic(metered);
  const mqtt::Liveness usual;
  result["per_day"] = words_in_a_day(transport.usual_keep_alive(), usual);
  result["per_day_metered"] = words_in_a_day(metered.keep_alive, mqtt::kMeteredLiveness);
  return result;
}

Json paho_link(LocalHub& hub) {
  Program program;
  paho::Options options;
  options.ca_file = hub.ca_file();
  options.wake = &program.wake;
  paho::Transport transport(options);
  Relay relay(hub.mqtt_port());
  Json result = measure(hub, "paho", program, transport, relay, SessionOptions(), 47s);
  result["keep_alive_s"] = transport.usual_keep_alive().count() / 1000;
  return result;
}

}  // namespace

int main() {
  try {
    LocalHub hub;
    SessionOptions metered;
    spare_traffic(metered);
    const Json result = {
        {"native", native(hub)},
        {"paho", paho_link(hub)},
        {"token_life_s", SessionOptions().token_lifetime.count() / 1000},
        {"metered_token_life_s", metered.token_lifetime.count() / 1000},
        {"metered_keep_alive_s", metered.keep_alive.count() / 1000},
        {"probe_timeout_s", mqtt::Liveness().probe_timeout.count() / 1000},
        {"metered_probe_timeout_s", mqtt::kMeteredLiveness.probe_timeout.count() / 1000}};
    std::cout << result.dump(2) << '\n';
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "liveness: " << error.what() << '\n';
    return 1;
  }
}
