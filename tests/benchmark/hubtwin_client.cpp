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

  std::size_t in_flight = 0;
  client.on_sent([&](std::uint32_t, Status outcome) {
    if (!outcome.ok()) {
      loop.fail("hubtwin: a message was not sent");
    }
    --in_flight;
  });
  if (!client.open().ok()) {
    loop.fail("hubtwin: cannot open");
  }
  loop.run_until([&] { return client.connection().state == ConnectionState::kConnected; });

  TelemetryMessage message;
  message.payload = as_bytes(workload.payload);
  const auto send_all = [&](std::size_t count, std::size_t window) {
    std::size_t sent = 0;
    loop.run_until([&] {
      while (sent < count && in_flight < window && client.send(message).ok()) {
        ++sent;
        ++in_flight;
      }
      return sent == count && in_flight == 0;
    });
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
