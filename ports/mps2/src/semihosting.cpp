// SPDX-License-Identifier: MIT
#include <hubtwin/mps2/semihosting.hpp>

#include <cstdint>
#include <cstring>

HUBTWIN_NAMESPACE_BEGIN
namespace mps2 {
namespace {

// Numbers of the operations, and the reason of a regular end.
enum class Operation : std::uint32_t {
  kOpen = 0x01,
  kClose = 0x02,
  kWrite0 = 0x04,
  kRead = 0x06,
  kLength = 0x0C,
  kTime = 0x11,
  kCommandLine = 0x15,
  kExitExtended = 0x20,
};
constexpr std::uint32_t kApplicationExit = 0x20026;

std::uint32_t call(Operation operation, const void* block) {
  register auto r0 asm("r0") = static_cast<std::uint32_t>(operation);
  register auto r1 asm("r1") = block;
  asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

std::uint32_t word_of(const void* pointer) {
  return reinterpret_cast<std::uint32_t>(pointer);
}

// A file of the host, open for reading.
class File {
 public:
  explicit File(const char* path) {
    constexpr std::uint32_t kReadBinary = 1;
    const std::uint32_t block[] = {word_of(path), kReadBinary,
                                   static_cast<std::uint32_t>(std::strlen(path))};
    handle_ = static_cast<std::int32_t>(call(Operation::kOpen, block));
  }
  ~File() {
    if (is_open()) {
      call(Operation::kClose, &handle_);
    }
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const { return handle_ >= 0; }
  std::int32_t size() const {
    return static_cast<std::int32_t>(call(Operation::kLength, &handle_));
  }
  // Answers how many bytes were NOT read.
  std::uint32_t read(ByteSpan room) const {
    const std::uint32_t block[] = {static_cast<std::uint32_t>(handle_), word_of(room.data()),
                                   static_cast<std::uint32_t>(room.size())};
    return call(Operation::kRead, block);
  }

 private:
  std::int32_t handle_;
};

}  // namespace

void semihosting_write(const char* text) {
  call(Operation::kWrite0, text);
}

void semihosting_exit(int status) {
  const std::uint32_t block[] = {kApplicationExit, static_cast<std::uint32_t>(status)};
  for (;;) {
    call(Operation::kExitExtended, block);
  }
}

Result<std::string_view> semihosting_arguments(Span<char> room) {
  std::uint32_t block[] = {word_of(room.data()), static_cast<std::uint32_t>(room.size())};
  if (call(Operation::kCommandLine, block) != 0) {
    return Error::kNoSpace;
  }
  return std::string_view(room.data(), block[1]);
}

std::string_view argument(std::string_view arguments, std::string_view key) {
  while (!arguments.empty()) {
    std::size_t end = arguments.find(' ');
    end = end == std::string_view::npos ? arguments.size() : end;
    const std::string_view item(arguments.data(), end);
    if (item.size() > key.size() && item[key.size()] == '=' &&
        std::memcmp(item.data(), key.data(), key.size()) == 0) {
      return {item.data() + key.size() + 1, item.size() - key.size() - 1};
    }
    arguments.remove_prefix(end < arguments.size() ? end + 1 : end);
  }
  return {};
}

Result<std::size_t> semihosting_file_size(const char* path) {
  const File file(path);
  const std::int32_t size = file.is_open() ? file.size() : -1;
  return size < 0 ? Result<std::size_t>(Error::kNotFound)
                  : Result<std::size_t>(static_cast<std::size_t>(size));
}

Result<std::size_t> semihosting_read_file(const char* path, ByteSpan room) {
  const File file(path);
  const std::uint32_t missing =
      file.is_open() ? file.read(room) : static_cast<std::uint32_t>(room.size() + 1);
  return missing > room.size() ? Result<std::size_t>(Error::kNotFound)
                               : Result<std::size_t>(room.size() - missing);
}

std::optional<UtcTime> semihosting_utc() {
  const std::uint32_t seconds = call(Operation::kTime, nullptr);
  if (seconds == 0 || seconds == UINT32_MAX) {
    return std::nullopt;
  }
  return UtcTime(std::chrono::seconds(seconds));
}

}  // namespace mps2
HUBTWIN_NAMESPACE_END
