// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Why a command ends without having done its work. No text holds a secret.

#include <stdexcept>

namespace hubtwin::hub::cli {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

/// The command line or a file that it names is at fault: exit status 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The hub refused, or can't be reached: exit status 1.
class ServiceFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace hubtwin::hub::cli
