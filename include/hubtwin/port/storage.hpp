// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Port: what survives a power cut.

#include <hubtwin/bytes.hpp>
#include <hubtwin/status.hpp>

#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN

/// Names a record in Storage; the library's own lie below kFirstApplicationRecord.
enum class RecordId : std::uint16_t {
  kDesired = 1,   ///< Last good desired section with its version.
  kReported = 2,  ///< Reported values that the hub hasn't acknowledged.
  kOutbox = 3,    ///< Messages marked as durable.
  kTrust = 4,     ///< Trust bundle.
};
/// Records from here on are the application's.
constexpr std::uint16_t kFirstApplicationRecord = 0x100;

/// Keeps small records over a power cut. None is used unless the application gives one to the
/// Context.
class Storage {
 public:
  /// Replaces the record. When it returns success, the new content survives a power cut at any
  /// later instant; a cut before that leaves the old content or the new, never a mixture.
  /// \return Error::kNoSpace when the store is full.
  virtual Status write(RecordId record, ByteView content) = 0;

  /// Reads from `offset` into `buffer`.
  /// \return the record's whole length in bytes, however much fitted; Error::kNotFound where there
  ///         is none.
  virtual Result<std::size_t> read(RecordId record, std::size_t offset, ByteSpan buffer) = 0;

  /// Removes the record; success also when there is none.
  virtual Status erase(RecordId record) = 0;

 protected:
  ~Storage() = default;
};

HUBTWIN_NAMESPACE_END
