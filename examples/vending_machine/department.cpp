// SPDX-License-Identifier: MIT
#include "department.hpp"

#include <utility>

namespace vending {

struct Department::Kind {
  const char* name;
  const char* setting;  // the desired property that it obeys
  std::int64_t least;
  std::int64_t most;
  const char* reading;  // what it measures
  std::int64_t value;
  const char* method;  // what only this department can do
  const char* result;
  const char* refusal;  // what is said of a setting out of bounds
};

namespace {

constexpr hubtwin::Duration kWorkTime = std::chrono::milliseconds(300);

}  // namespace

const Department::Kind* Department::find(std::string_view name) {
  static constexpr Kind kKinds[] = {
      {"cooling", "targetTemperature", 2, 12, "temperature", 6, "defrost", "{\"ice\":\"gone\"}",
       "error: targetTemperature must be a whole number from 2 to 12"},
      {"stock", "lowStockLevel", 0, 40, "cansLeft", 31, "recount", "{\"cansLeft\":31}",
       "error: lowStockLevel must be a whole number from 0 to 40"},
      {"payment", "largestNote", 5, 100, "coinsInTube", 214, "openCashBox", "{\"box\":\"open\"}",
       "error: largestNote must be a whole number from 5 to 100"},
  };
  for (const Kind& kind : kKinds) {
    if (name == kind.name) {
      return &kind;
    }
  }
  return nullptr;
}

bool Department::known(std::string_view name) {
  return find(name) != nullptr;
}

Department::Department(hubtwin::ModuleClient& module, Console& console)
    : module_(module), console_(console), kind_(*find(module.module_id())) {
  must(module_.twin().on_desired(
      kind_.setting, [this](const hubtwin::DesiredChange& change) { setting_changed(change); }));
  must(module_.on_method(kind_.method, [this](hubtwin::MethodCall call) {
    say(console_, module_.name(), {kind_.method, " begins"});
    call_ = std::move(call);  // answered when the work is done, not here
    answer_at_ = module_.now() + kWorkTime;
  }));
  module_.on_connection(
      [this](const hubtwin::ConnectionStatus& status) { say(console_, module_.name(), status); });
  report(kind_.reading, kind_.value);
}

void Department::setting_changed(const hubtwin::DesiredChange& change) {
  if (change.gone()) {
    must(module_.twin().report_removal(kind_.setting).status());
    return;
  }
  const auto wanted = change.value().as_integer();
  if (!wanted.ok() || *wanted < kind_.least || *wanted > kind_.most) {
    report("status", kind_.refusal);
    return;
  }
  say(console_, module_.name(), {kind_.setting, " is now ", *wanted});
  report(kind_.setting, *wanted);
  report("status", "success");
}

void Department::run(hubtwin::MonotonicTime now) {
  if (now >= answer_at_) {
    say(console_, module_.name(), {kind_.method, " done"});
    // A call whose link was lost meanwhile has expired: its caller has been told, nothing to mend.
    static_cast<void>(call_.reply(200, kind_.result));
    answer_at_ = hubtwin::kNever;
  }
}

void Department::report(std::string_view path, const hubtwin::PropertyValue& value) {
  must(module_.twin().report(path, value).status());
}

}  // namespace vending
