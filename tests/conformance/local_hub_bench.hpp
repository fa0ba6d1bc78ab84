// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The bench in real time: the local hub, the fault proxy as the network, and any transport that
/// can reach it.

#include "bench.hpp"
#include <hubtwin/port/clock.hpp>
#include <hubtwin/posix/event_wake.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hubtwin::conformance {

/// What a transport needs of its bench.
struct TransportPlan {
  std::string ca_file;
  Clock& clock;
  posix::EventWake& wake;
};
/// Makes one more transport.
using TransportMaker = std::function<std::shared_ptr<Transport>(const TransportPlan& plan)>;

/// A bench whose clients use these transports.
/// \param[in] socket_folder  Empty: a transport's connection goes to a TCP port of loopback.
/// Otherwise
///            to the UNIX socket `<socket_folder>/<port>`, with the port that connect() names.
/// \param[in] silence  What the transport tells of a peer that has gone silent.
std::unique_ptr<Bench> make_local_hub_bench(const TransportMaker& maker,
                                            const std::string& socket_folder = "",
                                            Error silence = Error::kPeerSilent);

/// What it can do, and what it can't: let days pass, and know what happens at an instant.
const std::vector<Ability>& local_hub_abilities();
const std::vector<std::string>& local_hub_gaps();

}  // namespace hubtwin::conformance
