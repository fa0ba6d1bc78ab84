// SPDX-License-Identifier: MIT
#include <hubtwin/mps2/semihosting.hpp>
#include <hubtwin/mps2/semihosting_log.hpp>

#include <cstddef>

HUBTWIN_NAMESPACE_BEGIN
namespace mps2 {
namespace {

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return "error ";
    case LogLevel::kWarning:
      return "warning ";
    case LogLevel::kInfo:
      return "info ";
    case LogLevel::kDebug:
      return "debug ";
  }
  return "? ";
}

class Line {
 public:
  void append(std::string_view text) {
    for (const char each : text) {
      if (size_ < sizeof text_ - 2) {
        const bool control = static_cast<unsigned char>(each) < 0x20 || each == 0x7f;
        text_[size_++] = control ? '?' : each;
      }
    }
  }
  const char* end() {
    text_[size_] = '\n';
    text_[size_ + 1] = '\0';
    return text_;
  }

 private:
  char text_[kMaxLogLine + 64];
  std::size_t size_ = 0;
};

}  // namespace

void SemihostingLog::write(LogLevel level, std::string_view who, std::string_view line) {
  if (level > most_verbose_) {
    return;
  }
  Line text;
  text.append(name_of(level));
  text.append(who);
  text.append(who.empty() ? "" : ": ");
  text.append(line);
  semihosting_write(text.end());
}

}  // namespace mps2
HUBTWIN_NAMESPACE_END
