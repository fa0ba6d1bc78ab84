// SPDX-License-Identifier: MIT
#include "subject.hpp"
#include "subjects.hpp"

#include <string>

#include <nlohmann/json.hpp>

namespace hubtwin::benchmark {
namespace {

class Nlohmann final : public Subject {
 public:
  Nlohmann() : Subject("nlohmann") {}

  bool read(Text json) override {
    nlohmann::json next = parse(json);
    if (next.is_discarded()) {
      return false;
    }
    kept_ = std::move(next);
    return true;
  }

  bool patch(Text json) override {
    const nlohmann::json patch = parse(json);
    if (!patch.is_object()) {
      return false;
    }
    kept_.merge_patch(patch);
    return true;
  }

  std::string_view write() override {
    written_ = kept_.dump();
    return written_;
  }

  void clear() override {
    kept_ = nullptr;
    written_ = std::string();
  }

 private:
  static nlohmann::json parse(Text json) {
    return nlohmann::json::parse(json.data, json.data + json.size, nullptr, false);
  }

  nlohmann::json kept_;
  std::string written_;
};

}  // namespace

Subjects nlohmann_subjects() {
  static Nlohmann nlohmann;
  static Subject* const subjects[] = {&nlohmann};
  return {subjects, 1};
}

}  // namespace hubtwin::benchmark
