// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A device with a model hub and model flash that is switched off and on at any instant.

#include "log_bench.hpp"
#include "support/model_hub.hpp"
#include "support/view_json.hpp"
#include "support/world.hpp"
#include <hubtwin/device_client.hpp>
#include <hubtwin/storage/desired_store.hpp>

#include <functional>
#include <memory>
#include <string>

namespace hubtwin::test {

struct RebootSizes : DefaultSizes {
  static constexpr std::size_t kReportedBytes = 4096;
};

/// What a program makes at its start: the client, and on top of it whatever Program adds.
/// Program(Client&, Storage&) registers handlers; it ends before the client.
template <class Program>
class RebootBench {
 public:
  explicit RebootBench(std::uint64_t seed = 1,
                       const FlashGeometry& geometry = {64, 16 * 64, 4, 0xFF})
      : world(seed), hub(world), transport(world.clock, &hub), flash(geometry, 8, 8, seed) {
    connection_string_ = hub.create("dev");
    world.watch(transport);
    transport.set_capabilities({true, true});
    transport.set_latency(std::chrono::milliseconds(20), std::chrono::milliseconds(30));
  }

  /// Power comes (back); the program starts, and isn't connected yet.
  Program& power_on() {
    power_off();
    if (!flash.reboot().ok()) {
      throw std::logic_error("the log doesn't open");
    }
    client_ = std::make_unique<SizedDeviceClient<RebootSizes>>(
        world.context, transport, Identity::parse(connection_string_).value());
    program_ = std::make_unique<Program>(*client_, flash.log());
    if (!client_->open().ok()) {
      throw std::logic_error("the client doesn't open");
    }
    return *program_;
  }
  void power_off() {
    hub.cut("dev");
    client_.reset();  // polls nobody from here on
    program_.reset();
  }
  Client& client() { return *client_; }
  Program& program() { return *program_; }
  bool in_step() { return client_->twin().synchronised(); }

  /// Runs until `done` or until power fails. \return whether power is on and it is done.
  bool run_until(const std::function<bool()>& done, Duration limit = std::chrono::hours(1)) {
    return world.run_until([&] { return !flash.flash.powered() || done(); }, limit) &&
           flash.flash.powered();
  }
  void run_for(Duration time) {
    static_cast<void>(run_until([] { return false; }, time));
  }

  World world;
  ModelHub hub;
  ScriptedTransport transport;
  LogBench flash;

 private:
  std::string connection_string_;
  std::unique_ptr<SizedDeviceClient<RebootSizes>> client_;
  std::unique_ptr<Program> program_;
};

}  // namespace hubtwin::test
