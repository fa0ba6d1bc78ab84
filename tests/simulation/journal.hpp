// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What happens in a history, told line by line when somebody wants to read it.

#include "support/fake_clock.hpp"

#include <string>
#include <utility>
#include <vector>

namespace hubtwin::simulation {

/// Keeps a line for each thing that happens, with the time; nothing unless it is on, since telling
/// takes longer than playing.
class Journal {
 public:
  Journal(test::FakeClock& clock, bool on) : clock_(clock), on_(on) {}

  /// \param[in] tell  Called for the line's text if the journal is kept.
  template <class Tell>
  void note(Tell tell) {
    if (on_) {
      const Duration since = clock_.now() - test::FakeClock::kStart;
      lines_.push_back(std::to_string(since.count()) + " ms: " + tell());
    }
  }
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  test::FakeClock& clock_;
  bool on_;
  std::vector<std::string> lines_;
};

}  // namespace hubtwin::simulation
