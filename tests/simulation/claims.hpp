// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What an application has said about itself since power-on, and what the hub must come to hold.

#include "documents.hpp"
#include <hubtwin/twin/reported.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace hubtwin::simulation {

/// Everything that report() and report_removal() took since the client was made, in order. The
/// reported section is in step when it is what the hub held before with all of that done to it:
/// nothing lacks, and what the application never owned is left alone.
class Claims {
 public:
  void set(const std::string& path, const Json& value, FlushId flush);
  void remove(const std::string& path, FlushId flush);

  /// What was claimed, by itself.
  const Json& wanted() const { return wanted_; }
  /// Places whose removal was claimed and that nothing was put to since.
  const std::set<std::string>& removed() const { return removed_; }

  /// How the hub's section differs from `inherited` with all claims done to it; empty: it doesn't.
  std::string difference(const Json& inherited, const Json& section) const;
  /// The same for what the flush of that id brings alone.
  std::string difference_of(FlushId flush, const Json& section) const;

 private:
  struct Claim {
    std::string path;
    Json value;  // discarded: removed
  };
  static void apply(const Claim& claim, Json& section);
  void add(Claim claim, FlushId flush);

  std::vector<Claim> claims_;
  Json wanted_ = Json::object();
  std::set<std::string> removed_;
  std::map<std::string, FlushId> flushes_;  // by the path of the claim, the newer ones' only
};

}  // namespace hubtwin::simulation
