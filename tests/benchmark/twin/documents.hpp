// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The documents of the twin benchmark: files below tests/data.

#include "subject.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace hubtwin::benchmark {

/// The sizes of document there are.
constexpr const char* kSizes[] = {"small", "medium", "large"};
/// Room for the largest text, and then some.
constexpr std::size_t kMostText = 100000;

/// One twin, and a hundred patches of its desired section.
class Documents {
 public:
  /// Reads `twin-<size>.json` and its fellows from the working directory; ends the program when one
  /// can't be read.
  void load(const char* size);

  std::string_view twin() const { return twin_.view(); }
  /// The sections as a client's trees have them, `{...}`.
  std::string_view desired() const { return section("desired"); }
  std::string_view reported() const { return section("reported"); }
  /// The desired section after all patches.
  std::string_view expected() const { return expected_.view(); }
  /// The twin with every value replaced by another one of its kind.
  std::string_view changed_twin();

  /// Calls `take(patch)` for each patch, in order.
  template <class Take>
  void for_each_patch(Take take) const {
    std::string_view rest = patches_.view();
    while (!rest.empty()) {
      const std::string_view line(rest.data(), std::min(rest.find('\n'), rest.size()));
      take(line);
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
  }

 private:
  struct Room {
    void load(const char* stem, const char* size, const char* extension);
    std::string_view view() const { return {bytes, size}; }

    char bytes[kMostText];
    std::size_t size = 0;
  };
  std::string_view section(std::string_view name) const;

  Room twin_;
  Room changed_;
  Room patches_;
  Room expected_;
};

/// A copy of a text, to be given to a subject; one at a time.
Text text_of(std::string_view text);

/// Whether both are JSON and mean the same. Order of members doesn't count, nor do members whose
/// key begins with `$`: versions are no properties. Doubles are the same when they differ by one
/// part in 10^15 at most, if `exact` isn't asked for.
bool same_json(std::string_view a, std::string_view b, bool exact);

/// Tells what went wrong and ends the program.
[[noreturn]] void fail(const char* what, const char* which);

}  // namespace hubtwin::benchmark
