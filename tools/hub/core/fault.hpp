// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Faults on demand: what can be scripted, and the list of what is wanted at the moment.
///
/// A fault says where it strikes (`at`), what happens there (`do`), to whom (`identity`), after how
/// many occasions (`skip`) and how often (`count`). One vocabulary serves the hub, whose faults
/// happen in its answers, and the fault proxy, whose faults happen on the network; README.md lists
/// it.

#include "tools/hub/core/json.hpp"
#include "tools/hub/core/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace hubtwin::hub {

/// Who brings a fault about.
enum class FaultAgent { kHub, kProxy };

struct Fault {
  FaultAgent agent = FaultAgent::kHub;
  std::string at;
  std::string act;           ///< the member "do"
  std::string identity;      ///< client id; empty: anybody's
  std::uint64_t skip = 0;    ///< occasions that pass unharmed first
  std::uint64_t count = 1;   ///< occasions that it strikes; 0: until it is removed
  bool lasts = false;        ///< what it does to a link lasts until it is removed
  Json parameters;           ///< the other members, each checked
  std::string id;            ///< given by the list
  std::uint64_t struck = 0;  ///< so often so far

  /// Checks a document from outside: known words, the members that the pair of words takes and no
  /// others, each in its range. 400004 names what is wrong.
  static Result<Fault> parse(const Json& document);
  /// The document again, with "id" and "struck".
  Json to_json() const;

  /// Whether it is `act` at `at`, e.g. is("get", "delay").
  bool does(std::string_view wanted) const { return act == wanted; }
  std::int64_t number(const char* name, std::int64_t otherwise) const;
  std::string text(const char* name, const std::string& otherwise = "") const;
  bool flag(const char* name, bool otherwise) const;
  std::chrono::milliseconds delay() const;
};

/// The faults wanted now, oldest first.
class FaultList {
 public:
  /// \param[in] prefix  begins each id, so that those of several lists differ.
  explicit FaultList(std::string prefix) : prefix_(std::move(prefix)) {}

  /// \return its id.
  const Fault& add(Fault fault);
  /// False if there is none with this id.
  bool remove(const std::string& id);
  void clear() { faults_.clear(); }
  Json to_json() const;
  std::size_t size() const { return faults_.size(); }
  bool contains(const std::string& id) const;
  const std::list<Fault>& all() const { return faults_; }
  /// More than anybody can mean.
  static constexpr std::size_t kMost = 1000;

  /// An occasion: something happens at `at` to `identity`. Answers the oldest fault that strikes,
  /// if any, having counted it. One that has struck as often as it should is gone then, unless it
  /// lasts.
  /// \param[in] matches  says whether a fault's own parameters fit the occasion; empty: they do.
  std::optional<Fault> strike(std::string_view at, std::string_view identity,
                              const std::function<bool(const Fault&)>& matches = {});

 private:
  std::string prefix_;
  std::uint64_t last_ = 0;
  std::list<Fault> faults_;
};

}  // namespace hubtwin::hub
