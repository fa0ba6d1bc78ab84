// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Capacities of a client, given at its leaf type only.

#include <hubtwin/bytes.hpp>
#include <hubtwin/config.hpp>

#include <cstddef>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// Capacities of a device or module client. Derive, and hide what should differ:
///
///     struct Sizes : hubtwin::DefaultSizes {
///       static constexpr std::size_t kDesiredBytes = 2048;
///     };
///
/// A subject whose capacity is zero isn't linked. What is received, and the topics of what is sent,
/// are bounded by the Context's memory: see DefaultContextSizes.
struct DefaultSizes {
  static constexpr std::size_t kHostBytes = 64;  ///< Host name, plus gateway where there is one.
  static constexpr std::size_t kIdBytes = 64;    ///< Each of device id and module id.
  static constexpr std::size_t kKeyBytes = 64;   ///< The key, decoded; or a ready-made token.
  static constexpr std::size_t kTransmitBytes = 512;  ///< Longest body of one reported update.
  static constexpr std::size_t kOutboxBytes = 512;  ///< Telemetry and method answers waiting to go.
  static constexpr bool kMessages = true;      ///< Cloud-to-device messages; a module's inputs.
  static constexpr std::size_t kHandlers = 8;  ///< Handlers of desired properties.
  static constexpr std::size_t kMethods = 8;   ///< Named method handlers.
  static constexpr std::size_t kInputs = 4;    ///< Named inputs of a module.
  static constexpr std::size_t kPendingMethods =
      4;  ///< Method calls that may wait for their reply at once.
  static constexpr std::size_t kDesiredBytes = 1024;  ///< Arena of desired properties; 0: no twin.
  static constexpr std::size_t kReportedBytes = 512;  ///< Arena of reported properties.
  /// Keys of the twin that are known when the program is built; sorted. They stay in flash and cost
  /// no arena:
  ///
  ///     static constexpr std::string_view kNames[] = {"sendFrequency", "telemetryConfig"};
  ///     static constexpr hubtwin::Span<const std::string_view> kKnownKeys = kNames;
  static constexpr Span<const std::string_view> kKnownKeys = {};
  /// The desired properties that the program asks for, as dotted paths in any order, each with all
  /// below it: only they are kept, the others are skipped as they stream by. Empty: all.
  static constexpr Span<const std::string_view> kWantedDesired = {};
};

HUBTWIN_NAMESPACE_END
