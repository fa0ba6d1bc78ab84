// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Port: a connected stream of bytes, such as TCP, or TLS over any other stream.

#include <hubtwin/bytes.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/time.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// One connection at a time to a host and port, opened anew for each link. No call waits. After an
/// error the stream is closed, and stays so until open().
class ByteStream {
 public:
  /// Begins to connect: resolves the name, afresh each time, and reaches out.
  /// \param[in] host  A name or a literal address; copied, or done with on return.
  /// \return why it can't even begin: Error::kWrongState while it is open; Error::kInvalidArgument
  ///         or Error::kNoSpace for a name it can't hold; a TLS reason for trust that can't be
  ///         read.
  virtual Status open(std::string_view host, std::uint16_t port) = 0;

  /// Goes on with connecting and shaking hands, by one cryptographic step at most.
  /// \return whether bytes can pass. An error ends the attempt: Error::kResolveFailed,
  ///         Error::kConnectRefused, Error::kConnectTimeout, Error::kNetworkFailed, a TLS reason.
  virtual Result<bool> advance(MonotonicTime now) = 0;

  /// Takes what has come, up to room.size() bytes.
  /// \pre advance() has answered true.
  /// \return the number of bytes; 0: nothing now. Error::kLinkLost when the peer has closed or
  ///         reset the connection, or another reason; what came before it was given out first.
  virtual Result<std::size_t> read(ByteSpan room) = 0;

  /// Takes bytes to be sent, as many as there is room for.
  /// \pre advance() has answered true.
  /// \return the number of bytes taken; 0: none now. After an answer below bytes.size() the next
  ///         call begins with the same rest, perhaps with more behind it. Errors as for read().
  ///         Once the peer has reset the connection, while what it said before is still to be read,
  ///         bytes are taken and lost: a caller that waited for room would never come to read.
  virtual Result<std::size_t> write(ByteView bytes) = 0;

  /// Closes the connection, politely where that needs no wait. Nothing happens on a closed one.
  virtual void close() = 0;

  /// When advance(), read() or write() has to be tried at the latest though nothing woke the
  /// program; kNever when only wake-ups matter.
  virtual MonotonicTime next_deadline() const = 0;

 protected:
  ~ByteStream() = default;
};

HUBTWIN_NAMESPACE_END
