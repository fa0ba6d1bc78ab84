// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Port: what survives a power cut.

#include <hubtwin/bytes.hpp>
#include <hubtwin/status.hpp>

#include <cstddef>
#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN

/// Names a record in Storage; the library's own lie below kFirstApplicationRecord.
enum class RecordId : std::uint16_t {
  kDesired = 1,          ///< Last good desired section with its version.
  kReported = 2,         ///< Reported values that the hub hasn't acknowledged.
  kTrust = 3,            ///< One of two trust bundles,
  kOtherTrust = 4,       ///< the other one,
  kTrustState = 5,       ///< and which of them is in use.
  kFirstMessage = 0x40,  ///< Durable messages, one a record from here on to 0xFF.
};
/// Records from here on are the application's.
constexpr std::uint16_t kFirstApplicationRecord = 0x100;

/// Keeps small records over a power cut. FlashLog is one for flash memory; none is used unless the
/// application makes one.
///
/// Calls that write take one bounded step at a time: where room has to be made first, they do a
/// part of that, change nothing else, and answer Error::kBackPressure. Call again then, at once or
/// at a later time; the content may be another one by then.
class Storage {
 public:
  /// Replaces the record. When it returns success, the new content survives a power cut at any
  /// later instant; a cut before that leaves the old content or the new, never a mixture.
  /// \return as begin(), append() and commit().
  Status write(RecordId record, ByteView content) {
    const std::size_t size = content.size();
    Status status = begin(record, size);
    if (status.ok()) {
      status = append(content);
    }
    return status.ok() ? commit() : status;
  }

  /// The same in pieces, for content that stands nowhere as a whole: begin(), append() as often as
  /// it takes, commit(). The old content stays until commit() succeeds; whatever comes instead of
  /// it, a begin() or an erase(), abandons the new.
  /// \param[in] size  Bytes that append() will bring.
  /// \return Error::kBackPressure: one step of housekeeping was done, call again;
  ///         Error::kNoSpace: the store is full; Error::kInvalidArgument: no record may be so long;
  ///         Error::kStorageFailed: the memory doesn't work; Error::kWrongState: not opened.
  virtual Status begin(RecordId record, std::size_t size) = 0;
  /// \return Error::kBackPressure: the place was bad, begin() again; Error::kStorageFailed;
  ///         Error::kWrongState: no begin() succeeded, or more bytes than it told of.
  virtual Status append(ByteView piece) = 0;
  /// \return as append(); Error::kWrongState also with fewer bytes than begin() told of.
  virtual Status commit() = 0;

  /// Reads from `offset` into `buffer`.
  /// \return the record's whole length in bytes, however much fitted; Error::kNotFound where there
  ///         is none; Error::kStorageFailed where it can't be read any more.
  virtual Result<std::size_t> read(RecordId record, std::size_t offset, ByteSpan buffer) = 0;

  /// Removes the record; success also when there is none. A cut before it returns leaves the record
  /// or removes it.
  /// \return Error::kBackPressure, Error::kStorageFailed, Error::kWrongState as begin().
  virtual Status erase(RecordId record) = 0;

 protected:
  ~Storage() = default;
};

HUBTWIN_NAMESPACE_END
