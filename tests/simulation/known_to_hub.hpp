// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a client can know that the hub holds, so that a value sent for nothing is noticed.

#include "claims.hpp"
#include <hubtwin/time.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace hubtwin::simulation {

/// Looks on while a client reports: what the hub acknowledged, or showed in answer to a GET, and
/// what the application hasn't touched since, must not be sent again. Follows the wire and the
/// application, and knows nothing of the library's own bookkeeping.
class KnownToHub {
 public:
  /// A new program, or a new identity: nothing is known any more.
  void forget();
  /// The application's claims became other ones by a report at `path`.
  void claimed(const std::string& path, const Json& wanted_before, const Json& wanted_after);

  /// An update leaves. \return what of it the hub is known to hold; empty: nothing.
  std::string update_sent(const std::string& request_id, const std::string& body,
                          MonotonicTime now);
  /// An answer with status 204 came.
  void acknowledged(const std::string& request_id, MonotonicTime now);
  void get_sent(const std::string& request_id);
  /// A whole twin came and was taken in.
  void twin_read(const std::string& request_id, const Json& reported, const Claims& claims);
  /// A whole twin came and was refused, or before what is to be compared was staged: updates go out
  /// on this link without a comparison.
  void twin_not_compared() { compared_ = true; }
  /// Answers to what went over another link don't come any more.
  void link_begins();

 private:
  bool touched_since(const std::string& path, std::uint64_t instant) const;
  void forget_related(const std::string& path);
  void learn(const std::string& path, const Json& value);

  Leaves known_;                                  // null: known to be absent
  std::map<std::string, std::uint64_t> touched_;  // when the application changed what it wants
  std::uint64_t instant_ = 0;                     // counts what happens

  Leaves in_flight_;
  std::string update_id_;  // empty: none
  MonotonicTime update_at_{};
  std::uint64_t update_instant_ = 0;
  std::string get_id_;  // likewise
  std::uint64_t get_instant_ = 0;
  bool compared_ = false;  // the client has compared on this link, or can't any more
};

}  // namespace hubtwin::simulation
