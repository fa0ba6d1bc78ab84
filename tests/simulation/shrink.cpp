// SPDX-License-Identifier: MIT
#include "shrink.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace hubtwin::simulation {

namespace {

// Without the steps from `begin` to `end`; the time that they took passes all the same.
std::vector<Step> without(const std::vector<Step>& steps, std::size_t begin, std::size_t end) {
  std::vector<Step> fewer;
  Duration wait{0};
  for (std::size_t index = 0; index < steps.size(); ++index) {
    if (index >= begin && index < end) {
      wait += steps[index].wait;
      continue;
    }
    fewer.push_back(steps[index]);
    fewer.back().wait += std::exchange(wait, Duration::zero());
  }
  return fewer;
}

// Leaves out groups of `size` steps wherever that can be done. \return whether any could.
bool leave_out(std::vector<Step>& steps, std::size_t size, const StillFails& still_fails) {
  bool any = false;
  std::size_t begin = 0;
  while (begin < steps.size()) {
    const std::size_t end = std::min(begin + size, steps.size());
    std::vector<Step> fewer = without(steps, begin, end);
    if (still_fails(fewer)) {
      steps = std::move(fewer);
      any = true;
    } else {
      begin = end;
    }
  }
  return any;
}

void leave_out_all(std::vector<Step>& steps, const StillFails& still_fails) {
  std::size_t size = std::max<std::size_t>(steps.size() / 2, 1);
  while (leave_out(steps, size, still_fails) || size > 1) {
    size = std::max<std::size_t>(size / 2, 1);
  }
}

// Tries one change of a step. \return whether the history still fails with it; if not, the change
// is taken back.
template <class Change>
bool try_change(std::vector<Step>& steps, std::size_t index, const StillFails& still_fails,
                Change change) {
  Step before = steps[index];
  change(steps[index]);
  if (still_fails(steps)) {
    return true;
  }
  steps[index] = std::move(before);
  return false;
}

bool make_plainer(std::vector<Step>& steps, std::size_t index, const StillFails& still_fails) {
  bool any = false;
  if (steps[index].wait != Duration::zero()) {
    any |= try_change(steps, index, still_fails, [](Step& step) { step.wait = Duration::zero(); });
  }
  std::vector<std::string> keys;
  if (steps[index].json.is_object()) {
    for (const auto& [key, member] : steps[index].json.items()) {
      keys.push_back(key);
    }
  }
  for (const std::string& key : keys) {
    any |= try_change(steps, index, still_fails, [&](Step& step) { step.json.erase(key); });
  }
  return any;
}

}  // namespace

std::vector<Step> shrink(std::vector<Step> steps, const StillFails& still_fails) {
  leave_out_all(steps, still_fails);
  bool plainer = false;
  for (std::size_t index = 0; index < steps.size(); ++index) {
    plainer |= make_plainer(steps, index, still_fails);
  }
  if (plainer) {
    leave_out_all(steps, still_fails);
  }
  return steps;
}

}  // namespace hubtwin::simulation
