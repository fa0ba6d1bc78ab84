// SPDX-License-Identifier: MIT
/// \file
/// Telemetry through hubtwin beside bare Paho C++, alternating, against one hub; the time from a
/// back end's change to its handler; sizes. Prints a table and writes the same as JSON.
///
///     benchmark_transport <ready file of the hub> <JSON file> [pairs]

#include "loop.hpp"
#include "tests/benchmark/statistics.hpp"
#include "tools/hub/cli/service_client.hpp"
#include "workload.hpp"
#include <hubtwin/module_client.hpp>

#include <atomic>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

namespace hubtwin::benchmark {
namespace {

using Json = nlohmann::json;

constexpr const char* kDevice = "benchmark";
constexpr std::size_t kChanges = 100;

Json to_json(const Spread& spread) {
  return {{"low", spread.low}, {"median", spread.median}, {"high", spread.high}};
}

// Milliseconds from the moment before the back end's request is sent to the handler's call.
std::vector<double> measure_desired_change(const Endpoint& endpoint,
                                           const hub::cli::ServiceClient& service) {
  Loop loop;
  paho::Options paho;
  paho.ca_file = endpoint.ca_file;
  paho.wake = &loop.wake;
  paho::Transport transport(paho);
  SessionOptions options;
  options.port = endpoint.port;
  SizedDeviceClient<> client(loop.context, transport,
                             Identity::parse(endpoint.connection_string).value(), options);
  std::int64_t seen = -1;
  if (!client.twin().bind("benchmark.number", seen).ok() || !client.open().ok()) {
    loop.fail("hubtwin: cannot open");
  }
  loop.run_until([&] { return client.twin().synchronised(); });

  std::vector<double> milliseconds;
  for (std::size_t i = 0; i < kChanges; ++i) {
    const auto number = static_cast<std::int64_t>(i + 1000);
    std::exception_ptr failure;
    std::atomic<bool> failed{false};
    const Stopwatch stopwatch;
    std::thread back_end([&] {
      try {
        static_cast<void>(service.call(
            {"PATCH", hub::cli::twin_path({kDevice, {}}),
             Json{{"properties", {{"desired", {{"benchmark", {{"number", number}}}}}}}}}));
      } catch (...) {
        failure = std::current_exception();
        failed = true;
        loop.wake.wake();
      }
    });
    double waited = 0;
    try {
      loop.run_until([&] { return seen == number || failed; });
      waited = stopwatch.seconds();
    } catch (...) {
      back_end.join();
      throw;
    }
    back_end.join();
    if (failed) {
      std::rethrow_exception(failure);
    }
    milliseconds.push_back(waited * 1e3);
  }
  client.close();
  loop.run_until([&] { return client.connection().state == ConnectionState::kClosed; });
  return milliseconds;
}

int run(const std::string& ready_file, const std::string& json_file, std::size_t pairs) {
  std::ifstream ready_stream(ready_file);
  const Json ready = Json::parse(ready_stream);
  Endpoint endpoint;
  endpoint.connection_string = ready.at("devices").at(kDevice).get<std::string>();
  endpoint.ca_file = ready.at("caFile").get<std::string>();
  endpoint.port = ready.at("mqttPort").get<std::uint16_t>();
  const Workload workload;

  std::printf(
      "Telemetry at QoS 1, %zu-byte payloads, over TLS to the local hub; hubtwin on Paho\n"
      "beside bare Paho C++ (asynchronous), alternating, %zu pairs of %zu messages with\n"
      "%zu in flight, then %zu round trips one by one. A ratio above 1 is in our favour\n"
      "for rates, below 1 for CPU time.\n\n",
      workload.payload.size(), pairs, workload.messages, workload.in_flight, workload.round_trips);

  struct Row {
    const char* name;
    const char* json_name;
    double Measured::*member;
    std::vector<double> ours{};
    std::vector<double> bare{};
    std::vector<double> ratios{};
  };
  std::vector<Row> rows = {
      {"messages a second", "messagesPerSecond", &Measured::messages_per_second},
      {"CPU us a message", "cpuUsPerMessage", &Measured::cpu_us_per_message},
      {"round trips a second", "roundTripsPerSecond", &Measured::round_trips_per_second},
      {"CPU us a round trip", "cpuUsPerRoundTrip", &Measured::cpu_us_per_round_trip},
  };
  for (std::size_t pair = 0; pair < pairs; ++pair) {
    // Who is first changes from pair to pair, so that a drift of the machine favours neither.
    Measured ours;
    Measured bare;
    if (pair % 2 == 0) {
      ours = measure_hubtwin(endpoint, workload);
      bare = measure_bare_paho(endpoint, workload);
    } else {
      bare = measure_bare_paho(endpoint, workload);
      ours = measure_hubtwin(endpoint, workload);
    }
    for (Row& row : rows) {
      row.ours.push_back(ours.*row.member);
      row.bare.push_back(bare.*row.member);
      row.ratios.push_back(ours.*row.member / bare.*row.member);
    }
  }

  Json report = {{"pairs", pairs},
                 {"payloadBytes", workload.payload.size()},
                 {"inFlight", workload.in_flight}};
  std::printf("%-24s %12s %12s   %s\n", "", "hubtwin", "bare Paho", "ratio: median (low to high)");
  for (const Row& row : rows) {
    const Spread ratio = spread_of(row.ratios);
    std::printf("%-24s %12.1f %12.1f   %.2f (%.2f to %.2f)\n", row.name, spread_of(row.ours).median,
                spread_of(row.bare).median, ratio.median, ratio.low, ratio.high);
    report[row.json_name] = {{"hubtwin", to_json(spread_of(row.ours))},
                             {"barePaho", to_json(spread_of(row.bare))},
                             {"ratio", to_json(ratio)}};
  }

  hub::cli::ServiceEndpoint service = hub::cli::parse_service_connection_string(
      ready.at("serviceConnectionString").get<std::string>());
  service.address = ready.at("address").get<std::string>();
  service.port = ready.at("restPort").get<int>();
  service.ca_file = endpoint.ca_file;
  const Spread change =
      spread_of(measure_desired_change(endpoint, hub::cli::ServiceClient(service)));
  std::printf(
      "\nBack end's request to the desired handler, %zu changes: median %.2f ms"
      " (%.2f to %.2f)\n",
      kChanges, change.median, change.low, change.high);
  report["desiredChangeMs"] = to_json(change);

  struct Size {
    const char* name;
    std::size_t bytes;
  };
  std::printf(
      "\nBytes of memory on this machine, arenas and buffers of the default sizes included:\n");
  for (const Size& size :
       {Size{"SizedDeviceClient<>", sizeof(SizedDeviceClient<>)},
        Size{"SizedModuleClient<>", sizeof(SizedModuleClient<>)},
        Size{"SizedContext<>", sizeof(SizedContext<>)}, Size{"Session", sizeof(Session)},
        Size{"Twin", sizeof(Twin)}, Size{"Methods", sizeof(Methods)},
        Size{"Messages", sizeof(Messages)}, Size{"Telemetry", sizeof(Telemetry)}}) {
    std::printf("  %-22s %6zu\n", size.name, size.bytes);
    report["sizeof"][size.name] = size.bytes;
  }

  std::ofstream out(json_file);
  out << report.dump(2) << '\n';
  if (!out.flush()) {
    std::fprintf(stderr, "benchmark: cannot write %s\n", json_file.c_str());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace hubtwin::benchmark

int main(int argc, char** argv) {
  std::size_t pairs = 15;
  if (argc < 3 || argc > 4 ||
      (argc == 4 &&
       (std::from_chars(argv[3], argv[3] + std::strlen(argv[3]), pairs).ec != std::errc() ||
        pairs == 0))) {
    std::fprintf(stderr, "usage: benchmark_transport <ready file> <JSON file> [pairs]\n");
    return 2;
  }
  try {
    return hubtwin::benchmark::run(argv[1], argv[2], pairs);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "benchmark: %s\n", error.what());
    return 1;
  }
}
