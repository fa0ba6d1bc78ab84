// SPDX-License-Identifier: MIT
#include <hubtwin/posix/standard_error_log.hpp>
#include <hubtwin/posix/system_random.hpp>

#include <cctype>
#include <set>
#include <string>

#include <catch2/catch.hpp>
#include <unistd.h>

namespace {

using hubtwin::LogLevel;
using hubtwin::posix::StandardErrorLog;
using hubtwin::posix::SystemRandom;

TEST_CASE("system random: many numbers -> they differ and every bit moves") {
  SystemRandom random;
  std::set<std::uint32_t> seen;
  std::uint32_t ones = 0;
  std::uint32_t zeros = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::uint32_t number = random.next();
    seen.insert(number);
    ones |= number;
    zeros |= ~number;
  }
  CHECK(seen.size() > 990);
  CHECK(ones == 0xffffffffu);
  CHECK(zeros == 0xffffffffu);
}

std::string written(LogLevel most_verbose, LogLevel level, std::string_view who,
                    std::string_view line) {
  int fds[2] = {-1, -1};
  REQUIRE(pipe(fds) == 0);
  StandardErrorLog(most_verbose, fds[1]).write(level, who, line);
  close(fds[1]);
  std::string text(4096, '\0');
  const ssize_t size = read(fds[0], text.data(), text.size());
  close(fds[0]);
  REQUIRE(size >= 0);
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string with_digits_as_zeros(std::string text) {
  for (char& c : text) {
    c = std::isdigit(static_cast<unsigned char>(c)) != 0 ? '0' : c;
  }
  return text;
}

TEST_CASE("standard error log: a line -> time, level, who and text") {
  const std::string line = written(LogLevel::kInfo, LogLevel::kWarning, "pump-7", "link lost");
  CHECK(with_digits_as_zeros(line.substr(0, 24)) == "0000-00-00T00:00:00.000Z");
  CHECK(line.substr(24) == " warning pump-7: link lost\n");
}

TEST_CASE("standard error log: a line of nobody -> no colon before the text") {
  const std::string line = written(LogLevel::kDebug, LogLevel::kDebug, "", "start");
  CHECK(line.find("Z debug start\n") != std::string::npos);
}

TEST_CASE("standard error log: more verbose than wanted -> left out") {
  CHECK(written(LogLevel::kWarning, LogLevel::kInfo, "a", "b").empty());
}

TEST_CASE("standard error log: control characters -> written as question marks") {
  const std::string line = written(LogLevel::kInfo, LogLevel::kError, "a\nb", "x\r\n\x1b[31my\x7f");
  CHECK(line.find("error a?b: x???[31my?\n") != std::string::npos);
  CHECK(line.find('\n') == line.size() - 1);
}

TEST_CASE("standard error log: longer than a line may be -> cut, and still one whole line") {
  const std::string line =
      written(LogLevel::kInfo, LogLevel::kInfo, std::string(1000, 'w'), std::string(1000, 'x'));
  CHECK(line.size() < 450);
  CHECK(line.find("info www") != std::string::npos);
  CHECK(line.find(": " + std::string(hubtwin::kMaxLogLine, 'x') + "\n") != std::string::npos);
}

TEST_CASE("standard error log: a closed descriptor -> the line is lost and nothing else") {
  StandardErrorLog(LogLevel::kInfo, -1).write(LogLevel::kInfo, "a", "b");
}

}  // namespace
