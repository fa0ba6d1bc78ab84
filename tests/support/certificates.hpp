// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Certificates made for one test run.

#include "support/temporary_directory.hpp"

#include <string>

namespace hubtwin::test {

/// A certificate authority with files for a server.
class Authority {
 public:
  /// What is to be wrong with a server's certificate.
  enum class Flaw { kNone, kExpired, kNotYetValid, kOtherHost };

  Authority();

  /// PEM file of the authority's own certificate.
  const std::string& ca_file() const { return ca_file_; }
  /// Directory with it under its hash.
  const std::string& ca_directory() const { return ca_directory_; }

  struct Files {
    std::string certificate;
    std::string key;
  };
  /// A certificate for localhost and 127.0.0.1, with a flaw if wanted.
  Files issue(Flaw flaw) const;

 private:
  TemporaryDirectory directory_;
  std::string key_file_;
  std::string ca_file_;
  std::string ca_directory_;
};

}  // namespace hubtwin::test
