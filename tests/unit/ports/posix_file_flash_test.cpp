// SPDX-License-Identifier: MIT
#include "support/temporary_directory.hpp"
#include <hubtwin/posix/file_flash.hpp>
#include <hubtwin/storage/flash_log.hpp>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hubtwin::test {
namespace {

const FlashGeometry kGeometry{512, 16 * 512, 3, 0xFF};
using Log = SizedFlashLog<512, 8, 3>;

Status write(FlashLog& log, std::uint16_t id, std::string_view content) {
  for (;;) {
    const Status status = log.write(static_cast<RecordId>(id), as_bytes(content));
    if (status.error() != Error::kBackPressure) {
      return status;
    }
  }
}

std::string read(FlashLog& log, std::uint16_t id) {
  char content[64] = {};
  const Result<std::size_t> size =
      log.read(static_cast<RecordId>(id), 0,
               ByteSpan(reinterpret_cast<std::uint8_t*>(content), sizeof(content)));
  return size.ok() ? std::string(content, *size) : "none";
}

}  // namespace

TEST_CASE("posix: a log in a file -> there when it is opened again, for its owner alone") {
  const TemporaryDirectory folder;
  const std::string path = folder.path() / "store";
  for (int round = 0; round < 3; ++round) {
    posix::FileFlash flash(path.c_str(), kGeometry);
    REQUIRE(flash.status().ok());
    Log log(flash);
    REQUIRE(log->open().ok());
    if (round > 0) {
      REQUIRE(read(log.log(), 1) == "round " + std::to_string(round - 1));
    }
    REQUIRE(write(log.log(), 1, "round " + std::to_string(round)).ok());
  }
  struct stat file {};
  REQUIRE(::stat(path.c_str(), &file) == 0);
  REQUIRE(file.st_size == 3 * 16 * 512);
  REQUIRE((file.st_mode & 0777) == 0600);
}

TEST_CASE("posix: a file that can't be made or is taken -> refused with the system's number") {
  const TemporaryDirectory folder;
  posix::FileFlash nowhere((folder.path() / "no" / "store").c_str(), kGeometry);
  REQUIRE(nowhere.status().error() == Error::kStorageFailed);
  REQUIRE(nowhere.status().os_code() == ENOENT);
  REQUIRE(nowhere.erase(0).os_code() == ENOENT);
  Log log(nowhere);
  REQUIRE(log->open().error() == Error::kStorageFailed);

  const std::string path = folder.path() / "store";
  posix::FileFlash first(path.c_str(), kGeometry);
  REQUIRE(first.status().ok());
  posix::FileFlash second(path.c_str(), kGeometry);
  REQUIRE(second.status().os_code() == EWOULDBLOCK);
}

TEST_CASE("posix: a file that was cut short -> what is missing is an empty part") {
  const TemporaryDirectory folder;
  const std::string path = folder.path() / "store";
  {
    posix::FileFlash flash(path.c_str(), kGeometry);
    Log log(flash);
    REQUIRE(log->open().ok());
    REQUIRE(write(log.log(), 1, "here").ok());
  }
  REQUIRE(::truncate(path.c_str(), 16 * 512 + 100) == 0);
  posix::FileFlash flash(path.c_str(), kGeometry);
  Log log(flash);
  REQUIRE(log->open().ok());
  REQUIRE(read(log.log(), 1) == "here");
  REQUIRE(write(log.log(), 2, "there").ok());
  REQUIRE(read(log.log(), 2) == "there");
}

TEST_CASE("posix: a program killed while it writes -> what it acknowledged is in the file") {
  const TemporaryDirectory folder;
  const std::string path = folder.path() / "store";
  for (int round = 0; round < 5; ++round) {
    int pipe_ends[2];
    REQUIRE(::pipe(pipe_ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      posix::FileFlash flash(path.c_str(), kGeometry);
      Log log(flash);
      if (!log->open().ok()) {
        ::_exit(1);
      }
      for (std::uint32_t number = 0;; ++number) {
        if (!write(log.log(), static_cast<std::uint16_t>(1 + number % 3), std::to_string(number))
                 .ok() ||
            ::write(pipe_ends[1], &number, sizeof(number)) != sizeof(number)) {
          ::_exit(1);
        }
      }
    }
    ::close(pipe_ends[1]);
    std::uint32_t acknowledged = 0;
    for (int count = 0; count < 40 + round * 7; ++count) {
      REQUIRE(::read(pipe_ends[0], &acknowledged, sizeof(acknowledged)) == sizeof(acknowledged));
    }
    ::kill(child, SIGKILL);
    std::uint32_t more = 0;
    while (::read(pipe_ends[0], &more, sizeof(more)) == sizeof(more)) {
      acknowledged = more;
    }
    ::close(pipe_ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    posix::FileFlash flash(path.c_str(), kGeometry);
    Log log(flash);
    REQUIRE(log->open().ok());
    for (std::uint32_t behind = 0; behind < 3; ++behind) {
      const std::uint32_t number = acknowledged - behind;
      const std::string found = read(log.log(), static_cast<std::uint16_t>(1 + number % 3));
      const bool next = found == std::to_string(number + 3);  // written, not yet told of
      REQUIRE((found == std::to_string(number) || next));
    }
  }
}

}  // namespace hubtwin::test
