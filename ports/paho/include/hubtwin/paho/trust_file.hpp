// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Roots for Paho's transports that can be replaced while they run.

#include <hubtwin/bytes.hpp>
#include <hubtwin/port/trust.hpp>
#include <hubtwin/status.hpp>

#include <string>

HUBTWIN_NAMESPACE_BEGIN
namespace paho {

/// A file of roots as hubtwin's Trust, e.g. for TrustStore: Paho takes its roots out of files only.
/// The Transports whose Options::ca_file is path() go by what was given to replace() last; each
/// link reads the file anew, and one that is being made may go by either bundle.
///
///     hubtwin::paho::TrustFile trust("/run/gateway/roots.pem");
///     options.ca_file = trust.path();
///     hubtwin::paho::Transport transport(options);
///     hubtwin::TrustStore trust_store{client.session(), trust, store.log(), kRoots, room};
///     trust_store.load();                       // makes the file
///
/// The file is a working copy, best in memory (`/run`): it isn't forced to the disk, and
/// TrustStore::load() makes it anew at each start. Whoever can write there decides whom the
/// Transports trust: let nobody but the program's own user.
class TrustFile final : public Trust {
 public:
  /// \param[in] path  Need not exist yet; its directory does. It is made beside it,
  ///                  as `path` with ".new" behind, and renamed.
  explicit TrustFile(std::string path);
  const std::string& path() const { return path_; }

  /// Takes the place of the file in one step: who reads it finds either bundle, whole.
  /// \param[in] bundle  Certificates in PEM, one behind the other; a closing NUL may follow.
  /// \return Error::kTlsTrustUnreadable, with OpenSSL's reason in tls_code(), when any of them
  ///         can't be read or there is none; Error::kStorageFailed, with errno in os_code(), when
  ///         the file can't be written: see to the directory, its rights and its room;
  ///         Error::kNoSpace when memory has run out. Nothing has changed then.
  Status replace(ByteView bundle) override;

 private:
  std::string path_;
};

}  // namespace paho
HUBTWIN_NAMESPACE_END
