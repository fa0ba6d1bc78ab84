// SPDX-License-Identifier: MIT
#include <hubtwin/posix/standard_error_log.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <ctime>

#include <unistd.h>

HUBTWIN_NAMESPACE_BEGIN
namespace posix {
namespace {

constexpr std::size_t kMaxWho = 257;  // the longest client id: device and module id, 128 each
constexpr std::size_t kStampSize = sizeof "2026-01-31T12:00:00.000Z";

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return "error";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kDebug:
      return "debug";
  }
  return "?";
}

class LineBuffer {
 public:
  void append(std::string_view text) {
    const std::size_t room = sizeof bytes_ - size_;
    for (const char c : text.substr(0, room)) {
      const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
      bytes_[size_++] = control ? '?' : c;
    }
  }

  void append_time() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    tm parts{};
    gmtime_r(&now.tv_sec, &parts);
    char stamp[kStampSize] = {};
    std::size_t size = strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &parts);
    if (size + sizeof ".000Z" <= sizeof stamp) {
      const long millis = now.tv_nsec / 1000000;
      const char fraction[] = {'.', static_cast<char>('0' + millis / 100),
                               static_cast<char>('0' + millis / 10 % 10),
                               static_cast<char>('0' + millis % 10), 'Z'};
      size = static_cast<std::size_t>(
          std::copy(std::begin(fraction), std::end(fraction), stamp + size) - stamp);
    }
    append(std::string_view(stamp, size));
  }

  void end_line() { bytes_[std::min(size_++, sizeof bytes_ - 1)] = '\n'; }

  const char* data() const { return bytes_; }
  std::size_t size() const { return std::min(size_, sizeof bytes_); }

 private:
  char bytes_[kStampSize + kMaxWho + kMaxLogLine + 16];
  std::size_t size_ = 0;
};

}  // namespace

StandardErrorLog::StandardErrorLog(LogLevel most_verbose, int fd)
    : most_verbose_(most_verbose), fd_(fd) {}

void StandardErrorLog::write(LogLevel level, std::string_view who, std::string_view line) {
  if (level > most_verbose_) {
    return;
  }
  LineBuffer buffer;
  buffer.append_time();
  buffer.append(" ");
  buffer.append(name_of(level));
  buffer.append(" ");
  if (!who.empty()) {
    buffer.append(who.substr(0, kMaxWho));
    buffer.append(": ");
  }
  buffer.append(line.substr(0, kMaxLogLine));
  buffer.end_line();

  const int saved = errno;
  std::size_t sent = 0;
  while (sent < buffer.size()) {
    const ssize_t written = ::write(fd_, buffer.data() + sent, buffer.size() - sent);
    if (written < 0 && errno != EINTR) {
      break;
    }
    sent += written > 0 ? static_cast<std::size_t>(written) : 0;
  }
  errno = saved;
}

}  // namespace posix
HUBTWIN_NAMESPACE_END
