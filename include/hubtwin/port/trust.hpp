// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Port: whom connections trust.

#include <hubtwin/bytes.hpp>
#include <hubtwin/status.hpp>

HUBTWIN_NAMESPACE_BEGIN

/// The certificates at which servers' chains must end; see mbedtls::TlsTrust.
class Trust {
 public:
  /// From the next handshake on these and no others are trusted.
  /// \param[in] bundle  In the form that the port takes, e.g. PEM with a closing NUL. Not kept.
  /// \return Error::kTlsTrustUnreadable when any of it can't be read or there is none: nothing has
  ///         changed then.
  virtual Status replace(ByteView bundle) = 0;

 protected:
  ~Trust() = default;
};

HUBTWIN_NAMESPACE_END
