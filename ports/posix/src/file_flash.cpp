// SPDX-License-Identifier: MIT
#include <hubtwin/posix/file_flash.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

HUBTWIN_NAMESPACE_BEGIN
namespace posix {
namespace {

constexpr std::size_t kPieceBytes = 4096;

Status failed(int code) {
  return Status::with_os_code(Error::kStorageFailed, code);
}

// A file that was just made is there after a power cut only once its folder is on the disk.
int sync_folder_of(const char* path) {
  const std::string whole = path;
  const std::size_t slash = whole.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : whole.substr(0, slash + 1);
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    return errno;
  }
  const int code = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  return code;
}

}  // namespace

FileFlash::FileFlash(const char* path, const FlashGeometry& geometry)
    : geometry_(geometry), status_(open(path)) {}

FileFlash::~FileFlash() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

Status FileFlash::open(const char* path) {
  fd_ = ::open(path, O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd_ < 0 || ::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    return failed(errno);
  }
  struct stat present {};
  if (::fstat(fd_, &present) != 0) {
    return failed(errno);
  }
  // What is missing reads as erased; a FlashLog erases it before it uses it anyway.
  const std::uint64_t wanted = std::uint64_t{geometry_.block_bytes} * geometry_.blocks;
  const auto size = static_cast<std::uint64_t>(present.st_size);
  std::uint8_t erased[kPieceBytes];
  std::memset(erased, geometry_.erased, sizeof(erased));
  for (std::uint64_t at = size; at < wanted; at += sizeof(erased)) {
    const Status status =
        write(at, ByteView(erased, static_cast<std::size_t>(
                                       std::min<std::uint64_t>(sizeof(erased), wanted - at))));
    if (!status.ok()) {
      return status;
    }
  }
  if (size < wanted) {
    const Status status = flush();
    const int code = status.ok() ? sync_folder_of(path) : 0;
    return code == 0 ? status : failed(code);
  }
  return Status();
}

Status FileFlash::read(std::uint32_t address, ByteSpan bytes) {
  if (!status_.ok()) {
    return status_;
  }
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got =
        ::pread(fd_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(address + done));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      return failed(got < 0 ? errno : EIO);  // somebody cut the file
    }
    done += static_cast<std::size_t>(got);
  }
  return Status();
}

Status FileFlash::program(std::uint32_t address, ByteView page) {
  if (!status_.ok()) {
    return status_;
  }
  const Status status = write(address, page);
  return status.ok() ? flush() : status;
}

Status FileFlash::erase(std::uint32_t block) {
  if (!status_.ok()) {
    return status_;
  }
  std::uint8_t erased[kPieceBytes];
  std::memset(erased, geometry_.erased, sizeof(erased));
  const std::uint64_t start = std::uint64_t{block} * geometry_.block_bytes;
  for (std::uint32_t at = 0; at < geometry_.block_bytes;) {
    const std::size_t size = std::min<std::size_t>(sizeof(erased), geometry_.block_bytes - at);
    const Status status = write(start + at, ByteView(erased, size));
    if (!status.ok()) {
      return status;
    }
    at += static_cast<std::uint32_t>(size);
  }
  return flush();
}

Status FileFlash::write(std::uint64_t offset, ByteView bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t put =
        ::pwrite(fd_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (put < 0 && errno == EINTR) {
      continue;
    }
    if (put < 0) {
      return failed(errno);
    }
    done += static_cast<std::size_t>(put);
  }
  return Status();
}

Status FileFlash::flush() {
  return ::fdatasync(fd_) == 0 ? Status() : failed(errno);
}

}  // namespace posix
HUBTWIN_NAMESPACE_END
