// SPDX-License-Identifier: MIT
#include "workload.hpp"
#include <hubtwin/auth/base64.hpp>
#include <hubtwin/auth/identity.hpp>
#include <hubtwin/auth/sas_token.hpp>
#include <hubtwin/auth/user_name.hpp>
#include <hubtwin/mbedtls/mbedtls_crypto.hpp>
#include <hubtwin/posix/system_clock.hpp>

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <vector>

#include <mqtt/async_client.h>

namespace hubtwin::benchmark {
namespace {

// Counts acknowledgements and lets the sender wait for room in its window.
class Window final : public mqtt::iaction_listener {
 public:
  void on_success(const mqtt::token&) override { done(false); }
  void on_failure(const mqtt::token&) override { done(true); }

  void wait_below(std::size_t limit) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return in_flight_ < limit; });
    if (failed_) {
      throw std::runtime_error("bare Paho: a publish failed");
    }
  }
  void sent() {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++in_flight_;
  }

 private:
  void done(bool failed) {
    const std::lock_guard<std::mutex> lock(mutex_);
    --in_flight_;
    failed_ = failed_ || failed;
    changed_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t in_flight_ = 0;
  bool failed_ = false;
};

std::string token_for(const Identity& identity) {
  std::vector<std::uint8_t> key(identity.secret.size());
  const auto size = base64_decode(identity.secret.reveal(), ByteSpan(key.data(), key.size()));
  mbedtls::MbedtlsCrypto crypto;
  posix::SystemClock clock;
  char room[1024];
  const auto token =
      build_sas_token(crypto, SigningKey::from_bytes(ByteView(key.data(), size.value())),
                      SasResource{identity.host, identity.device_id, identity.module_id},
                      clock.utc().value() + std::chrono::hours(1), Span<char>(room));
  return std::string(token.value().reveal());
}

}  // namespace

Measured measure_bare_paho(const Endpoint& endpoint, const Workload& workload) {
  const Identity identity = Identity::parse(endpoint.connection_string).value();
  const std::string host(identity.host);
  const std::string device(identity.device_id);
  char room[512];
  const std::string user(
      build_user_name(UserNameParts{identity.host, identity.device_id, "", "", ""},
                      Span<char>(room))
          .value());
  const std::string topic = "devices/" + device + "/messages/events/";

  mqtt::async_client client("ssl://" + host + ":" + std::to_string(endpoint.port), device,
                            mqtt::create_options(MQTTVERSION_3_1_1), nullptr);
  mqtt::ssl_options ssl;
  ssl.set_trust_store(endpoint.ca_file);
  ssl.set_enable_server_cert_auth(true);
  ssl.set_verify(true);
  mqtt::connect_options options(user, token_for(identity));
  options.set_mqtt_version(MQTTVERSION_3_1_1);
  options.set_clean_session(false);
  options.set_max_inflight(static_cast<int>(workload.in_flight));
  options.set_ssl(ssl);
  client.connect(options)->wait();

  Measured measured;
  Window window;
  const auto send = [&](std::size_t limit) {
    window.wait_below(limit);
    window.sent();
    client.publish(topic, workload.payload.data(), workload.payload.size(), 1, false, nullptr,
                   window);
  };
  {
    const Stopwatch stopwatch;
    for (std::size_t i = 0; i < workload.messages; ++i) {
      send(workload.in_flight);
    }
    window.wait_below(1);
    const auto count = static_cast<double>(workload.messages);
    measured.messages_per_second = count / stopwatch.seconds();
    measured.cpu_us_per_message = stopwatch.cpu_us() / count;
  }
  {
    const Stopwatch stopwatch;
    for (std::size_t i = 0; i < workload.round_trips; ++i) {
      send(1);
    }
    window.wait_below(1);
    const auto count = static_cast<double>(workload.round_trips);
    measured.round_trips_per_second = count / stopwatch.seconds();
    measured.cpu_us_per_round_trip = stopwatch.cpu_us() / count;
  }
  client.disconnect()->wait();
  return measured;
}

}  // namespace hubtwin::benchmark
