// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Records that hold JSON behind a head that tells whose they are.

#include <hubtwin/port/storage.hpp>
#include <hubtwin/storage/crc32.hpp>
#include <hubtwin/twin/json_reader.hpp>
#include <hubtwin/twin/json_writer.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_json_record {

// Format, and a checksum of the client's name: another identity's state is none of ours.
constexpr std::size_t kHeadBytes = 8;
constexpr std::size_t kPieceBytes = 16;  // small: much of the stack is taken while they are read
static_assert(kPieceBytes >= kHeadBytes);

struct Head {
  std::uint8_t bytes[kHeadBytes];

  Head(std::string_view kind, std::string_view owner) {
    Crc32 crc;
    crc.add(as_bytes(owner));
    for (std::size_t index = 0; index < kHeadBytes; ++index) {
      bytes[index] = index < 4 ? static_cast<std::uint8_t>(kind[index])
                               : static_cast<std::uint8_t>(crc.value() >> (8 * (index - 4)));
    }
  }
};

// Counts what would be written.
class Length final : public JsonSink {
 public:
  Error write(std::string_view piece) override {
    bytes += piece.size();
    return Error::kNone;
  }
  std::size_t bytes = 0;
};

class ToStorage final : public JsonSink {
 public:
  explicit ToStorage(Storage& storage) : storage_(storage) {}
  Error write(std::string_view piece) override { return storage_.append(as_bytes(piece)).error(); }

 private:
  Storage& storage_;
};

// Writes what `content(writer)` writes, twice the same. \return as Storage::write().
template <class Content>
Status write(Storage& storage, RecordId record, const Head& head, Content content) {
  char room[kPieceBytes];
  Length length;
  {
    JsonWriter writer(Span<char>(room), length);
    content(writer);
    const Status status = writer.finish();
    if (!status.ok()) {
      return status;
    }
  }
  Status status = storage.begin(record, kHeadBytes + length.bytes);
  if (status.ok()) {
    status = storage.append(ByteView(head.bytes));
  }
  if (status.ok()) {
    ToStorage sink(storage);
    JsonWriter writer(Span<char>(room), sink);
    content(writer);
    status = writer.finish();
  }
  return status.ok() ? storage.commit() : status;
}

// Gives the JSON of a record to `feed(piece)`, which answers a Status. \return Error::kNotFound
// where there is no record with that head.
template <class Feed>
Status read(Storage& storage, RecordId record, const Head& head, Feed feed) {
  std::uint8_t piece[kPieceBytes];
  const Result<std::size_t> length = storage.read(record, 0, ByteSpan(piece, kHeadBytes));
  if (!length.ok()) {
    return length.status();
  }
  if (*length < kHeadBytes ||
      as_text(ByteView(piece, kHeadBytes)) != as_text(ByteView(head.bytes))) {
    return Error::kNotFound;
  }
  for (std::size_t at = kHeadBytes; at < *length; at += sizeof(piece)) {
    const Result<std::size_t> more = storage.read(record, at, ByteSpan(piece));
    const std::size_t size = *length - at < sizeof(piece) ? *length - at : sizeof(piece);
    const Status status = more.ok() ? feed(ByteView(piece, size)) : more.status();
    if (!status.ok()) {
      return status;
    }
  }
  return Status();
}

}  // namespace detail_json_record

HUBTWIN_NAMESPACE_END
