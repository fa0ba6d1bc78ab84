// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A sensor of one department, on a module identity of its own: its own connection, twin and
/// methods.

#include "console.hpp"
#include <hubtwin/module_client.hpp>

#include <string_view>

namespace vending {

/// Cooling, stock or payment, as the module id says. Each keeps one setting from its desired
/// properties, reports it with a reading, and answers one method that the other departments don't
/// have.
class Department {
 public:
  /// \param[in] module  Not yet opened; its module id is the department's name. Both outlive this.
  Department(hubtwin::ModuleClient& module, Console& console);

  /// Whether there is a department of that name.
  static bool known(std::string_view name);

  /// Answers a method whose work is done.
  void run(hubtwin::MonotonicTime now);
  /// When run() has something to do.
  hubtwin::MonotonicTime next_deadline() const { return answer_at_; }

 private:
  struct Kind;
  static const Kind* find(std::string_view name);
  void setting_changed(const hubtwin::DesiredChange& change);
  void report(std::string_view path, const hubtwin::PropertyValue& value);

  hubtwin::ModuleClient& module_;
  Console& console_;
  const Kind& kind_;
  hubtwin::MethodCall call_;  // being worked on
  hubtwin::MonotonicTime answer_at_ = hubtwin::kNever;
};

}  // namespace vending
