// SPDX-License-Identifier: MIT
#include "tools/hub/cli/private_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace hubtwin::hub::cli {
namespace {

[[noreturn]] void fail(const std::string& what, const std::filesystem::path& file, int error) {
  throw std::runtime_error(what + " " + file.string() + ": " +
                           std::generic_category().message(error));
}

}  // namespace

void write_private_file(const std::filesystem::path& file, std::string_view content) {
  const std::string pattern = file.string() + ".XXXXXX";
  std::vector<char> name(pattern.begin(), pattern.end());
  name.push_back('\0');
  const int descriptor = mkstemp(name.data());  // mode 0600
  if (descriptor < 0) {
    fail("cannot write", file, errno);
  }
  int error = 0;
  while (!content.empty() && error == 0) {
    const ssize_t written = write(descriptor, content.data(), content.size());
    if (written >= 0) {
      content.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  if (close(descriptor) != 0 && error == 0) {
    error = errno;
  }
  if (error == 0 && std::rename(name.data(), file.c_str()) != 0) {
    error = errno;
  }
  if (error != 0) {
    unlink(name.data());
    fail("cannot write", file, error);
  }
}

std::optional<std::string> read_file(const std::filesystem::path& file) {
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    if (errno == ENOENT) {
      return std::nullopt;
    }
    fail("cannot read", file, errno);
  }
  std::string content;
  char buffer[4096];
  for (;;) {
    const ssize_t count = read(descriptor, buffer, sizeof buffer);
    if (count > 0) {
      content.append(buffer, static_cast<std::size_t>(count));
    } else if (count == 0) {
      close(descriptor);
      return content;
    } else if (errno != EINTR) {
      const int error = errno;
      close(descriptor);
      fail("cannot read", file, error);
    }
  }
}

}  // namespace hubtwin::hub::cli
