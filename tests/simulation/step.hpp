// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a history is made of: steps, each of which can be left out without making another one
/// impossible. So a history that fails can be shrunk to the few that matter.

#include "documents.hpp"
#include <hubtwin/time.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace hubtwin::simulation {

/// The identities of a history, by number: a device, and its modules.
std::string identity_of(std::uint32_t who);

/// Paths that the application of each identity has a handler for.
inline constexpr const char* kWatched[] = {"", "a", "b.x", "c.y.z", "longer-key"};
inline constexpr std::uint32_t kWatchedCount = 5;
/// Further callbacks that an application may act in, behind those of kWatched.
inline constexpr std::uint32_t kInFlushed = kWatchedCount;
inline constexpr std::uint32_t kInSynchronised = kWatchedCount + 1;
inline constexpr std::uint32_t kCallbackCount = kWatchedCount + 2;

/// What happens in a step. `n` is Step::n.
enum class Act : std::uint8_t {
  // What the world is like. Without these: no latency, whole payloads, room for everything.
  kLatency,       ///< Packets take n[0] ms to the hub and n[1] ms from it.
  kFragments,     ///< Payloads come in n[0] bytes at a time, n[1] of them in a poll.
  kSlowUplink,    ///< The transport takes n[0] publishes in a poll.
  kCapabilities,  ///< n[0]: bit 0 withholds acknowledgements, bit 1 re-sends with DUP.
  kSmallUpdates,  ///< n[0] bytes for a reported update, from the next power-on; of a value that is
                  ///< longer the transport takes n[1] bytes every n[2] ms.
  kArenas,        ///< n[0] bytes for desired and n[1] for reported, from the next power-on.
  kKnownKeys,     ///< Some keys stand in a table and cost no arena, from the next power-on.
  kWanted,        ///< The program asks for a part of the desired section, from the next power-on.
  kOneLog,        ///< One flash of n[0] blocks, with one log, is there for all clients that have no
                  ///< storage yet; power that fails there fails for every client. The application
                  ///< has written to it n[1] times.
  kStorage,       ///< The program has storage, from the next power-on; with n[0] = 1 it stores all
                  ///< as soon as it can, else in the stores' own times. Its messages are durable.

  // The back end.
  kPatchDesired,    ///< Desired properties are patched by `json`.
  kReplaceDesired,  ///< Desired properties are replaced by `json`.
  kSendMessage,     ///< The hub has a message for the identity.
  kRecreate,        ///< The identity is deleted and made anew.

  // The application; these may also happen inside a callback.
  kReport,         ///< Reports `json` at `path`; a scalar with n[0] = 1 by its value, not as JSON.
  kRemove,         ///< Reports the removal of `path`.
  kFlush,          ///< Asks for what is staged to go now.
  kSendTelemetry,  ///< Sends n[0] messages.
  kRenewHandlers,  ///< Removes the handlers of kWatched[n[0]] and registers one again.
  kClose,
  kOpen,
  kNetworkChanged,

  kFlushPolicy,  ///< n[0] ms at least, n[1] ms at most, n[2] bytes, of the client that is on.
  kInside,       ///< The next call of callback n[0] does act n[1], with this step's path and json.
  kPowerOn,      ///< The client is made, after a power cut if there was one.
  kPowerCut,     ///< With storage: power fails at the n[0]th step of the flash from now (0: between
                 ///< two steps, now), as ModelFlash::Cut n[1], and comes back.

  // The clock.
  kForgetUtc,
  kWrongUtc,  ///< UTC is n[0] - 20,000 s ahead of the truth.
  kRightUtc,

  // The network and the hub.
  kCut,
  kSilence,        ///< The link goes dead without a word.
  kDown,           ///< The identity's own network is down: its link breaks, or goes dead with n[1];
                   ///< its CONNECTs are refused below the hub, or with n[0] = 1 not answered.
  kUp,             ///< That is over.
  kRefuse,         ///< Every CONNECT is refused; n[0]: by the hub (1) or below it (0).
  kIgnore,         ///< No CONNECT is answered.
  kWell,           ///< Both are over.
  kForgetSession,  ///< The hub loses the MQTT session of an absent client.
  kPacket,       ///< The n[1]th next packet of kind n[0] to the identity fares as Harm n[2], n[3].
  kJudgeGet,     ///< The next GET fares badly: n[0] as Judgement.
  kJudgeReport,  ///< The next reported update likewise; n[1]: whether it is applied.
  kNonsense,     ///< The hub sends `path` as topic with `json` (a text) as payload.
  kRace,         ///< When the hub answers the next GET, desired is patched by `json` n[0] ms later,
                 ///< or with n[0] = 0 just before the answer leaves.
};

/// What becomes of a packet on its way to a client.
enum class Harm : std::uint32_t {
  kLost,
  kDoubled,
  kDelayed,     ///< by n[3] ms
  kThenCut,     ///< the link breaks behind it
  kSilentAfter  ///< the link goes dead within it, after n[3] bytes
};
inline constexpr std::uint32_t kHarmCount = 5;

/// How a request fares; other numbers are the status of its answer.
enum Judgement : std::uint32_t {
  kUnanswered = 0,
  kCutInstead = 1,  ///< the link breaks instead of an answer
  kGarbled = 2      ///< GET: the body is `json` (a text)
};

struct Step {
  Act act{};
  Duration wait{0};     ///< Virtual time that passes before it.
  std::uint32_t who{};  ///< See identity_of().
  std::array<std::uint32_t, 4> n{};
  std::string path;
  Json json;
};

/// What an Act::kInside does: act n[1] with n[2] as its own n[0], and with the same path and json.
Step inner_of(const Step& step);

/// What happens, for a person to read.
std::string describe(const Step& step);

/// The history of a seed: the same on every machine.
std::vector<Step> plan(std::uint64_t seed);

}  // namespace hubtwin::simulation
