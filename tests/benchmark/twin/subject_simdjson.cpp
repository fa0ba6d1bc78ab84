// SPDX-License-Identifier: MIT
#include "subject.hpp"
#include "subjects.hpp"

#include <memory>
#include <string>

#include <simdjson.h>

namespace hubtwin::benchmark {
namespace {

static_assert(Text::kPadding >= simdjson::SIMDJSON_PADDING);

/// Its document can be read, not changed.
class Simdjson final : public Subject {
 public:
  Simdjson() : Subject("simdjson") {}

  bool patches() const override { return false; }

  bool read(Text json) override {
    auto next = std::make_unique<simdjson::dom::parser>();
    simdjson::dom::element root;
    if (next->parse(json.data, json.size, false).get(root) != simdjson::SUCCESS) {
      return false;
    }
    parser_ = std::move(next);
    root_ = root;
    return true;
  }

  bool patch(Text) override { return false; }

  std::string_view write() override {
    written_ = simdjson::minify(root_);
    return written_;
  }

  void clear() override {
    parser_.reset();
    written_ = std::string();
  }

 private:
  std::unique_ptr<simdjson::dom::parser> parser_;  // holds the document
  simdjson::dom::element root_;
  std::string written_;
};

}  // namespace

Subjects simdjson_subjects() {
  static Simdjson simdjson;
  static Subject* const subjects[] = {&simdjson};
  return {subjects, 1};
}

}  // namespace hubtwin::benchmark
