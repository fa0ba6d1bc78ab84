// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A file as hubtwin's Flash.

#include <hubtwin/port/flash.hpp>

HUBTWIN_NAMESPACE_BEGIN
namespace posix {

/// A file that a FlashLog can live in. Each page and each erased block has reached the disk, as far
/// as the system knows (fdatasync), before the call returns: some milliseconds on a disk. Pages of
/// 512 or 4,096 bytes suit what lies below most files.
///
/// One program at a time: the file is locked while this lives.
class FileFlash final : public Flash {
 public:
  /// \param[in] path      Made if it isn't there, readable by its owner alone; its folder must be
  ///                      there. Used only here.
  /// \param[in] geometry  The file takes blocks * block_bytes.
  FileFlash(const char* path, const FlashGeometry& geometry);
  ~FileFlash();
  FileFlash(const FileFlash&) = delete;
  FileFlash& operator=(const FileFlash&) = delete;

  /// Success: the file is open. Error::kStorageFailed with errno in os_code() otherwise;
  /// EWOULDBLOCK where another program has it. All other calls answer the same then.
  Status status() const { return status_; }

  FlashGeometry geometry() const override { return geometry_; }
  Status read(std::uint32_t address, ByteSpan bytes) override;
  Status program(std::uint32_t address, ByteView page) override;
  Status erase(std::uint32_t block) override;

 private:
  Status open(const char* path);
  Status write(std::uint64_t offset, ByteView bytes);
  Status flush();

  FlashGeometry geometry_;
  int fd_ = -1;  // before status_, which open() makes
  Status status_;
};

}  // namespace posix
HUBTWIN_NAMESPACE_END
