// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/port/log_ring.hpp.

#include <hubtwin/contract.hpp>
#include <hubtwin/port/log_ring.hpp>
#include <hubtwin/wire/cut.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_log_ring {

constexpr std::size_t kMostWho = 24;

// Stands before the texts of each record, at any byte.
struct Header {
  std::int64_t time;  // milliseconds since the clock's beginning
  LogLevel level;
  std::uint8_t who_size;
  std::uint8_t text_size;

  std::size_t record_size() const { return sizeof(Header) + who_size + text_size; }
};
static_assert(sizeof(Header) + kMostWho + kMaxLogLine <= LogRing::kLeastMemory);

static Header header_at(ByteView memory, std::size_t at) {
  Header header;
  std::memcpy(&header, memory.data() + at, sizeof(header));
  return header;
}

}  // namespace detail_log_ring

LogRing::LogRing(Clock& clock, ByteSpan memory, Log* next)
    : clock_(clock), memory_(memory), next_(next) {
  HUBTWIN_EXPECTS(memory.size() >= kLeastMemory);
}

void LogRing::write(LogLevel level, std::string_view who, std::string_view line) {
  const std::string_view kept_who = head(who, std::min(who.size(), detail_log_ring::kMostWho));
  const std::string_view text = head(line, std::min(line.size(), kMaxLogLine));
  const detail_log_ring::Header header{clock_.now().time_since_epoch().count(), level,
                                       static_cast<std::uint8_t>(kept_who.size()),
                                       static_cast<std::uint8_t>(text.size())};
  // The oldest make way. Moving all others costs less than records that stand in two pieces.
  const std::size_t room = memory_.size() - header.record_size();
  std::size_t gone = 0;
  while (size_ - gone > room) {
    gone += detail_log_ring::header_at(memory_, gone).record_size();
    ++dropped_;
  }
  size_ -= gone;
  std::memmove(memory_.data(), memory_.data() + gone, size_);
  std::uint8_t* to = memory_.data() + size_;
  std::memcpy(to, &header, sizeof(header));
  to = std::copy(kept_who.begin(), kept_who.end(), to + sizeof(header));
  std::copy(text.begin(), text.end(), to);
  size_ += header.record_size();
  if (next_ != nullptr) {
    next_->write(level, who, line);
  }
}

LogRecord LogRing::read(std::size_t& at) const {
  const detail_log_ring::Header header = detail_log_ring::header_at(memory_, at);
  const auto* const texts = reinterpret_cast<const char*>(memory_.data() + at + sizeof(header));
  at += header.record_size();
  return {MonotonicTime(Duration(header.time)),
          header.level,
          {texts, header.who_size},
          {texts + header.who_size, header.text_size}};
}

void LogRing::clear() {
  size_ = 0;
  dropped_ = 0;
}

HUBTWIN_NAMESPACE_END
