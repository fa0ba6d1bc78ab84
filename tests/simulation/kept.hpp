// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What must be there after a power cut, from what the stores said was stored.

#include "documents.hpp"
#include <hubtwin/twin/twin.hpp>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace hubtwin::simulation {

/// Follows the application and what the stores acknowledge, and knows nothing of flash memory. What
/// was acknowledged is there; what came since is there or isn't, each value by itself.
class Kept {
 public:
  // The desired section.

  /// The client holds this section. \param[in] stored  The store has said that it is stored.
  void desired_is(TwinVersion version, const Json& section, bool stored);
  /// Whether desired_is() would tell anything new, if a version is that of one section alone.
  bool knows_desired(TwinVersion version, bool stored) const {
    return version == last_desired_ && stored == last_stored_;
  }
  bool desired_stored() const { return desired_stored_; }
  /// What is wrong with that section after a restart; empty: nothing.
  std::string desired_difference(TwinVersion version, const Json& section) const;

  // The reported section.

  /// The hub is to hold `value` at `path` (discarded: nothing).
  void reported(const std::string& path, const Json& value);
  /// The store has said that all that the hub hasn't acknowledged is stored.
  void reported_stored();
  /// After a restart: the hub holds `section`, and `record` (values by their paths, null for none)
  /// is staged again. \param[in] under_way  Something that was sent before may still reach the hub.
  /// \return what is missing in section and record together; empty: nothing.
  std::string restart(const Json& section, const Json& record, bool under_way);
  /// Nothing is under way any more, and the hub holds this.
  void hub_holds(const Json& section);

  // Messages, by ascending numbers.

  /// The store has said that all that `accepted` has is stored.
  void messages_stored(const std::set<int>& accepted) { messages_ = accepted; }
  const std::set<int>& messages() const { return messages_; }

  /// The identity was made anew: what the hub acknowledged before has gone with it.
  void forget_hub();

 private:
  void apply(const std::string& path, const Json& value);

  std::map<TwinVersion, std::vector<Json>> sections_;  // any of these may be found
  TwinVersion last_desired_ = kNoVersion;
  bool last_stored_ = false;
  bool desired_stored_ = false;

  Json wanted_ = Json::object();                 // what the hub comes to hold
  std::vector<Json> documents_{Json::object()};  // since it was stored; wanted_ is the last one
  std::vector<std::pair<std::string, Json>> claims_;  // since the restart, the record's first
  bool under_way_ = false;
  std::set<std::string> vague_;  // scalars that a claim below them may make objects of, or not
  bool hub_forgot_ = true;       // or nothing is known of it yet

  std::set<int> messages_;
};

}  // namespace hubtwin::simulation
