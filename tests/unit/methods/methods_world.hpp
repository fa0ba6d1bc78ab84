// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What the tests of methods share: calling, and looking at the answers.

#include "unit/subject_world.hpp"

#include <string>
#include <vector>

namespace hubtwin::test {

inline std::string request_topic(const std::string& name, const std::string& request_id) {
  return "$iothub/methods/POST/" + name + "/?$rid=" + request_id;
}

struct MethodsWorld : SubjectWorld {
  using SubjectWorld::SubjectWorld;

  void call(const std::string& name, const std::string& request_id,
            const std::string& payload = "null") {
    transport.deliver(request_topic(name, request_id), payload);
  }

  /// Answers so far, as "status request-id payload".
  std::vector<std::string> answers() const {
    const std::string prefix = "$iothub/methods/res/";
    std::vector<std::string> result;
    for (const ScriptedTransport::Publish& publish : transport.published_to(prefix)) {
      const std::string rest = publish.topic.substr(prefix.size());
      const std::size_t middle = rest.find("/?$rid=");
      result.push_back(rest.substr(0, middle) + " " + rest.substr(middle + 7) + " " +
                       publish.payload);
    }
    return result;
  }
};

using Answers = std::vector<std::string>;

}  // namespace hubtwin::test
