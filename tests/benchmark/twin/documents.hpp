// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The documents of the twin benchmark: files of tests/data.

#include "subject.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hubtwin::benchmark {

/// The sizes of document there are.
constexpr const char* kSizes[] = {"small", "medium", "large"};

/// Owns what a Text tells of.
class Document {
 public:
  explicit Document(std::string_view json);

  Text text() const { return {padded_.data(), padded_.size() - Text::kPadding}; }

 private:
  std::string padded_;
};

/// One twin, and a hundred patches of its desired section. The sections are as a client's trees
/// have them: an object each.
struct Documents {
  /// Reads `twin-<size>.json` and its fellows from the working directory; ends the program when one
  /// can't be read.
  explicit Documents(const std::string& size);

  Document twin;
  Document desired;
  Document reported;
  Document changed_twin;  ///< With another value of the same kind in each place.
  std::vector<Document> patches;
  Document expected;  ///< The desired section after all patches.
};

/// Whether both are JSON and mean the same. Order of members doesn't count, nor do members whose
/// key begins with `$`: versions are no properties. Unless it is to be exact, doubles may differ by
/// one part in 10^15.
bool same_json(std::string_view a, std::string_view b, bool exact);

/// Tells what went wrong and ends the program.
[[noreturn]] void fail(const std::string& which, const std::string& what);

}  // namespace hubtwin::benchmark
