// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A bug, to be planted between a document and the desired section; see arrays_by_element.cmake.

#include <hubtwin/twin/desired.hpp>
#include <hubtwin/twin/json_handler.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

HUBTWIN_NAMESPACE_BEGIN
namespace simulation {

/// Passes a document on, and adds to the end of each array what the array before had beyond it.
class ArraysByElement final : public JsonHandler {
 public:
  explicit ArraysByElement(Desired& desired) : desired_(desired) {}

  Error on_null() override {
    count();
    return desired_.document().on_null();
  }
  Error on_bool(bool value) override {
    count();
    return desired_.document().on_bool(value);
  }
  Error on_integer(std::int64_t value) override {
    count();
    return desired_.document().on_integer(value);
  }
#if HUBTWIN_FLOAT
  Error on_double(double value) override {
    count();
    return desired_.document().on_double(value);
  }
#endif
  Error on_string(std::string_view value) override {
    count();
    return desired_.document().on_string(value);
  }
  KeyAnswer on_key(std::string_view key) override {
    open_.back().key = key;
    return desired_.document().on_key(key);
  }
  Error on_begin_object() override {
    count();
    open_.push_back({});
    return desired_.document().on_begin_object();
  }
  Error on_end_object() override {
    open_.pop_back();
    return desired_.document().on_end_object();
  }
  Error on_begin_array() override {
    count();
    open_.push_back({});
    open_.back().array = true;
    return desired_.document().on_begin_array();
  }
  Error on_end_array() override {
    const std::size_t elements = open_.back().elements;
    open_.pop_back();
    std::string path;
    for (const Container& container : open_) {
      if (container.array) {
        return desired_.document().on_end_array();
      }
      path += (path.empty() ? "" : ".") + container.key;
    }
    std::size_t index = 0;
    Error error = Error::kNone;
    const PropertyView before = desired_.view().at(path);
    if (before.is_array()) {
      for (const PropertyView element : before) {
        if (index++ >= elements && error == Error::kNone) {
          error = repeat(element);
        }
      }
    }
    return error == Error::kNone ? desired_.document().on_end_array() : error;
  }

 private:
  struct Container {
    bool array = false;
    std::size_t elements = 0;
    std::string key;  // of the member that is being read
  };

  void count() {
    if (!open_.empty()) {
      ++open_.back().elements;
    }
  }

  Error repeat(PropertyView element) {
    JsonHandler& document = desired_.document();
    switch (element.type()) {
      case PropertyType::kBool:
        return document.on_bool(element.as_bool().value());
      case PropertyType::kInteger:
        return document.on_integer(element.as_integer().value());
#if HUBTWIN_FLOAT
      case PropertyType::kDouble:
        return document.on_double(element.as_double().value());
#endif
      case PropertyType::kString:
        return document.on_string(std::string(element.as_string().value()));
      default:
        return Error::kNone;  // the bug shows without containers
    }
  }

  Desired& desired_;
  std::vector<Container> open_;
};

inline JsonHandler& arrays_by_element(Desired& desired) {
  static std::optional<ArraysByElement> handler;
  return handler.emplace(desired);
}

}  // namespace simulation
HUBTWIN_NAMESPACE_END
