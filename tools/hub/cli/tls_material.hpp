// SPDX-License-Identifier: MIT
#pragma once
/// \file
/// The local hub's own certificate authority and server certificate.

#include <filesystem>
#include <set>
#include <string>

namespace hubtwin::hub::cli {

/// PEM files that the broker and the REST server use, and the one that clients trust.
struct TlsMaterial {
  std::filesystem::path ca_file;
  std::filesystem::path certificate_file;
  std::filesystem::path key_file;
};

/// Makes what is missing in `directory`: a certificate authority, kept for good, so that clients
/// need to be told once; and a server certificate for `names` (host names and addresses), which is
/// made anew when it covers other names, is near its end or isn't the authority's.
/// Private keys are readable by their owner alone. Throws std::runtime_error naming the file.
TlsMaterial ensure_tls_material(const std::filesystem::path& directory,
                                const std::set<std::string>& names);

}  // namespace hubtwin::hub::cli
