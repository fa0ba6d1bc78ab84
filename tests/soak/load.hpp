// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What keeps one client of the vending machine busy, and remembers what it was promised.

#include <hubtwin/client.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace hubtwin::soak {

using Json = nlohmann::json;

/// Sends messages and reports values, all at random, beside what the example's own classes do, and
/// keeps a plain copy of what the hub must have in the end. What it does is told by the desired
/// property soak.load:
///
///     run       sends and reports
///     hold      neither; also before the property is there
///     fill ...  makes the reported section as large as it ever gets, once for each such value
///     clear     removes all that it reported
///
/// Messages are numbered from 1, by their message id; one that is refused gives its number to the
/// next.
class Load {
 public:
  /// \param[in] client  Not opened yet; the example's classes have their handlers. Outlives this.
  Load(Client& client, std::uint32_t seed);
  // The client's handlers refer to it.
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  void run(MonotonicTime now);
  MonotonicTime next_deadline() const;

  /// Counters, and how the arenas are filled.
  Json sample() const;
  /// Both sections as the library has them, and as this remembers them.
  Json state() const;

 private:
  void desired_changed(const DesiredChange& change);
  void obey(std::string_view load);
  void send();
  void report_something();
  void report_all(char letter);
  void claim(const std::string& key, const Json& value);
  void note(const std::string& key, const Json& value, Status status);
  std::size_t below(std::size_t bound);
  Duration interval(Duration mean);

  Client& client_;
  std::mt19937 random_;
  Json mirror_ = Json::object();   // the desired section, as handlers were told of it
  Json claimed_ = Json::object();  // below soak in the reported section
  std::string load_;
  std::map<std::uint32_t, std::uint32_t> waiting_;  // ticket, number
  MonotonicTime send_at_ = kNever;
  MonotonicTime report_at_ = kNever;
  std::uint32_t accepted_ = 0;
  std::uint32_t acknowledged_ = 0;
  std::uint32_t others_acknowledged_ = 0;  // the example's own
  std::uint32_t cancelled_ = 0;
  std::uint32_t refused_ = 0;
  std::uint32_t desired_changes_ = 0;
  std::uint32_t reports_ = 0;
  std::uint32_t reports_refused_ = 0;
  std::uint32_t twin_errors_ = 0;
  std::size_t most_waiting_ = 0;
};

}  // namespace hubtwin::soak
