// SPDX-License-Identifier: MIT

/// \file
/// Eclipse Paho over TLS by OpenSSL.

#include "trial.hpp"
#include <hubtwin/paho/transport.hpp>
#include <hubtwin/paho/trust_file.hpp>

#include <cstdio>
#include <mutex>

#include <MQTTAsync.h>

namespace hubtwin::faults {

namespace {

// Paho C's own trace file begins anew whenever the last client has gone. Left open: its threads may
// outlive main().
std::FILE*& trace_file() {
  static std::FILE* file = nullptr;
  return file;
}

void write_trace(MQTTASYNC_TRACE_LEVELS, char* line) {
  static std::mutex writing;
  const std::lock_guard<std::mutex> lock(writing);
  std::fprintf(trace_file(), "%s\n", line);
  std::fflush(trace_file());
}

}  // namespace

const TransportKind& transport_kind() {
  static const TransportKind kind = {
      "paho",
      [](const TransportPlan& plan) {
        TransportWithTrust made;
        paho::Options options;
        options.ca_file = plan.ca_file;
        if (!plan.trust_file.empty()) {
          const auto trust = std::make_shared<paho::TrustFile>(plan.trust_file);
          options.ca_file = trust->path();
          made.trust = trust;
        }
        options.wake = &plan.wake;
        options.connect_timeout = plan.connect_timeout;
        made.transport = std::make_shared<paho::Transport>(options);
        return made;
      },
      Error::kLinkLost,  // Paho doesn't tell a silent peer from a closed link
      true,
      [](const std::filesystem::path& folder) {
        const std::filesystem::path file = folder / "paho.trace";
        trace_file() = std::fopen(file.c_str(), "w");
        if (trace_file() == nullptr) {
          throw Failure("can't write " + file.string());
        }
        MQTTAsync_setTraceCallback(write_trace);
        MQTTAsync_setTraceLevel(MQTTASYNC_TRACE_MAXIMUM);
        return std::vector<std::filesystem::path>{file};
      }};
  return kind;
}

}  // namespace hubtwin::faults
