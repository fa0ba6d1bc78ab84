// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The hub's answers to twin requests. Used by Twin and ReportedSender.

#include <hubtwin/status.hpp>
#include <hubtwin/time.hpp>
#include <hubtwin/twin/desired_change.hpp>

#include <cstdint>
#include <optional>

HUBTWIN_NAMESPACE_BEGIN

/// The status of an answer as a Status that keeps the number: 2xx is success (IoT Hub MQTT support:
/// twin responses; numbers of the device SDKs).
Status status_of_answer(int code);

/// The version in a topic; kNoVersion for none, or one that can't be.
TwinVersion version_in_topic(std::optional<std::uint64_t> version);

/// How long an answer may take before its request counts as lost.
constexpr Duration kAnswerTimeout = std::chrono::seconds(60);

/// A publish that the transport can't take now is tried again after this, or at an earlier poll().
constexpr Duration kPressureRetry = std::chrono::milliseconds(20);

HUBTWIN_NAMESPACE_END
