// SPDX-License-Identifier: MIT
#include "loop.hpp"
#include "workload.hpp"

namespace hubtwin::benchmark {
namespace {

struct Sizes : DefaultSizes {
  static constexpr std::size_t kHostBytes = 256;
  static constexpr std::size_t kOutboxBytes = 64 * 1024;
};

}  // namespace

Measured measure_hubtwin(const Endpoint& endpoint, const Workload& workload) {
  Loop loop;
  paho::Options paho;
  paho.ca_file = endpoint.ca_file;
  paho.wake = &loop.wake;
  paho.max_in_flight = static_cast<std::uint16_t>(workload.in_flight);
  paho::Transport transport(paho);
  SessionOptions options;
  options.port = endpoint.port;
  SizedDeviceClient<Sizes> client(loop.context, transport,
                                  Identity::parse(endpoint.connection_string).value(), options);

  TelemetryMessage message;
  message.payload = as_bytes(workload.payload);

  // Event-driven, as an application written for speed: each acknowledgement sends the next.
  struct Sender {
    SizedDeviceClient<Sizes>& client;
    const TelemetryMessage& message;
    std::size_t left = 0;
    std::size_t window = 0;
    std::size_t in_flight = 0;
    bool failed = false;

    void send() {
      while (left != 0 && in_flight < window && client.send(message).ok()) {
        --left;
        ++in_flight;
      }
    }
  } sender{client, message};
  client.on_sent([&sender](std::uint32_t, Status outcome) {
    sender.failed = sender.failed || !outcome.ok();
    --sender.in_flight;
    sender.send();
  });
  if (!client.open().ok()) {
    loop.fail("hubtwin: cannot open");
  }
  loop.run_until([&] { return client.connection().state == ConnectionState::kConnected; });

  const auto send_all = [&](std::size_t count, std::size_t window) {
    sender.left = count;
    sender.window = window;
    sender.send();
    loop.run_until([&] { return sender.failed || (sender.left == 0 && sender.in_flight == 0); });
    if (sender.failed) {
      loop.fail("hubtwin: a message was not sent");
    }
  };

  Measured measured;
  {
    const Stopwatch stopwatch;
    send_all(workload.messages, workload.in_flight);
    const auto count = static_cast<double>(workload.messages);
    measured.messages_per_second = count / stopwatch.seconds();
    measured.cpu_us_per_message = stopwatch.cpu_us() / count;
  }
  {
    const Stopwatch stopwatch;
    send_all(workload.round_trips, 1);
    const auto count = static_cast<double>(workload.round_trips);
    measured.round_trips_per_second = count / stopwatch.seconds();
    measured.cpu_us_per_round_trip = stopwatch.cpu_us() / count;
  }
  client.close();
  loop.run_until([&] { return client.connection().state == ConnectionState::kClosed; });
  return measured;
}

}  // namespace hubtwin::benchmark
